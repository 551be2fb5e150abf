import {
  conjugateGradients,
  diagonalPreconditioner,
  type LinearSystem,
  preconditionedStart,
} from './conjugateGradients.js';
import { combine, type DenseMatrix, dot, frobeniusNorm, mapEntries, multiply } from './dense.js';
import { diagonalInBasis, divide, type EigenBasis, rotateBack, rotatedDiagonal, rowDots } from './eigenBasis.js';
import { judged, type MatrixSolution, SEARCH_TOLERANCE } from './optimality.js';

const MAX_ITERATIONS = 500;

/**
 * With a ridge on the off-diagonals alone, `Y = U(rhs) + 2λ U(diag t)` where U solves the uniform problem and t is the
 * diagonal of Y itself: n equations `(1 − 2λ diag U diag) t = diag U(rhs)`, by conjugate gradients preconditioned by
 * their diagonal. The right-hand side, `A + Aᵀ + 2λ Ω∘Y⁰`, is in the basis; the ridge λ is positive. The residual is in
 * the Frobenius norm, relative to the right-hand side.
 */
export function freeDiagonalRidge(basis: EigenBasis, ridge: number, rhs: DenseMatrix): MatrixSolution {
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  const fixed = divide(basis, ridge, rhs);
  const system = diagonalSystem(basis, ridge);
  // The optimality condition is 2λ (t − diag Y) on the diagonal and holds exactly elsewhere.
  const limits = { tolerance: (SEARCH_TOLERANCE * scale) / (2 * ridge), maxIterations: MAX_ITERATIONS };
  const start = preconditionedStart(system, diagonalInBasis(basis, fixed));
  const { solution: t, iterations } = conjugateGradients(system, start, limits);
  const y = combine(fixed, 1, divide(basis, ridge, rotatedDiagonal(basis, t)), 2 * ridge);
  const gap = diagonalInBasis(basis, y).map((own, i) => own - t[i]);
  return judged(rotateBack(basis, y), iterations, (2 * ridge * Math.sqrt(dot(gap, gap))) / scale);
}

/** `1 − 2λ diag U diag`, and its diagonal. */
function diagonalSystem(basis: EigenBasis, ridge: number): LinearSystem {
  const inverse = operatorDiagonal(basis, ridge).map((value) => (value > 0 ? 1 / value : 1));
  return {
    operator: (t) => {
      const pulled = diagonalInBasis(basis, divide(basis, ridge, rotatedDiagonal(basis, t)));
      return t.map((value, i) => value - 2 * ridge * pulled[i]);
    },
    precondition: diagonalPreconditioner(inverse),
  };
}

/** Diagonal of `1 − 2λ diag U diag`: `1 − 2λ Σ_ab Q_ia² Q_ib² / (w_a + w_b + 2λ)`. */
function operatorDiagonal(basis: EigenBasis, ridge: number): Float64Array {
  const n = basis.values.length;
  const squares = mapEntries(basis.vectors, (v) => v * v);
  const weights = divide(basis, ridge, { rows: n, cols: n, data: new Float64Array(n * n).fill(1) });
  return rowDots(multiply(squares, weights), squares).map((sum) => 1 - 2 * ridge * sum);
}
