import {
  combine,
  type DenseMatrix,
  diagonalOf,
  isFiniteMatrix,
  largestMagnitude,
  mapEntries,
  multiply,
  scaleBoth,
} from './dense.js';
import { composeSpectrum, nonFinite, symmetricEigen } from './symmetricEigen.js';

/** Directions whose scaled eigenvalue is below this carry rounding noise, not data. */
const RANK_TOLERANCE = 1e-11;

export interface PseudoInverse {
  readonly inverse: DenseMatrix;
  /** Number of directions that the data determine. */
  readonly rank: number;
}

/**
 * Moore–Penrose inverse of a Gram matrix (symmetric PSD, n×n) after scaling it to a unit diagonal, so that columns in
 * different units do not decide what counts as rank. Full-rank input goes through Cholesky.
 * @throws NumericalError on a non-finite entry.
 */
export function gramInverse(gram: DenseMatrix): PseudoInverse {
  const n = gram.rows;
  if (!isFiniteMatrix(gram)) throw nonFinite('normal equations');
  const scale = diagonalOf(gram).map((d) => (d > 0 ? 1 / Math.sqrt(d) : 0));
  const { values, vectors } = symmetricEigen(scaleBoth(gram, scale));
  const cutoff = RANK_TOLERANCE * Math.max(n, largestMagnitude(values));
  const inverted = values.map((v) => (v > cutoff ? 1 / v : 0));
  const rank = inverted.filter((v) => v > 0).length;
  return { inverse: scaleBoth(composeSpectrum(vectors, inverted), scale), rank };
}

/** More steps than this do not help: a step gains the digits that the condition number leaves. */
const REFINEMENTS = 3;

/**
 * Solution X of `gram X = rhs` (n×n, n×m) in the directions that the data determine, refined with residuals that are
 * summed in twice the working precision (Wilkinson 1963), so that what is lost is what the sums themselves had lost.
 * `inverse` is that of `gramInverse`.
 */
export function solveGram(gram: DenseMatrix, rhs: DenseMatrix, inverse: DenseMatrix): DenseMatrix {
  let x = multiply(inverse, rhs);
  for (let step = 0; step < REFINEMENTS; step++) x = combine(x, 1, multiply(inverse, residual(gram, x, rhs)), 1);
  return x;
}

function residual(gram: DenseMatrix, x: DenseMatrix, rhs: DenseMatrix): DenseMatrix {
  return mapEntries(rhs, (value, i, c) => {
    const sum: Compensated = { high: value, low: 0 };
    for (let j = 0; j < gram.cols; j++) subtractProduct(sum, gram.data[i * gram.cols + j], x.data[j * x.cols + c]);
    return sum.high + sum.low;
  });
}

interface Compensated {
  high: number;
  low: number;
}

/** Takes a b from a sum of two doubles (Dekker 1971; Ogita, Rump and Oishi 2005). */
function subtractProduct(sum: Compensated, a: number, b: number): void {
  const product = -a * b;
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  const lost = -(aLow * bLow) - (product + aHigh * bHigh + (aLow * bHigh + aHigh * bLow));
  const total = sum.high + product;
  const back = total - sum.high;
  sum.low += sum.high - (total - back) + (product - back) + lost;
  sum.high = total;
}

/** The upper 26 bits. */
function upperHalf(value: number): number {
  const shifted = 134_217_729 * value;
  return shifted - (shifted - value);
}
