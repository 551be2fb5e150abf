import type { ConcaveBasis } from '../../../model/concaveLevels.js';
import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import { concaveLevel } from '../../../model/concaveShape.js';
import type { NetFlow } from '../recursion/run.js';

interface LagSource {
  readonly flow: NetFlow;
  readonly halts: ReadonlyMap<number, readonly number[]>;
  readonly basis: Pick<ConcaveBasis, 'power' | 'scales' | 'decay'>;
}

/**
 * Products of each name's own terms with its own flow, filtered by a grid of decays: what the terms amount to by a line, time
 * constant by time constant. One session; spans come in their order.
 */
export function ownLags(
  { flow, halts, basis }: LagSource,
  lagDecay: Float64Array,
): { readonly add: (span: { readonly from: number; readonly to: number }, fold: ConcaveMoments) => void } {
  const { power, scales, decay } = basis;
  const names = scales.length;
  const [terms, lags] = [decay.length, lagDecay.length];
  const decayed = new Float64Array(terms * names);
  const levels = new Float64Array(terms * names);
  const states = new Float64Array(lags * names);
  const u = new Float64Array(names);
  const w = new Float64Array(terms);
  const x = new Float64Array(lags);
  const clear = (i: number) => {
    for (let q = 0; q < terms; q++) decayed[q * names + i] = levels[q * names + i] = 0;
    for (let l = 0; l < lags; l++) states[l * names + i] = 0;
  };
  const addName = (i: number, { withLags, lagSquares }: ConcaveMoments) => {
    for (let q = 0; q < terms; q++) {
      const k = q * names + i;
      decayed[k] = decay[q] * decayed[k] + u[i];
      const level = decayed[k] === 0 ? 0 : concaveLevel(decayed[k], scales[i], power);
      w[q] = level - levels[k];
      levels[k] = level;
    }
    for (let l = 0; l < lags; l++) {
      const k = l * names + i;
      x[l] = u[i] - (1 - lagDecay[l]) * states[k];
      states[k] = lagDecay[l] * states[k] + u[i];
    }
    for (let l = 0; l < lags; l++) {
      for (let q = 0; q < terms; q++) withLags.data[(l * terms + q) * names + i] += x[l] * w[q];
      for (let m = 0; m < lags; m++) lagSquares.data[(l * lags + m) * names + i] += x[l] * x[m];
    }
  };
  return {
    add: ({ from, to }, fold) => {
      for (let t = from; t < to; t++) {
        for (const i of halts.get(t) ?? []) clear(i);
        u.fill(0);
        for (let e = flow.bucketStart[t]; e < flow.bucketStart[t + 1]; e++) u[flow.name[e]] = flow.value[e];
        for (let i = 0; i < names; i++) addName(i, fold);
      }
    },
  };
}
