import type { DayWith } from '../../model/buckets.js';
import type { MoveUnit } from '../../model/units.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type LagProfile, lagProfiles, sumOfProfiles, total } from './lagProfiles.js';
import { stretchOfBuckets } from './stretches.js';
import { comparableDays, meanLag } from './venueClocks.js';

/** A session of fewer stretches has no spread of its own to be judged by. */
const MIN_SESSION_STRETCHES = 5;

export interface SessionClock {
  readonly venue: string;
  /** `2024-03-14`, or `2024-03-14, session 1` where the date has several. */
  readonly session: string;
  /** As of a venue over all days, by the response of this session alone. */
  readonly share: number;
  readonly lagBuckets: number;
  readonly t: number;
  /** Of t. */
  readonly degrees: number;
  /** What the venue traded in this session, of all money that was traded on the days. */
  readonly flowShare: number;
  readonly cells: number;
}

/** A session and the stretches that are its own. */
interface SessionStretches {
  readonly label: string;
  readonly stretches: readonly number[];
}

/**
 * As venueClocks, of each session by itself: a clock that is wrong for one morning is outweighed by days on which it was right,
 * and what differs between them counts as noise. The noise of a share is that of its stretches about their own session, the
 * larger of what this session and all sessions together have.
 */
export function sessionClocks(inUnits: readonly DayWith<'moveBps'>[], units: MoveUnit = 'bps'): SessionClock[] {
  const days = comparableDays(inUnits, units);
  const venues = [...new Set(days.flatMap((day) => day.venues))].sort();
  const sessions = sessionStretches(days);
  if (venues.length < 2 || sessions.length < 2) return [];
  const profiles = profilesBySession(days, venues, sessions.length);
  const money = profiles.reduce((sum, profile) => sum + profile.money, 0);
  return venues.flatMap((venue, v) => {
    const judged = sessions.flatMap(({ label, stretches }, s) => {
      const own = profiles[s * venues.length + v];
      const others = sumOfProfiles(
        venues.flatMap((_, other) => (other === v ? [] : [profiles[s * venues.length + other]])),
        own.level.length,
      );
      const contrast = contrastWithin(own, others, stretches);
      if (!contrast || stretches.length < MIN_SESSION_STRETCHES) return [];
      const { money: traded, cells } = own;
      const lagBuckets = meanLag(own) - meanLag(others);
      return [{ ...contrast, session: label, count: stretches.length, flowShare: traded / money, lagBuckets, cells }];
    });
    const degrees = judged.reduce((sum, { count }) => sum + count - 1, 0);
    const pooled = judged.reduce((sum, { squares }) => sum + squares, 0) / degrees;
    return judged.map(({ session, share, squares, count, lagBuckets, flowShare, cells }) => {
      const variance = Math.max(pooled, squares / (count - 1)) / count;
      return { venue, session, share, lagBuckets, t: Math.abs(share) / Math.sqrt(variance), degrees, flowShare, cells };
    });
  });
}

function sessionStretches(days: readonly DayWith<'moveBps'>[]): SessionStretches[] {
  let first = 0;
  return days.flatMap(({ grid }) => {
    const { of, next } = stretchOfBuckets(grid, first);
    first = next;
    return grid.sessions.map(({ firstBucket, buckets }, s) => ({
      label: grid.sessions.length > 1 ? `${grid.date}, session ${s + 1}` : grid.date,
      stretches: [...new Set(of.subarray(firstBucket, firstBucket + buckets))],
    }));
  });
}

/** By session and venue. */
function profilesBySession(
  days: readonly DayWith<'moveBps'>[],
  venues: readonly string[],
  sessions: number,
): LagProfile[] {
  const before = new Map<DayWith<'moveBps'>, number>();
  days.reduce((count, day) => {
    before.set(day, count);
    return count + day.grid.sessions.length;
  }, 0);
  return lagProfiles(days, sessions * venues.length, (day) => {
    const codes = day.venues.map((venue) => venues.indexOf(venue));
    const starts = day.grid.sessions.map(({ firstBucket }) => firstBucket);
    const sessionOf = (bucket: number) => before.get(day)! + starts.findLastIndex((start) => start <= bucket);
    return (entry) => sessionOf(day.flow.bucket[entry]) * venues.length + codes[day.flow.venue[entry]];
  });
}

/** Difference of the shares, and squares of what each stretch is off by; none where either has no response. */
function contrastWithin(
  own: LagProfile,
  others: LagProfile,
  stretches: readonly number[],
): { readonly share: number; readonly squares: number } | undefined {
  const [level, otherLevel] = [total(own.level), total(others.level)];
  if (level === 0 || otherLevel === 0) return undefined;
  const [share, otherShare] = [total(own.after) / level, total(others.after) / otherLevel];
  const squares = stretches.reduce((sum, g) => {
    const off =
      (own.after[g] - share * own.level[g]) / level - (others.after[g] - otherShare * others.level[g]) / otherLevel;
    return sum + squared(stretches.length * off);
  }, 0);
  return squares > 0 ? { share: share - otherShare, squares } : undefined;
}
