import { type BucketGrid, sessionAt } from '../../model/grid.js';
import type { QuoteChunk } from './chunks.js';
import { infiniteReason, type QuarantineReason, strayReason } from './quarantine.js';
import { copyQuote, emptyQuotes, isWider, type QuoteColumns, type SpreadLimits } from './venueBook.js';

export interface QuoteDefectParams extends SpreadLimits {
  readonly grid: BucketGrid;
  readonly lockedIsDefect: boolean;
  /**
   * A single quote further than this from the one before, undone by the next, is a bad tick (0.05 = 5 %). With typical
   * spreads it is {@link BAD_TICK_SPREADS} of them, or of the spread before where that was wider.
   */
  readonly badTickJump: number;
}

/** Mids of a quiet book move by a few spreads at a time; a wrong price is out by far more. */
const BAD_TICK_SPREADS = 20;

/** What is wrong with row k by itself; see {@link repeats} and {@link HeldQuotes} for what its neighbours say. */
export function quoteDefect(chunk: QuoteChunk, k: number, params: QuoteDefectParams): QuarantineReason | undefined {
  const bid = chunk.bid[k];
  const ask = chunk.ask[k];
  const time = chunk.timeNs[k];
  // The feed may hold the whole market: what its other names look like is nobody's concern here.
  if (chunk.name[k] < 0) return 'unknown_symbol';
  if (chunk.venue[k] < 0) return 'unreadable_venue';
  if (Number.isNaN(time)) return 'non_finite';
  if (sessionAt(params.grid, time) < 0) return strayReason(time);
  const isPriced = params.typicalSpread !== undefined || (bid > 0 && ask > 0);
  const isWhole = isPriced && chunk.bidSize[k] > 0 && chunk.askSize[k] > 0;
  if (!isWhole || !Number.isFinite(bid + ask + chunk.bidSize[k] + chunk.askSize[k]))
    return sideDefect(chunk, k, params.typicalSpread !== undefined);
  if (bid > ask) return 'crossed';
  if (bid === ask && params.lockedIsDefect) return 'locked';
  if (chunk.late?.[k]) return 'out_of_order';
  return isWider(bid, ask, chunk.name[k], params) ? 'absurd_spread' : undefined;
}

/**
 * A side without a price or a size (null or zero) is a book without that side; other values are none at all. Where any price
 * may be one, a price of zero is.
 */
function sideDefect(chunk: QuoteChunk, k: number, anyPrice: boolean): QuarantineReason {
  const prices = [chunk.bid[k], chunk.ask[k]];
  const sizes = [chunk.bidSize[k], chunk.askSize[k]];
  const infinite = infiniteReason([...prices, ...sizes]);
  if (infinite) return infinite;
  if (!anyPrice && prices.some((price) => price < 0)) return 'non_positive_price';
  if (sizes.some((size) => size < 0)) return 'non_positive_size';
  return chunk.late?.[k] ? 'out_of_order' : 'one_sided';
}

export interface Sides {
  readonly bid: boolean;
  readonly ask: boolean;
}

/** Of a placeholder. */
export const NO_SIDE: Sides = { bid: false, ask: false };

/** The sides of row k: each counts with a price and a size. */
export function sidesOf(chunk: QuoteChunk, k: number, { typicalSpread }: QuoteDefectParams): Sides {
  const isPrice = (price: number) => (typicalSpread ? Number.isFinite(price) : price > 0);
  return {
    bid: isPrice(chunk.bid[k]) && chunk.bidSize[k] > 0,
    ask: isPrice(chunk.ask[k]) && chunk.askSize[k] > 0,
  };
}

/** What a quote without one of its sides says of the price; where zero may be a price, a side without a size says nothing. */
export function priceLeft(
  chunk: QuoteChunk,
  k: number,
  has: Sides,
  { typicalSpread }: QuoteDefectParams,
): number | undefined {
  if (!typicalSpread) return [chunk.bid[k], chunk.ask[k]].find((price) => price > 0);
  if (has.bid) return chunk.bid[k];
  return has.ask ? chunk.ask[k] : undefined;
}

/** Whether a row says that a venue has no mid now, rather than nothing at all. */
export const endsQuote = (reason: QuarantineReason): boolean => reason === 'one_sided' || reason === 'absurd_spread';

/** A venue's quote that repeats the one before it to the nanosecond says nothing new. */
export function repeats(before: QuoteColumns, slot: number, chunk: QuoteChunk, k: number): boolean {
  return (
    before.timeNs[slot] === chunk.timeNs[k] &&
    before.bid[slot] === chunk.bid[k] &&
    before.ask[slot] === chunk.ask[k] &&
    before.bidSize[slot] === chunk.bidSize[k] &&
    before.askSize[slot] === chunk.askSize[k]
  );
}

/**
 * Whether a price is out of reach of the mid before it.
 * @param spread that stood at that mid, NaN where a side was missing
 */
export function jumps(
  from: number,
  to: number,
  name: number,
  spread: number,
  { badTickJump, typicalSpread }: QuoteDefectParams,
): boolean {
  if (typicalSpread) {
    const typical = typicalSpread[name];
    return Math.abs(to - from) > BAD_TICK_SPREADS * (spread > typical ? spread : typical);
  }
  return to > from * (1 + badTickJump) || from > to * (1 + badTickJump);
}

/** Quotes that jumped: the next one of their venue tells a bad tick from a move. */
export interface HeldQuotes {
  /** Names × venues; the time is NaN where none is held. */
  readonly quotes: QuoteColumns;
  readonly file: Int32Array;
  readonly row: Float64Array;
}

export function noneHeld(slots: number): HeldQuotes {
  return { quotes: emptyQuotes(slots), file: new Int32Array(slots), row: new Float64Array(slots) };
}

export const isHeld = ({ quotes }: HeldQuotes, slot: number): boolean => !Number.isNaN(quotes.timeNs[slot]);

export function hold(held: HeldQuotes, slot: number, chunk: QuoteChunk, k: number): void {
  copyQuote(held.quotes, slot, chunk, k);
  held.file[slot] = chunk.file[k];
  held.row[slot] = chunk.row[k];
}

/** The quote held for the slot, if any, waits no longer. */
export function letGo({ quotes }: HeldQuotes, slot: number): void {
  quotes.timeNs[slot] = Number.NaN;
}
