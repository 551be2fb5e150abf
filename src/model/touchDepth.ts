import { median } from '../numerics/statistics.js';
import type { DayFlow } from './buckets.js';

/** Depth at the touch on one day, millions: the mean of both sides, where both are there (MODEL §2a). */
export interface TouchDepth {
  /** By name, over the buckets that have it; NaN for a name that has none. */
  readonly medians: Float64Array;
  /** At the end of the bucket before in the same session; NaN where it is missing, as it is where a session begins. */
  readonly before: (name: number, bucket: number) => number;
}

/** @throws RangeError when the day was read without its depth */
export function touchDepth({ grid, symbols, market: { bidDepth, askDepth } }: DayFlow): TouchDepth {
  if (!bidDepth || !askDepth) throw new RangeError('the day was read without bidDepth and askDepth');
  const opens = new Set(grid.sessions.map(({ firstBucket }) => firstBucket));
  const at = (cell: number) =>
    bidDepth[cell] > 0 && askDepth[cell] > 0 ? (bidDepth[cell] + askDepth[cell]) / 2 : Number.NaN;
  const medianOf = (name: number): number => {
    const known = new Float64Array(grid.buckets);
    let count = 0;
    for (let cell = name * grid.buckets; cell < (name + 1) * grid.buckets; cell++) {
      const depth = at(cell);
      if (depth > 0) known[count++] = depth;
    }
    return count > 0 ? median(known.subarray(0, count)) : Number.NaN;
  };
  return {
    medians: Float64Array.from(symbols, (_, i) => medianOf(i)),
    before: (name, bucket) => (opens.has(bucket) ? Number.NaN : at(name * grid.buckets + bucket - 1)),
  };
}
