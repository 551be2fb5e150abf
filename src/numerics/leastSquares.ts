import { CholeskyDecomposition } from 'ml-matrix';
import { type DenseMatrix, diagonalOf, isFiniteMatrix, largestMagnitude, scaleBoth, zeros } from './dense.js';
import { composeSpectrum, nonFinite, symmetricEigen, toMlMatrix } from './symmetricEigen.js';

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

/** Solution of `M x = b` for symmetric positive definite M (n×n), or `undefined` when M is not. */
export function solvePositiveDefinite(matrix: DenseMatrix, rhs: Float64Array): Float64Array | undefined {
  if (!isFiniteMatrix(matrix)) throw nonFinite('linear system');
  const cholesky = new CholeskyDecomposition(toMlMatrix(matrix));
  if (!cholesky.isPositiveDefinite()) return undefined;
  const column = zeros(rhs.length, 1);
  column.data.set(rhs);
  return Float64Array.from(cholesky.solve(toMlMatrix(column)).to1DArray());
}
