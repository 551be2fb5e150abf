import { type BucketGrid, sessionAt } from '../../model/grid.js';
import type { QuoteChunk } from './chunks.js';
import type { QuarantineReason } from './quarantine.js';
import { copyQuote, emptyQuotes, type QuoteColumns } from './venueBook.js';

export interface QuoteDefectParams {
  readonly grid: BucketGrid;
  readonly lockedIsDefect: boolean;
  /** A single quote further than this from the one before, undone by the next, is a bad tick (0.05 = 5 %). */
  readonly badTickJump: number;
}

/** What is wrong with row k by itself; see {@link repeats} and {@link HeldQuotes} for what its neighbours say. */
export function quoteDefect(chunk: QuoteChunk, k: number, params: QuoteDefectParams): QuarantineReason | undefined {
  const bid = chunk.bid[k];
  const ask = chunk.ask[k];
  const time = chunk.timeNs[k];
  if (!Number.isFinite(time + bid + ask + chunk.bidSize[k] + chunk.askSize[k])) return 'non_finite';
  if (chunk.name[k] < 0) return 'unknown_symbol';
  if (sessionAt(params.grid, time) < 0) return 'out_of_session';
  if (bid <= 0 || ask <= 0) return 'non_positive_price';
  if (chunk.bidSize[k] <= 0 || chunk.askSize[k] <= 0) return 'non_positive_size';
  if (bid > ask) return 'crossed';
  if (bid === ask && params.lockedIsDefect) return 'locked';
  return chunk.late?.[k] ? 'out_of_order' : undefined;
}

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

export function jumps(from: number, to: number, { badTickJump }: QuoteDefectParams): boolean {
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
