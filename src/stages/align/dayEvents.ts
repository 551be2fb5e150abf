import { type Calendar, localTime, sessionSpans } from '../../model/calendar.js';
import { type EventList, type EventWindow, isHalt, type MarketEvent } from '../../model/events.js';
import { utcText } from '../../model/eventTime.js';
import type { BucketGrid } from '../../model/grid.js';
import { tradingDay } from './eventRules.js';
import { touchedBuckets } from './events.js';

/** An event as it was understood, shown back in `align.json`. */
export interface ShownEvent {
  /** `*`: every name. */
  readonly symbol: string;
  readonly label: string;
  readonly kind: 'halt' | 'masked';
  readonly startUtc: string;
  readonly endUtc: string;
  readonly startLocal: string;
  readonly endLocal: string;
  /** Buckets of the day that it touches. */
  readonly maskedBuckets: number;
}

/** What a day's events mask, what they are, and what is to be said of those that mask nothing. */
export interface DayEvents {
  readonly windows: readonly EventWindow[];
  readonly shown: readonly ShownEvent[];
  readonly notes: readonly string[];
}

/** The events that touch a trading day. */
export function dayEvents(list: EventList, calendar: Calendar, grid: BucketGrid): DayEvents {
  const day = tradingDay(calendar, grid.date);
  const touching = list.events.filter((event) => touches(event, day));
  const known = touching.filter(({ name }) => name !== undefined);
  const windows = known.map((event) => windowOf(event, grid));
  const masked = windows.map((window) => [...touchedBuckets(grid, window)].length);
  return {
    windows,
    shown: known.map((event, k) => shownEvent(event, calendar, masked[k])),
    notes: [
      ...zoneNote(list.file, touching),
      ...unknownNote(list.file, touching),
      ...known.flatMap((event, k) => {
        const isOwn = event.startNs >= day.startNs && event.endNs <= day.endNs;
        if (masked[k] > 0 || !isOwn) return [];
        const why =
          event.startNs === event.endNs ? emptyBecause(event) : `it lies outside the sessions of ${grid.date}`;
        return [`${described(list.file, event)} masks nothing: ${why}`];
      }),
    ],
  };
}

const emptyBecause = ({ end }: MarketEvent): string =>
  end ? 'it ends where it starts' : 'it has no end and starts after the last session of its day';

type Span = ReturnType<typeof tradingDay>;

/** One without length touches the day that it lies in. */
const touches = ({ startNs, endNs }: Span, day: Span): boolean =>
  startNs === endNs ? startNs >= day.startNs && startNs < day.endNs : startNs < day.endNs && endNs > day.startNs;

const windowOf = ({ startNs, endNs, name, label }: MarketEvent, { epochNs }: BucketGrid): EventWindow => ({
  startNs: Number(startNs - epochNs),
  endNs: Number(endNs - epochNs),
  name: name!,
  label,
});

function shownEvent(event: MarketEvent, { timezone }: Calendar, maskedBuckets: number): ShownEvent {
  const { name, symbol, label, startNs, endNs } = event;
  return {
    symbol: name === 'all' ? '*' : symbol,
    label,
    kind: isHalt(label) ? 'halt' : 'masked',
    startUtc: utcText(startNs),
    endUtc: utcText(endNs),
    startLocal: localTime(timezone, startNs),
    endLocal: localTime(timezone, endNs),
    maskedBuckets,
  };
}

function described(file: string, { place, symbol, label, startNs, endNs }: MarketEvent): string {
  return `${file}: ${place} (${symbol === '' ? '*' : symbol}, "${label}", ${utcText(startNs)} to ${utcText(endNs)})`;
}

const hasNoZone = (time: MarketEvent['start'] | undefined): boolean =>
  time !== undefined && 'utcNs' in time && !time.hasZone;

/** The same words every day, so that they are said once of a window. */
const zoneNote = (file: string, events: readonly MarketEvent[]): string[] =>
  events.some(({ start, end }) => hasNoZone(start) || hasNoZone(end))
    ? [`${file}: times without a zone are taken as UTC`]
    : [];

const NAMED_SYMBOLS = 5;

function unknownNote(file: string, events: readonly MarketEvent[]): string[] {
  const unknown = events.filter(({ name }) => name === undefined);
  if (unknown.length === 0) return [];
  const symbols = [...new Set(unknown.map(({ symbol }) => symbol))].sort();
  const more = symbols.length - NAMED_SYMBOLS;
  const named = `${symbols.slice(0, NAMED_SYMBOLS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    `${file}: ${unknown.length} ${unknown.length === 1 ? 'event' : 'events'} of symbols outside the universe ${unknown.length === 1 ? 'masks' : 'mask'} nothing: ${named}`,
  ];
}

/**
 * Notes about events between the first and the last of some trading days that touch a session of none of them, as on a
 * holiday; those that lie inside one of the days are a matter of that day.
 */
export function eventsBetweenDays(list: EventList, calendar: Calendar, dates: readonly string[]): string[] {
  const days = dates.map((date) => ({ ...tradingDay(calendar, date), sessions: sessionSpans(calendar, date) }));
  const sessions = days.flatMap((day) => day.sessions);
  const isWithin = (event: MarketEvent, from: bigint, to: bigint) => event.startNs >= from && event.endNs <= to;
  return list.events.flatMap((event) => {
    const concerns = event.name !== undefined && isWithin(event, days[0].startNs, days[days.length - 1].endNs);
    if (!concerns || days.some(({ startNs, endNs }) => isWithin(event, startNs, endNs))) return [];
    if (sessions.some((session) => touches(event, session))) return [];
    return [`${described(list.file, event)} masks nothing: the data has no trading day there`];
  });
}
