import { blas } from './blas/blas.js';
import type { Blas } from './blas/interface.js';

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
  const to = out.data;
  for (let top = 0; top < rows; top += TURNED) {
    const bottom = Math.min(rows, top + TURNED);
    for (let left = 0; left < cols; left += TURNED) {
      const right = Math.min(cols, left + TURNED);
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) to[j * rows + i] = data[i * cols + j];
    }
  }
  return out;
}

/** Squares of a matrix that are turned at a time: neither side walks through memory in strides for long. */
const TURNED = 32;

/** Products of fewer terms than this are not worth a copy into the kernels' memory. */
const SMALL_PRODUCT = 30_000;

/** `a b`, (m×k)(k×n) → m×n. */
export function multiply(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.cols !== b.rows) throw new RangeError(`multiply: ${a.rows}×${a.cols} times ${b.rows}×${b.cols}`);
  return a.rows * a.cols * b.cols < SMALL_PRODUCT ? smallProduct(a, b) : productWith(a, b, 1);
}

function smallProduct(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const out = zeros(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) fillProductRow(out.data, i, a.data, a.cols, b.data, b.cols);
  return out;
}

/** Row i of `a b` (m×k, k×n), four sums at a time: they stay in registers, and none waits for another. */
function fillProductRow(out: Float64Array, i: number, a: Float64Array, k: number, b: Float64Array, n: number): void {
  const row = i * k;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let p = 0, at = j; p < k; p++, at += n) {
      const value = a[row + p];
      s0 += value * b[at];
      s1 += value * b[at + 1];
      s2 += value * b[at + 2];
      s3 += value * b[at + 3];
    }
    out[i * n + j] = s0;
    out[i * n + j + 1] = s1;
    out[i * n + j + 2] = s2;
    out[i * n + j + 3] = s3;
  }
  for (; j < n; j++) {
    let sum = 0;
    for (let p = 0, at = j; p < k; p++, at += n) sum += a[row + p] * b[at];
    out[i * n + j] = sum;
  }
}

/** `c − a b`. */
export function minusProduct(c: DenseMatrix, a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.cols !== b.rows || c.rows !== a.rows || c.cols !== b.cols)
    throw new RangeError(`minusProduct: ${c.rows}×${c.cols} less ${a.rows}×${a.cols} times ${b.rows}×${b.cols}`);
  return productWith(a, b, -1, c);
}

/** Rows of a symmetric product that are summed together, from the diagonal on. */
const SYMMETRIC_BLOCK = 96;

/** `a b` where the result is known to be symmetric: the upper triangle is summed, the lower one is its mirror image. */
export function symmetricProduct(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.cols !== b.rows || a.rows !== b.cols)
    throw new RangeError(`symmetricProduct: ${a.rows}×${a.cols} times ${b.rows}×${b.cols}`);
  const [n, k] = [a.rows, a.cols];
  const out = inKernelMemory(a, b, (set, { atB, atC, scratch }) => {
    for (let i = 0; i < n; i += SYMMETRIC_BLOCK) {
      const height = Math.min(SYMMETRIC_BLOCK, n - i);
      const [rows, columns] = [
        { at: i * k, row: k, column: 1 },
        { at: atB + i, row: n, column: 1 },
      ];
      set.gemm(height, n - i, k, 1, rows, columns, { at: atC + i * n + i, row: n }, scratch);
    }
  });
  mirrorUpper(out.data, n);
  return out;
}

/** The lower triangle becomes the image of the upper one. */
export function mirrorUpper(data: Float64Array, n: number): void {
  for (let top = 0; top < n; top += TURNED)
    for (let left = 0; left <= top; left += TURNED)
      for (let i = top; i < Math.min(n, top + TURNED); i++)
        for (let j = left; j < Math.min(i, left + TURNED); j++) data[i * n + j] = data[j * n + i];
}

/** `c + scale a b` by the kernels. */
function productWith(a: DenseMatrix, b: DenseMatrix, scale: number, c?: DenseMatrix): DenseMatrix {
  const [m, k, n] = [a.rows, a.cols, b.cols];
  const [left, right] = [
    { at: 0, row: k, column: 1 },
    { row: n, column: 1 },
  ];
  return inKernelMemory(
    a,
    b,
    (set, { atB, atC, scratch }) => set.gemm(m, n, k, scale, left, { ...right, at: atB }, { at: atC, row: n }, scratch),
    c,
  );
}

/** Where the second factor, the result and what `gemm` needs stand in the memory of the kernels; the first one is at 0. */
interface Places {
  readonly atB: number;
  readonly atC: number;
  readonly scratch: number;
}

/** What `add` adds up of a (m×k) and b (k×n) in an m×n result, which starts as c or as zeros. */
export function inKernelMemory(
  a: DenseMatrix,
  b: DenseMatrix,
  add: (set: Blas, places: Places) => void,
  c?: DenseMatrix,
): DenseMatrix {
  const set = blas();
  const even = (size: number) => size + (size % 2);
  const size = a.rows * b.cols;
  const atB = even(a.data.length);
  const atC = atB + even(b.data.length);
  const scratch = atC + even(size);
  const memory = set.reserve(scratch + set.gemmScratch(b.cols));
  memory.set(a.data, 0);
  memory.set(b.data, atB);
  if (c) memory.set(c.data, atC);
  else memory.fill(0, atC, atC + size);
  add(set, { atB, atC, scratch });
  return { rows: a.rows, cols: b.cols, data: memory.slice(atC, atC + size) };
}

export function combine(a: DenseMatrix, scaleA: number, b: DenseMatrix, scaleB: number): DenseMatrix {
  const out = zeros(a.rows, a.cols);
  addScaledTo(out.data, a.data, scaleA, b.data, scaleB);
  return out;
}

/** To the last bit. */
export const isSymmetric = ({ rows: n, cols, data }: DenseMatrix): boolean =>
  n === cols && data.every((value, k) => value === data[(k % n) * n + Math.floor(k / n)]);

/** Whether nothing stands beside the diagonal of a square matrix. */
export function isDiagonal({ rows, cols, data }: DenseMatrix): boolean {
  for (let k = 0; k < data.length; k++) if (data[k] !== 0 && k % (cols + 1) !== 0) return false;
  return rows === cols;
}

/** A function of a matrix that keeps its last answer. */
export function rememberingLast<T>(of: (matrix: DenseMatrix) => T): (matrix: DenseMatrix) => T {
  let last: { readonly matrix: DenseMatrix; readonly answer: T } | undefined;
  return (matrix) => {
    if (last?.matrix !== matrix) last = { matrix, answer: of(matrix) };
    return last.answer;
  };
}

/** Functions on plain arrays stay fast wherever they are called from. */
function addScaledTo(out: Float64Array, a: Float64Array, scaleA: number, b: Float64Array, scaleB: number): void {
  for (let k = 0; k < out.length; k++) out[k] = scaleA * a[k] + scaleB * b[k];
}

/** `M + Mᵀ` of a square matrix, times a factor that is a power of two. */
export function plusTranspose(matrix: DenseMatrix, factor = 1): DenseMatrix {
  const out = zeros(matrix.rows);
  addTransposed(out.data, matrix.data, matrix.rows, factor);
  return out;
}

function addTransposed(out: Float64Array, data: Float64Array, n: number, factor: number): void {
  for (let top = 0; top < n; top += TURNED) {
    const bottom = Math.min(n, top + TURNED);
    for (let left = 0; left <= top; left += TURNED) {
      for (let i = top; i < bottom; i++) {
        const right = Math.min(i + 1, left + TURNED);
        for (let j = left; j < right; j++)
          out[i * n + j] = out[j * n + i] = factor * (data[i * n + j] + data[j * n + i]);
      }
    }
  }
}

/** `(M + Mᵀ)/2` of a square matrix. */
export const symmetricPart = (matrix: DenseMatrix): DenseMatrix => plusTranspose(matrix, 0.5);

/** `diag(left) M diag(right)`. */
export function scaleBoth(matrix: DenseMatrix, left: Float64Array, right: Float64Array = left): DenseMatrix {
  const { rows, cols } = matrix;
  const out = zeros(rows, cols);
  scaleRows(out.data, matrix.data, left, right);
  return out;
}

function scaleRows(out: Float64Array, data: Float64Array, left: Float64Array, right: Float64Array): void {
  for (let i = 0, k = 0; i < left.length; i++)
    for (let j = 0; j < right.length; j++, k++) out[k] = data[k] * left[i] * right[j];
}

/** `Σ_ij A_ij B_ij`. */
export function innerProduct(a: DenseMatrix, b: DenseMatrix): number {
  return dot(a.data, b.data);
}

export const dot = (a: Float64Array, b: Float64Array): number => dotOfRuns(a, 0, b, 0, a.length);

/** Of so many numbers of each, from a place on: a view of a few numbers costs more than they do. */
export function dotOfRuns(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  // Four sums side by side: one alone waits for every addition to end.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = length - (length % 4);
  for (let k = 0; k < whole; k += 4) {
    s0 += a[fromA + k] * b[fromB + k];
    s1 += a[fromA + k + 1] * b[fromB + k + 1];
    s2 += a[fromA + k + 2] * b[fromB + k + 2];
    s3 += a[fromA + k + 3] * b[fromB + k + 3];
  }
  let sum = s0 + s1 + (s2 + s3);
  for (let k = whole; k < length; k++) sum += a[fromA + k] * b[fromB + k];
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
  const width = cols.length;
  const out = zeros(rows.length, width);
  const isRun = width > 0 && cols.every((col, b) => col === cols[0] + b);
  for (let a = 0; a < rows.length; a++) {
    const from = rows[a] * matrix.cols;
    if (isRun) out.data.set(matrix.data.subarray(from + cols[0], from + cols[0] + width), a * width);
    else for (let b = 0; b < width; b++) out.data[a * width + b] = matrix.data[from + cols[b]];
  }
  return out;
}

export function isFiniteMatrix({ data }: DenseMatrix): boolean {
  for (let k = 0; k < data.length; k++) if (!Number.isFinite(data[k])) return false;
  return true;
}

/** Whether two arrays are the same number by number; NaN is like nothing. */
export function areEqual(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return a.length === b.length;
}

export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]));
  return largest;
}
