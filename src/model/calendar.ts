import { configError } from './failure.js';

/** A trading session in venue-local time, `HH:MM` or `HH:MM:SS`, start before end. */
export type Session = readonly [start: string, end: string];

export interface Calendar {
  /** IANA name. */
  readonly timezone: string;
  readonly sessions: readonly Session[];
}

export interface SessionSpan {
  /** UTC nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

const NS_PER_MS = 1_000_000n;

/** Sessions of one local date as UTC spans; correct on days when the clocks change. */
export function sessionSpans(calendar: Calendar, date: string): SessionSpan[] {
  return calendar.sessions.map(([start, end]) => ({
    startNs: utcNanoseconds(calendar.timezone, date, start),
    endNs: utcNanoseconds(calendar.timezone, date, end),
  }));
}

/** UTC nanoseconds of a wall-clock time at a place. A time that the clock change skips means the instant after it. */
export function utcNanoseconds(timezone: string, date: string, time: string): bigint {
  const asIfUtcMs = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(asIfUtcMs))
    throw configError(
      `calendar: "${date} ${time}" is no date and time`,
      'write dates as YYYY-MM-DD and times as HH:MM',
    );
  const firstGuess = asIfUtcMs - offsetMs(timezone, asIfUtcMs);
  const utcMs = asIfUtcMs - offsetMs(timezone, firstGuess);
  return BigInt(utcMs) * NS_PER_MS;
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

export function isTimezone(name: string): boolean {
  try {
    formatterFor(name);
    return true;
  } catch {
    return false;
  }
}
