import {
  combine,
  type DenseMatrix,
  innerProduct,
  mapEntries,
  multiply,
  plusTranspose,
  rememberingLast,
  symmetricPart,
  symmetricProduct,
} from './dense.js';
import { downdatedRidge } from './downdatedRidge.js';
import {
  crossInBasis,
  divide,
  divideTowards,
  type EigenBasis,
  eigenBasis,
  rotate,
  rotateBack,
  rotateDual,
  withoutNull,
} from './eigenBasis.js';
import { freeDiagonalRidge } from './freeDiagonalRidge.js';
import type { MatrixSolution } from './optimality.js';
import type { SymmetricProblem } from './symmetricQuadratic.js';
import type { CholeskyRoot } from './triangular.js';

/** Solutions of one problem for many ridges; matrices are n×n. */
export interface SymmetricSolver {
  /** Ridge on the off-diagonals towards `target`; the diagonal is free. */
  solve(ridge: number, target: DenseMatrix): MatrixSolution;
  /**
   * Ridge on all entries towards `target`, in closed form: three products. Row downdates make it as dear as `solve`.
   */
  solveUniform(ridge: number, target: DenseMatrix): DenseMatrix;
  /** Without penalty for other cross moments A; row downdates are left aside. */
  solveFor(cross: DenseMatrix): DenseMatrix;
  /**
   * `tr C⁻¹ (Y G Yᵀ − 2 Y Aᵀ)` of the uniform solutions at every ridge, without forming them: the other sample's moments are
   * turned into the basis once, and a ridge is a division and a product or two there. Without C, rows have weights of their
   * own. Not for problems with row downdates.
   */
  uniformErrors(ridges: readonly number[], target: DenseMatrix, other: OtherSample): number[];
  /** Mean eigenvalue of the Gram matrix in the basis: the scale on which a ridge is large or small. */
  readonly scale: number;
}

/** Second moments (n×n) and cross moments of a sample that a solution is scored on, in the units of the problem. */
export interface OtherSample {
  readonly gram: DenseMatrix;
  readonly cross: DenseMatrix;
  /** ω, by row; residuals that C correlates have none. */
  readonly rowWeights: Float64Array;
}

/**
 * Generalised least squares over symmetric matrices with a ridge on the off-diagonals (MODEL §4), C the covariance of the
 * residuals: `C⁻¹ Y S + S Y C⁻¹ + 2λ C⁻¹ (Y − Y⁰ − diag t) C⁻¹ = C⁻¹ A + Aᵀ C⁻¹`, t free. Without C it is the identity, and the
 * ridge a sum of squares of off-diagonals.
 *
 * One eigendecomposition of `Lᵀ S L`, L the Cholesky factor of C, serves every λ. In its basis the uniform problem is a division by
 * `w_i + w_j + 2λ`, which leaves what is not uniform, the free diagonal and the row downdates, to conjugate gradients.
 * Directions without data get the smallest solution. The residual is in the Frobenius norm, relative to the right-hand side
 * where there is data. Row downdates go with C = 1 only.
 * @throws NumericalError on a non-finite entry of S.
 */
export function symmetricSolver(problem: SymmetricProblem, covariance?: CholeskyRoot): SymmetricSolver {
  if (covariance && problem.rowDowndates) throw new RangeError('symmetricSolver: row downdates with a covariance');
  const basis = eigenBasis(problem.gram, covariance);
  const pullOf = (cross: DenseMatrix) =>
    covariance ? plusTranspose(crossInBasis(basis, cross)) : rotate(basis, plusTranspose(cross));
  const plain = pullOf(problem.cross);
  // One target is asked about again and again.
  const inBasis = rememberingLast((target) => rotate(basis, target));
  const solve = (ridge: number, wanted: DenseMatrix) => {
    if (!(ridge > 0)) return downdatedRidge(basis, ridge, plain, problem.rowDowndates);
    const target = rotate(basis, offDiagonal(wanted));
    const rhs = combine(plain, 1, target, 2 * ridge);
    return problem.rowDowndates
      ? downdatedRidge(basis, ridge, rhs, problem.rowDowndates)
      : freeDiagonalRidge(basis, { ridge, rhs, target, inverse: covariance?.inverse });
  };
  return {
    scale: basis.positive.reduce((sum, v) => sum + v, 0) / Math.max(1, basis.positive.length),
    solve,
    solveUniform: (ridge, target) => {
      if (problem.rowDowndates) return solve(ridge, target).solution;
      return rotateBack(basis, divideTowards(basis, ridge, plain, inBasis(target)));
    },
    solveFor: (cross) => rotateBack(basis, divide(basis, 0, withoutNull(basis, pullOf(cross), 0))),
    uniformErrors: (ridges, target, other) => {
      const errorOf = covariance ? whitenedErrorInBasis(basis, other) : errorInBasis(basis, other);
      return ridges.map((ridge) => errorOf(divideTowards(basis, ridge, plain, inBasis(target))));
    },
  };
}

const offDiagonal = (matrix: DenseMatrix): DenseMatrix => mapEntries(matrix, (value, i, j) => (i === j ? 0 : value));

/** `tr C⁻¹ (Y G Yᵀ − 2 Y Aᵀ)` of a solution in the basis. */
function whitenedErrorInBasis(basis: EigenBasis, { gram, cross }: OtherSample): (y: DenseMatrix) => number {
  const G = rotateDual(basis, gram);
  const A = symmetricPart(crossInBasis(basis, cross));
  return (y) => innerProduct(G, symmetricProduct(y, y)) - 2 * innerProduct(y, A);
}

/** `Σ_i ω_i (Y_i G Y_iᵀ − 2 Y_i C_iᵀ)` of a solution in the basis. */
function errorInBasis(basis: EigenBasis, { gram, cross, rowWeights }: OtherSample): (y: DenseMatrix) => number {
  const G = rotate(basis, gram);
  const weighted = (matrix: DenseMatrix) => mapEntries(matrix, (value, i) => rowWeights[i] * value);
  const C = rotate(basis, symmetricPart(weighted(cross)));
  const [weight] = rowWeights;
  const isUniform = rowWeights.every((other) => other === weight);
  const omega = isUniform ? undefined : symmetricProduct(basis.into, weighted(basis.intoTransposed));
  return (y) => {
    // ⟨y, yG⟩ = ⟨G, y²⟩ where rows weigh alike, and a square is symmetric.
    const square = omega
      ? innerProduct(multiply(omega, y), multiply(y, G))
      : weight * innerProduct(G, symmetricProduct(y, y));
    return square - 2 * innerProduct(y, C);
  };
}
