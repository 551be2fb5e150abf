import { rmSync, statSync } from 'node:fs';
import { inScratch, nightly, recorded, xim } from './world.js';

let logs = 0;

/** How many operations on files of its store a run does. */
export async function countOperations(store) {
  const log = inScratch(`log-${++logs}`);
  await xim(nightly(store), recorded(store, log));
  const { size } = statSync(log);
  rmSync(log);
  return size;
}

/** A run that ends after one of its operations, by a kill or a power cut. */
export async function endedAfter(store, at, kind, more = []) {
  const log = inScratch(`log-${++logs}`);
  const outcome = await xim(nightly(store, ...more), recorded(store, log, { at, kind }));
  rmSync(log, { force: true });
  return outcome;
}
