import { kernels } from './kernels/kernels.js';

/** Dense row-major matrices of doubles and the few products that the stages need. Sums run in a fixed order. */

export interface DenseMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Row-major, `rows * cols` long. */
  readonly data: Float64Array;
}

export function zeros(rows: number, cols: number = rows): DenseMatrix {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

export function identity(n: number): DenseMatrix {
  return diagonalMatrix(new Float64Array(n).fill(1));
}

export function diagonalMatrix(diagonal: ArrayLike<number>): DenseMatrix {
  const matrix = zeros(diagonal.length);
  for (let i = 0; i < diagonal.length; i++) matrix.data[i * diagonal.length + i] = diagonal[i];
  return matrix;
}

export function fromRows(rows: readonly (readonly number[])[]): DenseMatrix {
  const matrix = zeros(rows.length, rows[0]?.length ?? 0);
  rows.forEach((row, i) => {
    matrix.data.set(row, i * matrix.cols);
  });
  return matrix;
}

export function copyOf(matrix: DenseMatrix): DenseMatrix {
  return { rows: matrix.rows, cols: matrix.cols, data: matrix.data.slice() };
}

export function diagonalOf(matrix: DenseMatrix): Float64Array {
  return Float64Array.from({ length: Math.min(matrix.rows, matrix.cols) }, (_, i) => matrix.data[i * matrix.cols + i]);
}

export function mapEntries(matrix: DenseMatrix, f: (value: number, i: number, j: number) => number): DenseMatrix {
  const { rows, cols } = matrix;
  const out = zeros(rows, cols);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) out.data[k] = f(matrix.data[k], i, j);
  return out;
}

export function transpose(matrix: DenseMatrix): DenseMatrix {
  const { rows, cols, data } = matrix;
  const out = zeros(cols, rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out.data[j * rows + i] = data[i * cols + j];
  return out;
}

/** Products of fewer terms than this are not worth a copy into the kernels' memory. */
const SMALL_PRODUCT = 30_000;

/** `a b`, (m×k)(k×n) → m×n. */
export function multiply(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.cols !== b.rows) throw new RangeError(`multiply: ${a.rows}×${a.cols} times ${b.rows}×${b.cols}`);
  return a.rows * a.cols * b.cols < SMALL_PRODUCT ? smallProduct(a, b) : largeProduct(a, b);
}

function smallProduct(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const out = zeros(a.rows, b.cols);
  const n = b.cols;
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.cols; k++) {
      const value = a.data[i * a.cols + k];
      for (let j = 0; j < n; j++) out.data[i * n + j] += value * b.data[k * n + j];
    }
  }
  return out;
}

function largeProduct(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const set = kernels();
  const [m, k, n] = [a.rows, a.cols, b.cols];
  const atB = m * k + ((m * k) % 2);
  const atC = atB + k * n + ((k * n) % 2);
  const scratch = atC + m * n + ((m * n) % 2);
  const memory = set.reserve(scratch + set.gemmScratch(n));
  memory.set(a.data, 0);
  memory.set(b.data, atB);
  memory.fill(0, atC, atC + m * n);
  set.gemm(m, n, k, 1, { at: 0, row: k, column: 1 }, { at: atB, row: n, column: 1 }, { at: atC, row: n }, scratch);
  return { rows: m, cols: n, data: memory.slice(atC, atC + m * n) };
}

export function combine(a: DenseMatrix, scaleA: number, b: DenseMatrix, scaleB: number): DenseMatrix {
  const out = zeros(a.rows, a.cols);
  for (let k = 0; k < out.data.length; k++) out.data[k] = scaleA * a.data[k] + scaleB * b.data[k];
  return out;
}

/** `(M + Mᵀ)/2` of a square matrix. */
export function symmetricPart(matrix: DenseMatrix): DenseMatrix {
  const n = matrix.rows;
  return mapEntries(matrix, (value, i, j) => (value + matrix.data[j * n + i]) / 2);
}

/** `diag(left) M diag(right)`. */
export function scaleBoth(matrix: DenseMatrix, left: Float64Array, right: Float64Array = left): DenseMatrix {
  return mapEntries(matrix, (value, i, j) => value * left[i] * right[j]);
}

/** `Σ_ij A_ij B_ij`. */
export function innerProduct(a: DenseMatrix, b: DenseMatrix): number {
  return dot(a.data, b.data);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

export function frobeniusNorm(matrix: DenseMatrix): number {
  return Math.sqrt(innerProduct(matrix, matrix));
}

export function frobeniusDistance(a: DenseMatrix, b: DenseMatrix): number {
  return frobeniusNorm(combine(a, 1, b, -1));
}

/** Rows and columns picked by index, in the order given. */
export function submatrix(matrix: DenseMatrix, rows: readonly number[], cols: readonly number[] = rows): DenseMatrix {
  const out = zeros(rows.length, cols.length);
  rows.forEach((i, a) => {
    cols.forEach((j, b) => {
      out.data[a * cols.length + b] = matrix.data[i * matrix.cols + j];
    });
  });
  return out;
}

export function isFiniteMatrix(matrix: DenseMatrix): boolean {
  return matrix.data.every(Number.isFinite);
}

export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]));
  return largest;
}
