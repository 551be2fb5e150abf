import type { DayMoves } from '../../model/buckets.js';

/** A bucket is left out for every name when a factor, or more than this share of its moves, is missing. */
const MAX_MISSING_SHARE = 0.5;

/** By bucket: how many moves there are, and whether the sums leave it out for every name (1). */
export interface BucketUse {
  readonly observed: Int32Array;
  readonly leftOut: Uint8Array;
}

export function bucketUse(day: DayMoves): BucketUse {
  const { symbols, grid, market } = day;
  const observed = new Int32Array(grid.buckets).fill(symbols.length);
  for (let i = 0; i < symbols.length; i++)
    withoutMissing(observed, market.moveBps.subarray(i * grid.buckets, (i + 1) * grid.buckets));
  return { observed, leftOut: leftOutBuckets(day, observed) };
}

/** Takes the missing moves of a name from the counts by bucket; returns whether there are any. */
export function withoutMissing(observed: Int32Array, moves: Float64Array): boolean {
  let isWhole = true;
  for (let t = 0; t < moves.length; t++) {
    if (Number.isNaN(moves[t])) {
      observed[t]--;
      isWhole = false;
    }
  }
  return !isWhole;
}

/** By bucket, 1 where it is left out for every name. */
export function leftOutBuckets(
  { symbols, factors }: Pick<DayMoves, 'symbols' | 'factors'>,
  observed: Int32Array,
): Uint8Array {
  const width = factors.names.length;
  return Uint8Array.from(observed, (count, t) =>
    isLeftOut(factors.moveBps.subarray(t * width, (t + 1) * width), symbols.length, count) ? 1 : 0,
  );
}

function isLeftOut(x: Float64Array, names: number, observed: number): boolean {
  return x.some(Number.isNaN) || names - observed > MAX_MISSING_SHARE * names;
}
