import {
  type Calendar,
  crossesMidnight,
  type Session,
  secondOfDay,
  sessionSpans,
  sessionsOf,
  utcNanoseconds,
} from './calendar.js';
import { configError } from './failure.js';

/**
 * Buckets of one trading day. Times are whole nanoseconds after `epochNs`, held in doubles: a day has 8.6e13 of them,
 * far below 2^53, so they are exact; those of a session that begins on the evening before are negative. Bucket k of a
 * session is `(edge k, edge k+1]`; where sessions meet, the instant belongs to the earlier one.
 */
export interface BucketGrid {
  readonly date: string;
  readonly bucketNs: number;
  /** UTC nanoseconds of local midnight of the trading date. */
  readonly epochNs: bigint;
  readonly sessions: readonly SessionGrid[];
  /** Buckets of all sessions together. */
  readonly buckets: number;
}

export interface SessionGrid {
  readonly startNs: number;
  /** End of the last whole bucket. */
  readonly endNs: number;
  readonly firstBucket: number;
  readonly buckets: number;
}

/**
 * What is no whole bucket at the end of a session belongs to none; {@link leftOver} names it.
 * @throws config error when the date has no session, or a session is empty, overlaps another or is shorter than a bucket.
 */
export function bucketGrid(calendar: Calendar, date: string, bucketNs: number): BucketGrid {
  const epochNs = utcNanoseconds(calendar.timezone, date, '00:00');
  const sessions: SessionGrid[] = [];
  let firstBucket = 0;
  checkSessions(calendar, date);
  sessionSpans(calendar, date).forEach((span, index) => {
    const startNs = Number(span.startNs - epochNs);
    const lengthNs = Number(span.endNs - span.startNs);
    const buckets = Math.floor(lengthNs / bucketNs);
    if (buckets < 1)
      throw configError(
        `${sessionName(calendar, date, index)} is shorter than a bucket of ${bucketNs / 1e6} ms on ${date}`,
        'choose a bucket that fits into every session',
      );
    sessions.push({ startNs, endNs: startNs + buckets * bucketNs, firstBucket, buckets });
    firstBucket += buckets;
  });
  return { date, bucketNs, epochNs, sessions, buckets: firstBucket };
}

/** How the configuration has a session of a date. */
function sessionName(calendar: Calendar, date: string, index: number): string {
  const sessions = sessionsOf(calendar, date);
  const key = sessions === calendar.sessions ? 'calendar.sessions' : `calendar.overrides: ${date}`;
  return `${key}: ["${sessions[index][0]}", "${sessions[index][1]}"]`;
}

/** By the wall clock, so that a day on which the clocks change is refused for nothing. */
function checkSessions(calendar: Calendar, date: string): void {
  const sessions = sessionsOf(calendar, date);
  if (sessions.length === 0)
    throw configError(`calendar.overrides says that the venue is closed on ${date}`, 'name a day that it trades on');
  const startOf = (session: Session) => secondOfDay(session[0]) - (crossesMidnight(session) ? 86_400 : 0);
  sessions.forEach((session, index) => {
    const name = sessionName(calendar, date, index);
    if (session[0] === session[1])
      throw configError(
        `${name} ends before it starts`,
        'write sessions as [start, end] in venue-local time; the whole day is ["00:00", "24:00"]',
      );
    if (index > 0 && startOf(session) < secondOfDay(sessions[index - 1][1]))
      throw configError(
        `${name} overlaps the session before it`,
        'list sessions in order, without overlap; one that crosses midnight begins on the evening before and comes first',
      );
    if (secondOfDay(session[1]) - startOf(sessions[0]) > 86_400)
      throw configError(
        `${name} ends more than 24 hours after the first session of its day starts`,
        'sessions of one trading date fit into 24 hours',
      );
  });
}

/** Sentences about the ends of sessions that are no whole bucket. */
export function leftOver(calendar: Calendar, { date, epochNs, sessions }: BucketGrid): string[] {
  return sessionSpans(calendar, date).flatMap(({ endNs }, s) => {
    const restNs = Number(endNs - epochNs) - sessions[s].endNs;
    const [start, end] = sessionsOf(calendar, date)[s];
    return restNs > 0
      ? [`the last ${restNs / 1e9} s of the session ${start}–${end} are no whole bucket and are left out`]
      : [];
  });
}

/** Index of the session whose span [start, end] holds the time, or −1. */
export function sessionAt(grid: BucketGrid, timeNs: number): number {
  for (let s = 0; s < grid.sessions.length; s++) {
    const session = grid.sessions[s];
    if (timeNs >= session.startNs && timeNs <= session.endNs) return s;
  }
  return -1;
}

/** Bucket `(t_k, t_{k+1}]` that holds the time, or −1 outside the sessions and at the very start of one. */
export function bucketAt(grid: BucketGrid, timeNs: number): number {
  const s = sessionAt(grid, timeNs);
  if (s < 0) return -1;
  const { startNs, firstBucket } = grid.sessions[s];
  const k = Math.ceil((timeNs - startNs) / grid.bucketNs) - 1;
  return k < 0 ? -1 : firstBucket + k;
}

/** End of every bucket, nanoseconds after the grid's epoch. */
export function bucketEnds(grid: BucketGrid): Float64Array {
  const ends = new Float64Array(grid.buckets);
  for (const session of grid.sessions) {
    for (let k = 0; k < session.buckets; k++) ends[session.firstBucket + k] = session.startNs + (k + 1) * grid.bucketNs;
  }
  return ends;
}
