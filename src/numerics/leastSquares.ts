import { type DenseMatrix, diagonalOf, isFiniteMatrix, largestMagnitude, scaleBoth } from './dense.js';
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
