import { combine, type DenseMatrix, multiply, transpose, zeros } from '../numerics/dense.js';
import { pow } from '../numerics/elementary/elementary.js';
import { workedDecay } from './coarserBuckets.js';
import type { Propagator } from './roundTrip.js';

/**
 * What earlier own trades still weigh when a bucket begins: their decayed volume by name, millions (MODEL §7a). It is of trades,
 * whatever basket they belonged to, and knows nothing of matrices: those of the model in use price it.
 */
export interface ImpactState {
  /** P×N, for every time constant of the propagator. */
  readonly linear: DenseMatrix;
  /** Q×N, for those of its concave terms. */
  readonly concave?: DenseMatrix | undefined;
}

/** Of nobody who has traded. */
export const restState = ({ decay, concave, matrices }: Propagator): ImpactState => ({
  linear: zeros(decay.length, matrices[0].cols),
  ...(concave ? { concave: zeros(concave.decay.length, matrices[0].cols) } : {}),
});

/**
 * The state when a schedule is done and the next bucket begins.
 * @param schedule T×N, signed millions, each row worked evenly in `children` buckets of the propagator
 */
export function stateAfter(
  { decay, concave }: Propagator,
  { linear, concave: bent }: ImpactState,
  schedule: DenseMatrix,
  children = 1,
): ImpactState {
  return {
    linear: volumesAfter(decay, linear, schedule, children),
    ...(concave && bent ? { concave: volumesAfter(concave.decay, bent, schedule, children) } : {}),
  };
}

function volumesAfter(decay: Float64Array, before: DenseMatrix, { rows, cols, data }: DenseMatrix, children: number) {
  const out = { ...before, data: before.data.slice() };
  decay.forEach((d, p) => {
    const { left, kept } = workedDecay(d, children);
    for (let i = 0; i < cols; i++) {
      let volume = out.data[p * cols + i];
      for (let t = 0; t < rows; t++) volume = left * volume + kept * data[t * cols + i];
      out.data[p * cols + i] = volume;
    }
  });
  return out;
}

/**
 * What a million bought in each bucket pays because of the linear part of a state, T×N, bps: `Σ_p a_p d_p^{mt} K_p s_p`, averaged
 * over the children of a bucket.
 */
export function statePrice(
  { matrices, decay, weights }: Propagator,
  { linear }: ImpactState,
  buckets: number,
  children = 1,
): DenseMatrix {
  const names = linear.cols;
  let price = zeros(buckets, names);
  matrices.forEach((matrix, k) => {
    const weighed = zeros(buckets, names);
    decay.forEach((d, p) => {
      if (Math.min(p, matrices.length - 1) !== k) return;
      const mean = weights[p] * workedDecay(d, children).met;
      for (let t = 0; t < buckets; t++) {
        const weight = mean * pow(d, children * t);
        for (let j = 0; j < names; j++) weighed.data[t * names + j] += weight * linear.data[p * names + j];
      }
    });
    // Row vectors: `(K s)ᵀ = sᵀ Kᵀ`.
    price = combine(price, 1, multiply(weighed, transpose(matrix)), 1);
  });
  return price;
}
