import type { DayBuckets, MarketColumns, SparseFlow } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import { type BucketGrid, bucketAt, bucketEnds } from '../../model/grid.js';
import { moveBetween } from '../../model/moveBetween.js';
import type { MoveUnit } from '../../model/units.js';
import { type MarkoutHorizon, markouts } from './market.js';
import { refuseCopiedVenue, repeatedFlow } from './ownFlow.js';
import { marketDefects, refuseContradictedMoves, rowOfCell } from './ownMoves.js';
import { type FlowRows, type MarketRows, REGRID_COLUMNS, type RegridColumn, RULE } from './ownRows.js';
import {
  emptyQuarantine,
  infiniteReason,
  noteOutside,
  type Quarantine,
  type QuarantineReason,
  setAside,
  strayReason,
} from './quarantine.js';

export interface RegridInput {
  readonly grid: BucketGrid;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly market: MarketRows;
  readonly flow: FlowRows;
  readonly horizons: readonly MarkoutHorizon[];
  /** Of the moves that mids are made into; bps where absent. */
  readonly units?: MoveUnit;
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
  const { grid, symbols, venues, horizons, units = 'bps' } = input;
  const marketQuarantine = emptyQuarantine();
  const { timeNs, name } = input.market;
  const repeats = repeatDetector(timeNs, name, symbols.length);
  const defects = marketDefects(input.market, symbols.length, units);
  const placed = placeRows(grid, timeNs, name, marketQuarantine, (k) =>
    repeats.isRepeat(k) ? 'duplicate' : defects(k),
  );
  const perBucket = finerBuckets(grid, symbols, input.market, placed);
  const market = marketColumns(input, placed, perBucket);
  const flowQuarantine = emptyQuarantine();
  const flow = regridFlow(input, flowQuarantine);
  refuseCopiedVenue(grid.date, flow, venues);
  const used = new Int32Array(symbols.length);
  for (let k = 0; k < placed.length; k++) if (placed[k] >= 0) used[name[k]]++;
  return {
    buckets: { grid, symbols, venues, market, markouts: markouts(grid, horizons, market, undefined, units), flow },
    quarantine: { market: marketQuarantine, flow: flowQuarantine },
    used,
  };
}

/** Bucket of every row; −1 for one that was set aside. */
type PlacedRows = Int32Array;

function placeRows(
  grid: BucketGrid,
  timeNs: Float64Array,
  name: Int32Array,
  quarantine: Quarantine,
  defects: (k: number) => QuarantineReason | undefined,
): PlacedRows {
  const placed = new Int32Array(timeNs.length).fill(-1);
  quarantine.rows = timeNs.length;
  for (let k = 0; k < timeNs.length; k++) {
    const bucket = bucketAt(grid, timeNs[k]);
    if (name[k] < 0) setAside(quarantine, 'unknown_symbol', 0, k);
    else if (Number.isNaN(timeNs[k])) setAside(quarantine, 'non_finite', 0, k);
    else if (bucket < 0) {
      setAside(quarantine, strayReason(timeNs[k]), 0, k);
      noteOutside(quarantine, grid, timeNs[k]);
    } else {
      const defect = defects(k);
      if (defect) setAside(quarantine, defect, 0, k);
      else placed[k] = bucket;
    }
  }
  return placed;
}

interface RepeatDetector {
  /** Whether an earlier row has the name and stamp of row k; rows are asked about in order. */
  isRepeat(k: number): boolean;
}

/** Files are sorted by name or by time as a rule: only a name whose stamps go back needs all of them remembered. */
function repeatDetector(timeNs: Float64Array, name: Int32Array, names: number): RepeatDetector {
  const latest = new Float64Array(names).fill(Number.NEGATIVE_INFINITY);
  const seen: (Set<number> | undefined)[] = Array.from({ length: names });
  const stampsBefore = (k: number) => {
    const stamps = new Set<number>();
    for (let earlier = 0; earlier < k; earlier++) if (name[earlier] === name[k]) stamps.add(timeNs[earlier]);
    return stamps;
  };
  return {
    isRepeat(k) {
      const [i, time] = [name[k], timeNs[k]];
      if (time > latest[i]) {
        latest[i] = time;
        seen[i]?.add(time);
        return false;
      }
      seen[i] ??= stampsBefore(k);
      if (seen[i].has(time)) return true;
      seen[i].add(time);
      return false;
    },
  };
}

/** How many of the user's buckets make one of the grid's: the most that any cell has. */
function finerBuckets(
  grid: BucketGrid,
  symbols: readonly string[],
  { timeNs, name }: MarketRows,
  placed: PlacedRows,
): number {
  const counts = new Uint32Array(symbols.length * grid.buckets);
  let perBucket = 1;
  for (let k = 0; k < placed.length; k++)
    if (placed[k] >= 0) perBucket = Math.max(perBucket, ++counts[name[k] * grid.buckets + placed[k]]);
  const width = grid.bucketNs / perBucket;
  const ends = bucketEnds(grid);
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    const before = ends[placed[k]] - timeNs[k];
    if (Number.isInteger(width) && before % width === 0) continue;
    throw dataError(
      `buckets of ${grid.date}: market row ${k} (${symbols[name[k]]}) ends ${before / 1e6} ms before a bucket of ${grid.bucketNs / 1e6} ms does`,
      'stamp buckets by their end, on align.bucket or a finer grid that divides it',
    );
  }
  return perBucket;
}

function marketColumns(
  { grid, symbols, market: { timeNs, name, columns }, units = 'bps' }: RegridInput,
  placed: PlacedRows,
  perBucket: number,
): MarketColumns {
  const cells = symbols.length * grid.buckets;
  const ends = bucketEnds(grid);
  // Columns that the file lacks share their memory: a day of many names is large.
  const [missing, nothing] = [new Float64Array(cells).fill(Number.NaN), new Float64Array(cells)];
  const build = (column: RegridColumn): Float64Array => {
    const values = columns[column];
    const rule = RULE[column];
    if (!values) return column === 'volume' ? nothing : missing;
    const out = new Float64Array(cells).fill(rule === 'last' ? Number.NaN : 0);
    const seen = new Uint32Array(rule === 'complete sum' ? cells : 0);
    for (let k = 0; k < placed.length; k++) {
      if (placed[k] < 0) continue;
      const cell = name[k] * grid.buckets + placed[k];
      if (rule === 'complete sum') seen[cell]++;
      if (rule !== 'last') out[cell] += values[k];
      else if (timeNs[k] === ends[placed[k]]) out[cell] = values[k];
    }
    if (rule === 'complete sum')
      for (let cell = 0; cell < cells; cell++) if (seen[cell] < perBucket) out[cell] = Number.NaN;
    return out;
  };
  const built = Object.fromEntries(REGRID_COLUMNS.map((column) => [column, build(column)])) as Record<
    RegridColumn,
    Float64Array
  >;
  const ofMids = columns.mid ? movesOfMids(grid, built.mid, units) : missing;
  if (columns.moveBps && columns.mid)
    refuseContradictedMoves(
      { grid, symbols, units, given: built.moveBps, mid: built.mid, ofMids },
      rowOfCell(grid, { timeNs, name, columns }, placed),
    );
  const moveBps = columns.moveBps ? built.moveBps : ofMids;
  return { ...built, moveBps, flags: new Uint8Array(cells) };
}

/** Moves between bucket ends; the first of a session has no opening mid. */
function movesOfMids(grid: BucketGrid, mid: Float64Array, units: MoveUnit): Float64Array {
  const move = moveBetween(units);
  const out = new Float64Array(mid.length).fill(Number.NaN);
  for (let i = 0; i < mid.length / grid.buckets; i++) {
    for (const { firstBucket, buckets } of grid.sessions) {
      for (let t = firstBucket + 1; t < firstBucket + buckets; t++) {
        const cell = i * grid.buckets + t;
        out[cell] = move(mid[cell - 1], mid[cell]);
      }
    }
  }
  return out;
}

function regridFlow({ grid, symbols, venues, flow }: RegridInput, quarantine: Quarantine): SparseFlow {
  const isCopy = repeatedFlow(flow);
  const placed = placeRows(grid, flow.timeNs, flow.name, quarantine, (k) => {
    const infinite = infiniteReason([flow.signedNotional[k], flow.signedQty[k], flow.count[k]]);
    if (infinite) return infinite;
    if (Number.isNaN(flow.signedNotional[k])) return 'non_finite';
    return isCopy(k) ? 'duplicate' : undefined;
  });
  const keys = new Float64Array(placed.length);
  let usable = 0;
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    keys[usable++] = (placed[k] * symbols.length + flow.name[k]) * venues.length + Math.max(0, flow.venue[k]);
  }
  const cells = distinct(keys.subarray(0, usable).sort());
  const place = new Map(Array.from(cells, (key, at) => [key, at]));
  const signedQty = new Float64Array(cells.length);
  const signedNotional = new Float64Array(cells.length);
  const count = new Int32Array(cells.length);
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    const at = place.get((placed[k] * symbols.length + flow.name[k]) * venues.length + Math.max(0, flow.venue[k]))!;
    signedQty[at] += Number.isNaN(flow.signedQty[k]) ? 0 : flow.signedQty[k];
    signedNotional[at] += flow.signedNotional[k];
    count[at] += Number.isNaN(flow.count[k]) ? 1 : flow.count[k];
  }
  return {
    bucket: Int32Array.from(cells, (key) => Math.floor(key / (symbols.length * venues.length))),
    name: Int32Array.from(cells, (key) => Math.floor(key / venues.length) % symbols.length),
    venue: Int32Array.from(cells, (key) => key % venues.length),
    signedQty,
    signedNotional,
    count,
  };
}

/** Values of a sorted list, each once. */
const distinct = (sorted: Float64Array): Float64Array =>
  sorted.filter((value, k) => k === 0 || value !== sorted[k - 1]);
