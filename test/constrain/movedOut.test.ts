import { describe, expect, it } from 'vitest';
import type { FoldMoments } from '../../src/model/moments.js';
import { fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { constrain } from '../../src/stages/constrain/constrain.js';
import { movedOut } from '../../src/stages/constrain/movedOut.js';
import type { UnconstrainedModel } from '../../src/stages/constrain/projectModel.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { type Calibration, unconstrained } from '../../src/stages/fit/calibration.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { randomSymmetric } from '../support/matrices.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(1);
const limits = { rho: 0.9, metric: 'frobenius' } as const;
const measured = fromRows([
  [1, 0.3, 0.1],
  [0.3, 0.04, 0.02],
  [0.1, 0.02, 1],
]);
const sharp = { standardErrors: mapEntries(measured, () => 0.004), degrees: 9 };
const model = (change: Partial<UnconstrainedModel> = {}): UnconstrainedModel => ({
  K: mapEntries(measured, (k, i, j) => (i !== j && i + j === 1 ? 0.1 : k)),
  isZero: new Uint8Array(9),
  floors: new Float64Array(3),
  decay,
  weights: Float64Array.of(1),
  concavity: 1,
  ...change,
});
const named = (shape: UnconstrainedModel, raw = shape.K) =>
  movedOut({ raw, ...sharp, steps: constrain(shape, { ...limits, blocks: ['a', 'a', 'a'] }).steps });

describe('movedOut', () => {
  it('an admissible estimate is not moved at all', () => {
    expect(named(model())).toEqual([]);
  });

  it('names a floor that lifts a self impact out of its interval, and nothing besides', () => {
    const found = named(model({ floors: Float64Array.of(0.1, 0.2, 0.1) }));
    expect(found).toHaveLength(1);
    const [{ names, raw, low, high, shrunk, published, constraint }] = found;
    expect({ names, raw, shrunk, published, constraint }).toEqual({
      names: [1, 1],
      raw: 0.04,
      shrunk: 0.04,
      published: 0.2,
      constraint: 'symmetry and floors',
    });
    // Student's t of 9 degrees reaches 2.262 errors.
    expect(low).toBeCloseTo(0.04 - 2.262 * 0.004, 5);
    expect(high).toBeCloseTo(0.04 + 2.262 * 0.004, 5);
  });

  it('names a link that a bound cuts, once, and by the constraint that cut it', () => {
    const K = mapEntries(model().K, (k, i, j) => (i !== j && i + j === 1 ? 0.195 : k));
    const found = named(model({ K }));
    expect(found.map(({ names, constraint }) => [names, constraint])).toEqual([[[0, 1], 'cross bound']]);
    // Student’s t of 9 degrees at 5 % over three links.
    expect((found[0].high - found[0].low) / 2 / 0.004).toBeCloseTo(2.933, 2);
  });

  it('does not name what shrinkage had moved before, nor what has no error', () => {
    const floors = Float64Array.of(0.1, 0.2, 0.1);
    const lifted = model({ floors, K: mapEntries(model().K, (k, i, j) => (i === j && i === 1 ? 0.1 : k)) });
    expect(named(lifted, model().K)).toEqual([]);
    const { steps } = constrain(model({ floors }), { ...limits, blocks: ['a', 'a', 'a'] });
    expect(movedOut({ raw: model().K, standardErrors: zeros(3), degrees: 9, steps })).toEqual([]);
  });

  it('names both halves of a pair that symmetry takes apart from what each was measured at', () => {
    const K = mapEntries(model().K, (k, i, j) => (i === 0 && j === 2 ? 0.2 : k));
    expect(named(model({ K })).map(({ names, constraint }) => [names, constraint])).toEqual([
      [[0, 2], 'symmetry and floors'],
      [[2, 0], 'symmetry and floors'],
    ]);
  });
});

describe('movedOut of a noisy estimate', () => {
  const names = 12;
  const blocks = Array.from({ length: names }, (_, i) => (i < 6 ? 'a' : 'b'));
  const K = mapEntries(randomSymmetric(names, 3), (v, i, j) => (i === j ? 1 : 0.25 + 0.02 * v));
  const folds = (seed: number): FoldMoments[] =>
    Array.from({ length: 6 }, (_, d) =>
      accumulateDay(
        simulatedBuckets({
          names,
          K,
          decay,
          weights: decay,
          density: 0.3,
          noise: 20,
          seed: 40 + 10 * seed + d,
          sessionSeconds: [400],
        }),
        { decay, transform: LINEAR_FLOW, foldBuckets: 'day' },
      ),
    ).flat();
  const constrained = (fit: Calibration) =>
    constrain({ ...unconstrained(fit), decay, weights: decay, concavity: 1 }, { ...limits, rho: 0.5, blocks });

  it('a projection within its noise is not named, far as it goes', () => {
    for (let seed = 0; seed < 5; seed++) {
      const unshrunk = { lambda: 0, intensity: 0, target: 'none' } as const;
      const fit = calibrate(folds(seed), { ...defaultCalibration(blocks), ...unshrunk });
      const { before, projection, steps } = constrained(fit);
      expect(before.status).toBe('failed');
      expect(projection.distance).toBeGreaterThan(0.5);
      const { rawK, standardErrors, errorDegrees } = fit.estimate;
      expect(errorDegrees).toBe(5);
      expect(movedOut({ raw: rawK.whole, standardErrors, degrees: errorDegrees, steps })).toEqual([]);
    }
  });
});
