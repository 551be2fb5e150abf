import { FLAG } from '../../model/buckets.js';
import { bucketAt, sessionAt } from '../../model/grid.js';
import type { QuoteChunk } from './chunks.js';
import { type EdgeSampler, type EdgeSamplerParams, edgeSampler, type SampledBook, sampleUntil } from './edgeSampler.js';
import { emptyQuarantine, noteOutside, type Quarantine, type QuarantineReason, setAside } from './quarantine.js';
import {
  endsQuote,
  type HeldQuotes,
  hold,
  isHeld,
  jumps,
  letGo,
  NO_SIDE,
  noneHeld,
  priceLeft,
  type QuoteDefectParams,
  quoteDefect,
  repeats,
  sidesOf,
} from './quoteDefects.js';
import { consolidate, copyQuote, copySides, type VenueBook, venueBook } from './venueBook.js';

export interface QuoteParams extends EdgeSamplerParams, QuoteDefectParams {
  readonly venues: number;
}

/** The book at the bucket edges, and what became of the rows. */
export interface EdgeQuotes extends SampledBook {
  /** names × buckets, bits of FLAG. */
  readonly flags: Uint8Array;
  readonly quarantine: Quarantine;
  /** Quotes used per name. */
  readonly used: Int32Array;
  /** Quotes per name without one side, or with a placeholder for it. */
  readonly withdrawn: Int32Array;
  /** Rows by name with text that is no number. */
  readonly unread: Int32Array;
  /** Earliest and latest quote of any name in each session; Infinity and −Infinity where there is none. */
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
}

export interface QuoteAligner {
  /** False when a row goes back in time for its name and the chunk was not sorted: start again on sorted rows. */
  push(chunk: QuoteChunk): boolean;
  finish(): EdgeQuotes;
}

/**
 * Streaming as-of merge of quotes onto the bucket edges. Per name only the prevailing book is kept, so memory is that of
 * the result. Several venues are consolidated to their best bid and ask. State lies in typed arrays: nothing is allocated
 * for a row.
 */
export function quoteAligner(params: QuoteParams): QuoteAligner {
  const state = emptyState(params);
  return { push: (chunk) => pushChunk(state, chunk), finish: () => finish(state) };
}

interface QuoteState {
  readonly params: QuoteParams;
  readonly book: VenueBook;
  readonly held: HeldQuotes;
  readonly sampler: EdgeSampler;
  readonly result: EdgeQuotes;
  /** By name, the stamp of the last row that was not set aside. */
  readonly lastSeenNs: Float64Array;
}

function emptyState(params: QuoteParams): QuoteState {
  const { grid, names, venues, maxStaleNs } = params;
  const book = venueBook(names, venues, maxStaleNs, params);
  const sampler = edgeSampler(params, book);
  const result = {
    ...sampler.sampled,
    flags: new Uint8Array(names * grid.buckets),
    quarantine: emptyQuarantine(),
    used: new Int32Array(names),
    withdrawn: new Int32Array(names),
    unread: new Int32Array(names),
    firstNs: new Float64Array(grid.sessions.length).fill(Number.POSITIVE_INFINITY),
    lastNs: new Float64Array(grid.sessions.length).fill(Number.NEGATIVE_INFINITY),
  };
  const lastSeenNs = new Float64Array(names).fill(Number.NEGATIVE_INFINITY);
  return { params, book, held: noneHeld(names * venues), sampler, result, lastSeenNs };
}

function pushChunk(state: QuoteState, chunk: QuoteChunk): boolean {
  const { params, lastSeenNs } = state;
  const { quarantine } = state.result;
  quarantine.rows += chunk.rows;
  for (let k = 0; k < chunk.rows; k++) {
    const reason = quoteDefect(chunk, k, params) ?? (saysNothing(state, chunk, k) ? 'duplicate' : undefined);
    if (reason) {
      setAside(quarantine, reason, chunk.file[k], chunk.row[k]);
      if (reason === 'not_a_number') state.result.unread[chunk.name[k]]++;
      if (reason === 'out_of_session' || reason === 'other_date') noteOutside(quarantine, params.grid, chunk.timeNs[k]);
      if (!endsQuote(reason)) continue;
    }
    if (!chunk.late && chunk.timeNs[k] < lastSeenNs[chunk.name[k]]) return false;
    lastSeenNs[chunk.name[k]] = chunk.timeNs[k];
    if (reason) withdraw(state, chunk, k, reason);
    else accept(state, chunk, k);
  }
  return true;
}

function saysNothing({ params, held, book }: QuoteState, chunk: QuoteChunk, k: number): boolean {
  const slot = chunk.name[k] * params.venues + chunk.venue[k];
  return repeats(isHeld(held, slot) ? held.quotes : book.standing, slot, chunk, k);
}

function accept(state: QuoteState, chunk: QuoteChunk, k: number): void {
  const { params, held } = state;
  const { standing, lastMid, session: sessionOf } = state.book;
  const slot = chunk.name[k] * params.venues + chunk.venue[k];
  const session = sessionAt(params.grid, chunk.timeNs[k]);
  const mid = (chunk.bid[k] + chunk.ask[k]) / 2;
  if (isHeld(held, slot)) settle(state, slot, !isJump(state, slot, mid));
  else if (sessionOf[slot] === session && isJump(state, slot, mid)) {
    hold(held, slot, chunk, k);
    return;
  }
  copyQuote(standing, slot, chunk, k);
  lastMid[slot] = mid;
  use(state, slot, session);
  state.result.used[chunk.name[k]]++;
}

/** Whether a price is out of reach of the last mid of its venue. */
function isJump({ params, book: { standing, lastMid } }: QuoteState, slot: number, price: number): boolean {
  const name = Math.floor(slot / params.venues);
  return jumps(lastMid[slot], price, name, standing.ask[slot] - standing.bid[slot], params);
}

/** The venue's quote ends here: until its next one it stands with the sides that it has left. */
function withdraw(state: QuoteState, chunk: QuoteChunk, k: number, reason: QuarantineReason): void {
  const { params, held } = state;
  const { standing, lastMid, session: sessionOf } = state.book;
  const slot = chunk.name[k] * params.venues + chunk.venue[k];
  const session = sessionAt(params.grid, chunk.timeNs[k]);
  const has = reason === 'absurd_spread' ? NO_SIDE : sidesOf(chunk, k, params);
  if (isHeld(held, slot)) {
    const side = reason === 'one_sided' ? priceLeft(chunk, k, has, params) : undefined;
    settle(state, slot, side !== undefined && !isJump(state, slot, side));
  }
  if (sessionOf[slot] !== session) lastMid[slot] = Number.NaN;
  copySides(standing, slot, chunk, k, has);
  use(state, slot, session);
  state.result.withdrawn[chunk.name[k]]++;
}

/** A held quote is a bad tick when the price has come back, and else a move. */
function settle(state: QuoteState, slot: number, reverted: boolean): void {
  const { params, book, held, result } = state;
  const time = held.quotes.timeNs[slot];
  if (!reverted) {
    copyQuote(book.standing, slot, held.quotes, slot);
    book.lastMid[slot] = (held.quotes.bid[slot] + held.quotes.ask[slot]) / 2;
    use(state, slot, sessionAt(params.grid, time));
    result.used[Math.floor(slot / params.venues)]++;
  } else {
    setAside(result.quarantine, 'bad_tick', held.file[slot], held.row[slot]);
    const bucket = bucketAt(params.grid, time);
    const name = Math.floor(slot / params.venues);
    if (bucket >= 0) result.flags[name * params.grid.buckets + bucket] |= FLAG.badTickRemoved;
  }
  letGo(held, slot);
}

/** What now stands at the slot moves the book of its name, once the edges before it have seen the book as it was. */
function use({ params, book, sampler, result }: QuoteState, slot: number, session: number): void {
  const name = Math.floor(slot / params.venues);
  const time = book.standing.timeNs[slot];
  sampleUntil(sampler, name, time);
  book.session[slot] = session;
  consolidate(book, slot);
  if (time < result.firstNs[session]) result.firstNs[session] = time;
  if (time > result.lastNs[session]) result.lastNs[session] = time;
}

function finish(state: QuoteState): EdgeQuotes {
  const { params, held, sampler, result } = state;
  for (let slot = 0; slot < params.names * params.venues; slot++) if (isHeld(held, slot)) settle(state, slot, false);
  for (let name = 0; name < params.names; name++) sampleUntil(sampler, name, Number.POSITIVE_INFINITY);
  return result;
}
