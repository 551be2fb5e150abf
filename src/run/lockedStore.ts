import { existsSync } from 'node:fs';
import { XimError } from '../model/failure.js';
import { sweepLeftovers } from '../store/sweep.js';
import type { Effects } from './effects.js';
import { settleUnfinished } from './runLog.js';

/** What becomes of what killed commands left: a command that only looks touches nothing. */
export type Leftovers = 'cleared' | 'kept';

/**
 * Clears away what killed commands left, works, and gives the lock back. What goes wrong with the lock in the end hides
 * neither the result nor the failure.
 * @throws XimError `environment` for work that failed in a store that was taken away meanwhile
 */
export async function underLock<T>(
  store: string,
  release: () => boolean,
  effects: Effects,
  leftovers: Leftovers,
  use: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    if (leftovers === 'cleared') clearUp(store, effects);
    result = await use();
  } catch (error) {
    throw givenBack(store, release, effects) ? error : takenAway(store, error);
  }
  if (!givenBack(store, release, effects))
    effects.warn(
      `the lock of ${store} was gone before the end: the store was removed, or "xim unlock" was run; xim verify`,
    );
  return result;
}

function clearUp(store: string, effects: Effects): void {
  settleUnfinished(store, effects);
  try {
    sweepLeftovers(store, effects);
  } catch (error) {
    effects.warn(`what killed commands left in ${store} cannot all be removed: ${messageOf(error)}`);
  }
}

/** Whether the lock was still ours; where that cannot be found out it is told, and taken for granted. */
function givenBack(store: string, release: () => boolean, effects: Effects): boolean {
  try {
    return release();
  } catch (error) {
    effects.warn(`the lock of ${store} could not be given back, the next command takes it over: ${messageOf(error)}`);
    return true;
  }
}

/** Files that were written a moment ago are missing then, in many ways. What the input is to blame for stays so. */
function takenAway(store: string, error: unknown): unknown {
  const isOfInput = error instanceof XimError && error.kind !== 'corrupt' && error.kind !== 'environment';
  if (isOfInput && existsSync(store)) return error;
  return new XimError(
    'environment',
    `the store ${store} was removed, or its lock taken, while it was written to: ${messageOf(error)}`,
    'leave it alone while a command works, and run again',
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
