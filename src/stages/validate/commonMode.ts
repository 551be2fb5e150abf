import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { chiSquareTail } from '../../numerics/distributions.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';

/** What is left of links once one common mode has taken all that it can. */
export interface BeyondMode {
  /** Probability of as large a rest by chance; 1 where the mode can take everything. */
  readonly pValue: number;
  /** Share of the links' weighted squares that is left, less what chance leaves; 0 where chance alone makes links as large. */
  readonly share: number;
}

/**
 * A factor that moves name i by b_i, and that flow of name j follows with g_j, shows as links `(b_i g_j + b_j g_i)/2` of a
 * symmetric fit. With b known (the first mode of residual moves) that is linear in g: weighted least squares over the links,
 * and a χ² test of what it leaves, on N(N−1)/2 − N degrees, or fewer names' where some have no link with an error. Three names have as many links as a mode has freedom: nothing
 * can survive there.
 * @param b N: loadings of the mode, bps
 * @param links N×N estimate without penalty, bps per million, and its standard errors
 */
export function linksBeyondMode(b: Float64Array, links: DenseMatrix, errors: DenseMatrix): BeyondMode {
  const n = b.length;
  const gram = zeros(n);
  const cross = zeros(n, 1);
  const pairs = weightedPairs(links, errors);
  for (const { i, j, value, weight } of pairs) {
    for (const [row, own] of [
      [i, b[j] / 2],
      [j, b[i] / 2],
    ]) {
      cross.data[row] += weight * own * value;
      gram.data[row * n + i] += (weight * own * b[j]) / 2;
      gram.data[row * n + j] += (weight * own * b[i]) / 2;
    }
  }
  const { inverse, rank } = gramInverse(gram);
  const degrees = pairs.length - rank;
  if (degrees < 1) return { pValue: 1, share: 0 };
  const g = solveGram(gram, cross, inverse).data;
  let [left, all] = [0, 0];
  for (const { i, j, value, weight } of pairs) {
    left += weight * squared(value - (b[i] * g[j] + b[j] * g[i]) / 2);
    all += weight * squared(value);
  }
  return {
    pValue: chiSquareTail(left, degrees),
    share: all > pairs.length ? Math.min(1, Math.max(0, left - degrees) / (all - pairs.length)) : 0,
  };
}

/** Links that have an error to go by, by inverse variance. */
function weightedPairs({ rows: n, data }: DenseMatrix, errors: DenseMatrix) {
  const pairs: { i: number; j: number; value: number; weight: number }[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const error = errors.data[i * n + j];
      if (error > 0) pairs.push({ i, j, value: data[i * n + j], weight: 1 / squared(error) });
    }
  return pairs;
}
