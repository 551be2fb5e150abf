import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type DenseMatrix, isFiniteMatrix, mapEntries, multiply, symmetricPart, transpose, zeros } from './dense.js';
import { NumericalError } from './failure.js';

export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Column k belongs to `values[k]`; orthonormal. */
  readonly vectors: DenseMatrix;
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric n×n matrix, `M = V diag(values) Vᵀ`.
 * Finiteness is checked first: the decomposition underneath does not end on NaN.
 * @throws NumericalError on a non-finite entry.
 */
export function symmetricEigen(matrix: DenseMatrix): SymmetricEigen {
  const n = matrix.rows;
  if (!isFiniteMatrix(matrix)) throw nonFinite('eigendecomposition');
  if (n === 0) return { values: new Float64Array(0), vectors: zeros(0) };
  const decomposition = new EigenvalueDecomposition(toMlMatrix(matrix), { assumeSymmetric: true });
  const vectors = zeros(n);
  const columns = decomposition.eigenvectorMatrix;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors.data[i * n + j] = columns.get(i, j);
  return ascending(Float64Array.from(decomposition.realEigenvalues), vectors);
}

export function smallestEigenvalue(matrix: DenseMatrix): number {
  return matrix.rows === 0 ? 0 : symmetricEigen(matrix).values[0];
}

/** Whether the lower triangle has a Cholesky factor with pivots well above rounding: a tenth of the work of an eigenvalue. */
export function isPositiveDefinite({ rows: n, data }: DenseMatrix): boolean {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * n + j];
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      if (i === j && !(sum > 1e-9 * Math.abs(data[i * n + i]))) return false;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j];
    }
  }
  return true;
}

/** `V diag(weights) Vᵀ`, exactly symmetric. */
export function composeSpectrum(vectors: DenseMatrix, weights: Float64Array): DenseMatrix {
  const weighted = mapEntries(vectors, (v, _, k) => v * weights[k]);
  return symmetricPart(multiply(weighted, transpose(vectors)));
}

export function toMlMatrix(matrix: DenseMatrix): Matrix {
  const out = new Matrix(matrix.rows, matrix.cols);
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.cols; j++) out.set(i, j, matrix.data[i * matrix.cols + j]);
  }
  return out;
}

export function nonFinite(where: string): NumericalError {
  return new NumericalError(
    `a non-finite number reached the ${where}`,
    'a move, flow or factor overflowed: look for extreme sizes or prices in align.json',
  );
}

/** The decomposition sorts already; ties in rounding are put right so that callers may rely on the order. */
function ascending(values: Float64Array, vectors: DenseMatrix): SymmetricEigen {
  const n = values.length;
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b] || a - b);
  if (order.every((column, k) => column === k)) return { values, vectors };
  const sorted = zeros(n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) sorted.data[i * n + k] = vectors.data[i * n + order[k]];
  return { values: Float64Array.from(order, (k) => values[k]), vectors: sorted };
}
