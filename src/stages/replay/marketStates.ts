import type { DayStates } from '../../model/buckets.js';
import { median } from '../../numerics/statistics.js';

/** Over which moves and trades are looked back on, and a stretch of buckets that are not independent. */
export const WINDOW_NS = 300e9;

export interface MarketStates {
  /** Mean over names of the spread against the name's own median of the day. */
  readonly spread: Float64Array;
  /** Mean squared move against the name's own average, over the last five minutes. */
  readonly volatility: Float64Array;
  /** |Σ signed market flow| / Σ volume over the last five minutes; 0 without trades, NaN on a day without a tape. */
  readonly crowding: Float64Array;
}

/** What was known of the market when each bucket opened; NaN where nothing was. */
export function marketStates(day: DayStates): MarketStates {
  const { grid } = day;
  const states = { spread: blank(grid.buckets), volatility: blank(grid.buckets), crowding: blank(grid.buckets) };
  const window = Math.max(1, Math.round(WINDOW_NS / grid.bucketNs));
  const sums = crossSections(day);
  const untraded = hasNumbers(day.market.marketFlow) ? 0 : Number.NaN;
  for (const { firstBucket, buckets } of grid.sessions) {
    const trailing = { square: new Trailing(window), signed: new Trailing(window), volume: new Trailing(window) };
    let spread = Number.NaN;
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      states.spread[t] = spread;
      states.volatility[t] = trailing.square.mean();
      states.crowding[t] = trailing.volume.sum > 0 ? Math.abs(trailing.signed.sum) / trailing.volume.sum : untraded;
      if (sums.quoted[t] > 0) spread = sums.spread[t] / sums.quoted[t];
      trailing.square.push(sums.square[t]);
      trailing.signed.push(sums.signed[t]);
      trailing.volume.push(sums.volume[t]);
    }
  }
  return states;
}

function hasNumbers(values: Float64Array): boolean {
  for (let k = 0; k < values.length; k++) if (!Number.isNaN(values[k])) return true;
  return false;
}

/** Sums over names, bucket by bucket. The columns lie name by name, so that names are walked one after the other. */
function crossSections({ grid, symbols, market }: DayStates) {
  const { buckets } = grid;
  const empty = () => new Float64Array(buckets);
  const sums = { square: empty(), spread: empty(), quoted: empty(), signed: empty(), volume: empty() };
  const scratch = empty();
  for (let i = 0; i < symbols.length; i++) {
    const own = (column: Float64Array) => column.subarray(i * buckets, (i + 1) * buckets);
    addSquares(sums.square, own(market.moveBps), symbols.length);
    addSpreads(sums, own(market.spreadBps), scratch);
    addTrades(sums, own(market.marketFlow), own(market.volume));
  }
  return sums;
}

type CrossSections = ReturnType<typeof crossSections>;

/** Of one name's moves over their mean square, as a share of all names. */
function addSquares(sums: Float64Array, moves: Float64Array, names: number): void {
  const meanSquare = meanSquareOf(moves);
  if (!(meanSquare > 0)) return;
  for (let t = 0; t < sums.length; t++)
    if (!Number.isNaN(moves[t])) sums[t] += (moves[t] * moves[t]) / meanSquare / names;
}

function meanSquareOf(moves: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let t = 0; t < moves.length; t++) {
    if (Number.isNaN(moves[t])) continue;
    sum += moves[t] * moves[t];
    count++;
  }
  return count > 0 ? sum / count : 0;
}

function addSpreads(
  { spread, quoted }: Pick<CrossSections, 'spread' | 'quoted'>,
  spreads: Float64Array,
  scratch: Float64Array,
): void {
  const usual = median(finite(spreads, scratch));
  if (!(usual > 0)) return;
  for (let t = 0; t < spread.length; t++) {
    if (Number.isNaN(spreads[t])) continue;
    spread[t] += spreads[t] / usual;
    quoted[t]++;
  }
}

function addTrades(sums: Pick<CrossSections, 'signed' | 'volume'>, signed: Float64Array, volume: Float64Array): void {
  for (let t = 0; t < signed.length; t++) {
    // Volume whose side is not known would pass for balanced flow.
    if (Number.isNaN(signed[t]) || Number.isNaN(volume[t])) continue;
    sums.signed[t] += signed[t];
    sums.volume[t] += volume[t];
  }
}

/** Numbers that are not known yet. */
export const blank = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN);

/** Those that are numbers, at the beginning of `into`. */
function finite(values: Float64Array, into: Float64Array): Float64Array {
  let count = 0;
  for (let k = 0; k < values.length; k++) if (!Number.isNaN(values[k])) into[count++] = values[k];
  return into.subarray(0, count);
}

/** Sum of the last `length` values, summed anew each time it wraps so that rounding does not build up. */
class Trailing {
  private readonly values: Float64Array;
  private at = 0;
  private filled = 0;
  sum = 0;

  constructor(length: number) {
    this.values = new Float64Array(length);
  }

  push(value: number): void {
    this.sum += value - this.values[this.at];
    this.values[this.at] = value;
    this.at = (this.at + 1) % this.values.length;
    this.filled = Math.min(this.filled + 1, this.values.length);
    if (this.at === 0) this.sum = this.values.reduce((total, v) => total + v, 0);
  }

  mean(): number {
    return this.filled > 0 ? this.sum / this.filled : Number.NaN;
  }
}
