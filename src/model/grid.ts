import { type Calendar, sessionSpans, utcNanoseconds } from './calendar.js';
import { configError } from './failure.js';

/**
 * Buckets of one trading day. Times are whole nanoseconds after `epochNs`, held in doubles: a day has 8.6e13 of them,
 * far below 2^53, so they are exact. Bucket k of a session is `(edge k, edge k+1]`; sessions never share an edge.
 */
export interface BucketGrid {
  readonly date: string;
  readonly bucketNs: number;
  /** UTC nanoseconds of local midnight. */
  readonly epochNs: bigint;
  readonly sessions: readonly SessionGrid[];
  /** Buckets of all sessions together. */
  readonly buckets: number;
}

export interface SessionGrid {
  readonly startNs: number;
  readonly endNs: number;
  readonly firstBucket: number;
  readonly buckets: number;
}

/** @throws config error when a session is empty, overlaps the one before it, or is not a whole number of buckets. */
export function bucketGrid(calendar: Calendar, date: string, bucketNs: number): BucketGrid {
  const epochNs = utcNanoseconds(calendar.timezone, date, '00:00');
  const sessions: SessionGrid[] = [];
  let firstBucket = 0;
  sessionSpans(calendar, date).forEach((span, index) => {
    const startNs = Number(span.startNs - epochNs);
    const endNs = Number(span.endNs - epochNs);
    checkSession(calendar.sessions[index], startNs, endNs, sessions.at(-1)?.endNs, bucketNs);
    const buckets = (endNs - startNs) / bucketNs;
    sessions.push({ startNs, endNs, firstBucket, buckets });
    firstBucket += buckets;
  });
  return { date, bucketNs, epochNs, sessions, buckets: firstBucket };
}

function checkSession(
  session: readonly [string, string],
  startNs: number,
  endNs: number,
  previousEndNs: number | undefined,
  bucketNs: number,
) {
  const name = `calendar.sessions: ["${session[0]}", "${session[1]}"]`;
  if (!(endNs > startNs))
    throw configError(`${name} ends before it starts`, 'write sessions as [start, end] in venue-local time');
  if (previousEndNs !== undefined && startNs < previousEndNs)
    throw configError(`${name} overlaps the session before it`, 'list sessions in order, without overlap');
  if ((endNs - startNs) % bucketNs !== 0) {
    throw configError(
      `${name} is not a whole number of buckets of ${bucketNs / 1e6} ms`,
      'choose a bucket that divides every session',
    );
  }
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
