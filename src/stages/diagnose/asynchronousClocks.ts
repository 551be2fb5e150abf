import type { DayWith } from '../../model/buckets.js';
import type { Diagnosis } from '../../model/diagnosis.js';
import type { MoveUnit } from '../../model/units.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { studentBound } from '../../numerics/fisher.js';
import {
  ALARM_RATE,
  BASKET_ORDERS,
  digits,
  type Finding,
  judged,
  largest,
  NAME_ORDERS,
  unjudged,
  worst,
} from './diagnosis.js';
import { type LagProfile, lagContrast } from './lagProfiles.js';
import { mostTraded } from './mostTraded.js';
import { basketCost, crossShare, missedResponse, typicalFlow } from './orders.js';
import { type DayQuotes, type PairClock, pairClocks } from './pairClocks.js';
import { type SessionClock, sessionClocks } from './sessionClocks.js';
import { MIN_STRETCHES, stretchOfBuckets } from './stretches.js';
import { ownProfiles, type VenueClock, venueClocks } from './venueClocks.js';

const MODE = 'asynchronous clocks';

/** Rows of the table: the pairs and venues that are furthest apart. */
const ROWS = 10;

interface Offset extends Finding {
  readonly says: string;
}

/**
 * Whether names or venues have clocks of their own: Hayashi–Yoshida covariances of every pair at lags both ways, and flow of
 * each venue against moves at lags, beside that of the other venues, over all days and in each session. Two-sided t tests over
 * stretches of ten minutes, Bonferroni over all pairs, venues and sessions.
 *
 * The effect: a share ψ of a response that arrives in another bucket than the flow is missing from the coefficient of the
 * flow's own bucket, `K̂ = (1−ψ) K`, so that orders cost `1/(1−ψ)` of their price ({@link missedResponse}).
 * - A venue whose flow is a share s of all money, or that traded it in one session: ψ is s times the share of its response in
 *   other buckets, self and cross alike.
 * - Pairs: ψ of a link is the share of the pair's covariance that lies on one side, as a clock that is δ < 1 buckets off
 *   moves a share δ of it. A basket loses the mean of ψ over its pairs, weighted by what a link of theirs would cost, from
 *   the part of its cost that is cross. An order in one name loses nothing where its flow is stamped by the late clock too;
 *   where its own moves come later after its own flow than those of the leader do, beyond the noise, it loses that, up to ψ.
 *
 * @param K published, N×N
 */
export function asynchronousClocks(days: readonly DayQuotes[], K: DenseMatrix, units: MoveUnit = 'bps'): Diagnosis {
  const stretches = days.reduce((count, { grid }) => stretchOfBuckets(grid, count).next, 0);
  const names = mostTraded(days);
  const pairs = pairClocks(days, names);
  const venues = venueClocks(days, units);
  const sessions = sessionClocks(days, units);
  const comparisons = pairs.length + venues.length + sessions.length;
  const detail = [
    ...table(pairs, (pair) => pairRow(pair, days[0].symbols)),
    ...table(venues, venueRow),
    ...table(sessions, sessionRow),
  ];
  if (names.length < 2 && venues.length === 0)
    return unjudged(MODE, 'not applicable', 'one name on one venue has no other clock to differ from');
  if (stretches < MIN_STRETCHES || comparisons === 0)
    return unjudged(MODE, 'not enough data', `${stretches} stretches of ten minutes with moves to compare`, detail);
  const boundOf = (degrees: number) => studentBound(ALARM_RATE / comparisons, degrees);
  const offsets = [
    ...pairOffsets(pairs, boundOf(stretches - 1), days, K),
    ...venueOffsets(venues, sessions, boundOf, stretches - 1),
  ];
  const { value, bound, effect, says } = worst(offsets)!;
  const evidence = `${says}: t ${digits(value)} against ${digits(bound)} over ${comparisons} comparisons`;
  return judged(MODE, { value, bound }, effect, evidence, detail);
}

/** The same for buckets without the age of quotes: moves are taken to come at bucket ends. */
export function withoutQuoteAges(day: DayWith<'moveBps' | 'volume'>): DayQuotes {
  return {
    ...day,
    market: { ...day.market, quoteAgeMs: new Float64Array(day.market.moveBps.length).fill(Number.NaN) },
  };
}

/** All pairs together, as one late clock shows in every pair of its name; the furthest apart speaks for them. */
function pairOffsets(pairs: readonly PairClock[], bound: number, days: readonly DayQuotes[], K: DenseMatrix): Offset[] {
  const top = largest(pairs, ({ t }) => t);
  if (!top) return [];
  const typical = typicalFlow(days);
  const apart = pairs.filter(({ t }) => t > bound);
  const late = apart.length > 0 ? apart : [top];
  const profiles = ownProfiles(days);
  const own = Math.max(...late.map((pair) => ownShare(pair, profiles)));
  const basket = crossShare(basketCost(K, typical)) * missedResponse(meanShare(pairs, late, K, typical));
  const effect =
    missedResponse(own) > Math.abs(basket)
      ? { relative: missedResponse(own), orders: NAME_ORDERS }
      : { relative: basket, orders: BASKET_ORDERS };
  const [{ symbols }] = days;
  const says =
    `${symbols[top.leader]} leads ${symbols[top.follower]} by ${digits(100 * top.share)} % of their covariance ` +
    `(lead–lag ratio ${digits(top.leadLagRatio)})`;
  return [{ value: top.t, bound, effect, says }];
}

/** Standard errors by which a name's own moves have to lie behind before they count as late. */
const SEEN_LATE = 3;

/** Share of own impact in other buckets: none where own flow is as late as the quotes, all that the pair has where unknown. */
function ownShare({ leader, follower, share }: PairClock, profiles: readonly LagProfile[]): number {
  const behind = lagContrast(profiles[follower], profiles[leader]);
  if (!behind) return share;
  return behind.t > SEEN_LATE ? Math.min(share, Math.max(0, behind.share)) : 0;
}

/** Of the late pairs' shares over all pairs, each by what a link would cost that is as strong as any: `q_i q_j √(K_ii K_jj)`. */
function meanShare(
  pairs: readonly PairClock[],
  late: readonly PairClock[],
  K: DenseMatrix,
  typical: Float64Array,
): number {
  const size = diagonalOf(K).map((k, i) => typical[i] * Math.sqrt(Math.max(0, k)));
  const weigh = (some: readonly PairClock[], of: (pair: PairClock) => number) =>
    some.reduce((sum, pair) => sum + size[pair.leader] * size[pair.follower] * of(pair), 0);
  const whole = weigh(pairs, () => 1);
  return whole > 0 ? weigh(late, ({ share }) => share) / whole : 0;
}

/**
 * A late venue is behind the others, and each of them a little ahead of the rest: where any is beyond its bound, the one speaks
 * that displaces most of the response; of it, the sessions in which it is off, where it is not in the others.
 */
function venueOffsets(
  venues: readonly VenueClock[],
  sessions: readonly SessionClock[],
  boundOf: (degrees: number) => number,
  degrees: number,
): Offset[] {
  const bound = boundOf(degrees);
  const judged = venues.map((clock) => {
    const own = sessions.filter(({ venue }) => venue === clock.venue);
    const late = own.filter((session) => session.t > boundOf(session.degrees));
    return { clock, own, late, whole: venueOffset(clock, bound) };
  });
  const ofSessions = (some: readonly SessionClock[]) =>
    venueOffset(together(some), boundOf(some[0].degrees), some.map(({ session }) => session).join('; '));
  const seen = judged.filter(({ clock, late }) => clock.t > bound || late.length > 0);
  const speaks = largest(seen, ({ clock, late }) =>
    Math.max(displaced(clock), late.length > 0 ? displaced(together(late)) : 0),
  );
  if (!speaks) return judged.flatMap(({ own, whole }) => [whole, ...own.map((one) => ofSessions([one]))]);
  const { clock, own, late, whole } = speaks;
  const isWhole = late.length === 0 || (clock.t > bound && !isApart(late, own));
  return [isWhole ? whole : ofSessions(late)];
}

/** Share of all money whose response lies elsewhere. */
const displaced = ({ flowShare, share }: Pick<VenueClock, 'flowShare' | 'share'>): number =>
  flowShare * Math.abs(share);

/** Whether the other sessions are off by less than half as much. */
function isApart(late: readonly SessionClock[], all: readonly SessionClock[]): boolean {
  const rest = all.filter((session) => !late.includes(session));
  if (rest.length === 0) return false;
  const { share } = together(late);
  return Math.sign(share) * together(rest).share < Math.abs(share) / 2;
}

/** Sessions of one venue, each by what was traded in it; the furthest apart speaks for them. */
function together(sessions: readonly SessionClock[]): Omit<VenueClock, 'cells'> {
  const flowShare = sessions.reduce((sum, one) => sum + one.flowShare, 0);
  const mean = (of: (session: SessionClock) => number) =>
    sessions.reduce((sum, one) => sum + one.flowShare * of(one), 0) / flowShare;
  return {
    venue: sessions[0].venue,
    share: mean(({ share }) => share),
    lagBuckets: mean(({ lagBuckets }) => lagBuckets),
    flowShare,
    t: Math.max(...sessions.map(({ t }) => t)),
  };
}

/** @param session that it is about; all of them where absent */
function venueOffset(
  { venue, share, lagBuckets, flowShare, t }: Omit<VenueClock, 'cells'>,
  bound: number,
  session?: string,
): Offset {
  const missed = missedResponse(flowShare * Math.min(1, Math.abs(share)));
  const clock = venue || 'the first venue';
  return {
    value: t,
    bound,
    effect: { relative: missed, orders: NAME_ORDERS },
    says: `${session === undefined ? '' : `${session}: `}moves lie ${digits(lagBuckets)} buckets further from flow of ${clock} than from that of the others`,
  };
}

const pairRow = (
  { leader, follower, net, share, t, correlationAtZero, leadLagRatio }: PairClock,
  symbols: readonly string[],
) => ({
  kind: 'pair',
  first: symbols[leader],
  second: symbols[follower],
  t,
  net,
  share,
  correlationAtZero,
  leadLagRatio,
});

const venueRow = ({ venue, share, lagBuckets, flowShare, t, cells }: VenueClock) => ({
  kind: 'venue',
  first: venue,
  t,
  share,
  lagBuckets,
  flowShare,
  cells,
});

const sessionRow = ({ session, degrees, ...clock }: SessionClock) => ({
  ...venueRow(clock),
  kind: 'venue in a session',
  second: session,
});

const table = <T extends { readonly t: number }, R>(clocks: readonly T[], row: (clock: T) => R): R[] =>
  [...clocks]
    .sort((a, b) => b.t - a.t)
    .slice(0, ROWS)
    .map(row);
