import {
  combine,
  type DenseMatrix,
  dot,
  frobeniusNorm,
  innerProduct,
  mapEntries,
  multiply,
  plusTranspose,
  rememberingLast,
  scaleBoth,
  symmetricPart,
  symmetricProduct,
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
  const plain = rotate(basis, plusTranspose(problem.cross));
  const scale = eigen.values.reduce((sum, v) => sum + Math.max(v, 0), 0) / Math.max(1, eigen.values.length);
  // One target is asked about again and again.
  const inBasis = rememberingLast((target) => rotate(basis, target));
  const solve = (ridge: number, target: DenseMatrix) =>
    ridge > 0 && !problem.rowDowndates
      ? freeDiagonal(basis, plain, ridge, target)
      : solveDowndated(problem, basis, plain, ridge, target);
  return {
    scale,
    solve,
    solveUniform: (ridge, target) => {
      if (problem.rowDowndates) return solve(ridge, target).solution;
      return rotateBack(basis, solveUniformRidge(basis, plain, ridge, inBasis(target)));
    },
    uniformErrors: (ridges, target, other) => uniformErrors(basis, plain, ridges, inBasis(target), other),
  };
}

function uniformErrors(
  basis: Basis,
  plain: DenseMatrix,
  ridges: readonly number[],
  towards: DenseMatrix,
  { gram, cross, rowWeights }: OtherSample,
): number[] {
  const G = rotate(basis, gram);
  const weighted = (matrix: DenseMatrix) => mapEntries(matrix, (value, i) => rowWeights[i] * value);
  const C = rotate(basis, symmetricPart(weighted(cross)));
  const [weight] = rowWeights;
  const isUniform = rowWeights.every((other) => other === weight);
  const omega = isUniform ? undefined : symmetricProduct(basis.transposed, weighted(basis.vectors));
  return ridges.map((ridge) => {
    const y = solveUniformRidge(basis, plain, ridge, towards);
    // ⟨y, yG⟩ = ⟨G, y²⟩ where rows weigh alike, and a square is symmetric.
    const square = omega
      ? innerProduct(multiply(omega, y), multiply(y, G))
      : weight * innerProduct(G, symmetricProduct(y, y));
    return square - 2 * innerProduct(y, C);
  });
}

interface Basis extends SymmetricEigen {
  readonly transposed: DenseMatrix;
  readonly cutoff: number;
}

const nullCutoff = ({ values }: SymmetricEigen): number => NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
/** Of a symmetric matrix: `Qᵀ Y Q`. */
const rotate = ({ transposed, vectors }: Basis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(transposed, y), vectors);
/** `Q Y Qᵀ`, symmetric. */
const rotateBack = ({ transposed, vectors }: Basis, y: DenseMatrix): DenseMatrix =>
  symmetricProduct(multiply(vectors, y), transposed);

/**
 * With a ridge on the off-diagonals alone, `Y = U(A + Aᵀ + 2λ Y⁰) + 2λ U(diag t)` where U solves the uniform problem and t is
 * the diagonal of Y itself: n equations `(1 − 2λ diag U diag) t = diag U(…)`, by conjugate gradients preconditioned by
 * their diagonal.
 */
function freeDiagonal(basis: Basis, plain: DenseMatrix, ridge: number, target: DenseMatrix): SymmetricSolution {
  const rhs = combine(plain, 1, rotate(basis, offDiagonal(target)), 2 * ridge);
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  const fixed = divide(basis, ridge, rhs);
  const solutionFor = (t: Float64Array) =>
    combine(fixed, 1, divide(basis, ridge, rotatedDiagonal(basis, t)), 2 * ridge);
  const operator = (t: Float64Array) => {
    const pulled = diagonalInBasis(basis, divide(basis, ridge, rotatedDiagonal(basis, t)));
    return t.map((value, i) => value - 2 * ridge * pulled[i]);
  };
  const inverse = operatorDiagonal(basis, ridge).map((value) => (value > 0 ? 1 / value : 1));
  const start = diagonalInBasis(basis, fixed);
  // The optimality condition is 2λ (t − diag Y) on the diagonal and holds exactly elsewhere.
  const tolerance = (TOLERANCE * scale) / (2 * ridge);
  const { solution: t, iterations } = conjugateGradients(operator, start, inverse, tolerance);
  const y = solutionFor(t);
  const gap = diagonalInBasis(basis, y).map((own, i) => own - t[i]);
  const optimalityResidual = (2 * ridge * Math.sqrt(dot(gap, gap))) / scale;
  const status = optimalityResidual <= ACCEPTED ? 'converged' : 'maxIterations';
  return { solution: rotateBack(basis, y), status, iterations, optimalityResidual };
}

/** Conjugate gradients on a positive definite operator until the residual is below a norm. */
function conjugateGradients(
  operator: (x: Float64Array) => Float64Array,
  rhs: Float64Array,
  inverse: Float64Array,
  tolerance: number,
): { readonly solution: Float64Array; readonly iterations: number } {
  const scaled = (residual: Float64Array) => residual.map((value, i) => value * inverse[i]);
  let solution = scaled(rhs);
  const image = operator(solution);
  let residual = rhs.map((value, i) => value - image[i]);
  let direction = scaled(residual);
  let energy = dot(residual, direction);
  let iterations = 0;
  while (Math.sqrt(dot(residual, residual)) > tolerance && iterations < MAX_ITERATIONS) {
    const along = operator(direction);
    const step = energy / dot(direction, along);
    if (!(step > 0)) break;
    solution = solution.map((value, i) => value + step * direction[i]);
    residual = residual.map((value, i) => value - step * along[i]);
    const next = scaled(residual);
    const nextEnergy = dot(residual, next);
    direction = next.map((value, i) => value + (nextEnergy / energy) * direction[i]);
    energy = nextEnergy;
    iterations++;
  }
  return { solution, iterations };
}

/** Diagonal of `1 − 2λ diag U diag`: `1 − 2λ Σ_ab Q_ia² Q_ib² / (w_a + w_b + 2λ)`. */
function operatorDiagonal(basis: Basis, ridge: number): Float64Array {
  const n = basis.values.length;
  const squares = mapEntries(basis.vectors, (v) => v * v);
  const weights = divide(basis, ridge, { rows: n, cols: n, data: new Float64Array(n * n).fill(1) });
  const image = multiply(squares, weights);
  return Float64Array.from({ length: n }, (_, i) => 1 - 2 * ridge * rowProduct(image, squares, i));
}

const rowProduct = (a: DenseMatrix, b: DenseMatrix, i: number): number =>
  dot(a.data.subarray(i * a.cols, (i + 1) * a.cols), b.data.subarray(i * b.cols, (i + 1) * b.cols));

/** `Qᵀ diag(t) Q`. */
const rotatedDiagonal = ({ transposed, vectors }: Basis, t: Float64Array): DenseMatrix =>
  symmetricProduct(scaleBoth(transposed, ones(t.length), t), vectors);

/** Diagonal of `Q Y Qᵀ`. */
function diagonalInBasis({ vectors }: Basis, y: DenseMatrix): Float64Array {
  const image = multiply(vectors, y);
  return Float64Array.from({ length: y.rows }, (_, i) => rowProduct(image, vectors, i));
}

const ones = (n: number): Float64Array => new Float64Array(n).fill(1);

/** Everything below lives in the eigenbasis of S. */
function solveDowndated(
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
  return { solution: rotateBack(basis, y), status, iterations, optimalityResidual };
}

function applyOperator({ rowDowndates }: SymmetricProblem, basis: Basis, ridge: number, y: DenseMatrix): DenseMatrix {
  const { values } = basis;
  const uniform = mapEntries(y, (v, i, j) => v * (Math.max(values[i], 0) + Math.max(values[j], 0) + 2 * ridge));
  if (ridge === 0 && !rowDowndates) return uniform;
  const original = rotateBack(basis, y);
  const extra = mapEntries(original, (v, i, j) => (i === j ? -2 * ridge * v : 0));
  const beyond = rowDowndates ? combine(extra, 1, plusTranspose(downdated(original, rowDowndates)), -1) : extra;
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
  const out = zeros(rhs.rows);
  const positive = values.map((value) => Math.max(value, 0));
  divideBySums(out.data, rhs.data, 0, rhs.data, positive, 2 * ridge, cutoff);
  return out;
}

/** The same for `plain + 2λ towards`. */
function solveUniformRidge(
  { values, cutoff }: Basis,
  plain: DenseMatrix,
  ridge: number,
  towards: DenseMatrix,
): DenseMatrix {
  const out = zeros(plain.rows);
  const positive = values.map((value) => Math.max(value, 0));
  divideBySums(out.data, plain.data, 2 * ridge, towards.data, positive, 2 * ridge, cutoff);
  return out;
}

/** `(a + scale b) / (w_i + w_j + ridge)`. */
function divideBySums(
  out: Float64Array,
  a: Float64Array,
  scale: number,
  b: Float64Array,
  w: Float64Array,
  ridge: number,
  cutoff: number,
): void {
  for (let i = 0, k = 0; i < w.length; i++) {
    for (let j = 0; j < w.length; j++, k++) {
      const denominator = w[i] + w[j] + ridge;
      out[k] = denominator > cutoff ? (a[k] + scale * b[k]) / denominator : 0;
    }
  }
}

/** Without a ridge, what is left in directions without data is rounding. */
function withoutNull({ values, cutoff }: Basis, y: DenseMatrix, ridge: number): DenseMatrix {
  if (ridge > 0 || values[0] > cutoff) return y;
  return mapEntries(y, (value, i, j) => (Math.max(values[i], 0) + Math.max(values[j], 0) > cutoff ? value : 0));
}

function offDiagonal(matrix: DenseMatrix): DenseMatrix {
  return mapEntries(matrix, (value, i, j) => (i === j ? 0 : value));
}
