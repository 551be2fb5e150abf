import { FLAG, type MarketColumns, type Markout, type Name } from '../../model/buckets.js';
import type { BucketGrid } from '../../model/grid.js';
import type { EdgeQuotes } from './quotes.js';
import type { SampleTimes } from './sampler.js';

const MILLION = 1e6;

/** Millions of reporting currency of one unit of quantity at a price of one. */
export const unitValue = (name: Name): number => (name.multiplier * name.fx) / MILLION;

/** Market columns from the book at the bucket edges (MODEL §1). A move needs a fresh mid at both edges of its bucket. */
export function marketColumns(grid: BucketGrid, names: readonly Name[], quotes: EdgeQuotes): MarketColumns {
  const cells = names.length * grid.buckets;
  const column = () => new Float64Array(cells).fill(Number.NaN);
  const market: MarketColumns = {
    mid: column(),
    retBps: column(),
    spreadBps: column(),
    bidDepth: column(),
    askDepth: column(),
    queueImbalance: column(),
    quoteAgeMs: column(),
    volume: new Float64Array(cells),
    marketFlow: new Float64Array(cells),
    flags: quotes.flags.slice(),
  };
  names.forEach((name, i) => {
    forEachBucket(grid, quotes.edges, (bucket, openEdge) =>
      fillCell(market, quotes, i, name, i * grid.buckets + bucket, openEdge),
    );
  });
  return market;
}

function fillCell(
  market: MarketColumns,
  quotes: EdgeQuotes,
  i: number,
  name: Name,
  cell: number,
  openEdge: number,
): void {
  const open = i * quotes.edges.timeNs.length + openEdge;
  const close = open + 1;
  const mid = quotes.mid[close];
  market.mid[cell] = mid;
  market.retBps[cell] = 1e4 * Math.log(mid / quotes.mid[open]);
  market.spreadBps[cell] = (1e4 * quotes.spread[close]) / mid;
  const value = unitValue(name) * mid;
  market.bidDepth[cell] = quotes.bidSize[close] * value;
  market.askDepth[cell] = quotes.askSize[close] * value;
  market.queueImbalance[cell] =
    (quotes.bidSize[close] - quotes.askSize[close]) / (quotes.bidSize[close] + quotes.askSize[close]);
  market.quoteAgeMs[cell] = quotes.ageNs[close] / 1e6;
  if (quotes.stale[open] || quotes.stale[close]) market.flags[cell] |= FLAG.stale;
}

function forEachBucket(grid: BucketGrid, edges: SampleTimes, visit: (bucket: number, openEdge: number) => void): void {
  grid.sessions.forEach((session, s) => {
    for (let k = 0; k < session.buckets; k++) visit(session.firstBucket + k, edges.sessionStart[s] + k);
  });
}

/** Mid when each bucket opens, names × buckets; NaN where no fresh quote stood. */
export function openingMids(grid: BucketGrid, names: number, quotes: EdgeQuotes): Float64Array {
  const out = new Float64Array(names * grid.buckets);
  for (let i = 0; i < names; i++) {
    forEachBucket(grid, quotes.edges, (bucket, openEdge) => {
      out[i * grid.buckets + bucket] = quotes.mid[i * quotes.edges.timeNs.length + openEdge];
    });
  }
  return out;
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
  market: MarketColumns,
  quotes?: EdgeQuotes,
): Markout[] {
  if (!quotes && market.mid.every(Number.isNaN))
    return horizons.map(({ label, horizonNs }) => ({ label, horizonNs, moveBps: market.mid }));
  const names = market.mid.length / grid.buckets;
  let offGrid = 0;
  return horizons.map(({ label, horizonNs }) => {
    const moveBps = new Float64Array(market.mid.length).fill(Number.NaN);
    const later =
      horizonNs % grid.bucketNs === 0
        ? midOnGrid(grid, market, horizonNs / grid.bucketNs)
        : quotes
          ? midOffGrid(quotes.offGridMids[offGrid++])
          : () => Number.NaN;
    for (let i = 0; i < names; i++) {
      grid.sessions.forEach((session, s) => {
        for (let k = 0; k < session.buckets; k++) {
          const cell = i * grid.buckets + session.firstBucket + k;
          moveBps[cell] = 1e4 * Math.log(later(i, s, k, session.buckets) / market.mid[cell]);
        }
      });
    }
    return { label, horizonNs, moveBps };
  });
}

type LaterMid = (name: number, session: number, k: number, sessionBuckets: number) => number;

function midOnGrid(grid: BucketGrid, market: MarketColumns, steps: number): LaterMid {
  return (i, s, k, n) =>
    k + steps < n ? market.mid[i * grid.buckets + grid.sessions[s].firstBucket + k + steps] : Number.NaN;
}

function midOffGrid({ times, mid }: EdgeQuotes['offGridMids'][number]): LaterMid {
  return (i, s, k) => {
    const at = times.sessionStart[s] + k;
    return at < times.sessionStart[s + 1] ? mid[i * times.timeNs.length + at] : Number.NaN;
  };
}
