import {
  type Calendar,
  crossesMidnight,
  daysLater,
  localTime,
  secondOfDay,
  sessionSpans,
  utcNanoseconds,
} from '../../model/calendar.js';
import type { EventList, EventRow, MarketEvent } from '../../model/events.js';
import { dataError } from '../../model/failure.js';

/**
 * Settles the ends of events (CONTRACT §1). A date is its whole trading day; an open end is the end of the session in which
 * the event starts, or of the last session of its day where it starts between sessions or after them. `placeOn` gives the
 * place in the universe of what a symbol stands for on a date.
 * @throws data error for an event that ends before it starts.
 */
export function settleEvents(
  file: string,
  rows: readonly EventRow[],
  placeOn: (symbol: string, date: string) => number | undefined,
  calendar: Calendar,
): EventList {
  const dayOf = remembered((date) => tradingDay(calendar, date));
  const sessionsOn = remembered((date) => sessionSpans(calendar, date));
  const openEnd = (startNs: bigint): bigint => {
    const spans = sessionsOn(tradingDateOf(calendar, startNs));
    const session = spans.find((span) => startNs >= span.startNs && startNs < span.endNs) ?? spans.at(-1);
    return session && session.endNs > startNs ? session.endNs : startNs;
  };
  const events = rows.map((row): MarketEvent => {
    const { start, end } = row;
    const startNs = 'date' in start ? dayOf(start.date).startNs : start.utcNs;
    const last = end ?? ('date' in start ? start : undefined);
    const endNs = last === undefined ? openEnd(startNs) : 'date' in last ? dayOf(last.date).endNs : last.utcNs;
    if (endNs < startNs || endsOnEarlierDate(row))
      throw dataError(
        `${file}: ${row.place} ends before it starts: ${start.text} to ${row.end?.text ?? 'the end of its session'}`,
        'correct the row',
      );
    return {
      ...row,
      startNs,
      endNs,
      name: everyName(row.symbol) ? 'all' : placeOn(row.symbol, tradingDateOf(calendar, startNs)),
    };
  });
  return { file, rows: rows.length, events: events.sort((a, b) => compare(a.startNs, b.startNs)) };
}

const endsOnEarlierDate = ({ start, end }: EventRow): boolean =>
  'date' in start && end !== undefined && 'date' in end && end.date < start.date;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const everyName = (symbol: string): boolean => symbol === '' || symbol === '*';

/** Clock changes are dear to find, and many events name the same dates. */
function remembered<T>(of: (date: string) => T): (date: string) => T {
  const known = new Map<string, T>();
  return (date) => {
    const value = known.get(date) ?? of(date);
    known.set(date, value);
    return value;
  };
}

/** From where to where a trading date reaches: from midnight to midnight, or from close to close where sessions cross it. */
export function tradingDay(calendar: Calendar, date: string): { readonly startNs: bigint; readonly endNs: bigint } {
  const at = (day: string, time: string) => utcNanoseconds(calendar.timezone, day, time);
  const close = overnightClose(calendar);
  const bounds =
    close === undefined
      ? { startNs: at(date, '00:00'), endNs: at(date, '24:00') }
      : { startNs: at(daysLater(date, -1), close), endNs: at(date, close) };
  // Sessions of a single date may reach further than the usual ones.
  return sessionSpans(calendar, date).reduce(
    ({ startNs, endNs }, span) => ({
      startNs: span.startNs < startNs ? span.startNs : startNs,
      endNs: span.endNs > endNs ? span.endNs : endNs,
    }),
    bounds,
  );
}

/** When the trading date changes, where that is not midnight. */
const overnightClose = ({ sessions }: Calendar): string | undefined =>
  crossesMidnight(sessions[0]) ? sessions[sessions.length - 1][1] : undefined;

/** The trading date that an instant belongs to. */
function tradingDateOf(calendar: Calendar, utcNs: bigint): string {
  const [date, time] = localTime(calendar.timezone, utcNs).split('T');
  const close = overnightClose(calendar);
  return close !== undefined && secondOfDay(time) >= secondOfDay(close) ? daysLater(date, 1) : date;
}
