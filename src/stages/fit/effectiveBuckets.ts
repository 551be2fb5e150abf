import { type DenseMatrix, multiply } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { median } from '../../numerics/statistics.js';
import { type RegressionMoments, squaredErrors } from './impactProblem.js';

/**
 * Buckets that independent ones would be worth: buckets over the median design effect of the names' own scores `Σ e v̄`,
 * their variance over groups of folds against what independent residuals would give.
 */
export function effectiveBuckets(tests: readonly RegressionMoments[], K: DenseMatrix): number {
  const buckets = tests.reduce((sum, test) => sum + test.buckets, 0);
  const groups = tests.length;
  if (groups < 2) return buckets;
  const n = K.rows;
  const square = new Float64Array(n);
  const expected = new Float64Array(n);
  const variance = residualVariance(tests, K);
  for (const { cross, gram } of tests) {
    const explained = multiply(K, gram);
    for (let i = 0; i < n; i++) {
      const at = i * (n + 1);
      square[i] += squared(cross.data[at] - explained.data[at]);
      expected[i] += variance[i] * Math.max(0, gram.data[at]);
    }
  }
  const effects = [...square.keys()]
    .filter((i) => expected[i] > 0)
    .map((i) => ((groups / (groups - 1)) * square[i]) / expected[i]);
  const effect = median(effects);
  return effect > 0 ? Math.min(buckets, buckets / effect) : buckets;
}

/** N: variance per bucket of what K leaves of the moves, bps². */
function residualVariance(tests: readonly RegressionMoments[], K: DenseMatrix): Float64Array {
  const [squares, counts] = [new Float64Array(K.rows), new Float64Array(K.rows)];
  for (const test of tests)
    squaredErrors(test, K).forEach((square, i) => {
      squares[i] += square;
      counts[i] += test.observed[i];
    });
  return squares.map((square, i) => (counts[i] > 0 ? square / counts[i] : 0));
}
