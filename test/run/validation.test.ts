import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.js';
import { decays } from '../../src/model/kernel.js';
import { emptyMoments } from '../../src/model/moments.js';
import { validatedBeside } from '../../src/run/calibration/validation.js';
import type { BesideWork, Effects } from '../../src/run/effects.js';
import type { AlignContext } from '../../src/run/window/alignKey.js';
import type { CalibrationWindow } from '../../src/run/window/calibrationWindow.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { testEffects } from './testEffects.js';

/** Which of the work of a second thread is taken, and what is said of the rest. */

const { config } = resolveConfig({ file: {}, fileName: 'xim.yaml', environment: {}, flags: [] });
const basis = { bucketMs: 1000, tauSeconds: [2, 20] };
const window = {
  basis,
  folds: [emptyMoments('a', { names: 2, factors: 1, bases: decays(basis).length })],
  reports: [],
  transform: LINEAR_FLOW,
} as unknown as CalibrationWindow;
const names = [
  { symbol: 'A', block: 'X', adv: 1 },
  { symbol: 'B', block: 'X', adv: 1 },
];
const context = { config, names } as unknown as AlignContext;
const found = { walkForward: {}, holdOut: {}, models: new Map() } as never;

type Outcome = Awaited<BesideWork<never>['outcome']>;

/** What the work gets, what was done to the thread and the helper, and what was said. */
async function outcomeOf(outcome: Outcome, formed: CalibrationWindow = window, isWorth = true) {
  const done: string[] = [];
  const effects: Effects = {
    ...testEffects(''),
    warn: (text) => done.push(text),
    startBlasHelper: () => done.push('help'),
    pauseBlasHelper: () => done.push('rest'),
    validateBeside: () => {
      done.push('start');
      return { outcome: Promise.resolve(outcome), end: async () => void done.push('end') };
    },
  };
  const of = { context, window, date: '2024-03-13', isWorth };
  const got = await validatedBeside(of, effects, async (validated) => validated?.(formed));
  return { got, done };
}

it('takes what the other thread found, and lets the helper of the kernels rest meanwhile', async () => {
  const { got, done } = await outcomeOf({ value: found });
  expect(got).toEqual({ value: found });
  expect(done).toEqual(['start', 'rest', 'end', 'help', 'end']);
});

it('knows nothing found from nothing to be found', async () => {
  expect((await outcomeOf({ value: undefined as never })).got).toEqual({ value: undefined });
});

it('throws away what was found for another form or other time constants', async () => {
  const modes = { ...window, form: { form: 'modes' } } as unknown as CalibrationWindow;
  expect((await outcomeOf({ value: found }, modes)).got).toBeUndefined();
  const added = { ...window, basis: { ...basis, tauSeconds: [2, 20, 200] } };
  const { got, done } = await outcomeOf({ value: found }, added);
  expect(got).toBeUndefined();
  expect(done.filter((what) => what.includes('failed'))).toEqual([]);
});

it('says that a thread failed, and leaves its work to be done', async () => {
  const { got, done } = await outcomeOf({ failure: new Error('out of memory') });
  expect(got).toBeUndefined();
  expect(done.join()).toContain('the validation beside the fit failed (out of memory): it is done after it');
});

it('starts nothing where that is not worth it, or concave terms have to be compared', async () => {
  expect((await outcomeOf({ value: found }, window, false)).done).toEqual([]);
});

it('ends the thread when the work fails', async () => {
  const done: string[] = [];
  const effects: Effects = {
    ...testEffects(''),
    validateBeside: () => ({ outcome: new Promise(() => {}), end: async () => void done.push('end') }),
  };
  const of = { context, window, date: '2024-03-13', isWorth: true };
  await expect(
    validatedBeside(of, effects, async () => {
      throw new Error('nothing to fit');
    }),
  ).rejects.toThrow('nothing to fit');
  expect(done).toEqual(['end']);
});
