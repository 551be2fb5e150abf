import { afterEach, beforeAll, beforeEach } from 'vitest';
import { settled } from './settled.js';

/**
 * A test that waits for programs for a minute, without a pause, would find that the runner's answer to what was reported before
 * it never came. So the answer is waited for, after tests that were not short: less than the 100 ms that reports are apart.
 */
const ANSWER_MS = 50;
const SHORT_MS = 500;
const answered = () => new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
/** Of the test before. */
let startedMs = Number.NEGATIVE_INFINITY;

beforeAll(answered);
beforeEach(async () => {
  if (performance.now() - startedMs > SHORT_MS) await answered();
  startedMs = performance.now();
});
afterEach(settled);
