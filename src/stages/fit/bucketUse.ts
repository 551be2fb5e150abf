import type { DayMoves } from '../../model/buckets.js';

/** A bucket is left out for every name when a factor, or more than this share of its moves, is missing. */
const MAX_MISSING_SHARE = 0.5;

/** By bucket: how many moves there are, and whether the sums leave it out for every name (1). */
export interface BucketUse {
  readonly observed: Int32Array;
  readonly leftOut: Uint8Array;
}

export function bucketUse({ symbols, grid, market, factors }: DayMoves): BucketUse {
  const observed = new Int32Array(grid.buckets);
  for (let i = 0; i < symbols.length; i++)
    for (let t = 0; t < grid.buckets; t++) if (!Number.isNaN(market.moveBps[i * grid.buckets + t])) observed[t]++;
  const width = factors.names.length;
  const leftOut = Uint8Array.from(observed, (count, t) =>
    isLeftOut(factors.moveBps.subarray(t * width, (t + 1) * width), symbols.length, count) ? 1 : 0,
  );
  return { observed, leftOut };
}

function isLeftOut(x: Float64Array, names: number, observed: number): boolean {
  return x.some(Number.isNaN) || names - observed > MAX_MISSING_SHARE * names;
}
