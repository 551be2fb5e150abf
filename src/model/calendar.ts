import { configError } from './failure.js';

/**
 * A trading session in venue-local time, `HH:MM` or `HH:MM:SS`; the end may be `24:00`. One whose start is after its end
 * crosses midnight: it begins on the evening of the calendar day before the trading date, as futures' trading dates do.
 */
export type Session = readonly [start: string, end: string];

export interface Calendar {
  /** IANA name. */
  readonly timezone: string;
  readonly sessions: readonly Session[];
  /** Sessions of single dates, instead of the usual ones; an empty list is a day on which the venue is closed. */
  readonly overrides?: Readonly<Record<string, readonly Session[]>>;
}

export interface SessionSpan {
  /** UTC nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

const NS_PER_MS = 1_000_000n;
const MS_PER_DAY = 86_400_000;

/** Sessions of a trading date: its own where the calendar gives some, else the usual ones. */
export function sessionsOf({ sessions, overrides = {} }: Calendar, date: string): readonly Session[] {
  return Object.hasOwn(overrides, date) ? overrides[date] : sessions;
}

/** Whether the calendar itself says that nothing is traded on the date. */
export const isClosed = (calendar: Calendar, date: string): boolean => sessionsOf(calendar, date).length === 0;

/** Whether a session begins on the evening before its trading date. */
export const crossesMidnight = ([start, end]: Session): boolean => secondOfDay(start) > secondOfDay(end);

/** Seconds after midnight of a clock time. */
export function secondOfDay(time: string): number {
  const [hours, minutes, seconds = 0] = time.split(':').map(Number);
  return 3600 * hours + 60 * minutes + seconds;
}

/** The calendar day a number of days later. */
export const daysLater = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * MS_PER_DAY).toISOString().slice(0, 10);

/** Sessions of one trading date as UTC spans; correct on days when the clocks change. */
export function sessionSpans(calendar: Calendar, date: string): SessionSpan[] {
  return sessionsOf(calendar, date).map((session) => {
    const [start, end] = session;
    return {
      startNs: utcNanoseconds(calendar.timezone, crossesMidnight(session) ? daysLater(date, -1) : date, start),
      endNs: utcNanoseconds(calendar.timezone, date, end),
    };
  });
}

/** Whether the sessions leave no moment of a day out, so that weekends are days like others. */
export function isRoundTheClock({ sessions }: Calendar): boolean {
  const seconds = sessions.map((session) => {
    const length = secondOfDay(session[1]) - secondOfDay(session[0]);
    return crossesMidnight(session) ? length + 86_400 : length;
  });
  return seconds.reduce((sum, length) => sum + length, 0) >= 86_400;
}

/**
 * UTC nanoseconds of a wall-clock time at a place. A time that the clock change skips means the instant after it, one that
 * comes twice its first.
 */
export function utcNanoseconds(timezone: string, date: string, time: string): bigint {
  const asIfUtcMs = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(asIfUtcMs))
    throw configError(
      `calendar: "${date} ${time}" is no date and time`,
      'write dates as YYYY-MM-DD and times as HH:MM',
    );
  const offsets = [-MS_PER_DAY, MS_PER_DAY].map((ms) => offsetMs(timezone, asIfUtcMs + ms));
  const found = offsets
    .map((offset) => asIfUtcMs - offset)
    .filter((utcMs) => utcMs + offsetMs(timezone, utcMs) === asIfUtcMs)
    .sort((a, b) => a - b);
  return BigInt(found.length > 0 ? found[0] : changeMs(timezone, asIfUtcMs, offsets)) * NS_PER_MS;
}

/** The second at which the offset becomes the later one, where the wall clock skips the time. */
function changeMs(timezone: string, asIfUtcMs: number, [before, after]: readonly number[]): number {
  let [low, high] = [asIfUtcMs - after, asIfUtcMs - before];
  while (high - low > 1000) {
    const middle = low + 1000 * Math.floor((high - low) / 2000);
    if (offsetMs(timezone, middle) === after) high = middle;
    else low = middle;
  }
  return high;
}

/** Wall-clock date and time, `YYYY-MM-DDTHH:MM:SS`, of UTC nanoseconds at a place; fractions of a second are left out. */
export function localTime(timezone: string, utcNs: bigint): string {
  const utcMs = Number(utcNs / NS_PER_MS) - (utcNs % NS_PER_MS < 0n ? 1 : 0);
  return new Date(Math.floor(utcMs / 1000) * 1000 + offsetMs(timezone, utcMs)).toISOString().slice(0, 19);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function offsetMs(timezone: string, utcMs: number): number {
  const parts = new Map(
    formatterFor(timezone)
      .formatToParts(utcMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const local = Date.UTC(
    parts.get('year')!,
    parts.get('month')! - 1,
    parts.get('day')!,
    parts.get('hour')!,
    parts.get('minute')!,
    parts.get('second')!,
  );
  return local - Math.floor(utcMs / 1000) * 1000;
}

function formatterFor(timezone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timezone);
  if (!formatter) {
    const numeric = 'numeric';
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formatters.set(timezone, formatter);
  }
  return formatter;
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

export function isTimezone(name: string): boolean {
  try {
    formatterFor(name);
    return true;
  } catch {
    return false;
  }
}
