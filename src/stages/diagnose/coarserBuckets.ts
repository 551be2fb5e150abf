import { type DayMoves, FLAG } from '../../model/buckets.js';
import type { BucketGrid } from '../../model/grid.js';

/**
 * The same day in buckets that are `times` as wide: moves, flow and factor moves add up, a move or factor is missing where
 * one of its parts is, and a halt of a part is one of the whole. What is left over at the end of a session, up to a multiple
 * of `unit` buckets, is left out, so that widths that divide the unit see the same time.
 */
export function coarserBuckets(day: DayMoves, times: number, unit: number): DayMoves {
  const grid = coarserGrid(day.grid, times, unit);
  const bucketOf = bucketMap(day.grid, grid, times);
  return {
    ...day,
    grid,
    market: {
      moveBps: addedRows(day.market.moveBps, bucketOf, day.symbols.length, grid.buckets),
      flags: haltedRows(day.market.flags, bucketOf, day.symbols.length, grid.buckets),
    },
    flow: coarserFlow(day, bucketOf),
    factors: { ...day.factors, moveBps: addedFactors(day, bucketOf, grid.buckets) },
  };
}

function coarserGrid(grid: BucketGrid, times: number, unit: number): BucketGrid {
  let firstBucket = 0;
  const sessions = grid.sessions.map(({ startNs, buckets }) => {
    const whole = (Math.floor(buckets / unit) * unit) / times;
    const session = { startNs, endNs: startNs + whole * times * grid.bucketNs, firstBucket, buckets: whole };
    firstBucket += whole;
    return session;
  });
  return { ...grid, bucketNs: times * grid.bucketNs, sessions, buckets: firstBucket };
}

/** Wider bucket of each bucket; −1 for what is left over. */
function bucketMap(fine: BucketGrid, coarse: BucketGrid, times: number): Int32Array {
  const of = new Int32Array(fine.buckets).fill(-1);
  fine.sessions.forEach(({ firstBucket }, s) => {
    const wide = coarse.sessions[s];
    for (let k = 0; k < wide.buckets * times; k++) of[firstBucket + k] = wide.firstBucket + Math.floor(k / times);
  });
  return of;
}

/** Name-major rows added up; NaN passes on. */
function addedRows(values: Float64Array, bucketOf: Int32Array, names: number, buckets: number): Float64Array {
  const out = new Float64Array(names * buckets);
  for (let i = 0; i < names; i++)
    for (let t = 0; t < bucketOf.length; t++)
      if (bucketOf[t] >= 0) out[i * buckets + bucketOf[t]] += values[i * bucketOf.length + t];
  return out;
}

function haltedRows(flags: Uint8Array, bucketOf: Int32Array, names: number, buckets: number): Uint8Array {
  const out = new Uint8Array(names * buckets);
  for (let i = 0; i < names; i++)
    for (let t = 0; t < bucketOf.length; t++)
      if (bucketOf[t] >= 0) out[i * buckets + bucketOf[t]] |= flags[i * bucketOf.length + t] & FLAG.halted;
  return out;
}

function addedFactors({ factors }: DayMoves, bucketOf: Int32Array, buckets: number): Float64Array {
  const width = factors.names.length;
  const out = new Float64Array(buckets * width);
  bucketOf.forEach((bucket, t) => {
    if (bucket < 0) return;
    for (let f = 0; f < width; f++) out[bucket * width + f] += factors.moveBps[t * width + f];
  });
  return out;
}

/** One entry per bucket and name; venues are added up. */
function coarserFlow({ flow, symbols }: DayMoves, bucketOf: Int32Array): DayMoves['flow'] {
  const cells = new Map<number, [qty: number, notional: number, count: number]>();
  for (let k = 0; k < flow.bucket.length; k++) {
    const bucket = bucketOf[flow.bucket[k]];
    if (bucket < 0) continue;
    const key = bucket * symbols.length + flow.name[k];
    const [qty, notional, count] = cells.get(key) ?? [0, 0, 0];
    cells.set(key, [qty + flow.signedQty[k], notional + flow.signedNotional[k], count + flow.count[k]]);
  }
  const keys = Int32Array.from(cells.keys()).sort();
  const column = (at: 0 | 1 | 2) => Float64Array.from(keys, (key) => cells.get(key)![at]);
  return {
    bucket: keys.map((key) => Math.floor(key / symbols.length)),
    name: keys.map((key) => key % symbols.length),
    venue: new Int32Array(keys.length),
    signedQty: column(0),
    signedNotional: column(1),
    count: Int32Array.from(column(2)),
  };
}
