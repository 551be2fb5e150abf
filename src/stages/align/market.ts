import { FLAG, type MarketColumns, type Markout, type Name } from '../../model/buckets.js';
import type { BucketGrid } from '../../model/grid.js';
import { type MoveBetween, moveBetween } from '../../model/moveBetween.js';
import { asMove, type MoveUnit } from '../../model/units.js';
import { unitValue, valuedPrice } from './contracts.js';
import { missingCount } from './moveSizes.js';
import type { EdgeQuotes } from './quotes.js';
import type { SampleTimes } from './sampler.js';

/** Edge at which each bucket opens; the next one ends it. */
export function openingEdges(grid: BucketGrid, edges: SampleTimes): Int32Array {
  const out = new Int32Array(grid.buckets);
  grid.sessions.forEach(({ firstBucket, buckets }, s) => {
    for (let k = 0; k < buckets; k++) out[firstBucket + k] = edges.sessionStart[s] + k;
  });
  return out;
}

/** What follows from quotes alone. */
export type BookColumns = Omit<MarketColumns, 'volume' | 'marketFlow'>;

/**
 * Market columns from the book at the bucket edges (MODEL §1). A move needs a fresh mid at both edges of its bucket. The
 * arrays of the quotes become columns, and the quotes are gone: a day of many names has no room for both. A cell lies
 * before the edge that it is read from, so that nothing is overwritten too early.
 */
export function bookColumns(
  grid: BucketGrid,
  names: readonly Name[],
  quotes: EdgeQuotes,
  units: MoveUnit = 'bps',
): BookColumns {
  const move = moveBetween(units);
  const cells = names.length * grid.buckets;
  const { mid, spread, bidSize, askSize, ageNs, stale, oneSided } = quotes;
  const moveBps = new Float64Array(cells);
  const queueImbalance = new Float64Array(cells);
  const opens = openingEdges(grid, quotes.edges);
  names.forEach((name, i) => {
    const unit = unitValue(name);
    for (let bucket = 0; bucket < grid.buckets; bucket++) {
      const cell = i * grid.buckets + bucket;
      const open = i * quotes.edges.timeNs.length + opens[bucket];
      const close = open + 1;
      const value = unit * valuedPrice(name, mid[close]);
      moveBps[cell] = move(mid[open], mid[close]);
      queueImbalance[cell] = (bidSize[close] - askSize[close]) / (bidSize[close] + askSize[close]);
      if (stale[open] || stale[close]) quotes.flags[cell] |= FLAG.stale;
      if (oneSided[open] || oneSided[close]) quotes.flags[cell] |= FLAG.oneSided;
      spread[cell] = asMove(spread[close], mid[close], units);
      bidSize[cell] = bidSize[close] * value;
      askSize[cell] = askSize[close] * value;
      ageNs[cell] = ageNs[close] / 1e6;
      mid[cell] = mid[close];
    }
  });
  return {
    mid: mid.subarray(0, cells),
    moveBps,
    spreadBps: spread.subarray(0, cells),
    bidDepth: bidSize.subarray(0, cells),
    askDepth: askSize.subarray(0, cells),
    queueImbalance,
    quoteAgeMs: ageNs.subarray(0, cells),
    flags: quotes.flags,
  };
}

export interface MarkoutHorizon {
  readonly label: string;
  readonly horizonNs: number;
}

/**
 * Markouts from the bucket's end; horizons on the grid reuse the mids at bucket ends. Without quotes (buckets of the
 * user's own) the others are missing.
 */
export function markouts(
  grid: BucketGrid,
  horizons: readonly MarkoutHorizon[],
  market: Pick<MarketColumns, 'mid'>,
  quotes?: EdgeQuotes,
  units: MoveUnit = 'bps',
): Markout[] {
  if (!quotes && missingCount(market.mid) === market.mid.length)
    return horizons.map(({ label, horizonNs }) => ({ label, horizonNs, moveBps: market.mid }));
  const move = moveBetween(units);
  let offGrid = 0;
  return horizons.map(({ label, horizonNs }) => {
    const later =
      horizonNs % grid.bucketNs === 0
        ? midsOnGrid(market.mid, horizonNs / grid.bucketNs)
        : quotes && midsOffGrid(quotes.offGridMids[offGrid++]);
    return { label, horizonNs, moveBps: movesTo(grid, market.mid, later, move) };
  });
}

/** Mids at a horizon after bucket ends: where those of a name's session begin, and for how many of its buckets there is one. */
interface LaterMids {
  readonly mid: Float64Array;
  readonly start: (name: number, session: number, firstCell: number) => number;
  readonly count: (session: number, buckets: number) => number;
}

function movesTo(grid: BucketGrid, mid: Float64Array, later: LaterMids | undefined, move: MoveBetween): Float64Array {
  const out = new Float64Array(mid.length).fill(Number.NaN);
  if (!later) return out;
  for (let i = 0; i < mid.length / grid.buckets; i++) {
    grid.sessions.forEach(({ firstBucket, buckets }, s) => {
      const cell = i * grid.buckets + firstBucket;
      const start = later.start(i, s, cell);
      const count = later.count(s, buckets);
      for (let k = 0; k < count; k++) out[cell + k] = move(mid[cell + k], later.mid[start + k]);
    });
  }
  return out;
}

const midsOnGrid = (mid: Float64Array, steps: number): LaterMids => ({
  mid,
  start: (_name, _session, firstCell) => firstCell + steps,
  count: (_session, buckets) => buckets - steps,
});

const midsOffGrid = ({ times, mid }: EdgeQuotes['offGridMids'][number]): LaterMids => ({
  mid,
  start: (name, session) => name * times.timeNs.length + times.sessionStart[session],
  count: (session, buckets) => Math.min(buckets, times.sessionStart[session + 1] - times.sessionStart[session]),
});
