import { type WorkedDecay, workedDecay } from '../../model/coarserBuckets.js';
import { type DenseMatrix, multiply, symmetricPart, transpose, zeros } from '../../numerics/dense.js';

/**
 * A schedule as the quadratic forms that every price is linear in (MODEL §7b): `Q_p = Σ_t u_t [½u_t + Σ_{s<t} d_p^{t−s} u_s]ᵀ`,
 * symmetric m×m, so that the cost under any symmetric `G(h) = Σ_p K_p d_p^h` is `Σ_p ⟨K_p, Q_p⟩`.
 */
export type ScheduleForms = readonly DenseMatrix[];

/** @param schedule T×m, signed millions, every row worked evenly in so many buckets of the decays */
export const scheduleForms = (schedule: DenseMatrix, decay: Float64Array, children = 1): ScheduleForms =>
  Array.from(decay, (d) => formOf(schedule, workedDecay(d, children)));

function formOf(schedule: DenseMatrix, { within, met, left, kept }: WorkedDecay): DenseMatrix {
  const { rows, cols, data } = schedule;
  const prices = zeros(rows, cols);
  const state = new Float64Array(cols);
  for (let t = 0, k = 0; t < rows; t++)
    for (let i = 0; i < cols; i++, k++) {
      prices.data[k] = within * data[k] + met * state[i];
      state[i] = left * state[i] + kept * data[k];
    }
  return symmetricPart(multiply(transpose(schedule), prices));
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
