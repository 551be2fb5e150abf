import type { BucketGrid } from '../../model/grid.js';

/** Rows by their side. */
export interface SideCounts {
  bought: number;
  sold: number;
  unsigned: number;
}

/** Rows of one venue, of the universe and with a stamp that can be read. */
export interface VenueRows {
  rows: number;
  /** Of them, those that lie in no session. */
  outside: number;
  readonly sides: SideCounts;
}

/**
 * Rows used by side, and rows outside the sessions, in the groups that a feed may code otherwise than the rest: its venues,
 * its files, and the halves of the sessions.
 */
export interface TradeCensus {
  readonly venues: readonly VenueRows[];
  /** By index of the file; sparse. */
  readonly files: SideCounts[];
  /** Two of each session. */
  readonly halves: readonly SideCounts[];
  /** Half that a bucket lies in. */
  readonly halfOf: Int32Array;
}

const noSides = (): SideCounts => ({ bought: 0, sold: 0, unsigned: 0 });

export function emptyCensus({ buckets, sessions }: BucketGrid, venues: number): TradeCensus {
  const halfOf = new Int32Array(buckets);
  sessions.forEach(({ firstBucket, buckets: own }, session) => {
    for (let k = 0; k < own; k++) halfOf[firstBucket + k] = 2 * session + (2 * k < own ? 0 : 1);
  });
  return {
    venues: Array.from({ length: venues }, () => ({ rows: 0, outside: 0, sides: noSides() })),
    files: [],
    halves: sessions.flatMap(() => [noSides(), noSides()]),
    halfOf,
  };
}

/** Counts a row that is used. */
export function countSide(census: TradeCensus, file: number, venue: number, bucket: number, side: number): void {
  census.files[file] ??= noSides();
  add(census.files[file], side);
  add(census.halves[census.halfOf[bucket]], side);
  if (venue >= 0) add(census.venues[venue].sides, side);
}

function add(counts: SideCounts, side: number): void {
  if (side === 0) counts.unsigned++;
  else if (side > 0) counts.bought++;
  else counts.sold++;
}

/** Counts a row by whether it lies in a session. */
export function countPlace({ venues }: TradeCensus, venue: number, isOutside: boolean): void {
  if (venue < 0) return;
  venues[venue].rows++;
  if (isOutside) venues[venue].outside++;
}
