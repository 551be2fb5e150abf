import { hostname } from 'node:os';
import { closeOwn, type Outcome } from '../../run/runLog.js';
import { releaseOwn } from '../../store/lock.js';
import { sweepOwn } from '../../store/sweep.js';
import { removeOwnTemporaries } from './temporaries.js';

/**
 * Closes the record of a run of this process, removes what it has half written and gives the lock back, whatever of it can
 * be done. `since` is when it was asked to end. Returns what could not be done.
 */
export function tidy(store: string | undefined, outcome: Outcome, since: Date): string[] {
  const self = { pid: process.pid, host: hostname(), now: () => new Date() };
  const ofStore =
    store === undefined
      ? []
      : [() => closeOwn(store, self, outcome, since), () => sweepOwn(store, self), () => releaseOwn(store, self)];
  return [...ofStore, () => removeOwnTemporaries(self)].flatMap((step) => {
    try {
      step();
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}
