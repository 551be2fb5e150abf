import { type DenseMatrix, dot, mapEntries, multiply, scaleBoth, symmetricProduct, transpose, zeros } from './dense.js';
import { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';

/** The eigenvectors Q of a positive semidefinite n×n matrix; symmetric matrices “in the basis” are `Qᵀ Y Q`. */
export interface EigenBasis extends SymmetricEigen {
  /** `Qᵀ`. */
  readonly transposed: DenseMatrix;
  /** The eigenvalues w, those below zero as zero. */
  readonly positive: Float64Array;
  /** Sums of two eigenvalues up to this belong to directions without data. */
  readonly cutoff: number;
}

/** Eigenvalues of the Gram matrix below this share of the largest are directions without data. */
const NULL_SHARE = 1e-12;

/** @throws NumericalError on a non-finite entry. */
export function eigenBasis(matrix: DenseMatrix): EigenBasis {
  const eigen = symmetricEigen(matrix);
  const { values, vectors } = eigen;
  const cutoff = NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
  return { ...eigen, transposed: transpose(vectors), positive: values.map((value) => Math.max(value, 0)), cutoff };
}

/** Of a symmetric matrix: `Qᵀ Y Q`. */
export const rotate = ({ transposed, vectors }: EigenBasis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(transposed, y), vectors);

/** `Q Y Qᵀ`, symmetric. */
export const rotateBack = ({ transposed, vectors }: EigenBasis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(vectors, y), transposed);

/** `Qᵀ diag(t) Q`. */
export const rotatedDiagonal = ({ transposed, vectors }: EigenBasis, t: Float64Array): DenseMatrix =>
  symmetricProduct(scaleBoth(transposed, new Float64Array(t.length).fill(1), t), vectors);

/** Diagonal of `Q Y Qᵀ`. */
export function diagonalInBasis({ vectors }: EigenBasis, y: DenseMatrix): Float64Array {
  return rowDots(multiply(vectors, y), vectors);
}

/** `Σ_j A_ij B_ij`, by row. */
export const rowDots = (a: DenseMatrix, b: DenseMatrix): Float64Array =>
  Float64Array.from({ length: a.rows }, (_, i) =>
    dot(a.data.subarray(i * a.cols, (i + 1) * a.cols), b.data.subarray(i * b.cols, (i + 1) * b.cols)),
  );

/** Solves the uniform problem: divides by `w_i + w_j + 2λ`, and gives zero where there is no data at all. */
export function divide(basis: EigenBasis, ridge: number, rhs: DenseMatrix): DenseMatrix {
  const out = zeros(rhs.rows);
  divideTo(out.data, basis, ridge, rhs.data);
  return out;
}

/** The same on n² numbers, to others. */
export function divideTo(out: Float64Array, basis: EigenBasis, ridge: number, rhs: Float64Array): void {
  divideBySums(out, { plain: rhs, scale: 0, towards: rhs }, basis, ridge);
}

/** The same for `plain + 2λ towards`. */
export function divideTowards(basis: EigenBasis, ridge: number, plain: DenseMatrix, towards: DenseMatrix): DenseMatrix {
  const out = zeros(plain.rows);
  divideBySums(out.data, { plain: plain.data, scale: 2 * ridge, towards: towards.data }, basis, ridge);
  return out;
}

interface Numerator {
  readonly plain: Float64Array;
  readonly scale: number;
  readonly towards: Float64Array;
}

/** `(plain + scale towards) / (w_i + w_j + 2λ)`. */
function divideBySums(
  out: Float64Array,
  { plain, scale, towards }: Numerator,
  { positive: w, cutoff }: EigenBasis,
  ridge: number,
): void {
  const pull = 2 * ridge;
  for (let i = 0, k = 0; i < w.length; i++) {
    for (let j = 0; j < w.length; j++, k++) {
      const denominator = w[i] + w[j] + pull;
      out[k] = denominator > cutoff ? (plain[k] + scale * towards[k]) / denominator : 0;
    }
  }
}

/** Without a ridge, what is left in directions without data is rounding. */
export function withoutNull({ values, positive, cutoff }: EigenBasis, y: DenseMatrix, ridge: number): DenseMatrix {
  if (ridge > 0 || values[0] > cutoff) return y;
  return mapEntries(y, (value, i, j) => (positive[i] + positive[j] > cutoff ? value : 0));
}
