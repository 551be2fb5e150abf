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
import { divideTowards, type EigenBasis, eigenBasis, rotate, rotateBack } from './eigenBasis.js';
import { freeDiagonalRidge } from './freeDiagonalRidge.js';
import type { MatrixSolution } from './optimality.js';
import type { SymmetricProblem } from './symmetricQuadratic.js';

/** Solutions of one problem for many ridges; matrices are n×n. */
export interface SymmetricSolver {
  /** Ridge on the off-diagonals towards `target`; the diagonal is free. */
  solve(ridge: number, target: DenseMatrix): MatrixSolution;
  /**
   * Ridge on all entries towards `target`, in closed form: three products. Row downdates make it as dear as `solve`.
   */
  solveUniform(ridge: number, target: DenseMatrix): DenseMatrix;
  /**
   * `Σ_i ω_i (Y_i G Y_iᵀ − 2 Y_i C_iᵀ)` of the uniform solutions at every ridge, without forming them: the other
   * sample's moments are turned into the eigenvectors once, and a ridge is a division and a product or two there. Not
   * for problems with row downdates.
   */
  uniformErrors(ridges: readonly number[], target: DenseMatrix, other: OtherSample): number[];
  /** Mean eigenvalue of the Gram matrix: the scale on which a ridge is large or small. */
  readonly scale: number;
}

/** Second moments (n×n) and cross moments of a sample that a solution is scored on, in the units of the problem. */
export interface OtherSample {
  readonly gram: DenseMatrix;
  readonly cross: DenseMatrix;
  /** ω, by row. */
  readonly rowWeights: Float64Array;
}

/**
 * Generalised least squares over symmetric matrices with a ridge on the off-diagonals (MODEL §4):
 * `Y S + S Y + 2λ Ω∘(Y − Y⁰) = A + Aᵀ`, Ω = 1 off the diagonal and 0 on it.
 *
 * One eigendecomposition of S serves every λ. In its basis the uniform problem is a division by `w_i + w_j + 2λ`, which
 * preconditions conjugate gradients on what is not uniform: the free diagonal and the row downdates. Directions without
 * data get the smallest solution. The residual is in the Frobenius norm, relative to the right-hand side where there is
 * data.
 * @throws NumericalError on a non-finite entry of S.
 */
export function symmetricSolver(problem: SymmetricProblem): SymmetricSolver {
  const basis = eigenBasis(problem.gram);
  const plain = rotate(basis, plusTranspose(problem.cross));
  // One target is asked about again and again.
  const inBasis = rememberingLast((target) => rotate(basis, target));
  const solve = (ridge: number, target: DenseMatrix) => {
    const rhs = ridge > 0 ? combine(plain, 1, rotate(basis, offDiagonal(target)), 2 * ridge) : plain;
    return ridge > 0 && !problem.rowDowndates
      ? freeDiagonalRidge(basis, ridge, rhs)
      : downdatedRidge(basis, ridge, rhs, problem.rowDowndates);
  };
  return {
    scale: basis.positive.reduce((sum, v) => sum + v, 0) / Math.max(1, basis.positive.length),
    solve,
    solveUniform: (ridge, target) => {
      if (problem.rowDowndates) return solve(ridge, target).solution;
      return rotateBack(basis, divideTowards(basis, ridge, plain, inBasis(target)));
    },
    uniformErrors: (ridges, target, other) => {
      const errorOf = errorInBasis(basis, other);
      return ridges.map((ridge) => errorOf(divideTowards(basis, ridge, plain, inBasis(target))));
    },
  };
}

const offDiagonal = (matrix: DenseMatrix): DenseMatrix => mapEntries(matrix, (value, i, j) => (i === j ? 0 : value));

/** `Σ_i ω_i (Y_i G Y_iᵀ − 2 Y_i C_iᵀ)` of a solution in the basis. */
function errorInBasis(basis: EigenBasis, { gram, cross, rowWeights }: OtherSample): (y: DenseMatrix) => number {
  const G = rotate(basis, gram);
  const weighted = (matrix: DenseMatrix) => mapEntries(matrix, (value, i) => rowWeights[i] * value);
  const C = rotate(basis, symmetricPart(weighted(cross)));
  const [weight] = rowWeights;
  const isUniform = rowWeights.every((other) => other === weight);
  const omega = isUniform ? undefined : symmetricProduct(basis.transposed, weighted(basis.vectors));
  return (y) => {
    // ⟨y, yG⟩ = ⟨G, y²⟩ where rows weigh alike, and a square is symmetric.
    const square = omega
      ? innerProduct(multiply(omega, y), multiply(y, G))
      : weight * innerProduct(G, symmetricProduct(y, y));
    return square - 2 * innerProduct(y, C);
  };
}
