import type { DayWith } from '../../model/buckets.js';
import { LEAD_LAG_BUCKETS } from './pairClocks.js';
import { stretchOfBuckets } from './stretches.js';

/** Covariance of moves with the sign of flow over lags of {@link LEAD_LAG_BUCKETS} both ways, by stretch. */
export interface LagProfile {
  /** At all lags, and at lags after the flow less those before it. */
  readonly level: Float64Array;
  readonly after: Float64Array;
  /** Sum over lags, each by its number of buckets. */
  moment: number;
  /** Millions that were traded, and entries of flow. */
  money: number;
  cells: number;
}

/** A profile per group of flow against the moves of its own names; `groupOf` tells the group of an entry of a day's flow. */
export function lagProfiles(
  days: readonly DayWith<'moveBps'>[],
  groups: number,
  groupOf: (day: DayWith<'moveBps'>) => (entry: number) => number,
): LagProfile[] {
  const stretches = days.reduce((count, { grid }) => stretchOfBuckets(grid, count).next, 0);
  const profiles = Array.from({ length: groups }, () => emptyProfile(stretches));
  let first = 0;
  for (const day of days) {
    const { of, next } = stretchOfBuckets(day.grid, first);
    const group = groupOf(day);
    addDay(day, (entry) => profiles[group(entry)], of);
    first = next;
  }
  return profiles;
}

const emptyProfile = (stretches: number): LagProfile => ({
  level: new Float64Array(stretches),
  after: new Float64Array(stretches),
  moment: 0,
  money: 0,
  cells: 0,
});

function addDay(
  { grid, market, flow }: DayWith<'moveBps'>,
  profileOf: (entry: number) => LagProfile,
  stretchOf: Int32Array,
): void {
  const sessionOf = new Int32Array(grid.buckets);
  grid.sessions.forEach(({ firstBucket, buckets }, s) => {
    sessionOf.fill(s, firstBucket, firstBucket + buckets);
  });
  for (let k = 0; k < flow.bucket.length; k++) {
    const bucket = flow.bucket[k];
    const { firstBucket, buckets } = grid.sessions[sessionOf[bucket]];
    const profile = profileOf(k);
    const sign = Math.sign(flow.signedNotional[k]);
    profile.cells++;
    profile.money += Math.abs(flow.signedNotional[k]);
    for (let lag = -LEAD_LAG_BUCKETS; lag <= LEAD_LAG_BUCKETS; lag++) {
      const at = bucket + lag;
      if (at < firstBucket || at >= firstBucket + buckets) continue;
      const product = sign * market.moveBps[flow.name[k] * grid.buckets + at];
      if (Number.isNaN(product)) continue;
      profile.level[stretchOf[bucket]] += product;
      profile.after[stretchOf[bucket]] += Math.sign(lag) * product;
      profile.moment += lag * product;
    }
  }
}

export function sumOfProfiles(profiles: readonly LagProfile[], stretches: number): LagProfile {
  const out = emptyProfile(stretches);
  for (const { level, after, moment, money, cells } of profiles) {
    level.forEach((value, g) => {
      out.level[g] += value;
      out.after[g] += after[g];
    });
    out.moment += moment;
    out.money += money;
    out.cells += cells;
  }
  return out;
}

export interface LagContrast {
  /** Share of the first group's response that comes after its flow rather than before it, less the same of the second. */
  readonly share: number;
  readonly t: number;
}

/**
 * The shares differ by `A/L − A'/L'`. Its numerator `A L' − A' L` is tested, whose error, linear in the sums of a stretch,
 * stays finite where a group has no impact to be placed in time; `undefined` where one has none at all. Shares and not mean
 * lags, in which the furthest buckets, where nothing but noise is as a rule, weigh most: flow of one venue in three that is a
 * bucket late has a t of 5 times its bound and not 3 (measured).
 */
export function lagContrast(own: LagProfile, other: LagProfile): LagContrast | undefined {
  const stretches = own.level.length;
  const [level, after, otherLevel, otherAfter] = [own.level, own.after, other.level, other.after].map(total);
  const contrast = after * otherLevel - otherAfter * level;
  const influence = own.level.map(
    (_, g) =>
      own.after[g] * otherLevel +
      after * other.level[g] -
      other.after[g] * level -
      otherAfter * own.level[g] -
      (2 * contrast) / stretches,
  );
  const error = Math.sqrt(influence.reduce((sum, i) => sum + i * i, 0) * (stretches / Math.max(1, stretches - 1)));
  if (!(error > 0) || level * otherLevel === 0) return undefined;
  return { share: after / level - otherAfter / otherLevel, t: Math.abs(contrast) / error };
}

export const total = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0);
