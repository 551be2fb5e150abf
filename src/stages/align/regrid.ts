import { type DayBuckets, emptyFlow, type MarketColumns, type SparseFlow } from '../../model/buckets.js';
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
  const finer = finerBuckets(grid, symbols, input.market, placed);
  const market = marketColumns(input, placed, finer);
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
      const i = name[k];
      const time = timeNs[k];
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

/** Rows that make up the cells of the grid. */
interface FinerBuckets {
  /** How many of the user's buckets make one of the grid's: the most that any cell has. */
  readonly perBucket: number;
  /** Rows by cell. */
  readonly counts: Uint32Array;
}

function finerBuckets(
  grid: BucketGrid,
  symbols: readonly string[],
  { timeNs, name }: MarketRows,
  placed: PlacedRows,
): FinerBuckets {
  const counts = new Uint32Array(symbols.length * grid.buckets);
  let perBucket = 1;
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    const count = ++counts[name[k] * grid.buckets + placed[k]];
    if (count > perBucket) perBucket = count;
  }
  const width = grid.bucketNs / perBucket;
  const isWhole = Number.isInteger(width);
  const ends = bucketEnds(grid);
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    const before = ends[placed[k]] - timeNs[k];
    // A remainder of doubles is dear, and most stamps are those of the grid.
    if (isWhole && (before === 0 || before % width === 0)) continue;
    throw dataError(
      `buckets of ${grid.date}: market row ${k} (${symbols[name[k]]}) ends ${before / 1e6} ms before a bucket of ${grid.bucketNs / 1e6} ms does`,
      'stamp buckets by their end, on align.bucket or a finer grid that divides it',
    );
  }
  return { perBucket, counts };
}

function marketColumns(
  { grid, symbols, market: { timeNs, name, columns }, units = 'bps' }: RegridInput,
  placed: PlacedRows,
  { perBucket, counts }: FinerBuckets,
): MarketColumns {
  const cells = symbols.length * grid.buckets;
  // Columns that the file lacks share their memory: a day of many names is large.
  const [missing, nothing] = [new Float64Array(cells).fill(Number.NaN), new Float64Array(cells)];
  const rows = { grid, timeNs, name, placed };
  const build = (column: RegridColumn): Float64Array => {
    const values = columns[column];
    if (!values) return column === 'volume' ? nothing : missing;
    if (RULE[column] === 'last') return lastOfCells(rows, values, new Float64Array(cells).fill(Number.NaN));
    const sums = sumsOfCells(rows, values, new Float64Array(cells));
    if (RULE[column] === 'complete sum')
      for (let cell = 0; cell < cells; cell++) if (counts[cell] < perBucket) sums[cell] = Number.NaN;
    return sums;
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

/** Where rows belong. */
interface RowPlaces {
  readonly grid: BucketGrid;
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly placed: PlacedRows;
}

/** Values of the rows that end with a bucket. */
function lastOfCells({ grid, timeNs, name, placed }: RowPlaces, values: Float64Array, out: Float64Array): Float64Array {
  const ends = bucketEnds(grid);
  for (let k = 0; k < placed.length; k++) {
    const bucket = placed[k];
    if (bucket >= 0 && timeNs[k] === ends[bucket]) out[name[k] * grid.buckets + bucket] = values[k];
  }
  return out;
}

function sumsOfCells({ grid, name, placed }: RowPlaces, values: Float64Array, out: Float64Array): Float64Array {
  for (let k = 0; k < placed.length; k++) if (placed[k] >= 0) out[name[k] * grid.buckets + placed[k]] += values[k];
  return out;
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
  const key = (k: number) => (placed[k] * symbols.length + flow.name[k]) * venues.length + Math.max(0, flow.venue[k]);
  const keys = new Float64Array(placed.length);
  let usable = 0;
  for (let k = 0; k < placed.length; k++) if (placed[k] >= 0) keys[usable++] = key(k);
  const cells = distinct(keys.subarray(0, usable).sort());
  const out = emptyFlow(cells.length);
  let at = 0;
  for (let k = 0; k < placed.length; k++) {
    if (placed[k] < 0) continue;
    at = placeOf(cells, key(k), at);
    out.bucket[at] = placed[k];
    out.name[at] = flow.name[k];
    out.venue[at] = Math.max(0, flow.venue[k]);
    out.signedQty[at] += Number.isNaN(flow.signedQty[k]) ? 0 : flow.signedQty[k];
    out.signedNotional[at] += flow.signedNotional[k];
    out.count[at] += Number.isNaN(flow.count[k]) ? 1 : flow.count[k];
  }
  return out;
}

/** Values of a sorted list, each once; they come to lie at its beginning. */
function distinct(sorted: Float64Array): Float64Array {
  let count = 0;
  for (let k = 0; k < sorted.length; k++)
    if (count === 0 || sorted[k] !== sorted[count - 1]) sorted[count++] = sorted[k];
  return sorted.subarray(0, count);
}

/** Place of a value in a sorted list that has it; files are sorted as a rule, so that it is the place of before or the next. */
function placeOf(sorted: Float64Array, value: number, before: number): number {
  if (sorted[before] === value) return before;
  if (sorted[before + 1] === value) return before + 1;
  let [from, to] = [0, sorted.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
