import {
  combine,
  type DenseMatrix,
  inKernelMemory,
  isFiniteMatrix,
  mirrorUpper,
  multiply,
  submatrix,
  symmetricProduct,
  transpose,
  zeros,
} from './dense.js';
import { nonFinite } from './symmetricEigen.js';

/** A positive definite matrix C (n×n) by its Cholesky factor, with the inverses that go with it. */
export interface CholeskyRoot {
  /** L, lower triangular: `L Lᵀ = C`. */
  readonly factor: DenseMatrix;
  /** L⁻¹, lower triangular. */
  readonly inverseFactor: DenseMatrix;
  /** C⁻¹. */
  readonly inverse: DenseMatrix;
}

/** Up to so many rows plain loops are as fast as the kernels. */
export const SMALL = 40;
/** Of the condition number, in the norm of row sums: from here on an inverse has fewer than six digits. */
const WORST_CONDITION = 1e10;

/**
 * `undefined` where C is not positive definite, or so nearly singular that its inverse has lost its digits.
 * @throws NumericalError on a non-finite entry.
 */
export function choleskyRoot(matrix: DenseMatrix): CholeskyRoot | undefined {
  if (!isFiniteMatrix(matrix)) throw nonFinite('residual covariance');
  const found = factored(matrix);
  if (!found) return undefined;
  const inverse = symmetricProduct(transpose(found.inverseFactor), found.inverseFactor);
  return mostOfRow(matrix) * mostOfRow(inverse) < WORST_CONDITION ? { ...found, inverse } : undefined;
}

/** Largest sum of magnitudes of a row: never below the largest eigenvalue, and near it where names correlate alike. */
function mostOfRow({ rows, cols, data }: DenseMatrix): number {
  let most = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += Math.abs(data[i * cols + j]);
    most = Math.max(most, sum);
  }
  return most;
}

type Factor = Omit<CholeskyRoot, 'inverse'>;

function factored(matrix: DenseMatrix): Factor | undefined {
  return matrix.rows <= SMALL ? factoredByLoops(matrix, () => 0) : factoredByHalves(matrix);
}

/**
 * Of a few rows; `undefined` where a pivot is too small.
 * @param least that the square of a pivot is above, by the entry of the diagonal where it stands
 */
export function factoredByLoops(
  { rows: n, data }: DenseMatrix,
  least: (diagonal: number) => number,
): Factor | undefined {
  const factor = zeros(n);
  const L = factor.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      if (i > j) L[i * n + j] = sum / L[j * n + j];
      else if (sum > least(data[i * n + i])) L[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return { factor, inverseFactor: invertedByLoops(factor) };
}

function invertedByLoops({ rows: n, data: L }: DenseMatrix): DenseMatrix {
  const out = zeros(n);
  for (let j = 0; j < n; j++) {
    out.data[j * n + j] = 1 / L[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= L[i * n + k] * out.data[k * n + j];
      out.data[i * n + j] = sum / L[i * n + i];
    }
  }
  return out;
}

/** `L₂₁ = C₂₁ L₁₁⁻ᵀ`, `L₂₂` from `C₂₂ − L₂₁ L₂₁ᵀ`, and `(L⁻¹)₂₁ = −L₂₂⁻¹ L₂₁ L₁₁⁻¹`. */
function factoredByHalves(matrix: DenseMatrix): Factor | undefined {
  const n = matrix.rows;
  const half = n >> 1;
  const first = Array.from({ length: half }, (_, k) => k);
  const second = Array.from({ length: n - half }, (_, k) => half + k);
  const top = factored(submatrix(matrix, first));
  if (!top) return undefined;
  const below = multiply(submatrix(matrix, second, first), transpose(top.inverseFactor));
  const known = symmetricProduct(below, transpose(below));
  const bottom = factored(combine(submatrix(matrix, second), 1, known, -1));
  if (!bottom) return undefined;
  const across = multiply(multiply(bottom.inverseFactor, below), top.inverseFactor);
  return {
    factor: lowerOf(top.factor, below, 1, bottom.factor),
    inverseFactor: lowerOf(top.inverseFactor, across, -1, bottom.inverseFactor),
  };
}

/** The lower triangle of these blocks, the one on the left below times `sign`. */
function lowerOf(top: DenseMatrix, below: DenseMatrix, sign: number, bottom: DenseMatrix): DenseMatrix {
  const [half, n] = [top.rows, top.rows + bottom.rows];
  const out = zeros(n);
  for (let i = 0; i < half; i++) out.data.set(top.data.subarray(i * half, (i + 1) * half), i * n);
  for (let i = 0; i < bottom.rows; i++) {
    for (let j = 0; j < half; j++) out.data[(half + i) * n + j] = sign * below.data[i * half + j];
    out.data.set(bottom.data.subarray(i * bottom.cols, (i + 1) * bottom.cols), (half + i) * n + half);
  }
  return out;
}

/** Rows or columns of a triangle that are multiplied together, what is zero for all of them left aside. */
const BLOCK = 96;

/** `A L` for lower triangular L, m×n: half of a product. */
export function timesLower(a: DenseMatrix, lower: DenseMatrix): DenseMatrix {
  const [m, n] = [a.rows, a.cols];
  return inKernelMemory(a, lower, (set, { atB, atC, scratch }) => {
    for (let j = 0; j < n; j += BLOCK) {
      const width = Math.min(BLOCK, n - j);
      const [left, right] = [
        { at: j, row: n, column: 1 },
        { at: atB + j * n + j, row: n, column: 1 },
      ];
      set.gemm(m, width, n - j, 1, left, right, { at: atC + j, row: n }, scratch);
    }
  });
}

/** `L B` for lower triangular L, n×m: half of a product. */
export function lowerTimes(lower: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const [n, m] = [lower.rows, b.cols];
  return inKernelMemory(lower, b, (set, { atB, atC, scratch }) => {
    for (let i = 0; i < n; i += BLOCK) {
      const height = Math.min(BLOCK, n - i);
      const [left, right] = [
        { at: i * n, row: n, column: 1 },
        { at: atB, row: m, column: 1 },
      ];
      set.gemm(height, m, i + height, 1, left, right, { at: atC + i * m, row: m }, scratch);
    }
  });
}

/** `Lᵀ S L` for lower triangular L and symmetric S, exactly symmetric: five sixths of a product. */
export function betweenLower(lower: DenseMatrix, matrix: DenseMatrix): DenseMatrix {
  const n = lower.rows;
  const out = inKernelMemory(lower, timesLower(matrix, lower), (set, { atB, atC, scratch }) => {
    for (let i = 0; i < n; i += BLOCK) {
      const height = Math.min(BLOCK, n - i);
      const [left, right] = [
        { at: i * n + i, row: 1, column: n },
        { at: atB + i * n + i, row: n, column: 1 },
      ];
      set.gemm(height, n - i, n - i, 1, left, right, { at: atC + i * n + i, row: n }, scratch);
    }
  });
  mirrorUpper(out.data, n);
  return out;
}
