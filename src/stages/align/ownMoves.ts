import { dataError } from '../../model/failure.js';
import { type BucketGrid, bucketEnds } from '../../model/grid.js';
import type { MoveUnit } from '../../model/units.js';
import { medianInPlace } from '../../numerics/quickselect.js';
import { median } from '../../numerics/statistics.js';
import type { MarketRows } from './ownRows.js';
import { infiniteReason, type QuarantineReason } from './quarantine.js';

/** What the rows of a user's own market buckets say that no market does, and moves that contradict their mids. */

/** A move of so many bps is a factor of 2.5 within one bucket: what writers put where there is no value. */
const SENTINEL_BPS = 9000;
/** The same value so often, so many usual moves away, is a placeholder. */
const REPEATED = { rows: 5, moves: 50 } as const;
/** Fewer moves say nothing of what is usual, or of what agrees. */
const MIN_MOVES = 30;

/** Reason by row; `undefined` where nothing is wrong with it by itself. */
export type RowDefects = (k: number) => QuarantineReason | undefined;

/** @param units of the moves: only prices in price points may be zero or below */
export function marketDefects({ name, columns }: MarketRows, names: number, units: MoveUnit): RowDefects {
  const { mid, moveBps } = columns;
  const infinite = Object.values(columns).filter(hasInfinite);
  const isPlaceholder = moveBps ? placeholders(moveBps, name, names) : () => false;
  return (k) => {
    const reason = infinite.length > 0 ? infiniteReason(infinite.map((column) => column[k])) : undefined;
    if (reason) return reason;
    if (units === 'bps' && mid && mid[k] <= 0) return 'non_positive_price';
    if (!moveBps) return undefined;
    const isBeyond = units === 'bps' && Math.abs(moveBps[k]) >= SENTINEL_BPS;
    return isBeyond || isPlaceholder(k) ? 'sentinel' : undefined;
  };
}

function hasInfinite(column: Float64Array): boolean {
  for (let k = 0; k < column.length; k++) if (Math.abs(column[k]) === Number.POSITIVE_INFINITY) return true;
  return false;
}

/** Whether the move of a row stands in several rows of its name, far out of what is usual there. */
function placeholders(moveBps: Float64Array, name: Int32Array, names: number): (k: number) => boolean {
  const bounds = usualMoves(moveBps, name, names).map((usual) => REPEATED.moves * usual);
  const counts = Array.from({ length: names }, () => new Map<number, number>());
  for (let k = 0; k < name.length; k++) {
    const i = name[k];
    if (i >= 0 && Math.abs(moveBps[k]) > bounds[i]) counts[i].set(moveBps[k], (counts[i].get(moveBps[k]) ?? 0) + 1);
  }
  const repeated = counts.map(
    (own) => new Set([...own].filter(([, rows]) => rows >= REPEATED.rows).map(([move]) => move)),
  );
  if (repeated.every((own) => own.size === 0)) return () => false;
  return (k) => name[k] >= 0 && repeated[name[k]].has(moveBps[k]);
}

/** Robust standard deviation of the moves that are not zero, by name; infinite where there are few. */
function usualMoves(moveBps: Float64Array, name: Int32Array, names: number): Float64Array {
  const { sizes, starts } = sizesByName(moveBps, name, names);
  return new Float64Array(names).map((_, i) => {
    const own = sizes.subarray(starts[i], starts[i + 1]);
    return own.length < MIN_MOVES ? Number.POSITIVE_INFINITY : 1.4826 * medianInPlace(own);
  });
}

/** Sizes of the moves that are finite and not zero, one name after the other; those of name i begin at `starts[i]`. */
function sizesByName(moveBps: Float64Array, name: Int32Array, names: number) {
  const counted = (k: number) => name[k] >= 0 && moveBps[k] !== 0 && Number.isFinite(moveBps[k]);
  const starts = new Int32Array(names + 1);
  for (let k = 0; k < name.length; k++) if (counted(k)) starts[name[k] + 1]++;
  for (let i = 0; i < names; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const sizes = new Float64Array(starts[names]);
  for (let k = 0; k < name.length; k++) if (counted(k)) sizes[next[name[k]]++] = Math.abs(moveBps[k]);
  return { sizes, starts };
}

/** Moves of names × buckets, given beside mids. */
export interface MovesBesideMids {
  readonly grid: BucketGrid;
  readonly symbols: readonly string[];
  readonly units: MoveUnit;
  readonly given: Float64Array;
  readonly mid: Float64Array;
  /** The moves that the mids make. */
  readonly ofMids: Float64Array;
}

/** Of a name's largest move, what is none: moves up and down by one tick sum to a few units in the last place. */
const NO_MOVE = 1e-9;

/** Share of the moves that may differ from those of the mids: a split, a move across a gap. */
const MAX_CONTRADICTED = 0.1;

/**
 * Refuses moves that are not those of the mids beside them: a fraction or a percentage, another unit, or another bucket.
 * What rounding of the moves makes is none.
 * @throws data error with the row, both values and what the unit may be
 */
export function refuseContradictedMoves(moves: MovesBesideMids, rowAt: (cell: number) => number | undefined): void {
  const { grid, symbols, given, ofMids } = moves;
  for (const [i, symbol] of symbols.entries()) {
    const cells = Array.from({ length: grid.buckets }, (_, t) => i * grid.buckets + t);
    const known = cells.filter((cell) => Number.isFinite(given[cell] + ofMids[cell]));
    const largest = known.reduce((most, k) => Math.max(most, Math.abs(given[k]), Math.abs(ofMids[k])), 0);
    const isMove = (size: number) => Math.abs(size) > NO_MOVE * largest;
    const moved = known.filter((cell) => isMove(given[cell]) || isMove(ofMids[cell]));
    if (moved.length < MIN_MOVES) continue;
    const rounding =
      known.reduce((least, k) => (isMove(given[k]) ? Math.min(least, Math.abs(given[k])) : least), Infinity) / 2;
    const contradicted = moved.filter((cell) => {
      const larger = Math.max(Math.abs(given[cell]), Math.abs(ofMids[cell]));
      return Math.abs(given[cell] - ofMids[cell]) > Math.max(larger / 2, Number.isFinite(rounding) ? rounding : 0);
    });
    if (contradicted.length <= MAX_CONTRADICTED * moved.length) continue;
    throw contradiction(moves, symbol, moved, contradicted, rowAt);
  }
}

function contradiction(
  { grid, units, given, mid, ofMids }: MovesBesideMids,
  symbol: string,
  moved: readonly number[],
  contradicted: readonly number[],
  rowAt: (cell: number) => number | undefined,
) {
  const both = contradicted.find((cell) => given[cell] !== 0 && ofMids[cell] !== 0);
  const cell = both ?? contradicted[0];
  const unit = units === 'price' ? 'price points' : 'bps';
  const share = `${contradicted.length} of ${moved.length} moves`;
  return dataError(
    `buckets of ${grid.date}: ret_bps of ${symbol} contradicts mid in ${share}; market row ${rowAt(cell) ?? '?'} has ret_bps = ${digits(given[cell])}, and its mids ${digits(mid[cell - 1])} and ${digits(mid[cell])} make ${digits(ofMids[cell])} ${unit}`,
    `${likelyUnit(given, ofMids, moved, units)}; leave out whichever of ret_bps and mid is not right`,
  );
}

const digits = (value: number): string => String(Number(value.toPrecision(6)));

/** By what the moves are off, where that is one factor. */
function likelyUnit(given: Float64Array, ofMids: Float64Array, moved: readonly number[], units: MoveUnit): string {
  const ratios = moved.flatMap((k) => (given[k] !== 0 && ofMids[k] !== 0 ? [given[k] / ofMids[k]] : []));
  const ratio = ratios.length > 0 ? median(ratios) : Number.NaN;
  const isNear = (factor: number) => Math.abs(ratio / factor - 1) < 0.05;
  if (units === 'price') return 'write the difference of the mids, from one bucket end to the next';
  if (isNear(1e-4)) return 'ret_bps looks like a fraction: multiply it by 10000';
  if (isNear(1e-2)) return 'ret_bps looks like per cent: multiply it by 100';
  if (isNear(-1)) return 'ret_bps has the opposite sign';
  return 'write 10000 · log(mid / mid at the bucket end before), in the row of the bucket that ends there';
}

/** Row of each cell's end, for messages. */
export function rowOfCell(grid: BucketGrid, { timeNs, name }: MarketRows, placed: Int32Array) {
  const ends = bucketEnds(grid);
  return (cell: number): number | undefined => {
    const row = placed.findIndex(
      (bucket, k) => bucket >= 0 && name[k] * grid.buckets + bucket === cell && timeNs[k] === ends[bucket],
    );
    return row < 0 ? undefined : row;
  };
}
