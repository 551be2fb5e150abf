import { concaveLevel } from '../../../model/concaveShape.js';
import type { NetFlow } from '../recursion/run.js';
import { TILE } from '../recursion/workspace.js';

/** What concave own terms are made of before any weight is known (MODEL §2a). */
export interface ConcaveShapes {
  /** c ∈ (0, 1]. */
  readonly power: number;
  /** N: s_i, in the unit of the flow. */
  readonly scales: Float64Array;
  /** Q: per bucket, each below 1. */
  readonly decay: Float64Array;
}

/**
 * Increments `w_i^q = h_i(J_i^q) − h_i(J_i^q before)` of a run of buckets, made a tile at a time from states that are kept at
 * the tiles' starts: a day of them never stands in memory. Rows are Q·N wide, a term after the other.
 */
export interface ConcaveRun {
  readonly width: number;
  /** Writes rows of the run from the place given on; the first must be the start of a tile. */
  readonly load: (first: number, count: number, into: Float64Array, place: number) => void;
}

/** Moves `state` (Q·N decayed flow) to the end of the run. */
export function concaveRun(
  flow: NetFlow,
  { from, count }: { readonly from: number; readonly count: number },
  shapes: ConcaveShapes,
  state: Float64Array,
): ConcaveRun {
  const starts: Float64Array[] = [];
  for (let t = 0; t < count; t++) {
    if (t % TILE === 0) starts.push(state.slice());
    advance(flow, from + t, shapes, state);
  }
  const width = state.length;
  const decayed = new Float64Array(width);
  const level = new Float64Array(width);
  const load = (first: number, rows: number, into: Float64Array, place: number) => {
    decayed.set(starts[first / TILE]);
    for (let k = 0; k < width; k++) level[k] = levelOf(decayed[k], k, shapes);
    for (let row = 0; row < rows; row++) {
      advance(flow, from + first + row, shapes, decayed);
      const at = place + row * width;
      for (let k = 0; k < width; k++) {
        const now = levelOf(decayed[k], k, shapes);
        into[at + k] = now - level[k];
        level[k] = now;
      }
    }
  };
  return { width, load };
}

const levelOf = (decayed: number, k: number, { scales, power }: ConcaveShapes): number =>
  decayed === 0 ? 0 : concaveLevel(decayed, scales[k % scales.length], power);

function advance(flow: NetFlow, t: number, { decay, scales }: ConcaveShapes, state: Float64Array): void {
  const names = scales.length;
  for (let q = 0; q < decay.length; q++) {
    const at = q * names;
    for (let i = 0; i < names; i++) state[at + i] *= decay[q];
    for (let e = flow.bucketStart[t]; e < flow.bucketStart[t + 1]; e++) state[at + flow.name[e]] += flow.value[e];
  }
}
