import type { DayWith } from '../../model/buckets.js';
import type { Diagnosis } from '../../model/diagnosis.js';
import { studentBound } from '../../numerics/fisher.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { type DayQuotes, type PairClock, pairClocks } from './pairClocks.js';
import { MIN_STRETCHES, stretchOfBuckets } from './stretches.js';
import { type VenueClock, venueClocks } from './venueClocks.js';

const MODE = 'asynchronous clocks';

/** A clock that is off by less than this share of a bucket moves less than this share of a link to another bucket. */
const SMALLEST_OFFSET = 0.2;

/** Rows of the table: the pairs and venues that are furthest apart. */
const ROWS = 10;

interface Offset {
  readonly t: number;
  /** Buckets, or share of the pair's covariance: comparable, as a pair that is a bucket apart has all of it on one side. */
  readonly size: number;
  readonly says: string;
}

/**
 * Whether names or venues have clocks of their own: Hayashi–Yoshida covariances of every pair at lags both ways, and flow of
 * each venue against moves at lags, beside that of the other venues. Two-sided t tests over stretches of ten minutes,
 * Bonferroni over all pairs and venues.
 */
export function asynchronousClocks(days: readonly DayQuotes[]): Diagnosis {
  const stretches = days.reduce((count, { grid }) => stretchOfBuckets(grid, count).next, 0);
  const names = mostTraded(days);
  const pairs = pairClocks(days, names);
  const venues = venueClocks(days);
  const offsets = [...pairs.map(pairOffset), ...venues.map(venueOffset)];
  const detail = [...table(pairs, pairRow), ...table(venues, venueRow)];
  if (names.length < 2 && venues.length === 0)
    return unjudged(MODE, 'not applicable', 'one name on one venue has no other clock to differ from');
  if (stretches < MIN_STRETCHES || offsets.length === 0)
    return unjudged(MODE, 'not enough data', `${stretches} stretches of ten minutes with moves to compare`, detail);
  const bound = studentBound(ALARM_RATE / offsets.length, stretches - 1);
  const material = offsets.filter(({ size }) => size >= SMALLEST_OFFSET);
  const top = material.reduce((most, offset) => (offset.t > most.t ? offset : most), { t: 0, size: 0, says: '' });
  const evidence = top.says
    ? `${top.says}: t ${digits(top.t)} against ${digits(bound)} over ${offsets.length} comparisons`
    : `none of ${offsets.length} comparisons is apart by ${SMALLEST_OFFSET} buckets or more`;
  return judged(MODE, { value: top.t, bound }, evidence, detail);
}

/** The same for buckets without the age of quotes: moves are taken to come at bucket ends. */
export function withoutQuoteAges(day: DayWith<'moveBps' | 'volume'>): DayQuotes {
  return {
    ...day,
    market: { ...day.market, quoteAgeMs: new Float64Array(day.market.moveBps.length).fill(Number.NaN) },
  };
}

const pairOffset = ({ leader, follower, share, t, leadLagRatio }: PairClock): Offset => ({
  t,
  size: share,
  says: `${leader} leads ${follower} by ${digits(100 * share)} % of their covariance (lead–lag ratio ${digits(leadLagRatio)})`,
});

const venueOffset = ({ venue, lagBuckets, t }: VenueClock): Offset => ({
  t,
  size: Math.abs(lagBuckets),
  says: `moves lie ${digits(lagBuckets)} buckets further from flow of ${venue || 'the first venue'} than from that of the others`,
});

const pairRow = ({ leader, follower, net, share, t, correlationAtZero, leadLagRatio }: PairClock) => ({
  kind: 'pair',
  first: leader,
  second: follower,
  t,
  net,
  share,
  correlationAtZero,
  leadLagRatio,
});

const venueRow = ({ venue, lagBuckets, t, cells }: VenueClock) => ({
  kind: 'venue',
  first: venue,
  t,
  lagBuckets,
  cells,
});

const table = <T extends { readonly t: number }, R>(clocks: readonly T[], row: (clock: T) => R): R[] =>
  [...clocks]
    .sort((a, b) => b.t - a.t)
    .slice(0, ROWS)
    .map(row);
