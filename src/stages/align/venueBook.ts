/** A quote by slot, as columns; NaN where there is none. Rows of a chunk of quotes are such columns too. */
export interface QuoteColumns {
  readonly timeNs: Float64Array;
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
}

export function emptyQuotes(slots: number): QuoteColumns {
  const column = () => new Float64Array(slots).fill(Number.NaN);
  return { timeNs: column(), bid: column(), ask: column(), bidSize: column(), askSize: column() };
}

export function copyQuote(into: QuoteColumns, slot: number, from: QuoteColumns, k: number): void {
  into.timeNs[slot] = from.timeNs[k];
  into.bid[slot] = from.bid[k];
  into.ask[slot] = from.ask[k];
  into.bidSize[slot] = from.bidSize[k];
  into.askSize[slot] = from.askSize[k];
}

/** How wide a quote may be. */
export interface SpreadLimits {
  /** As a share of the mid; absent for any. */
  readonly maxSpread?: number;
  /** By name, where prices may be zero or below and a share of the mid says nothing: {@link WIDEST} of them are too wide. */
  readonly typicalSpread?: Float64Array;
}

/** A book may thin out a great deal; placeholders are further out still. */
const WIDEST = 100;

/** Whether no market is that wide: one of the prices is a placeholder for none, such as an ask of 199999.99. */
export const isWider = (bid: number, ask: number, name: number, { maxSpread, typicalSpread }: SpreadLimits): boolean =>
  typicalSpread
    ? ask - bid > WIDEST * typicalSpread[name]
    : maxSpread !== undefined && ask - bid > (maxSpread * (bid + ask)) / 2;

/** What row k has of a quote, by the sides that it has. */
export function copySides(
  into: QuoteColumns,
  slot: number,
  from: QuoteColumns,
  k: number,
  has: { readonly bid: boolean; readonly ask: boolean },
): void {
  into.timeNs[slot] = from.timeNs[k];
  into.bid[slot] = has.bid ? from.bid[k] : Number.NaN;
  into.bidSize[slot] = has.bid ? from.bidSize[k] : Number.NaN;
  into.ask[slot] = has.ask ? from.ask[k] : Number.NaN;
  into.askSize[slot] = has.ask ? from.askSize[k] : Number.NaN;
}

/** What every venue last quoted, and the best of it by name. */
export interface VenueBook {
  readonly venues: number;
  readonly maxStaleNs: number;
  readonly limits: SpreadLimits;
  /** Names × venues. */
  readonly standing: QuoteColumns;
  /** Session of each standing quote, −1 before the first. */
  readonly session: Int32Array;
  /** Names × venues: mid of the last quote with both sides, which a jump is told from. */
  readonly lastMid: Float64Array;
  /** By name: the last best bid and ask over the venues, with the sizes quoted there, as of the last quote of either. */
  readonly best: QuoteColumns;
  /** By name, 1 where the book has no mid now: a side of it is gone, and `best` is what it was before. */
  readonly oneSided: Uint8Array;
}

export function venueBook(names: number, venues: number, maxStaleNs: number, limits: SpreadLimits): VenueBook {
  const slots = names * venues;
  return {
    venues,
    maxStaleNs,
    limits,
    standing: emptyQuotes(slots),
    session: new Int32Array(slots).fill(-1),
    lastMid: new Float64Array(slots).fill(Number.NaN),
    best: emptyQuotes(names),
    oneSided: new Uint8Array(names),
  };
}

/**
 * Best bid and ask over the venues whose quote is fresh and of the session of the one that has just changed. A venue counts
 * with the sides that it has; where no venue has one of them, the book has no mid.
 */
export function consolidate(book: VenueBook, changed: number): void {
  const { venues, maxStaleNs, standing, session, best } = book;
  const name = Math.floor(changed / venues);
  const time = standing.timeNs[changed];
  const now = session[changed];
  let bid = Number.NEGATIVE_INFINITY;
  let ask = Number.POSITIVE_INFINITY;
  let bidSize = 0;
  let askSize = 0;
  for (let slot = name * venues; slot < (name + 1) * venues; slot++) {
    if (!(time - standing.timeNs[slot] <= maxStaleNs) || session[slot] !== now) continue;
    if (standing.bid[slot] > bid) {
      bid = standing.bid[slot];
      bidSize = 0;
    }
    if (standing.ask[slot] < ask) {
      ask = standing.ask[slot];
      askSize = 0;
    }
    if (standing.bid[slot] === bid) bidSize += standing.bidSize[slot];
    if (standing.ask[slot] === ask) askSize += standing.askSize[slot];
  }
  best.timeNs[name] = time;
  // The sides that venues are left with may make no market either: a bid of a cent, and an ask elsewhere.
  const isTwoSided = Number.isFinite(ask - bid) && !isWider(bid, ask, name, book.limits);
  book.oneSided[name] = isTwoSided ? 0 : 1;
  if (!isTwoSided) return;
  best.bid[name] = bid;
  best.ask[name] = ask;
  best.bidSize[name] = bidSize;
  best.askSize[name] = askSize;
}
