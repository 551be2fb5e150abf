import { describe, expect, it } from 'vitest';
import { selectBases } from '../../src/model/bases.js';
import { sumMoments } from '../../src/model/moments.js';
import { fromRows } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { CANDIDATE_BUCKETS, chooseTimeConstants } from '../../src/stages/fit/timeConstants.js';
import { defaultCalibration } from '../support/calibration.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const candidates = Float64Array.from(CANDIDATE_BUCKETS, (tau) => (Number.isFinite(tau) ? Math.exp(-1 / tau) : 1));
const K = fromRows([
  [1, 0.3],
  [0.3, 2],
]);
const { defactor } = defaultCalibration(['a', 'a']);

function folds(taus: readonly number[], weights: readonly number[], noise: number, decay = candidates) {
  const truth = {
    names: 2,
    K,
    decay: Float64Array.from(taus, (tau) => (Number.isFinite(tau) ? Math.exp(-1 / tau) : 1)),
    weights: Float64Array.from(weights),
    density: 0.3,
    noise,
    sessionSeconds: [2000],
    factors: 1,
    contamination: 0.5,
    missingShare: 0.02,
  };
  return [1, 2, 3, 4, 5, 6].flatMap((seed) =>
    accumulateDay(simulatedBuckets({ ...truth, seed }), { decay, concavity: 1, foldBuckets: 'day' }),
  );
}

const chosen = (taus: readonly number[], weights: readonly number[], noise: number) =>
  chooseTimeConstants(folds(taus, weights, noise), defactor)
    .at(-1)!
    .bases.map((p) => CANDIDATE_BUCKETS[p]);

describe('chooseTimeConstants', () => {
  it('finds the true ones among the candidates', () => {
    expect(chosen([10], [1], 1)).toEqual([10]);
    expect(chosen([3, Number.POSITIVE_INFINITY], [0.6, 0.4], 0.5)).toEqual([3, Number.POSITIVE_INFINITY]);
  });

  it('lowers the held-out error beyond a single one, and takes few where noise hides the shape', () => {
    const steps = chooseTimeConstants(folds([3, 100], [0.5, 0.5], 0.5), defactor);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)!.error).toBeLessThan(0.99 * steps[0].error);
    expect(chosen([3, 100], [0.5, 0.5], 30).length).toBeLessThanOrEqual(2);
  });

  it('keeps all candidates where there is one fold only', () => {
    const [single] = folds([3], [1], 1);
    expect(chooseTimeConstants([single], defactor).at(-1)!.bases.length).toBe(CANDIDATE_BUCKETS.length);
  });

  it('selects bases to the same moments as accumulating them alone', () => {
    const bases = [1, 4];
    const few = Float64Array.from(bases, (p) => candidates[p]);
    const picked = selectBases(sumMoments(folds([3], [1], 1)), bases);
    const alone = sumMoments(folds([3], [1], 1, few));
    for (const field of ['zz', 'zr', 'missingFlowSquare', 'rr'] as const) {
      alone[field].data.forEach((value, k) => {
        expect(picked[field].data[k]).toBeCloseTo(value, 8);
      });
    }
  });
});
