import type { DayBuckets, Factors, Name, SparseFlow } from '../../model/buckets.js';
import type { EventWindow } from '../../model/events.js';
import { dataError } from '../../model/failure.js';
import type { BucketGrid } from '../../model/grid.js';
import { WRITE_PLAIN } from '../../model/plainText.js';
import type { MoveUnit } from '../../model/units.js';
import { unitValue, valuedPrice } from './contracts.js';
import { maskEvents } from './events.js';
import { bookColumns, type MarkoutHorizon, markouts, openingEdges } from './market.js';
import { defectiveShare, defectsOf, type Quarantine, type StampSpan, strangers } from './quarantine.js';
import type { EdgeQuotes } from './quotes.js';
import type { BucketedTrades } from './trades.js';

export interface AlignInput {
  readonly grid: BucketGrid;
  readonly names: readonly Name[];
  readonly quotes: EdgeQuotes;
  /** The market tape; absent when the dataset is. */
  readonly tape?: BucketedTrades;
  /** What drives the fit: own fills, or the tape itself. */
  readonly flow: BucketedTrades;
  readonly flowVenues: readonly string[];
  readonly factors: Factors;
  readonly events: readonly EventWindow[];
  readonly horizons: readonly MarkoutHorizon[];
  /** Of the moves; bps where absent. Names are valued by it already: `valuedNames`. */
  readonly units?: MoveUnit;
}

/**
 * Puts quotes, trades, factors and events of one day together (MODEL §1). Pure but for this: the arrays of the quotes and
 * the turnover of the tape become columns of the day.
 */
export function assembleBuckets(input: AlignInput): DayBuckets {
  const { grid, names, quotes, tape, events } = input;
  const flow = valueFlow(input.flow, input);
  // A tape without sides says how much was traded, not which way.
  const isSigned = tape !== undefined && tape.flow.name.length > 0;
  const tapeFlow = tape === input.flow ? flow : isSigned ? valueFlow(tape, input) : undefined;
  const cells = names.length * grid.buckets;
  const market = {
    ...bookColumns(grid, names, quotes, input.units),
    volume: tape ? volumes(tape, names) : new Float64Array(cells),
    marketFlow: new Float64Array(cells).fill(tapeFlow ? 0 : Number.NaN),
  };
  if (tapeFlow) addFlow(market.marketFlow, tapeFlow, grid.buckets);
  const marks = markouts(grid, input.horizons, market, quotes, input.units);
  maskEvents(grid, market, events);
  return {
    grid,
    symbols: names.map((name) => name.symbol),
    venues: input.flowVenues,
    market,
    markouts: marks,
    flow,
    factors: input.factors,
  };
}

/** Turnover in millions, in its own array. */
function volumes({ turnover }: BucketedTrades, names: readonly Name[]): Float64Array {
  const buckets = turnover.length / names.length;
  names.forEach((name, i) => {
    const value = unitValue(name);
    for (let cell = i * buckets; cell < (i + 1) * buckets; cell++) turnover[cell] *= value;
  });
  return turnover;
}

/** What rows of a dataset are worth at their own prices, millions by name; the turnover must not be valued yet. */
export function millionsTraded({ turnover }: BucketedTrades, names: readonly Name[]): Float64Array {
  const buckets = turnover.length / names.length;
  return Float64Array.from(
    names,
    (name, i) => unitValue(name) * turnover.subarray(i * buckets, (i + 1) * buckets).reduce((sum, v) => sum + v, 0),
  );
}

function addFlow(marketFlow: Float64Array, flow: SparseFlow, buckets: number): void {
  for (let k = 0; k < flow.bucket.length; k++)
    marketFlow[flow.name[k] * buckets + flow.bucket[k]] += flow.signedNotional[k];
}

/**
 * Values signed quantities at the mid that stood when the bucket opened, which no trade of the bucket has moved. Where
 * none stood, the nearest earlier opening mid of the day serves, and before any, the name's first trade price.
 */
function valueFlow(trades: BucketedTrades, { grid, names, quotes }: AlignInput): SparseFlow {
  const flow = trades.flow;
  const opens = openingEdges(grid, quotes.edges);
  const edges = quotes.edges.timeNs.length;
  const signedNotional = new Float64Array(flow.bucket.length);
  const lastMid = trades.firstPrice.slice();
  const seenUntil = new Int32Array(names.length);
  for (let k = 0; k < flow.bucket.length; k++) {
    const name = flow.name[k];
    for (; seenUntil[name] <= flow.bucket[k]; seenUntil[name]++) {
      const mid = quotes.mid[name * edges + opens[seenUntil[name]]];
      if (!Number.isNaN(mid)) lastMid[name] = mid;
    }
    signedNotional[k] = flow.signedQty[k] * valuedPrice(names[name], lastMid[name]) * unitValue(names[name]);
  }
  return { ...flow, signedNotional };
}

const SESSION_HEAD_SHARE = 0.07;

/**
 * Refuses a day whose stamps do not fit the calendar: most rows outside the sessions, or a session that no name quotes at
 * its beginning or end while rows fall outside it.
 */
export function checkCalendarFit(grid: BucketGrid, quotes: EdgeQuotes, timezone: string): void {
  const { counts, outside: span } = quotes.quarantine;
  const rows = quotes.quarantine.rows - strangers(quotes.quarantine);
  const outside = counts.get('out_of_session') ?? 0;
  const share = rows > 0 ? outside / rows : 0;
  const gap = unquotedEnds(grid, quotes).length > 0;
  if (share <= 0.5 && !(gap && share > 0.01)) return;
  throw dataError(
    `quotes of ${grid.date}: ${(100 * share).toFixed(1)} % of ${rows} rows lie outside calendar.sessions in ${timezone}${gap ? ' and a session starts or ends without a quote' : ''}; ${spanText(span)}`,
    'check calendar.timezone, that ts is UTC, and calendar.overrides for a day with other hours',
  );
}

interface UnquotedEnd {
  /** From zero. */
  readonly session: number;
  readonly end: 'first' | 'last';
  /** How long no name quotes; Infinity for a session without a quote. */
  readonly silentNs: number;
}

function unquotedEnds({ sessions }: BucketGrid, { firstNs, lastNs }: EdgeQuotes): UnquotedEnd[] {
  return sessions.flatMap(({ startNs, endNs }, session) => {
    const slack = SESSION_HEAD_SHARE * (endNs - startNs);
    const ends: UnquotedEnd[] = [
      { session, end: 'first', silentNs: firstNs[session] - startNs },
      { session, end: 'last', silentNs: endNs - lastNs[session] },
    ];
    return ends.filter(({ silentNs }) => silentNs > slack);
  });
}

/** Sentences about sessions that begin or end without a quote, as on a day of other hours that the calendar does not know. */
export function hoursNotes(grid: BucketGrid, quotes: EdgeQuotes): string[] {
  const ends = unquotedEnds(grid, quotes).filter(({ end, silentNs }) => end === 'last' || Number.isFinite(silentNs));
  return ends.map(({ session, end, silentNs }) => {
    const stretch = Number.isFinite(silentNs) ? `${end} ${Number((silentNs / 60e9).toPrecision(3))} min` : 'whole';
    return `${grid.date}: no quote in the ${stretch} of session ${session + 1}; a day of other hours belongs in calendar.overrides`;
  });
}

/** When rows outside the sessions are from, in UTC. */
export function spanText(span: StampSpan | undefined): string {
  if (!span) return 'no stamp is known of them';
  const text = (ns: number) => new Date(Number((span.epochNs + BigInt(Math.round(ns))) / 1_000_000n)).toISOString();
  const [first, last] = [text(span.firstNs), text(span.lastNs)];
  const advice = first.startsWith('1970') ? ' (are stamps of 1970 seconds or milliseconds, read as nanoseconds?)' : '';
  return `their stamps go from ${first} to ${last}${advice}`;
}

/**
 * Refuses a tape, or own fills, of which no row lies in a session: it would count as a day without trades.
 * @throws data error with the stamps found
 */
export function checkAnyInSession(
  dataset: string,
  date: string,
  { used, quarantine }: { readonly used: Int32Array; readonly quarantine: Quarantine },
): void {
  const outside = quarantine.counts.get('out_of_session') ?? 0;
  if (outside === 0 || used.some((count) => count > 0) || outside < quarantine.rows - strangers(quarantine)) return;
  throw dataError(
    `${dataset} of ${date}: all ${outside} rows of the universe lie outside calendar.sessions; ${spanText(quarantine.outside)}`,
    'check calendar.timezone and that ts is UTC',
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  not_a_number: 'write numbers with a decimal point and nothing else, and leave out what has no value',
  sentinel: 'write null where a bucket has no move',
  out_of_order: 'write the files in order of ts, or set align.out_of_order: sort',
  other_date: 'put rows into the folder of their trading date, and give ts its unit',
  misspelt_symbol: 'write symbols as the universe has them, or map them in symbols.csv',
  unreadable_symbol: WRITE_PLAIN,
  unreadable_venue: WRITE_PLAIN,
  bad_side: 'write +1 for bought and −1 for sold',
  non_positive_price: 'mend the prices, or set align.units: price for instruments whose prices may be zero or below',
};

/** @throws data error when too many rows inside the sessions are defective. */
export function checkQuarantine(
  dataset: string,
  date: string,
  quarantine: Quarantine,
  maxShare: number,
  files: readonly string[],
): void {
  const share = defectiveShare(quarantine);
  if (share <= maxShare) return;
  const worst = defectsOf(quarantine)[0];
  const example = quarantine.examples.find(({ reason }) => reason === worst[0]);
  throw dataError(
    `${dataset} of ${date}: ${(100 * share).toFixed(2)} % of the rows inside the sessions are defective, above align.max_quarantine = ${maxShare}; most often ${worst[0]} (${worst[1]} rows${example ? `, the first in row ${example.row}${files[example.file] ? ` of ${files[example.file]}` : ''}` : ''})${worst[0] === 'other_date' ? `; ${spanText(quarantine.outside)}` : ''}`,
    ADVICE[worst[0]] ?? 'mend the data, or raise align.max_quarantine if the rows may be ignored',
  );
}
