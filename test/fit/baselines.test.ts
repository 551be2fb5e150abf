import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumMoments } from '../../src/model/moments.js';
import { fromRows, mapEntries, multiply } from '../../src/numerics/dense.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { fitFactors, removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { baselineEstimators, kyleLambda } from '../../src/stages/fit/baselines.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { regressionMoments } from '../../src/stages/fit/impactProblem.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, randomGram, seeds, sizes } from '../support/matrices.js';
import { type BucketCase, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(1);
const asymmetric = fromRows([
  [2, 0.9, 0.1],
  [0.1, 1, 0.3],
  [0.2, 0, 1.5],
]);

function folds(options: Partial<BucketCase>, after = 0) {
  return [1, 2, 3, 4].flatMap((seed) =>
    accumulateDay(simulatedBuckets({ names: 3, density: 0.5, decay, ...options, seed: after + seed }), {
      decay,
      transform: LINEAR_FLOW,
      foldBuckets: 'day',
    }),
  );
}

function regression(options: Partial<BucketCase>) {
  const total = sumMoments(folds(options));
  return regressionMoments(removeFactors(total, fitFactors(total, defaultCalibration(['a', 'a', 'b']).defactor)));
}

describe('baselines', () => {
  it('ols recovers any matrix, symmetric or not, where there is no noise', () => {
    const K = baselineEstimators.ols(regression({ K: asymmetric, noise: 1e-9 }));
    expect(largestDifference(K, asymmetric)).toBeLessThan(1e-6);
  });

  it('errors are what estimates vary by: all entries of least squares, the diagonal alone, nothing of Kyle', () => {
    const draws = Array.from({ length: 40 }, (_, k) =>
      folds({ K: asymmetric, noise: 2, sessionSeconds: [200] }, 10 * k),
    );
    const estimates = (estimator: 'ols' | 'diagonal' | 'kyle') =>
      draws.map((draw) => calibrate(draw, { ...defaultCalibration(['a', 'a', 'b']), estimator }).estimate);
    for (const estimator of ['ols', 'diagonal'] as const) {
      const all = estimates(estimator);
      for (let k = 0; k < 9; k++) {
        const values = all.map(({ rawK }) => rawK.whole.data[k]);
        const centre = values.reduce((sum, v) => sum + v / values.length, 0);
        const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2 / (values.length - 1), 0));
        const error = all.reduce((sum, { standardErrors }) => sum + standardErrors.data[k] / all.length, 0);
        if (spread === 0) expect(error).toBe(0);
        // A spread of 40 is known to 11 %.
        else expect(Math.abs(error / spread - 1)).toBeLessThan(0.35);
      }
    }
    for (const { standardErrors } of estimates('kyle')) expect(standardErrors.data.every((e) => e === 0)).toBe(true);
  });

  it('Kyle’s matrix takes the covariance of flow to that of moves and is symmetric PSD', () => {
    fc.assert(
      fc.property(sizes(10), seeds, (n, seed) => {
        const [moves, flow] = [randomGram(n, seed, 0.3), randomGram(n, seed + 1, 0.3)];
        const lambda = kyleLambda(moves, flow);
        expect(largestDifference(multiply(multiply(lambda, flow), lambda), moves)).toBeLessThan(1e-8);
        expect(smallestEigenvalue(lambda)).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('Kyle’s matrix is the truth where flow alone moves prices', () => {
    const K = mapEntries(asymmetric, (v, i, j) => (v + asymmetric.data[j * 3 + i]) / 2);
    expect(largestDifference(baselineEstimators.kyle(regression({ K, noise: 1e-6 })), K)).toBeLessThan(1e-3);
  });

  it('EigenLiquidity is the truth where impact is diagonal in the modes of the moves', () => {
    const K = fromRows([
      [1, 0.5, 0.5],
      [0.5, 1, 0.5],
      [0.5, 0.5, 1],
    ]);
    const found = baselineEstimators.eigenliquidity(regression({ K, noise: 1e-6, sessionSeconds: [20_000] }));
    expect(largestDifference(found, K)).toBeLessThan(0.05);
  });

  it.each(['ols', 'kyle', 'eigenliquidity'] as const)('%s stands beside the others as an estimator', (estimator) => {
    const fit = calibrate(folds({ K: asymmetric, noise: 0.5 }), { ...defaultCalibration(['a', 'a', 'b']), estimator });
    expect(fit.K.data.every(Number.isFinite)).toBe(true);
    expect(fit.K.data[0]).toBeGreaterThan(1);
    expect(fit.shrinkage).toBeUndefined();
  });

  it.each(['ols', 'kyle', 'eigenliquidity'] as const)('%s stays finite when a name does not trade', (estimator) => {
    const moments = regression({ K: asymmetric, noise: 0.5, density: 0.3 });
    const silent = mapEntries(moments.gram, (v, i, j) => (i === 1 || j === 1 ? 0 : v));
    const cross = mapEntries(moments.cross, (v, _, j) => (j === 1 ? 0 : v));
    expect(baselineEstimators[estimator]({ ...moments, gram: silent, cross }).data.every(Number.isFinite)).toBe(true);
  });
});
