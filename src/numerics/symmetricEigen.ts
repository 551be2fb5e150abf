import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { blas } from './blas/blas.js';
import type { Blas } from './blas/interface.js';
import {
  type DenseMatrix,
  isFiniteMatrix,
  largestMagnitude,
  scaleBoth,
  symmetricProduct,
  transpose,
  zeros,
} from './dense.js';
import { divideScratch, tridiagonalEigen } from './divideAndConquer.js';
import { NumericalError } from './failure.js';
import { backTransform, backTransformScratch, reductionScratch, tridiagonalise } from './householder.js';
import { tridiagonalEigenvalues } from './implicitQl.js';

/** Of an n×n matrix. */
export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Column k belongs to `values[k]`; orthonormal. */
  readonly vectors: DenseMatrix;
}

/**
 * Up to here the plain decomposition of ml-matrix is as fast, and nothing needs to be copied into the kernels' memory.
 */
const SMALL = 40;

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric n×n matrix, `M = V diag(values) Vᵀ`.
 * @throws NumericalError on a non-finite entry.
 */
export function symmetricEigen(matrix: DenseMatrix): SymmetricEigen {
  const { values, rows } = eigenRows(matrix, (all) => [0, all.length]);
  return { values, vectors: transpose(rows) };
}

/** Of an n×n matrix: eigenvalues, and some of the eigenvectors. */
export interface EigenRows {
  /** All of them, ascending. */
  readonly values: Float64Array;
  /** Index of the first value whose eigenvector is there. */
  readonly from: number;
  /** One eigenvector per row. */
  readonly rows: DenseMatrix;
}

/**
 * All eigenvalues, and the eigenvectors of a contiguous part of them that is chosen once they are known: tridiagonal
 * form in panels, divide and conquer, back-transformation of what was chosen.
 * @throws NumericalError on a non-finite entry.
 */
export function eigenRows(
  matrix: DenseMatrix,
  choose: (values: Float64Array) => readonly [from: number, to: number],
): EigenRows {
  const n = matrix.rows;
  if (!isFiniteMatrix(matrix)) throw nonFinite('eigendecomposition');
  if (n <= SMALL) {
    const { values, vectors } = plainEigen(matrix);
    const [from, to] = choose(values);
    const rows = zeros(to - from, n);
    for (let r = 0; r < rows.rows; r++)
      for (let i = 0; i < n; i++) rows.data[r * n + i] = vectors.data[i * n + from + r];
    return { values, from, rows };
  }
  const set = blas();
  const { values, scale, at, reduction } = reduced(matrix, set, 5 * n * n);
  const { subdiagonal, z, scratch } = at;
  const d = values.slice();
  tridiagonalEigen({ n, d, e: subdiagonal, z, scratch, kernels: set });
  const all = d.map((value) => value * scale);
  const [from, to] = choose(all);
  backTransform({ at: z + from * n, count: to - from, length: n }, reduction, scratch, set);
  const rows = { rows: to - from, cols: n, data: set.memory().slice(z + from * n, z + to * n) };
  return { values: all, from, rows };
}

/** Eigenvalues alone, ascending: a third of the work. @throws NumericalError on a non-finite entry. */
export function symmetricEigenvalues(matrix: DenseMatrix): Float64Array {
  if (matrix.rows <= SMALL) {
    if (!isFiniteMatrix(matrix)) throw nonFinite('eigendecomposition');
    return plainEigen(matrix).values;
  }
  if (!isFiniteMatrix(matrix)) throw nonFinite('eigendecomposition');
  const { values, scale, at } = reduced(matrix, blas(), 0);
  return tridiagonalEigenvalues(values, at.subdiagonal).map((value) => value * scale);
}

/** The matrix in the kernels' memory, scaled so that nothing overflows, and brought to tridiagonal form. */
function reduced({ rows: n, data: entries }: DenseMatrix, set: Blas, room: number) {
  const scale = largestMagnitude(entries) || 1;
  const a = 64;
  const reflectors = a + n * n;
  const z = reflectors + n * n;
  const tau = z + (room > 0 ? n * n : 0);
  const diagonal = tau + n;
  const off = diagonal + n;
  const scratch = off + n + ((off + n) % 2);
  const most = Math.max(
    reductionScratch(n, set),
    room > 0 ? divideScratch(n, set) : 0,
    room > 0 ? backTransformScratch(n, n, set) : 0,
  );
  const data = set.reserve(scratch + most);
  for (let k = 0; k < entries.length; k++) data[a + k] = entries[k] / scale;
  const reduction = { a, reflectors, tau, diagonal, subdiagonal: off, scratch };
  tridiagonalise(n, reduction, set);
  return {
    values: data.slice(diagonal, diagonal + n),
    scale,
    reduction,
    at: { z, scratch, subdiagonal: data.slice(off, off + n) },
  };
}

/** Finiteness was checked: the decomposition underneath does not end on NaN. */
function plainEigen(matrix: DenseMatrix): SymmetricEigen {
  const n = matrix.rows;
  if (n === 0) return { values: new Float64Array(0), vectors: zeros(0) };
  const decomposition = new EigenvalueDecomposition(toMlMatrix(matrix), { assumeSymmetric: true });
  const vectors = zeros(n);
  const columns = decomposition.eigenvectorMatrix;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors.data[i * n + j] = columns.get(i, j);
  return ascending(Float64Array.from(decomposition.realEigenvalues), vectors);
}

/** 0 for the empty matrix. @throws NumericalError on a non-finite entry. */
export function smallestEigenvalue(matrix: DenseMatrix): number {
  return matrix.rows === 0 ? 0 : symmetricEigenvalues(matrix)[0];
}

/** `V diag(weights) Vᵀ`, exactly symmetric. */
export function composeSpectrum(vectors: DenseMatrix, weights: Float64Array): DenseMatrix {
  return weightedSquares(transpose(vectors), weights);
}

/** `Σ_k weights_k r_kᵀ r_k` over the rows of a k×n matrix, exactly symmetric. */
export function weightedSquares(rows: DenseMatrix, weights: Float64Array): DenseMatrix {
  const weighted = scaleBoth(rows, weights, new Float64Array(rows.cols).fill(1));
  return symmetricProduct(transpose(weighted), rows);
}

/** A copy for ml-matrix. */
export function toMlMatrix(matrix: DenseMatrix): Matrix {
  const out = new Matrix(matrix.rows, matrix.cols);
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.cols; j++) out.set(i, j, matrix.data[i * matrix.cols + j]);
  }
  return out;
}

/** What to throw where a number is not finite, and what to look for. */
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
