import { dataError, XimError } from '../../model/failure.js';
import type { BucketGrid } from '../../model/grid.js';
import type { Slot } from '../../model/marketProfile.js';

/** The buckets of a schedule: stretches of the sessions of a day, each so many buckets of the model. */
export interface Timeline {
  /** Nanoseconds after local midnight. */
  readonly buckets: readonly Slot[];
  /** Buckets of the model in one of the schedule. */
  readonly children: number;
  readonly bucketSeconds: number;
  /** Whether a break of the session lies within: impact is then taken not to fade in it, nor prices to move. */
  readonly hasBreak: boolean;
  /** Seconds at the ends of sessions that make no whole bucket, and are not traded in. */
  readonly leftOverSeconds: number;
}

/** Lengths that people use, seconds. */
const USUAL_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
/** A schedule of more rows than this is read by nobody, and solved in more time than its last digit is worth. */
const MOST_BUCKETS = 80;

/** The shortest usual length, of whole buckets of the model, that makes no more than some dozens of a horizon. */
export function usualBucketSeconds(horizonSeconds: number, modelSeconds: number): number {
  const isWhole = (seconds: number) => Math.abs(seconds / modelSeconds - Math.round(seconds / modelSeconds)) < 1e-9;
  const fitting = USUAL_SECONDS.filter((seconds) => seconds >= modelSeconds && isWhole(seconds));
  const found = fitting.find((seconds) => horizonSeconds / seconds <= MOST_BUCKETS);
  return found ?? modelSeconds * Math.ceil(horizonSeconds / modelSeconds / MOST_BUCKETS);
}

/**
 * @param grid of the model, for the day
 * @param startNs, endNs of the horizon, after local midnight
 * @throws XimError `usage` where the horizon lies outside the sessions, or holds no whole bucket
 */
export function timeline(grid: BucketGrid, startNs: number, endNs: number, bucketNs: number): Timeline {
  const { sessions } = grid;
  const [open, close] = [sessions[0].startNs, sessions[sessions.length - 1].endNs];
  if (!(startNs < endNs))
    throw new XimError(
      'usage',
      `the horizon ${clock(startNs)}–${clock(endNs)} ends before it starts`,
      'give --start before --end',
    );
  if (startNs < open || endNs > close)
    throw new XimError(
      'usage',
      `the horizon ${clock(startNs)}–${clock(endNs)} leaves the session ${clock(open)}–${clock(close)} of ${grid.date}`,
      `keep --start and --end within it, or change calendar.sessions`,
    );
  const children = Math.round(bucketNs / grid.bucketNs);
  if (children < 1 || Math.abs(children * grid.bucketNs - bucketNs) > 0.5)
    throw new XimError(
      'usage',
      `a bucket of ${bucketNs / 1e9} s is no whole number of the model's buckets of ${grid.bucketNs / 1e9} s`,
      'give --bucket as a multiple of them',
    );
  const buckets: Slot[] = [];
  let [parts, left] = [0, 0];
  for (const session of sessions) {
    const [from, to] = [Math.max(startNs, session.startNs), Math.min(endNs, session.endNs)];
    const count = Math.floor((to - from) / bucketNs + 1e-9);
    if (to > from) left += to - from - Math.max(0, count) * bucketNs;
    for (let k = 0; k < count; k++) buckets.push({ startNs: from + k * bucketNs, endNs: from + (k + 1) * bucketNs });
    if (count > 0) parts++;
  }
  if (buckets.length === 0)
    throw dataError(
      `the horizon ${clock(startNs)}–${clock(endNs)} holds no whole bucket of ${bucketNs / 1e9} s of a session`,
      'give a longer horizon, or a shorter --bucket',
    );
  return {
    buckets,
    children,
    bucketSeconds: bucketNs / 1e9,
    hasBreak: parts > 1,
    leftOverSeconds: Math.max(0, left) / 1e9,
  };
}

/** `15:30`, or `15:30:05` where there are seconds. */
export function clock(ns: number): string {
  const seconds = Math.round(ns / 1e9);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = ((seconds % 86_400) + 86_400) % 86_400;
  const text = `${two(Math.floor(day / 3600))}:${two(Math.floor(day / 60) % 60)}`;
  return day % 60 === 0 ? (seconds === 86_400 ? '24:00' : text) : `${text}:${two(day % 60)}`;
}
