import { type Session, sessionSpans, utcNanoseconds } from '../../model/calendar.js';
import { ALL_DAY, VENUES, type Venue, WALL_CLOCKS } from './venues.js';

/** Quotes of a day by minute since 1970, UTC. */
export interface MinuteCounts {
  readonly date: string;
  readonly minutes: ReadonlyMap<number, number>;
}

export interface CalendarGuess {
  readonly timezone: string;
  readonly sessions: readonly Session[];
  readonly timezoneEvidence: string;
  readonly sessionsEvidence: string;
  /** What a person should look at. */
  readonly notes: readonly string[];
}

interface Fit {
  readonly venue: Venue;
  /** Share of the quotes inside the sessions. */
  readonly inside: number;
  /** Share of five-minute stretches of the sessions that hold quotes. */
  readonly covered: number;
  /** Share of the days that begin at the same local time, within a quarter of an hour. */
  readonly steady: number;
  readonly score: number;
}

/** A score must be better by so much to beat a venue that comes earlier. */
const ALIKE = 0.01;
/** Where quotes reach from edge to edge the hours tell venues apart; where they do not, others are named sooner. */
const WELL_COVERED = 0.9;
/** Quotes inside the sessions of a venue that a guess needs at least. */
const LEAST_INSIDE = 0.5;

/** The venue whose hours hold the quotes best, and the hours that the quotes themselves keep to. */
export function guessCalendar(days: readonly MinuteCounts[]): CalendarGuess | undefined {
  const used = days.filter(({ minutes }) => minutes.size > 0);
  if (used.length === 0) return undefined;
  if (isAllDay(used)) return allDay();
  const fits = [...VENUES, ...WALL_CLOCKS].map((venue) => fitOf(venue, used));
  const best = fits.reduce((top, fit) => (fit.score > top.score + ALIKE ? fit : top));
  if (best.inside < LEAST_INSIDE) return unknownVenue(used);
  const { venue } = best;
  const near = best.score * (best.covered > WELL_COVERED ? 0.97 : 0.75);
  const alike = fits.filter((fit) => fit !== best && fit.score >= near && !isSameClock(fit, best, used));
  const active = activeHours(used, venue.timezone);
  const sessions = observedSessions(venue.sessions, active);
  const isWallClock = WALL_CLOCKS.includes(venue);
  return {
    timezone: venue.timezone,
    sessions,
    timezoneEvidence: `${percent(best.inside)} of the quotes lie between ${hours(venue.sessions)} there (${venue.name})`,
    sessionsEvidence: sameSessions(sessions, venue.sessions)
      ? `the hours of ${venue.name}, ${percent(best.covered)} of them with quotes`
      : `the hours that hold quotes within those of ${venue.name}, ${hours(venue.sessions)}`,
    notes: [
      ...(sameSessions(sessions, venue.sessions)
        ? []
        : [
            `quotes hold only a part of the hours of ${venue.name}: check calendar.sessions if trading goes on in the rest`,
          ]),
      ...(isWallClock
        ? [
            `stamps look like the wall clock of a venue, not UTC: read as they stand they keep to ${hours(sessions)}; stamps in UTC are safer`,
          ]
        : []),
      ...(alike.length > 0
        ? [
            `the hours fit ${alike.map(({ venue: other }) => `${other.name} (${other.timezone}, ${hours(other.sessions)})`).join(' and ')} as well: check calendar.timezone`,
          ]
        : []),
      ...(best.steady < 1
        ? [
            `trading begins at other times on ${percent(1 - best.steady)} of the days looked at: check calendar.timezone`,
          ]
        : []),
    ],
  };
}

const allDay = (): CalendarGuess => ({
  timezone: 'UTC',
  sessions: [['00:00', '24:00']],
  timezoneEvidence: `quotes all around the clock: ${ALL_DAY}`,
  sessionsEvidence: 'quotes in every hour of the day',
  notes: [],
});

/** Nothing is made up of a place: the hours are those of the quotes, in the clock of the stamps. */
function unknownVenue(days: readonly MinuteCounts[]): CalendarGuess {
  const active = activeHours(days, 'UTC');
  const sessions = active.map(sessionOf);
  return {
    timezone: 'UTC',
    sessions: sessions.length > 0 ? sessions : [['00:00', '23:59:59']],
    timezoneEvidence: 'unknown: no common venue keeps to the hours of the quotes',
    sessionsEvidence: 'the hours that hold quotes, in UTC',
    notes: ['no common venue keeps to the hours of the quotes: set calendar.timezone and calendar.sessions yourself'],
  };
}

/** Nearly every hour of every day. */
const isAllDay = (days: readonly MinuteCounts[]): boolean =>
  days.every(({ minutes }) => new Set([...minutes.keys()].map((minute) => Math.floor(minute / 60) % 24)).size >= 24) &&
  days.every(
    ({ date, minutes }) =>
      share(minutes, (minute) => Math.floor(minute / 1440) === Date.parse(date) / 86_400_000) > 0.99,
  );

function fitOf(venue: Venue, days: readonly MinuteCounts[]): Fit {
  let [inside, all, covered, stretches] = [0, 0, 0, 0];
  for (const { date, minutes } of days) {
    const spans = minuteSpans(venue, date);
    for (const [minute, n] of minutes) {
      all += n;
      if (spans.some(([start, end]) => minute >= start && minute < end)) inside += n;
    }
    for (const [start, end] of spans)
      for (let at = start; at < end; at += STRETCH) {
        stretches++;
        if (hasQuotes(minutes, at, Math.min(at + STRETCH, end))) covered++;
      }
  }
  const steady = steadiness(days, venue.timezone);
  const parts = { inside: inside / all, covered: covered / stretches, steady };
  return { venue, ...parts, score: parts.inside * parts.covered * parts.steady };
}

const STRETCH = 5;

const hasQuotes = (minutes: ReadonlyMap<number, number>, from: number, to: number): boolean => {
  for (let minute = from; minute < to; minute++) if (minutes.has(minute)) return true;
  return false;
};

/** [first minute, minute after the last] since 1970. */
const minuteSpans = ({ timezone, sessions }: Venue, date: string): (readonly [number, number])[] =>
  sessionSpans({ timezone, sessions }, date).map(({ startNs, endNs }) => [
    Number(startNs / MINUTE_NS),
    Number(endNs / MINUTE_NS),
  ]);

const MINUTE_NS = 60_000_000_000n;

/** Minutes of UTC midnight that local midnight of the date is away from. */
const localMidnight = (timezone: string, date: string): number =>
  Number(utcNanoseconds(timezone, date, '00:00') / MINUTE_NS);

/** A venue opens at the same local time all year: a zone with other clock changes does not fit the days around them. */
function steadiness(days: readonly MinuteCounts[], timezone: string): number {
  const starts = days.map(({ date, minutes }) => firstBusyMinute(minutes) - localMidnight(timezone, date));
  const middle = [...starts].sort((a, b) => a - b)[Math.floor(starts.length / 2)];
  return starts.filter((start) => Math.abs(start - middle) <= 15).length / starts.length;
}

/** Before it lies a hundredth of the quotes. */
function firstBusyMinute(minutes: ReadonlyMap<number, number>): number {
  const sorted = [...minutes].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, n]) => sum + n, 0);
  let before = 0;
  for (const [minute, n] of sorted) {
    before += n;
    if (before > 0.01 * total) return minute;
  }
  return sorted[0][0];
}

/** Two venues that mean the same instants on every day looked at are one for this purpose. */
const isSameClock = (a: Fit, b: Fit, days: readonly MinuteCounts[]): boolean =>
  days.every(({ date }) => JSON.stringify(minuteSpans(a.venue, date)) === JSON.stringify(minuteSpans(b.venue, date)));

/** A break is at least so long, and on every day. */
const BREAK_MINUTES = 30;
/** Quotes per active minute from which an empty half hour is a break and not a quiet market. */
const DENSE = 2;

/** Local minutes of the day in which there are quotes on any of the days, as [start, end) without what is shorter than a break. */
function activeHours(days: readonly MinuteCounts[], timezone: string): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const { date, minutes } of days) {
    const midnight = localMidnight(timezone, date);
    for (const [minute, n] of minutes) counts.set(minute - midnight, (counts.get(minute - midnight) ?? 0) + n);
  }
  const typical = [...counts.values()].sort((a, b) => a - b)[Math.floor(counts.size / 2)];
  // A stamp at the very end of a session begins a minute of its own that holds next to nothing.
  const busy = [...counts]
    .filter(([, n]) => n >= 0.05 * typical)
    .map(([minute]) => minute)
    .sort((a, b) => a - b);
  const gap = typical >= DENSE * days.length ? BREAK_MINUTES : Number.POSITIVE_INFINITY;
  const runs: [number, number][] = [];
  for (const minute of busy) {
    const last = runs.at(-1);
    if (last && minute - last[1] < gap) last[1] = minute + 1;
    else runs.push([minute, minute + 1]);
  }
  return runs
    .map(([start, end]) => [STRETCH * Math.round(start / STRETCH), STRETCH * Math.round(end / STRETCH)] as const)
    .filter(([start, end]) => start < end && start >= 0 && end < 1440);
}

/** Edges closer than this to those of the venue are the venue's. */
const SNAP = 10;

function observedSessions(
  official: readonly Session[],
  active: readonly (readonly [number, number])[],
): readonly Session[] {
  const found = official.flatMap(([from, to]) => {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    return active.flatMap(([first, last]) => {
      const own = [
        Math.abs(first - start) <= SNAP ? start : Math.max(first, start),
        Math.abs(last - end) <= SNAP ? end : Math.min(last, end),
      ] as const;
      return own[1] - own[0] >= SNAP ? [sessionOf(own)] : [];
    });
  });
  return found.length > 0 ? found : official;
}

const minuteOf = (time: string): number => 60 * Number(time.slice(0, 2)) + Number(time.slice(3, 5));
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const sessionOf = ([start, end]: readonly [number, number]): Session => [timeOf(start), timeOf(end)];
const sameSessions = (a: readonly Session[], b: readonly Session[]): boolean => JSON.stringify(a) === JSON.stringify(b);
const hours = (sessions: readonly Session[]): string =>
  sessions.map(([start, end]) => `${start} and ${end}`).join(', ');

/** Share of counts whose minute passes. */
export function share(minutes: ReadonlyMap<number, number>, passes: (minute: number) => boolean): number {
  let [inside, all] = [0, 0];
  for (const [minute, n] of minutes) {
    all += n;
    if (passes(minute)) inside += n;
  }
  return all > 0 ? inside / all : 0;
}

/** Share of the rows of a day that lie in the sessions of a calendar. */
export function shareInside(day: MinuteCounts, calendar: Pick<CalendarGuess, 'timezone' | 'sessions'>): number {
  const spans = minuteSpans({ name: '', ...calendar }, day.date);
  return share(day.minutes, (minute) => spans.some(([start, end]) => minute >= start && minute <= end));
}

export const percent = (value: number): string => `${value > 0.995 && value < 1 ? '> 99' : Math.round(100 * value)} %`;
