import {
  areEqual,
  combine,
  type DenseMatrix,
  diagonalOf,
  isFiniteMatrix,
  largestMagnitude,
  multiply,
  scaleBoth,
  zeros,
} from './dense.js';
import { positiveInverse } from './positiveInverse.js';
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
 * different units do not decide what counts as rank. What is far from singular goes through Cholesky factors.
 * @throws NumericalError on a non-finite entry.
 */
export function gramInverse(gram: DenseMatrix): PseudoInverse {
  const n = gram.rows;
  if (!isFiniteMatrix(gram)) throw nonFinite('normal equations');
  const scale = diagonalOf(gram).map((d) => (d > 0 ? 1 / Math.sqrt(d) : 0));
  const scaled = scaleBoth(gram, scale);
  const whole = positiveInverse(scaled);
  if (whole) return { inverse: scaleBoth(whole, scale), rank: n };
  const { values, vectors } = symmetricEigen(scaled);
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
  const highOfGram = upperHalves(gram.data);
  for (let step = 0; step < REFINEMENTS; step++) {
    const next = combine(x, 1, multiply(inverse, residual(gram, highOfGram, x, rhs)), 1);
    // What a step leaves as it is, further ones do too.
    if (areEqual(next.data, x.data)) break;
    x = next;
  }
  return x;
}

/**
 * `rhs − gram x`: products are taken from a sum of two doubles without a rounding error (Dekker 1971; Ogita, Rump and Oishi
 * 2005).
 */
function residual(gram: DenseMatrix, highOfGram: Float64Array, x: DenseMatrix, rhs: DenseMatrix): DenseMatrix {
  const out = zeros(rhs.rows, rhs.cols);
  const highOfX = upperHalves(x.data);
  for (let i = 0; i < rhs.rows; i++) {
    for (let c = 0; c < rhs.cols; c++) {
      let high = rhs.data[i * rhs.cols + c];
      let low = 0;
      for (let j = 0; j < gram.cols; j++) {
        const a = gram.data[i * gram.cols + j];
        const b = x.data[j * x.cols + c];
        const aHigh = highOfGram[i * gram.cols + j];
        const bHigh = highOfX[j * x.cols + c];
        const aLow = a - aHigh;
        const bLow = b - bHigh;
        const product = -a * b;
        const lost = -(aLow * bLow) - (product + aHigh * bHigh + (aLow * bHigh + aHigh * bLow));
        const total = high + product;
        const back = total - high;
        low += high - (total - back) + (product - back) + lost;
        high = total;
      }
      out.data[i * rhs.cols + c] = high + low;
    }
  }
  return out;
}

/** The upper 26 bits of every number (Veltkamp). */
function upperHalves(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let k = 0; k < values.length; k++) {
    const shifted = 134_217_729 * values[k];
    out[k] = shifted - (shifted - values[k]);
  }
  return out;
}
