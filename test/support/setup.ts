import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { settled } from './settled.js';

/**
 * Properties are tried on the same draws every time, so that a red gate is a change's doing; `npm run draws` tries others, and a
 * draw that fails there is said with its seed.
 */
fc.configureGlobal({ seed: Number(process.env.DRAWS_SEED ?? 1) });

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
