import { squared } from '../../numerics/elementary/elementary.js';
import { flowColumn, ownFlow } from '../replay/ownFlow.js';
import type { ReplayedDay } from './replayedDay.js';
import { stretchOfBuckets } from './stretches.js';

/** Buckets after the flow. */
const LAGS = 2;

export interface OneWayLink {
  /** Both by their place among the names asked for. */
  readonly leader: number;
  readonly follower: number;
  /** What a million of the leader's flow still moves the follower by later, beyond the model and beyond the same in reverse, bps. */
  readonly excessBps: number;
  readonly t: number;
}

/**
 * Moves that the model leaves in one name after flow in another, less the same with the two exchanged. A kernel that is wrong
 * leaves the same both ways, as K is symmetric; what is left one way is a link that leads.
 */
export function oneWayLinks(samples: readonly ReplayedDay[], names: readonly number[]): OneWayLink[] {
  if (samples.length === 0) return [];
  const stretches = samples.reduce((count, { day }) => stretchOfBuckets(day.grid, count).next, 0);
  const width = names.length;
  const responses = Array.from({ length: stretches }, () => new Float64Array(width * width));
  const square = new Float64Array(width);
  let first = 0;
  for (const sample of samples) {
    const { of, next } = stretchOfBuckets(sample.day.grid, first);
    addResponses(sample, names, of, responses, square);
    first = next;
  }
  return names.flatMap((_i, a) =>
    names.slice(0, a).flatMap((_j, b) => {
      if (!(square[a] > 0 && square[b] > 0)) return [];
      const parts = responses.map((r) => r[a * width + b] / square[b] - r[b * width + a] / square[a]);
      const value = parts.reduce((sum, p) => sum + p, 0);
      const spread = parts.reduce((sum, p) => sum + squared(p - value / stretches), 0);
      const error = Math.sqrt((spread * stretches) / Math.max(1, stretches - 1));
      const [leader, follower] = value >= 0 ? [b, a] : [a, b];
      return {
        leader,
        follower,
        excessBps: Math.abs(value),
        t: error > 0 ? Math.abs(value) / error : 0,
      };
    }),
  );
}

/** Entry (a, b): what is left of moves of `a` in the buckets after flow of `b`, times that flow. */
function addResponses(
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
  responses: readonly Float64Array[],
  square: Float64Array,
): void {
  const n = replay.names;
  const flow = ownFlow(day);
  const columns = names.map((i) => flowColumn(flow, i));
  for (const { firstBucket, buckets } of day.grid.sessions) {
    for (let t = firstBucket; t < firstBucket + buckets - LAGS; t++) {
      if (columns.every((column) => column[t] === 0)) continue;
      const later = names.map((i) => leftAfter(replay.residualBps, replay.predictedBps, n, t, i));
      columns.forEach((column, b) => {
        const u = column[t];
        if (u === 0 || later.every(Number.isNaN)) return;
        square[b] += u * u;
        const row = responses[stretchOf[t]];
        later.forEach((left, a) => {
          if (!Number.isNaN(left)) row[a * names.length + b] += left * u;
        });
      });
    }
  }
}

function leftAfter(moves: Float64Array, predicted: Float64Array, names: number, t: number, i: number): number {
  let sum = 0;
  for (let lag = 1; lag <= LAGS; lag++) sum += moves[(t + lag) * names + i] - predicted[(t + lag) * names + i];
  return sum;
}
