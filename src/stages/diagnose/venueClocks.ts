import type { DayWith } from '../../model/buckets.js';
import { LEAD_LAG_BUCKETS } from './pairClocks.js';
import { stretchOfBuckets } from './stretches.js';

export interface VenueClock {
  readonly venue: string;
  /** Mean lag of moves after the venue's flow less that of the other venues, buckets; negative: its flow is stamped late. */
  readonly lagBuckets: number;
  readonly t: number;
  readonly cells: number;
  readonly stretches: number;
}

/** Covariance of moves with the sign of flow and its first moment over lags, by stretch. */
interface Profile {
  readonly level: Float64Array;
  readonly moment: Float64Array;
  cells: number;
}

/**
 * Flow of each venue against the moves of its own names some buckets before and after, beside the flow of all other
 * venues: impact is the same thing wherever the trade was made, so a venue whose moves lie at another lag has another
 * clock. How strong impact is may differ; only its place in time is compared.
 */
export function venueClocks(days: readonly DayWith<'moveBps'>[]): VenueClock[] {
  const venues = [...new Set(days.flatMap((day) => day.venues))].sort();
  if (venues.length < 2) return [];
  const stretches = days.reduce((count, { grid }) => stretchOfBuckets(grid, count).next, 0);
  const profiles = venues.map((): Profile => emptyProfile(stretches));
  let first = 0;
  for (const day of days) {
    const { of, next } = stretchOfBuckets(day.grid, first);
    addDay(
      day,
      day.venues.map((venue) => profiles[venues.indexOf(venue)]),
      of,
    );
    first = next;
  }
  return venues.flatMap((venue, v) => {
    const others = sumOf(
      profiles.filter((_, other) => other !== v),
      stretches,
    );
    return compared(venue, profiles[v], others, stretches) ?? [];
  });
}

const emptyProfile = (stretches: number): Profile => ({
  level: new Float64Array(stretches),
  moment: new Float64Array(stretches),
  cells: 0,
});

function addDay({ grid, market, flow }: DayWith<'moveBps'>, profiles: readonly Profile[], stretchOf: Int32Array): void {
  const sessionOf = new Int32Array(grid.buckets);
  grid.sessions.forEach(({ firstBucket, buckets }, s) => {
    sessionOf.fill(s, firstBucket, firstBucket + buckets);
  });
  for (let k = 0; k < flow.bucket.length; k++) {
    const bucket = flow.bucket[k];
    const { firstBucket, buckets } = grid.sessions[sessionOf[bucket]];
    const profile = profiles[flow.venue[k]];
    const sign = Math.sign(flow.signedNotional[k]);
    profile.cells++;
    for (let lag = -LEAD_LAG_BUCKETS; lag <= LEAD_LAG_BUCKETS; lag++) {
      const at = bucket + lag;
      if (at < firstBucket || at >= firstBucket + buckets) continue;
      const product = sign * market.moveBps[flow.name[k] * grid.buckets + at];
      if (Number.isNaN(product)) continue;
      profile.level[stretchOf[bucket]] += product;
      profile.moment[stretchOf[bucket]] += lag * product;
    }
  }
}

function sumOf(profiles: readonly Profile[], stretches: number): Profile {
  const out = emptyProfile(stretches);
  for (const { level, moment, cells } of profiles) {
    level.forEach((value, g) => {
      out.level[g] += value;
      out.moment[g] += moment[g];
    });
    out.cells += cells;
  }
  return out;
}

/**
 * The mean lags differ by `M_v/L_v − M_o/L_o`. Its numerator `M_v L_o − M_o L_v` is tested, whose error, linear in the sums
 * of a stretch, stays finite where a venue has no impact to be placed in time.
 */
function compared(venue: string, own: Profile, others: Profile, stretches: number): VenueClock | undefined {
  const sum = (values: Float64Array) => values.reduce((total, v) => total + v, 0);
  const [level, moment] = [sum(own.level), sum(own.moment)];
  const [otherLevel, otherMoment] = [sum(others.level), sum(others.moment)];
  const contrast = moment * otherLevel - otherMoment * level;
  const influence = own.level.map(
    (_, g) =>
      own.moment[g] * otherLevel +
      moment * others.level[g] -
      others.moment[g] * level -
      otherMoment * own.level[g] -
      (2 * contrast) / stretches,
  );
  const error = Math.sqrt(influence.reduce((total, i) => total + i * i, 0) * (stretches / Math.max(1, stretches - 1)));
  if (!(error > 0) || level * otherLevel === 0) return undefined;
  return {
    venue,
    lagBuckets: moment / level - otherMoment / otherLevel,
    t: Math.abs(contrast) / error,
    cells: own.cells,
    stretches,
  };
}
