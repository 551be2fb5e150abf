import { conjugateGradients, type LinearSystem, preconditionedStart, residualOf } from './conjugateGradients.js';
import { combine, type DenseMatrix, dot, frobeniusNorm, mapEntries, plusTranspose, zeros } from './dense.js';
import { divideTo, type EigenBasis, rotate, rotateBack, timesSums, withoutNull } from './eigenBasis.js';
import { judged, type MatrixSolution, SEARCH_TOLERANCE } from './optimality.js';
import { type RowDowndates, subtractDowndates } from './symmetricQuadratic.js';

const MAX_ITERATIONS = 500;

/**
 * `Y S + S Y + 2λ Ω∘Y − (D + Dᵀ) = rhs` with `D_i = Y_i F_iᵀF_i`, by conjugate gradients in the eigenbasis of S, where
 * the uniform problem is a division and preconditions what is not uniform. The right-hand side is in the basis.
 * Directions without data get zero when there is no ridge. The residual is in the Frobenius norm, relative to the
 * right-hand side.
 */
export function downdatedRidge(
  basis: EigenBasis,
  ridge: number,
  pulled: DenseMatrix,
  rowDowndates?: RowDowndates,
): MatrixSolution {
  const rhs = withoutNull(basis, pulled, ridge);
  const scale = Math.max(frobeniusNorm(rhs), Number.MIN_VALUE);
  const system = downdatedSystem(basis, ridge, rowDowndates);
  const limits = { tolerance: SEARCH_TOLERANCE * scale, maxIterations: MAX_ITERATIONS };
  const start = preconditionedStart(system, rhs.data);
  const { solution, iterations } = conjugateGradients(system, start, limits);
  const residual = residualOf(system.operator, rhs.data, solution);
  const y = { ...rhs, data: solution };
  return judged(rotateBack(basis, y), iterations, Math.sqrt(dot(residual, residual)) / scale);
}

function downdatedSystem(basis: EigenBasis, ridge: number, rowDowndates?: RowDowndates): LinearSystem {
  const n = basis.values.length;
  return {
    operator: (data) => withoutNull(basis, applied(basis, ridge, { rows: n, cols: n, data }, rowDowndates), ridge).data,
    precondition: (residual, out) => divideTo(out, basis, ridge, residual),
  };
}

/** The left-hand side at Y, both in the basis. */
function applied(basis: EigenBasis, ridge: number, y: DenseMatrix, rowDowndates?: RowDowndates): DenseMatrix {
  const uniform = timesSums(basis, ridge, y);
  if (ridge === 0 && !rowDowndates) return uniform;
  const original = rotateBack(basis, y);
  const free = mapEntries(original, (v, i, j) => (i === j ? -2 * ridge * v : 0));
  const beyond = rowDowndates ? combine(free, 1, lessDowndates(rowDowndates, original), 1) : free;
  return combine(uniform, 1, rotate(basis, beyond), 1);
}

/** `−(D + Dᵀ)`. */
function lessDowndates(rowDowndates: RowDowndates, y: DenseMatrix): DenseMatrix {
  const less = zeros(y.rows, y.cols);
  subtractDowndates(rowDowndates, y, less);
  return plusTranspose(less);
}
