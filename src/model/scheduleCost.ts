import { type DenseMatrix, mapEntries, multiply, symmetricPart, transpose, zeros } from '../numerics/dense.js';
import { symmetricEigenvalues } from '../numerics/symmetricEigen.js';
import { kernelCurve } from './kernel.js';
import { flatSchedules } from './roundTrip.js';

/** Trades of the round trips on a finite horizon that a certificate looks through (MODEL §5). */
export const ROUND_TRIP_TRADES = 48;

/** `Bᵀ T B` with `T_st = ½ g(|s−t|)` and B an orthonormal basis of the schedules that sum to zero. */
export function flatScheduleCost(decay: Float64Array, weights: Float64Array): DenseMatrix {
  return symmetricPart(inFlatBasis(decay, weights, () => 1));
}

/** Spectral norm of the same for `½ g(|s−t|) sign(s−t)`, what an antisymmetric matrix is multiplied by. */
export function skewScheduleNorm(decay: Float64Array, weights: Float64Array): number {
  const matrix = inFlatBasis(decay, weights, Math.sign);
  const values = symmetricEigenvalues(symmetricPart(multiply(transpose(matrix), matrix)));
  return Math.sqrt(Math.max(0, values[values.length - 1]));
}

function inFlatBasis(decay: Float64Array, weights: Float64Array, sign: (later: number) => number): DenseMatrix {
  const g = kernelCurve(decay, weights, ROUND_TRIP_TRADES);
  const basis = flatSchedules(ROUND_TRIP_TRADES);
  const toeplitz = mapEntries(zeros(ROUND_TRIP_TRADES), (_, s, t) => 0.5 * g[Math.abs(s - t)] * sign(s - t));
  return multiply(multiply(basis, toeplitz), transpose(basis));
}
