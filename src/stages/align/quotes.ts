import { FLAG } from '../../model/buckets.js';
import { type BucketGrid, bucketAt, sessionAt } from '../../model/grid.js';
import type { QuoteChunk } from './chunks.js';
import { emptyQuarantine, type Quarantine, type QuarantineReason, setAside } from './quarantine.js';
import { type SampleTimes, sampleTimes } from './sampler.js';

export interface QuoteParams {
  readonly grid: BucketGrid;
  readonly names: number;
  readonly venues: number;
  readonly maxStaleNs: number;
  readonly lockedIsDefect: boolean;
  /** A single quote further than this from the one before, undone by the next, is a bad tick (0.05 = 5 %). */
  readonly badTickJump: number;
  /** Horizons that do not fall on the bucket grid, nanoseconds. */
  readonly offGridHorizonsNs: readonly number[];
  /** Further instants to sample, ascending nanoseconds by name. */
  readonly instantsNs?: readonly Float64Array[];
}

/** The book as of every bucket edge; names × edges, name-major, NaN where no fresh quote stood. */
export interface EdgeQuotes {
  readonly edges: SampleTimes;
  readonly mid: Float64Array;
  readonly spread: Float64Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
  readonly ageNs: Float64Array;
  /** 1 where a quote stood but was older than `maxStaleNs`. */
  readonly stale: Uint8Array;
  /** Mid at edge + horizon, by off-grid horizon; names × that sampler's instants. */
  readonly offGridMids: readonly { readonly times: SampleTimes; readonly mid: Float64Array }[];
  /** The last book of the day at or before each further instant, however old; NaN before the first. */
  readonly instants: readonly { readonly mid: Float64Array; readonly spread: Float64Array }[];
  /** names × buckets, bits of FLAG. */
  readonly flags: Uint8Array;
  readonly quarantine: Quarantine;
  /** Quotes used per name. */
  readonly used: Int32Array;
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
 * the result. Several venues are consolidated to their best bid and ask.
 */
export function quoteAligner(params: QuoteParams): QuoteAligner {
  const { grid, names, venues } = params;
  const slots = names * venues;
  const edges = sampleTimes(grid);
  const edgeCount = edges.timeNs.length;
  const unknown = () => new Float64Array(names * edgeCount).fill(Number.NaN);
  const result: EdgeQuotes = {
    edges,
    mid: unknown(),
    spread: unknown(),
    bidSize: unknown(),
    askSize: unknown(),
    ageNs: unknown(),
    stale: new Uint8Array(names * edgeCount),
    offGridMids: params.offGridHorizonsNs.map((horizon) => {
      const times = sampleTimes(grid, grid.bucketNs + horizon);
      return { times, mid: new Float64Array(names * times.timeNs.length).fill(Number.NaN) };
    }),
    instants: (params.instantsNs ?? []).map(({ length }) => ({
      mid: new Float64Array(length).fill(Number.NaN),
      spread: new Float64Array(length).fill(Number.NaN),
    })),
    flags: new Uint8Array(names * grid.buckets),
    quarantine: emptyQuarantine(),
    used: new Int32Array(names),
    firstNs: new Float64Array(grid.sessions.length).fill(Number.POSITIVE_INFINITY),
    lastNs: new Float64Array(grid.sessions.length).fill(Number.NEGATIVE_INFINITY),
  };
  const book = emptyBook(slots);
  /** Session of each book's quote, −1 before the first. */
  const bookSession = new Int32Array(slots).fill(-1);
  const pending = emptyBook(slots);
  const pendingAt = { file: new Int32Array(slots), row: new Float64Array(slots) };
  const best = emptyBook(names);
  const lastSeenNs = new Float64Array(names).fill(Number.NEGATIVE_INFINITY);
  const cursors = new Int32Array(names);
  const offGridCursors = result.offGridMids.map(() => new Int32Array(names));
  const instantCursors = new Int32Array(names);

  function push(chunk: QuoteChunk): boolean {
    result.quarantine.rows += chunk.rows;
    for (let k = 0; k < chunk.rows; k++) {
      const reason = defect(chunk, k);
      if (reason) {
        setAside(result.quarantine, reason, chunk.file[k], chunk.row[k]);
        continue;
      }
      if (!chunk.late && chunk.timeNs[k] < lastSeenNs[chunk.name[k]]) return false;
      lastSeenNs[chunk.name[k]] = chunk.timeNs[k];
      accept(chunk, k);
    }
    return true;
  }

  function defect(chunk: QuoteChunk, k: number): QuarantineReason | undefined {
    const bid = chunk.bid[k];
    const ask = chunk.ask[k];
    const time = chunk.timeNs[k];
    if (!Number.isFinite(time + bid + ask + chunk.bidSize[k] + chunk.askSize[k])) return 'non_finite';
    if (chunk.name[k] < 0) return 'unknown_symbol';
    if (sessionAt(grid, time) < 0) return 'out_of_session';
    if (bid <= 0 || ask <= 0) return 'non_positive_price';
    if (chunk.bidSize[k] <= 0 || chunk.askSize[k] <= 0) return 'non_positive_size';
    if (bid > ask) return 'crossed';
    if (bid === ask && params.lockedIsDefect) return 'locked';
    if (chunk.late?.[k]) return 'out_of_order';
    return isRepeat(chunk, k) ? 'duplicate' : undefined;
  }

  /** A venue's quote that repeats the one before it to the nanosecond says nothing new. */
  function isRepeat(chunk: QuoteChunk, k: number): boolean {
    const slot = chunk.name[k] * venues + chunk.venue[k];
    const latest = Number.isNaN(pending.timeNs[slot]) ? book : pending;
    return (
      latest.timeNs[slot] === chunk.timeNs[k] &&
      latest.bid[slot] === chunk.bid[k] &&
      latest.ask[slot] === chunk.ask[k] &&
      latest.bidSize[slot] === chunk.bidSize[k] &&
      latest.askSize[slot] === chunk.askSize[k]
    );
  }

  function accept(chunk: QuoteChunk, k: number): void {
    const slot = chunk.name[k] * venues + chunk.venue[k];
    const session = sessionAt(grid, chunk.timeNs[k]);
    const mid = (chunk.bid[k] + chunk.ask[k]) / 2;
    const previous = (book.bid[slot] + book.ask[slot]) / 2;
    if (!Number.isNaN(pending.timeNs[slot])) resolvePending(slot, !jumps(previous, mid));
    else if (bookSession[slot] === session && jumps(previous, mid)) {
      setBook(pending, slot, chunk, k);
      pendingAt.file[slot] = chunk.file[k];
      pendingAt.row[slot] = chunk.row[k];
      return;
    }
    apply(slot, session, chunk.timeNs[k], chunk.bid[k], chunk.ask[k], chunk.bidSize[k], chunk.askSize[k]);
  }

  function jumps(from: number, to: number): boolean {
    return to > from * (1 + params.badTickJump) || from > to * (1 + params.badTickJump);
  }

  function resolvePending(slot: number, reverted: boolean): void {
    const time = pending.timeNs[slot];
    pending.timeNs[slot] = Number.NaN;
    if (!reverted) {
      const session = sessionAt(grid, time);
      apply(slot, session, time, pending.bid[slot], pending.ask[slot], pending.bidSize[slot], pending.askSize[slot]);
      return;
    }
    setAside(result.quarantine, 'bad_tick', pendingAt.file[slot], pendingAt.row[slot]);
    const bucket = bucketAt(grid, time);
    if (bucket >= 0) result.flags[Math.floor(slot / venues) * grid.buckets + bucket] |= FLAG.badTickRemoved;
  }

  function apply(
    slot: number,
    session: number,
    time: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
  ): void {
    const name = Math.floor(slot / venues);
    sampleUntil(name, time);
    book.timeNs[slot] = time;
    book.bid[slot] = bid;
    book.ask[slot] = ask;
    book.bidSize[slot] = bidSize;
    book.askSize[slot] = askSize;
    bookSession[slot] = session;
    consolidate(name, session, time);
    result.used[name]++;
    if (time < result.firstNs[session]) result.firstNs[session] = time;
    if (time > result.lastNs[session]) result.lastNs[session] = time;
  }

  function consolidate(name: number, session: number, time: number): void {
    best.timeNs[name] = time;
    best.bid[name] = Number.NEGATIVE_INFINITY;
    best.ask[name] = Number.POSITIVE_INFINITY;
    for (let slot = name * venues; slot < (name + 1) * venues; slot++) {
      if (!(time - book.timeNs[slot] <= params.maxStaleNs) || bookSession[slot] !== session) continue;
      if (book.bid[slot] > best.bid[name]) {
        best.bid[name] = book.bid[slot];
        best.bidSize[name] = 0;
      }
      if (book.ask[slot] < best.ask[name]) {
        best.ask[name] = book.ask[slot];
        best.askSize[name] = 0;
      }
      if (book.bid[slot] === best.bid[name]) best.bidSize[name] += book.bidSize[slot];
      if (book.ask[slot] === best.ask[name]) best.askSize[name] += book.askSize[slot];
    }
  }

  /** Fills every instant before `time` with the book that stood; a quote at an instant counts at that instant. */
  function sampleUntil(name: number, time: number): void {
    const base = name * edgeCount;
    while (cursors[name] < edgeCount && edges.timeNs[cursors[name]] < time) sampleEdge(name, base, cursors[name]++);
    for (let h = 0; h < offGridCursors.length; h++) sampleOffGrid(name, time, offGridCursors[h], result.offGridMids[h]);
    if (params.instantsNs) sampleInstants(name, time, params.instantsNs[name], result.instants[name]);
  }

  function sampleOffGrid(
    name: number,
    time: number,
    cursor: Int32Array,
    { times, mid }: EdgeQuotes['offGridMids'][number],
  ): void {
    for (; cursor[name] < times.timeNs.length && times.timeNs[cursor[name]] < time; cursor[name]++) {
      if (stands(name, times.timeNs[cursor[name]]) === 'fresh')
        mid[name * times.timeNs.length + cursor[name]] = (best.bid[name] + best.ask[name]) / 2;
    }
  }

  function sampleInstants(
    name: number,
    time: number,
    instants: Float64Array,
    out: EdgeQuotes['instants'][number],
  ): void {
    for (; instants[instantCursors[name]] < time; instantCursors[name]++) {
      out.mid[instantCursors[name]] = (best.bid[name] + best.ask[name]) / 2;
      out.spread[instantCursors[name]] = best.ask[name] - best.bid[name];
    }
  }

  function sampleEdge(name: number, base: number, edge: number): void {
    const time = edges.timeNs[edge];
    const standing = stands(name, time);
    if (standing === 'none') return;
    const at = base + edge;
    result.ageNs[at] = time - best.timeNs[name];
    if (standing === 'stale') {
      result.stale[at] = 1;
      return;
    }
    result.mid[at] = (best.bid[name] + best.ask[name]) / 2;
    result.spread[at] = best.ask[name] - best.bid[name];
    result.bidSize[at] = best.bidSize[name];
    result.askSize[at] = best.askSize[name];
  }

  /** No book crosses a session edge. */
  function stands(name: number, time: number): 'none' | 'stale' | 'fresh' {
    const quoted = best.timeNs[name];
    if (Number.isNaN(quoted) || sessionAt(grid, quoted) !== sessionAt(grid, time)) return 'none';
    return time - quoted > params.maxStaleNs ? 'stale' : 'fresh';
  }

  function finish(): EdgeQuotes {
    for (let slot = 0; slot < slots; slot++) if (!Number.isNaN(pending.timeNs[slot])) resolvePending(slot, false);
    for (let name = 0; name < names; name++) sampleUntil(name, Number.POSITIVE_INFINITY);
    return result;
  }

  return { push, finish };
}

interface Book {
  readonly timeNs: Float64Array;
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
}

function emptyBook(slots: number): Book {
  const column = () => new Float64Array(slots).fill(Number.NaN);
  return { timeNs: column(), bid: column(), ask: column(), bidSize: column(), askSize: column() };
}

function setBook(book: Book, slot: number, chunk: QuoteChunk, k: number): void {
  book.timeNs[slot] = chunk.timeNs[k];
  book.bid[slot] = chunk.bid[k];
  book.ask[slot] = chunk.ask[k];
  book.bidSize[slot] = chunk.bidSize[k];
  book.askSize[slot] = chunk.askSize[k];
}
