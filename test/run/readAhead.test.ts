import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bothEnded } from '../../src/run/calibration/calibrateWindow.js';

/** What fails while something else is waited for; a rejection that nobody heard in time would end the process. */
const failing = () => Promise.reject(new Error('quotes of the last day are damaged'));

it('a day that cannot be read ahead is no failure until it is used', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  try {
    const begun = failing();
    expect(await bothEnded(sleep(50, 'validated'), begun)).toBe('validated');
    await expect(begun).rejects.toThrow('damaged');
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', hear);
  }
});

it('what was begun has ended before a failure of what was waited for goes on', async () => {
  let hasEnded = false;
  const begun = sleep(50).then(() => {
    hasEnded = true;
  });
  await expect(bothEnded(Promise.reject(new Error('the thread')), begun)).rejects.toThrow('the thread');
  expect(hasEnded).toBe(true);
});
