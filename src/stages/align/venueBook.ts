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

/** Best bid and ask over the venues whose quote is fresh and of the session of the one that has just changed. */
export function consolidate({ venues, maxStaleNs, standing, session, best }: VenueBook, changed: number): void {
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
  best.bid[name] = bid;
  best.ask[name] = ask;
  best.bidSize[name] = bidSize;
  best.askSize[name] = askSize;
}
