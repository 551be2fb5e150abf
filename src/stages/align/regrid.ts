import type { DayBuckets, MarketColumns, SparseFlow } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import { type BucketGrid, bucketAt, bucketEnds } from '../../model/grid.js';
import { type MarkoutHorizon, markouts } from './market.js';
import { emptyQuarantine, type Quarantine, setAside } from './quarantine.js';

/** Rows of the user's own market buckets. NaN (or −1 for names) stands for null; a column that the file lacks is absent. */
export interface MarketRows {
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly columns: Readonly<Partial<Record<RegridColumn, Float64Array>>>;
}

/** How a column of finer buckets becomes one of the grid's. */
const RULE = {
  mid: 'last',
  retBps: 'complete sum',
  spreadBps: 'last',
  bidDepth: 'last',
  askDepth: 'last',
  queueImbalance: 'last',
  quoteAgeMs: 'last',
  volume: 'sum',
  marketFlow: 'sum',
} as const satisfies Record<Exclude<keyof MarketColumns, 'flags'>, string>;
export type RegridColumn = keyof typeof RULE;
export const REGRID_COLUMNS = Object.keys(RULE) as RegridColumn[];

export interface FlowRows {
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly venue: Int32Array;
  readonly signedQty: Float64Array;
  readonly signedNotional: Float64Array;
  readonly count: Float64Array;
}

export interface RegridInput {
  readonly grid: BucketGrid;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly market: MarketRows;
  readonly flow: FlowRows;
  readonly horizons: readonly MarkoutHorizon[];
}

export interface Regridded {
  readonly buckets: Omit<DayBuckets, 'factors'>;
  readonly quarantine: { readonly market: Quarantine; readonly flow: Quarantine };
  /** Rows used by name. */
  readonly used: Int32Array;
}

/**
 * Brings buckets of the user's own, at the grid's width or a finer one that divides it, to the grid (CONTRACT §2). A move
 * needs every finer bucket; where only mids are given, moves come from the mids at bucket ends.
 * @throws data error when the stamps are not those of such a grid.
 */
export function regrid(input: RegridInput): Regridded {
  const { grid, symbols } = input;
  const marketQuarantine = emptyQuarantine();
  const kept = placeRows(grid, input.market.timeNs, input.market.name, marketQuarantine, true);
  const perBucket = finerBuckets(grid, symbols, input.market, kept);
  const market = marketColumns(grid, symbols.length, input.market, kept, perBucket);
  const flowQuarantine = emptyQuarantine();
  const flow = regridFlow(input, flowQuarantine);
  const used = new Int32Array(symbols.length);
  for (const k of kept.rows) used[input.market.name[k]]++;
  return {
    buckets: { grid, symbols, venues: input.venues, market, markouts: markouts(grid, input.horizons, market), flow },
    quarantine: { market: marketQuarantine, flow: flowQuarantine },
    used,
  };
}

interface PlacedRows {
  /** Indices of usable rows and the bucket of each. */
  readonly rows: number[];
  readonly bucket: number[];
}

function placeRows(
  grid: BucketGrid,
  timeNs: Float64Array,
  name: Int32Array,
  quarantine: Quarantine,
  unique: boolean,
): PlacedRows {
  const placed: PlacedRows = { rows: [], bucket: [] };
  const seen = new Set<string>();
  quarantine.rows = timeNs.length;
  for (let k = 0; k < timeNs.length; k++) {
    const bucket = bucketAt(grid, timeNs[k]);
    const key = `${name[k]}|${timeNs[k]}`;
    if (Number.isNaN(timeNs[k])) setAside(quarantine, 'non_finite', 0, k);
    else if (name[k] < 0) setAside(quarantine, 'unknown_symbol', 0, k);
    else if (bucket < 0) setAside(quarantine, 'out_of_session', 0, k);
    else if (unique && seen.has(key)) setAside(quarantine, 'duplicate', 0, k);
    else {
      if (unique) seen.add(key);
      placed.rows.push(k);
      placed.bucket.push(bucket);
    }
  }
  return placed;
}

/** How many of the user's buckets make one of the grid's: the most that any cell has. */
function finerBuckets(
  grid: BucketGrid,
  symbols: readonly string[],
  { timeNs, name }: MarketRows,
  placed: PlacedRows,
): number {
  const counts = new Int32Array(symbols.length * grid.buckets);
  placed.rows.forEach((k, at) => {
    counts[name[k] * grid.buckets + placed.bucket[at]]++;
  });
  const perBucket = counts.reduce((most, count) => Math.max(most, count), 1);
  const width = grid.bucketNs / perBucket;
  const ends = bucketEnds(grid);
  placed.rows.forEach((k, at) => {
    const before = ends[placed.bucket[at]] - timeNs[k];
    if (Number.isInteger(width) && before % width === 0) return;
    throw dataError(
      `buckets of ${grid.date}: market row ${k} (${symbols[name[k]]}) ends ${before / 1e6} ms before a bucket of ${grid.bucketNs / 1e6} ms does`,
      'stamp buckets by their end, on align.bucket or a finer grid that divides it',
    );
  });
  return perBucket;
}

function marketColumns(
  grid: BucketGrid,
  names: number,
  { timeNs, name, columns }: MarketRows,
  placed: PlacedRows,
  perBucket: number,
): MarketColumns {
  const cells = names * grid.buckets;
  const ends = bucketEnds(grid);
  const build = (column: RegridColumn): Float64Array => {
    const values = columns[column];
    const rule = RULE[column];
    const out = new Float64Array(cells).fill(rule === 'last' || !values ? Number.NaN : 0);
    if (!values) return rule === 'sum' ? out.fill(0) : out;
    const seen = new Int32Array(cells);
    placed.rows.forEach((k, at) => {
      const cell = name[k] * grid.buckets + placed.bucket[at];
      seen[cell]++;
      if (rule !== 'last') out[cell] += values[k];
      else if (timeNs[k] === ends[placed.bucket[at]]) out[cell] = values[k];
    });
    if (rule === 'complete sum')
      for (let cell = 0; cell < cells; cell++) if (seen[cell] < perBucket) out[cell] = Number.NaN;
    return out;
  };
  const built = Object.fromEntries(REGRID_COLUMNS.map((column) => [column, build(column)])) as Record<
    RegridColumn,
    Float64Array
  >;
  const retBps = columns.retBps ? built.retBps : movesOfMids(grid, names, built.mid);
  return { ...built, retBps, flags: new Uint8Array(cells) };
}

/** Moves between bucket ends; the first of a session has no opening mid. */
function movesOfMids(grid: BucketGrid, names: number, mid: Float64Array): Float64Array {
  const out = new Float64Array(mid.length).fill(Number.NaN);
  for (let i = 0; i < names; i++) {
    for (const { firstBucket, buckets } of grid.sessions) {
      for (let t = firstBucket + 1; t < firstBucket + buckets; t++) {
        const cell = i * grid.buckets + t;
        out[cell] = 1e4 * Math.log(mid[cell] / mid[cell - 1]);
      }
    }
  }
  return out;
}

function regridFlow({ grid, symbols, venues, flow }: RegridInput, quarantine: Quarantine): SparseFlow {
  const placed = placeRows(grid, flow.timeNs, flow.name, quarantine, false);
  const cells = new Map<number, { qty: number; notional: number; count: number }>();
  placed.rows.forEach((k, at) => {
    if (!Number.isFinite(flow.signedNotional[k])) {
      setAside(quarantine, 'non_finite', 0, k);
      return;
    }
    const key = (placed.bucket[at] * symbols.length + flow.name[k]) * venues.length + Math.max(0, flow.venue[k]);
    const cell = cells.get(key) ?? { qty: 0, notional: 0, count: 0 };
    cells.set(key, cell);
    cell.qty += Number.isNaN(flow.signedQty[k]) ? 0 : flow.signedQty[k];
    cell.notional += flow.signedNotional[k];
    cell.count += Number.isNaN(flow.count[k]) ? 1 : flow.count[k];
  });
  const keys = Float64Array.from(cells.keys()).sort();
  return {
    bucket: Int32Array.from(keys, (key) => Math.floor(key / (symbols.length * venues.length))),
    name: Int32Array.from(keys, (key) => Math.floor(key / venues.length) % symbols.length),
    venue: Int32Array.from(keys, (key) => key % venues.length),
    signedQty: Float64Array.from(keys, (key) => cells.get(key)!.qty),
    signedNotional: Float64Array.from(keys, (key) => cells.get(key)!.notional),
    count: Int32Array.from(keys, (key) => cells.get(key)!.count),
  };
}
