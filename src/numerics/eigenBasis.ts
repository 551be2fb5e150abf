import { type DenseMatrix, dot, mapEntries, multiply, scaleBoth, symmetricProduct, transpose, zeros } from './dense.js';
import { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';
import { betweenLower, type CholeskyRoot, lowerTimes, timesLower } from './triangular.js';

/**
 * The basis in which `C⁻¹ Y S + S Y C⁻¹` is a multiplication, entry by entry, by sums of two eigenvalues: with Q the
 * eigenvectors of `Lᵀ S L`, L the Cholesky factor of C, a symmetric matrix Y “in the basis” is `B Y Bᵀ` with `B = Qᵀ L⁻¹`.
 * Without C, L is the identity. Any root would do: a triangle takes half of each product.
 */
export interface EigenBasis {
  /** Eigenvalues, ascending. */
  readonly values: Float64Array;
  /** The eigenvalues w, those below zero as zero. */
  readonly positive: Float64Array;
  /** Sums of two eigenvalues up to this belong to directions without data. */
  readonly cutoff: number;
  /** `B = Qᵀ L⁻¹`, and its transpose. */
  readonly into: DenseMatrix;
  readonly intoTransposed: DenseMatrix;
  /** `B⁻¹ = L Q`, and its transpose. */
  readonly outOf: DenseMatrix;
  readonly outOfTransposed: DenseMatrix;
}

/** Eigenvalues of the Gram matrix below this share of the largest are directions without data. */
const NULL_SHARE = 1e-12;

/** @throws NumericalError on a non-finite entry. */
export function eigenBasis(gram: DenseMatrix, covariance?: CholeskyRoot): EigenBasis {
  const eigen = symmetricEigen(covariance ? betweenLower(covariance.factor, gram) : gram);
  const { values, vectors } = eigen;
  return {
    values,
    positive: values.map((value) => Math.max(value, 0)),
    cutoff: NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0),
    ...directions(eigen, transpose(vectors), covariance),
  };
}

function directions({ vectors }: SymmetricEigen, transposed: DenseMatrix, covariance?: CholeskyRoot) {
  if (!covariance) return { into: transposed, intoTransposed: vectors, outOf: vectors, outOfTransposed: transposed };
  const into = timesLower(transposed, covariance.inverseFactor);
  const outOf = lowerTimes(covariance.factor, vectors);
  return { into, intoTransposed: transpose(into), outOf, outOfTransposed: transpose(outOf) };
}

/** Of a symmetric matrix: `B Y Bᵀ`. */
export const rotate = ({ into, intoTransposed }: EigenBasis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(into, y), intoTransposed);

/** Back from the basis, symmetric. */
export const rotateBack = ({ outOf, outOfTransposed }: EigenBasis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(outOf, y), outOfTransposed);

/** Of a symmetric matrix that multiplies others, a Gram matrix or a gradient: `⟨G, Y⟩` stays what it is. */
export const rotateDual = ({ outOf, outOfTransposed }: EigenBasis, gradient: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(outOfTransposed, gradient), outOf);

/** The pull of cross moments A, `C⁻¹ A + Aᵀ C⁻¹`, in the basis: `X + Xᵀ` with this `X = B A B⁻¹`. */
export const crossInBasis = ({ into, outOf }: EigenBasis, cross: DenseMatrix): DenseMatrix =>
  multiply(multiply(into, cross), outOf);

/** `B diag(t) Bᵀ`. */
export const rotatedDiagonal = ({ into, intoTransposed }: EigenBasis, t: Float64Array): DenseMatrix =>
  symmetricProduct(scaleBoth(into, new Float64Array(t.length).fill(1), t), intoTransposed);

/** Diagonal of `Bᵀ Y B`: what diagonal matrices see of Y. */
export function diagonalInBasis({ intoTransposed }: EigenBasis, y: DenseMatrix): Float64Array {
  return rowDots(multiply(intoTransposed, y), intoTransposed);
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

/** The uniform problem's left-hand side: `(w_i + w_j + 2λ) Y_ij`. */
export function timesSums({ positive }: EigenBasis, ridge: number, y: DenseMatrix): DenseMatrix {
  const out = zeros(y.rows);
  multiplyBySums(out.data, y.data, positive, 2 * ridge);
  return out;
}

function multiplyBySums(out: Float64Array, y: Float64Array, w: Float64Array, pull: number): void {
  for (let i = 0, k = 0; i < w.length; i++)
    for (let j = 0; j < w.length; j++, k++) out[k] = y[k] * (w[i] + w[j] + pull);
}

/** Without a ridge, what is left in directions without data is rounding. */
export function withoutNull({ values, positive, cutoff }: EigenBasis, y: DenseMatrix, ridge: number): DenseMatrix {
  if (ridge > 0 || values[0] > cutoff) return y;
  return mapEntries(y, (value, i, j) => (positive[i] + positive[j] > cutoff ? value : 0));
}
