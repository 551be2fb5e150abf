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

/** What every venue last quoted, and the best of it by name. */
export interface VenueBook {
  readonly venues: number;
  readonly maxStaleNs: number;
  /** Names × venues. */
  readonly standing: QuoteColumns;
  /** Session of each standing quote, −1 before the first. */
  readonly session: Int32Array;
  /** By name: best bid and ask over the venues, with the sizes quoted there. */
  readonly best: QuoteColumns;
}

export function venueBook(names: number, venues: number, maxStaleNs: number): VenueBook {
  const slots = names * venues;
  return {
    venues,
    maxStaleNs,
    standing: emptyQuotes(slots),
    session: new Int32Array(slots).fill(-1),
    best: emptyQuotes(names),
  };
}

/** Row k of `from` becomes what its venue quotes. */
export function stand(book: VenueBook, slot: number, session: number, from: QuoteColumns, k: number): void {
  copyQuote(book.standing, slot, from, k);
  book.session[slot] = session;
  consolidate(book, Math.floor(slot / book.venues), session, from.timeNs[k]);
}

/** Best bid and ask of a name over the venues whose quote is fresh and of the session `now`. */
function consolidate(book: VenueBook, name: number, now: number, time: number): void {
  const { venues, maxStaleNs, standing, session, best } = book;
  let [bid, ask, bidSize, askSize] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (let slot = name * venues; slot < (name + 1) * venues; slot++) {
    if (!(time - standing.timeNs[slot] <= maxStaleNs) || session[slot] !== now) continue;
    const [itsBid, itsAsk] = [standing.bid[slot], standing.ask[slot]];
    if (itsBid > bid) [bid, bidSize] = [itsBid, 0];
    if (itsAsk < ask) [ask, askSize] = [itsAsk, 0];
    if (itsBid === bid) bidSize += standing.bidSize[slot];
    if (itsAsk === ask) askSize += standing.askSize[slot];
  }
  best.timeNs[name] = time;
  best.bid[name] = bid;
  best.ask[name] = ask;
  best.bidSize[name] = bidSize;
  best.askSize[name] = askSize;
}
