import { combine, type DenseMatrix, multiply, submatrix, symmetricProduct, transpose, zeros } from './dense.js';
import { factoredByLoops, SMALL } from './triangular.js';

/** A pivot of less, on a unit diagonal, has lost half of its digits. */
const LEAST_PIVOT = 1e-8;
/**
 * The least eigenvalue is above the inverse of the trace of the inverse: so that much is known of it. Schur complements of blocks
 * lose two digits more than a factor does, and are held to as much less.
 */
const MOST_TRACE = { factor: 1e8, blocks: 1e6 };

/**
 * Inverse of a symmetric matrix with a unit diagonal (n×n), exactly symmetric, where every eigenvalue is above 1e-8 (1e-6
 * beyond 40 rows): by Cholesky factors of blocks and their Schur complements, a tenth of the work of an eigendecomposition. `undefined` for any other matrix.
 */
export function positiveInverse(matrix: DenseMatrix): DenseMatrix | undefined {
  const inverse = inverted(matrix);
  if (!inverse) return undefined;
  let trace = 0;
  for (let i = 0; i < inverse.rows; i++) trace += inverse.data[i * (inverse.rows + 1)];
  return trace < MOST_TRACE[isSmall(matrix) ? 'factor' : 'blocks'] ? inverse : undefined;
}

const inverted = (matrix: DenseMatrix): DenseMatrix | undefined =>
  isSmall(matrix) ? byFactor(matrix) : byBlocks(matrix);

const isSmall = ({ rows }: DenseMatrix): boolean => rows <= SMALL;

/** `M = L Lᵀ`, `M⁻¹ = L⁻ᵀ L⁻¹`. */
function byFactor(matrix: DenseMatrix): DenseMatrix | undefined {
  const factored = factoredByLoops(matrix, () => LEAST_PIVOT);
  if (!factored) return undefined;
  const { rows: n, data } = factored.inverseFactor;
  const out = zeros(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += data[k * n + i] * data[k * n + j];
      out.data[i * n + j] = out.data[j * n + i] = sum;
    }
  }
  return out;
}

function byBlocks(matrix: DenseMatrix): DenseMatrix | undefined {
  const n = matrix.rows;
  const half = n >> 1;
  const first = Array.from({ length: half }, (_, k) => k);
  const second = Array.from({ length: n - half }, (_, k) => half + k);
  const beside = submatrix(matrix, first, second);
  const top = inverted(submatrix(matrix, first));
  if (!top) return undefined;
  const solved = multiply(top, beside);
  const known = symmetricProduct(transpose(beside), solved);
  const bottom = inverted(combine(submatrix(matrix, second), 1, known, -1));
  if (!bottom) return undefined;
  const across = multiply(solved, bottom);
  const more = symmetricProduct(across, transpose(solved));
  const out = zeros(n);
  for (let i = 0; i < half; i++) {
    for (let j = 0; j < half; j++) out.data[i * n + j] = top.data[i * half + j] + more.data[i * half + j];
    for (let j = half; j < n; j++)
      out.data[i * n + j] = out.data[j * n + i] = -across.data[i * (n - half) + (j - half)];
  }
  for (let i = half; i < n; i++)
    for (let j = half; j < n; j++) out.data[i * n + j] = bottom.data[(i - half) * (n - half) + (j - half)];
  return out;
}
