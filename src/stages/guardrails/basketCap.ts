import type { BasketCap } from '../../model/guardrails.js';
import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { symmetricEigen } from '../../numerics/symmetricEigen.js';
import { linkGroups } from './linkGroups.js';

export interface BasketCapInput {
  /** N×N, bps per million: what is published. */
  readonly K: DenseMatrix;
  /** N: block or cluster of every name. */
  readonly groups: readonly string[];
  /** N×N, bps per million: standard errors of the links as they were shrunk; absent where none are known. */
  readonly errors?: DenseMatrix | undefined;
}

/** Noise that at most doubles a basket's cost is borne whatever the links. */
const BORNE = 1;
/** Links that are a multiple of their noise are not noise. */
const CLEAR = 2;

/**
 * The norm of links grows with the number of names, so that no number bounds it: a market of 60 names with links of .15 has
 * 9. What is judged is how much of it may be noise (MODEL §6): links beyond the mean of their pair of groups, against the
 * norm that a matrix of their errors alone would have. Where no errors are known all of the excess counts as noise.
 */
export function basketCap({ K, groups, errors }: BasketCapInput): BasketCap {
  const D = diagonalOf(K);
  const C = toNormalised(K, D);
  const { means, beyond } = linkGroups(C, groups);
  const [groupNorm, excess] = [spectralNorm(means), spectralNorm(beyond)];
  const noise = errors && noiseNorm(toNormalised(errors, D));
  const value = Math.min(excess, noise ?? excess);
  const bound = Math.max(BORNE, excess / CLEAR);
  const passed = value <= bound;
  // The triangle inequality holds but for rounding.
  const allowance = Math.max(BORNE, passed ? excess * (1 + 1e-9) : 0);
  return { value, bound, passed, numericCap: groupNorm + allowance, excess, noise, groupNorm };
}

/** Norm of a symmetric matrix of independent entries with these errors: twice the largest root of a row's sum of squares (Bai and Yin 1988). */
function noiseNorm({ rows: n, data }: DenseMatrix): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let j = 0; j < n; j++) if (j !== i) square += squared(data[i * n + j]);
    largest = Math.max(largest, square);
  }
  return 2 * Math.sqrt(largest);
}

function spectralNorm(matrix: DenseMatrix): number {
  const { values } = symmetricEigen(matrix);
  return values.length > 0 ? Math.max(Math.abs(values[0]), Math.abs(values[values.length - 1])) : 0;
}
