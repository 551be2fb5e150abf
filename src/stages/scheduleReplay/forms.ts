import { coarserPropagator } from '../../model/coarserBuckets.js';
import {
  combine,
  type DenseMatrix,
  identity,
  multiply,
  symmetricPart,
  transpose,
  zeros,
} from '../../numerics/dense.js';

/**
 * A schedule as the quadratic forms that every price is linear in (MODEL §7b): `Q_p = Σ_t u_t [½u_t + Σ_{s<t} d_p^{t−s} u_s]ᵀ`,
 * symmetric m×m, so that the cost under any symmetric `G(h) = Σ_p K_p d_p^h` is `Σ_p ⟨K_p, Q_p⟩`.
 */
export type ScheduleForms = readonly DenseMatrix[];

/** @param schedule T×m, signed millions, one row a bucket of the decays */
export const scheduleForms = (schedule: DenseMatrix, decay: Float64Array): ScheduleForms =>
  Array.from(decay, (d) => formOf(schedule, d));

/** The same for rows that are worked evenly in so many buckets each. */
export function coarseForms(schedule: DenseMatrix, decay: Float64Array, children: number): ScheduleForms {
  if (children === 1) return scheduleForms(schedule, decay);
  const unit = { matrices: [identity(1)], weights: Float64Array.of(1) };
  const instant = formOf(schedule, 0);
  return Array.from(decay, (d) => {
    const coarse = coarserPropagator({ ...unit, decay: Float64Array.of(d) }, children);
    return combine(formOf(schedule, coarse.decay[0]), coarse.weights[0], instant, coarse.weights[1]);
  });
}

function formOf(schedule: DenseMatrix, decay: number): DenseMatrix {
  const { rows, cols, data } = schedule;
  const met = zeros(rows, cols);
  const state = new Float64Array(cols);
  for (let t = 0, k = 0; t < rows; t++)
    for (let i = 0; i < cols; i++, k++) {
      met.data[k] = 0.5 * data[k] + state[i];
      state[i] = decay * (state[i] + data[k]);
    }
  return symmetricPart(multiply(transpose(schedule), met));
}

/** Symmetric matrices that price schedules: one for all bases with their weights, or one a basis. */
export interface JudgedPrice {
  readonly matrices: readonly DenseMatrix[];
  /** P. */
  readonly weights: Float64Array;
}

/** Cost in bps × millions of a schedule of some names. */
export function costOfForms(
  forms: ScheduleForms,
  { matrices, weights }: JudgedPrice,
  names: readonly number[],
): number {
  let cost = 0;
  forms.forEach((form, p) => {
    if (weights[p] === 0) return;
    const { data, cols } = matrices[Math.min(p, matrices.length - 1)];
    let sum = 0;
    for (let a = 0, k = 0; a < names.length; a++)
      for (let b = 0; b < names.length; b++, k++) sum += data[names[a] * cols + names[b]] * form.data[k];
    cost += weights[p] * sum;
  });
  return cost;
}
