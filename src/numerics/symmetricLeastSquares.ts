import {
  combine,
  type DenseMatrix,
  frobeniusNorm,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
  zeros,
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
  /** Frobenius norm of the optimality condition relative to that of its right-hand side. */
  readonly optimalityResidual: number;
}

export interface SymmetricSolver {
  /** Ridge on the off-diagonals towards `target`; the diagonal is free. */
  solve(ridge: number, target: DenseMatrix): SymmetricSolution;
  /** Mean eigenvalue of the Gram matrix: the scale on which a ridge is large or small. */
  readonly scale: number;
}

const TOLERANCE = 1e-12;
const MAX_ITERATIONS = 500;
/** Eigenvalues of the Gram matrix below this share of the largest are directions without data. */
const NULL_SHARE = 1e-12;

/**
 * Generalised least squares over symmetric matrices with a ridge on the off-diagonals (MODEL §4):
 * `Y S + S Y + 2λ Ω∘(Y − Y⁰) = A + Aᵀ`, Ω = 1 off the diagonal and 0 on it.
 * One eigendecomposition of S serves every λ: it solves the uniform problem in closed form, which preconditions
 * conjugate gradients on the free diagonal and the row downdates. Directions without data get the smallest solution.
 */
export function symmetricSolver(problem: SymmetricProblem): SymmetricSolver {
  const eigen = symmetricEigen(problem.gram);
  const scale = eigen.values.reduce((sum, v) => sum + Math.max(v, 0), 0) / Math.max(1, eigen.values.length);
  return { scale, solve: (ridge, target) => conjugateGradients(problem, eigen, ridge, target) };
}

function conjugateGradients(
  problem: SymmetricProblem,
  eigen: SymmetricEigen,
  ridge: number,
  target: DenseMatrix,
): SymmetricSolution {
  const rhs = combine(twiceSymmetric(problem.cross), 1, offDiagonal(target), 2 * ridge);
  const precondition = uniformInverse(eigen, ridge);
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  let y = precondition(rhs);
  let residual = combine(rhs, 1, applyOperator(problem, ridge, y), -1);
  let preconditioned = precondition(residual);
  let direction = preconditioned;
  let energy = innerProduct(residual, preconditioned);
  let iterations = 0;
  while (relativeNorm(residual, eigen, scale) > TOLERANCE && iterations < MAX_ITERATIONS && energy > 0) {
    const image = applyOperator(problem, ridge, direction);
    const curvature = innerProduct(direction, image);
    if (!(curvature > 0)) break;
    const step = energy / curvature;
    y = combine(y, 1, direction, step);
    residual = combine(residual, 1, image, -step);
    preconditioned = precondition(residual);
    const nextEnergy = innerProduct(residual, preconditioned);
    direction = combine(preconditioned, 1, direction, nextEnergy / energy);
    energy = nextEnergy;
    iterations++;
  }
  const optimalityResidual = relativeNorm(combine(rhs, 1, applyOperator(problem, ridge, y), -1), eigen, scale);
  return {
    solution: symmetricPart(y),
    status: optimalityResidual <= 1e-8 ? 'converged' : 'maxIterations',
    iterations,
    optimalityResidual,
  };
}

/** The part of the residual that data can explain: components in the null space of the Gram matrix are rounding. */
function relativeNorm(residual: DenseMatrix, eigen: SymmetricEigen, scale: number): number {
  const null_ = nullProjector(eigen);
  if (null_ === undefined) return frobeniusNorm(residual) / scale;
  const inNull = multiply(multiply(null_, residual), null_);
  return frobeniusNorm(combine(residual, 1, inNull, -1)) / scale;
}

function nullProjector({ values, vectors }: SymmetricEigen): DenseMatrix | undefined {
  const cutoff = NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
  if (values[0] > cutoff) return undefined;
  const kept = mapEntries(vectors, (v, _, k) => (values[k] > cutoff ? 0 : v));
  return multiply(kept, transpose(kept));
}

function applyOperator({ gram, rowDowndates }: SymmetricProblem, ridge: number, y: DenseMatrix): DenseMatrix {
  const rows = multiply(y, gram);
  if (rowDowndates) subtractDowndates(rows, y, rowDowndates);
  return combine(twiceSymmetric(rows), 1, offDiagonal(y), 2 * ridge);
}

function subtractDowndates(rows: DenseMatrix, y: DenseMatrix, downdates: readonly (DenseMatrix | undefined)[]): void {
  const n = y.cols;
  downdates.forEach((factors, i) => {
    if (!factors) return;
    for (let k = 0; k < factors.rows; k++) {
      let projection = 0;
      for (let j = 0; j < n; j++) projection += y.data[i * n + j] * factors.data[k * n + j];
      for (let j = 0; j < n; j++) rows.data[i * n + j] -= projection * factors.data[k * n + j];
    }
  });
}

/** Solves `Y S + S Y + 2λ Y = R` by dividing by `w_i + w_j + 2λ` in the eigenbasis. */
function uniformInverse({ values, vectors }: SymmetricEigen, ridge: number): (rhs: DenseMatrix) => DenseMatrix {
  const basis = transpose(vectors);
  const cutoff = NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
  return (rhs) => {
    const rotated = multiply(multiply(basis, rhs), vectors);
    const divided = mapEntries(rotated, (value, i, j) => {
      const denominator = Math.max(values[i], 0) + Math.max(values[j], 0) + 2 * ridge;
      return denominator > cutoff ? value / denominator : 0;
    });
    return symmetricPart(multiply(multiply(vectors, divided), basis));
  };
}

function twiceSymmetric(matrix: DenseMatrix): DenseMatrix {
  const n = matrix.rows;
  return mapEntries(matrix, (value, i, j) => value + matrix.data[j * n + i]);
}

function offDiagonal(matrix: DenseMatrix): DenseMatrix {
  if (matrix.rows === 0) return zeros(0);
  return mapEntries(matrix, (value, i, j) => (i === j ? 0 : value));
}
