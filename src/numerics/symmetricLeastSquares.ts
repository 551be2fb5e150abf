import {
  combine,
  type DenseMatrix,
  frobeniusNorm,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
} from './dense.js';
import { type SymmetricEigen, symmetricEigen } from './symmetricEigen.js';

/**
 * Row-separable quadratic over symmetric Y (n×n): `Σ_i ½ Y_i S_i Y_iᵀ − A_i Y_iᵀ`, with `S_i = S − F_iᵀF_i`.
 * The downdates F_i (k×n) are what row i must not see: its own derived factors, for instance.
 */
export interface SymmetricProblem {
  readonly gram: DenseMatrix;
  readonly cross: DenseMatrix;
  readonly rowDowndates?: readonly (DenseMatrix | undefined)[];
}

export interface SymmetricSolution {
  readonly solution: DenseMatrix;
  readonly status: 'converged' | 'maxIterations';
  readonly iterations: number;
  /** Frobenius norm of the optimality condition relative to that of its right-hand side, where there is data. */
  readonly optimalityResidual: number;
}

export interface SymmetricSolver {
  /** Ridge on the off-diagonals towards `target`; the diagonal is free. */
  solve(ridge: number, target: DenseMatrix): SymmetricSolution;
  /** Ridge on all entries towards `target`, in closed form: three products. Row downdates make it as dear as `solve`. */
  solveUniform(ridge: number, target: DenseMatrix): DenseMatrix;
  /**
   * `Σ_i ω_i (Y_i G Y_iᵀ − 2 Y_i C_iᵀ)` of the uniform solutions at every ridge, without forming them: the other sample's
   * moments are turned into the eigenvectors once, and a ridge is a division and a product or two there. Not for problems with
   * row downdates.
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

const TOLERANCE = 1e-11;
const ACCEPTED = 1e-8;
const MAX_ITERATIONS = 500;
/** Eigenvalues of the Gram matrix below this share of the largest are directions without data. */
const NULL_SHARE = 1e-12;

/**
 * Generalised least squares over symmetric matrices with a ridge on the off-diagonals (MODEL §4):
 * `Y S + S Y + 2λ Ω∘(Y − Y⁰) = A + Aᵀ`, Ω = 1 off the diagonal and 0 on it.
 *
 * One eigendecomposition of S serves every λ. In its basis the uniform problem is a division by `w_i + w_j + 2λ`, which
 * preconditions conjugate gradients on what is not uniform: the free diagonal and the row downdates. Directions without
 * data get the smallest solution.
 */
export function symmetricSolver(problem: SymmetricProblem): SymmetricSolver {
  const eigen = symmetricEigen(problem.gram);
  const basis: Basis = { ...eigen, transposed: transpose(eigen.vectors), cutoff: nullCutoff(eigen) };
  const plain = rotate(basis, twiceSymmetric(problem.cross));
  const scale = eigen.values.reduce((sum, v) => sum + Math.max(v, 0), 0) / Math.max(1, eigen.values.length);
  const solve = (ridge: number, target: DenseMatrix) => conjugateGradients(problem, basis, plain, ridge, target);
  return {
    scale,
    solve,
    solveUniform: (ridge, target) => {
      if (problem.rowDowndates) return solve(ridge, target).solution;
      const rhs = combine(plain, 1, rotate(basis, target), 2 * ridge);
      return symmetricPart(rotateBack(basis, divide(basis, ridge, rhs)));
    },
    uniformErrors: (ridges, target, other) => uniformErrors(basis, plain, ridges, target, other),
  };
}

function uniformErrors(
  basis: Basis,
  plain: DenseMatrix,
  ridges: readonly number[],
  target: DenseMatrix,
  { gram, cross, rowWeights }: OtherSample,
): number[] {
  const towards = rotate(basis, target);
  const G = rotate(basis, gram);
  const uniform = rowWeights.every((weight) => weight === rowWeights[0]) ? rowWeights[0] : undefined;
  const weighted = (matrix: DenseMatrix) => mapEntries(matrix, (value, i) => rowWeights[i] * value);
  const C = rotate(basis, weighted(cross));
  const omega = uniform === undefined ? multiply(basis.transposed, weighted(basis.vectors)) : undefined;
  return ridges.map((ridge) => {
    const y = divide(basis, ridge, combine(plain, 1, towards, 2 * ridge));
    const image = multiply(y, G);
    const square = omega ? innerProduct(multiply(omega, y), image) : (uniform ?? 0) * innerProduct(y, image);
    return square - 2 * innerProduct(y, C);
  });
}

interface Basis extends SymmetricEigen {
  readonly transposed: DenseMatrix;
  readonly cutoff: number;
}

const nullCutoff = ({ values }: SymmetricEigen): number => NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
const rotate = ({ transposed, vectors }: Basis, y: DenseMatrix): DenseMatrix =>
  multiply(multiply(transposed, y), vectors);
const rotateBack = ({ transposed, vectors }: Basis, y: DenseMatrix): DenseMatrix =>
  multiply(multiply(vectors, y), transposed);

/** Everything below lives in the eigenbasis of S. */
function conjugateGradients(
  problem: SymmetricProblem,
  basis: Basis,
  plain: DenseMatrix,
  ridge: number,
  target: DenseMatrix,
): SymmetricSolution {
  const pulled = ridge > 0 ? combine(plain, 1, rotate(basis, offDiagonal(target)), 2 * ridge) : plain;
  const rhs = withoutNull(basis, pulled, ridge);
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  const residualOf = (at: DenseMatrix) =>
    withoutNull(basis, combine(rhs, 1, applyOperator(problem, basis, ridge, at), -1), ridge);
  let y = divide(basis, ridge, rhs);
  let residual = residualOf(y);
  let preconditioned = divide(basis, ridge, residual);
  let direction = preconditioned;
  let energy = innerProduct(residual, preconditioned);
  let iterations = 0;
  while (frobeniusNorm(residual) > TOLERANCE * scale && iterations < MAX_ITERATIONS && energy > 0) {
    const image = applyOperator(problem, basis, ridge, direction);
    const curvature = innerProduct(direction, image);
    if (!(curvature > 0)) break;
    const step = energy / curvature;
    y = combine(y, 1, direction, step);
    residual = withoutNull(basis, combine(residual, 1, image, -step), ridge);
    preconditioned = divide(basis, ridge, residual);
    const nextEnergy = innerProduct(residual, preconditioned);
    direction = combine(preconditioned, 1, direction, nextEnergy / energy);
    energy = nextEnergy;
    iterations++;
  }
  const optimalityResidual = frobeniusNorm(residualOf(y)) / scale;
  const status = optimalityResidual <= ACCEPTED ? 'converged' : 'maxIterations';
  return { solution: symmetricPart(rotateBack(basis, y)), status, iterations, optimalityResidual };
}

function applyOperator({ rowDowndates }: SymmetricProblem, basis: Basis, ridge: number, y: DenseMatrix): DenseMatrix {
  const { values } = basis;
  const uniform = mapEntries(y, (v, i, j) => v * (Math.max(values[i], 0) + Math.max(values[j], 0) + 2 * ridge));
  if (ridge === 0 && !rowDowndates) return uniform;
  const original = rotateBack(basis, y);
  const extra = mapEntries(original, (v, i, j) => (i === j ? -2 * ridge * v : 0));
  const beyond = rowDowndates ? combine(extra, 1, twiceSymmetric(downdated(original, rowDowndates)), -1) : extra;
  return combine(uniform, 1, rotate(basis, beyond), 1);
}

/** Row i of the result is `Y_i F_iᵀ F_i`. */
function downdated(y: DenseMatrix, downdates: readonly (DenseMatrix | undefined)[]): DenseMatrix {
  const n = y.cols;
  const out = mapEntries(y, () => 0);
  downdates.forEach((factors, i) => {
    for (let k = 0; k < (factors?.rows ?? 0); k++) {
      let projection = 0;
      for (let j = 0; j < n; j++) projection += y.data[i * n + j] * factors!.data[k * n + j];
      for (let j = 0; j < n; j++) out.data[i * n + j] += projection * factors!.data[k * n + j];
    }
  });
  return out;
}

/** Solves the uniform problem: divides by `w_i + w_j + 2λ`, and gives zero where there is no data at all. */
function divide({ values, cutoff }: Basis, ridge: number, rhs: DenseMatrix): DenseMatrix {
  return mapEntries(rhs, (value, i, j) => {
    const denominator = Math.max(values[i], 0) + Math.max(values[j], 0) + 2 * ridge;
    return denominator > cutoff ? value / denominator : 0;
  });
}

/** Without a ridge, what is left in directions without data is rounding. */
function withoutNull({ values, cutoff }: Basis, y: DenseMatrix, ridge: number): DenseMatrix {
  if (ridge > 0 || values[0] > cutoff) return y;
  return mapEntries(y, (value, i, j) => (Math.max(values[i], 0) + Math.max(values[j], 0) > cutoff ? value : 0));
}

function twiceSymmetric(matrix: DenseMatrix): DenseMatrix {
  const n = matrix.rows;
  return mapEntries(matrix, (value, i, j) => value + matrix.data[j * n + i]);
}

function offDiagonal(matrix: DenseMatrix): DenseMatrix {
  return mapEntries(matrix, (value, i, j) => (i === j ? 0 : value));
}
