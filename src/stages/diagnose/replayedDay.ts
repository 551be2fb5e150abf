import type { DayStates } from '../../model/buckets.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import type { PredictedMoves, Replay } from '../replay/replay.js';

/** A day and what a model that has not seen it says of its moves. */
export interface ReplayedDay {
  readonly day: DayStates;
  readonly replay: Replay;
  /** N×N, bps per million, and whether impact is concave beside it. */
  readonly model: { readonly K: DenseMatrix; readonly concave?: object | undefined };
}

/** Own flow over all venues, buckets × names, time-major, millions. */
export function flowRows({ grid, symbols, flow }: Pick<DayStates, 'grid' | 'symbols' | 'flow'>): Float64Array {
  const out = new Float64Array(grid.buckets * symbols.length);
  for (let k = 0; k < flow.bucket.length; k++)
    out[flow.bucket[k] * symbols.length + flow.name[k]] += flow.signedNotional[k];
  return out;
}

/** One over the root mean square of every column of time-major rows; 0 for a column of zeros. */
export function inverseScales(rows: Float64Array, columns: number): Float64Array {
  const square = new Float64Array(columns);
  for (let k = 0; k < rows.length; k++) square[k % columns] += squared(rows[k]);
  return square.map((s) => (s > 0 ? Math.sqrt(rows.length / columns / s) : 0));
}

/** Buckets that are scored: those with a residual move of some name. */
export const scoredBuckets = ({ names, residualBps }: PredictedMoves): number => {
  let count = 0;
  for (let t = 0; t < residualBps.length / names; t++)
    if (!residualBps.subarray(t * names, (t + 1) * names).every(Number.isNaN)) count++;
  return count;
};

/** Sum of a row over all names. */
export function rowSum(rows: Float64Array, names: number, t: number): number {
  let sum = 0;
  for (let i = 0; i < names; i++) sum += rows[t * names + i];
  return sum;
}
