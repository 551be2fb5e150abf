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

/** Rows of the right factor that are worked through together: they stay in the cache while every row of the left passes. */
const PANEL = 64;

/**
 * `a b`, (m×k)(k×n) → m×n. Two rows of a meet four rows of b at a time, so that what is loaded serves eight products;
 * every entry still sums over k in ascending order, four terms and then the next four.
 */
export function multiply(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.cols !== b.rows) throw new RangeError(`multiply: ${a.rows}×${a.cols} times ${b.rows}×${b.cols}`);
  const out = zeros(a.rows, b.cols);
  const paired = a.rows - (a.rows % 2);
  for (let from = 0; from < a.cols; from += PANEL) {
    const to = Math.min(a.cols, from + PANEL);
    for (let i = 0; i < paired; i += 2) addRowPair(out.data, i, a, b, from, to);
    if (paired < a.rows) addSingleRow(out.data, paired, a, b, from, to);
  }
  return out;
}

function addRowPair(out: Float64Array, i: number, a: DenseMatrix, b: DenseMatrix, from: number, to: number): void {
  const n = b.cols;
  const [A, B] = [a.data, b.data];
  const [first, second] = [i * n, (i + 1) * n];
  const [p, q] = [i * a.cols, (i + 1) * a.cols];
  const whole = to - ((to - from) % 4);
  for (let k = from; k < whole; k += 4) {
    const [a0, a1, a2, a3] = [A[p + k], A[p + k + 1], A[p + k + 2], A[p + k + 3]];
    const [c0, c1, c2, c3] = [A[q + k], A[q + k + 1], A[q + k + 2], A[q + k + 3]];
    const r0 = k * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    for (let j = 0; j < n; j++) {
      const b0 = B[r0 + j];
      const b1 = B[r1 + j];
      const b2 = B[r2 + j];
      const b3 = B[r3 + j];
      out[first + j] += a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3;
      out[second + j] += c0 * b0 + c1 * b1 + c2 * b2 + c3 * b3;
    }
  }
  for (let k = whole; k < to; k++) {
    for (let j = 0; j < n; j++) {
      out[first + j] += A[p + k] * B[k * n + j];
      out[second + j] += A[q + k] * B[k * n + j];
    }
  }
}

function addSingleRow(out: Float64Array, i: number, a: DenseMatrix, b: DenseMatrix, from: number, to: number): void {
  const n = b.cols;
  const [A, B] = [a.data, b.data];
  const [row, p] = [i * n, i * a.cols];
  const whole = to - ((to - from) % 4);
  for (let k = from; k < whole; k += 4) {
    const [a0, a1, a2, a3] = [A[p + k], A[p + k + 1], A[p + k + 2], A[p + k + 3]];
    const r0 = k * n;
    for (let j = 0; j < n; j++) {
      out[row + j] += a0 * B[r0 + j] + a1 * B[r0 + n + j] + a2 * B[r0 + 2 * n + j] + a3 * B[r0 + 3 * n + j];
    }
  }
  for (let k = whole; k < to; k++) for (let j = 0; j < n; j++) out[row + j] += A[p + k] * B[k * n + j];
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
