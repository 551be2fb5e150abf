import {
  conjugateGradients,
  diagonalPreconditioner,
  type LinearSystem,
  preconditionedStart,
} from './conjugateGradients.js';
import { combine, type DenseMatrix, dot, frobeniusNorm, mapEntries, multiply } from './dense.js';
import { diagonalInBasis, divide, type EigenBasis, rotateBack, rotatedDiagonal, rowDots } from './eigenBasis.js';
import { squared } from './elementary/elementary.js';
import { judged, type MatrixSolution, SEARCH_TOLERANCE } from './optimality.js';

const MAX_ITERATIONS = 500;

/** A ridge towards links and whatever diagonal fits best. */
export interface FreeDiagonalProblem {
  /** λ, positive. */
  readonly ridge: number;
  /** `C⁻¹A + AᵀC⁻¹ + 2λ C⁻¹Y⁰C⁻¹`, in the basis. */
  readonly rhs: DenseMatrix;
  /** Y⁰ in the basis: the target, its diagonal zero. */
  readonly target: DenseMatrix;
  /** `C⁻¹`, absent where it is the identity. */
  readonly inverse?: DenseMatrix | undefined;
}

/**
 * The ridge `λ ‖L⁻¹ (Y − Y⁰ − diag t) L⁻ᵀ‖²` with t free is uniform in the basis: `Y = U(rhs) + 2λ U(T t)`, U the solution of
 * the uniform problem and `T t = B diag(t) Bᵀ`. That leaves n equations `(TᵀT − 2λ TᵀUT) t = Tᵀ(U(rhs) − Y⁰)`, by conjugate
 * gradients preconditioned by their diagonal. Without C it is a ridge on the off-diagonals alone. The residual is in the
 * Frobenius norm, relative to the right-hand side.
 */
export function freeDiagonalRidge(basis: EigenBasis, problem: FreeDiagonalProblem): MatrixSolution {
  const { ridge, rhs, target, inverse } = problem;
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  const fixed = divide(basis, ridge, rhs);
  const ofTarget = inverse && diagonalInBasis(basis, target);
  const beyondTarget = (y: DenseMatrix) =>
    diagonalInBasis(basis, y).map((value, i) => (ofTarget ? value - ofTarget[i] : value));
  const system = diagonalSystem(basis, ridge, inverse);
  // The optimality condition is 2λ Tᵀ(Y − Y⁰ − T t) for the diagonal and holds exactly elsewhere.
  const limits = { tolerance: (SEARCH_TOLERANCE * scale) / (2 * ridge), maxIterations: MAX_ITERATIONS };
  const start = preconditionedStart(system, beyondTarget(fixed));
  const { solution: t, iterations } = conjugateGradients(system, start, limits);
  const y = combine(fixed, 1, divide(basis, ridge, rotatedDiagonal(basis, t)), 2 * ridge);
  const own = squaredMetric(inverse)(t);
  const gap = beyondTarget(y).map((value, i) => value - own[i]);
  return judged(rotateBack(basis, y), iterations, (2 * ridge * Math.sqrt(dot(gap, gap))) / scale);
}

/** `TᵀT`: the entries of C⁻¹ squared. */
function squaredMetric(inverse: DenseMatrix | undefined): (t: Float64Array) => Float64Array {
  if (!inverse) return (t) => t;
  const squares = mapEntries(inverse, (value) => value * value);
  return (t) => multiply(squares, { rows: t.length, cols: 1, data: t }).data;
}

/** `TᵀT − 2λ TᵀUT`, and its diagonal. */
function diagonalSystem(basis: EigenBasis, ridge: number, metric: DenseMatrix | undefined): LinearSystem {
  const inverse = operatorDiagonal(basis, ridge, metric).map((value) => (value > 0 ? 1 / value : 1));
  const square = squaredMetric(metric);
  return {
    operator: (t) => {
      const pulled = diagonalInBasis(basis, divide(basis, ridge, rotatedDiagonal(basis, t)));
      return square(t).map((value, i) => value - 2 * ridge * pulled[i]);
    },
    precondition: diagonalPreconditioner(inverse),
  };
}

/** Diagonal of `TᵀT − 2λ TᵀUT`: `(C⁻¹)_ii² − 2λ Σ_ab B_ai² B_bi² / (w_a + w_b + 2λ)`. */
function operatorDiagonal(basis: EigenBasis, ridge: number, metric: DenseMatrix | undefined): Float64Array {
  const n = basis.values.length;
  const squares = mapEntries(basis.intoTransposed, (v) => v * v);
  const weights = divide(basis, ridge, { rows: n, cols: n, data: new Float64Array(n * n).fill(1) });
  return rowDots(multiply(squares, weights), squares).map(
    (sum, i) => (metric ? squared(metric.data[i * (n + 1)]) : 1) - 2 * ridge * sum,
  );
}
