import type { DayWith } from '../../model/buckets.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { addLaggedCovariance, type QuotedMoves, quotedMoves } from './hayashiYoshida.js';
import { stretchOfBuckets } from './stretches.js';

/** Lags each way, in buckets. */
export const LEAD_LAG_BUCKETS = 3;

export interface PairClock {
  /** Names by their place in the day. */
  readonly leader: number;
  readonly follower: number;
  /** Net correlation of the follower's later moves with the leader's: lags one way less lags the other way. */
  readonly net: number;
  /** Net covariance as a share of all that the pair has at any lag. */
  readonly share: number;
  /** Net over its error, which comes from stretches of ten minutes. */
  readonly t: number;
  readonly correlationAtZero: number;
  /** Lead–lag ratio of Huth and Abergel (2014): squared correlations with the leader first over those with it second. */
  readonly leadLagRatio: number;
  readonly stretches: number;
}

export type DayQuotes = DayWith<'moveBps' | 'quoteAgeMs' | 'volume'>;

/** Every pair of the names given, over all days. */
export function pairClocks(days: readonly DayQuotes[], names: readonly number[]): PairClock[] {
  let stretches = 0;
  const sessions = days.flatMap((day) => {
    const { of, next } = stretchOfBuckets(day.grid, stretches);
    stretches = next;
    return day.grid.sessions.map((_, s) => names.map((i) => quotedMoves(day, i, s, of)));
  });
  if (days.length === 0) return [];
  const [{ grid }] = days;
  return names.flatMap((i, a) =>
    names.slice(0, a).flatMap((j, b) => {
      const pairs = sessions.map((moves): readonly [QuotedMoves, QuotedMoves] => [moves[b], moves[a]]);
      return pairClock(pairs, stretches, grid.bucketNs, j, i) ?? [];
    }),
  );
}

/** Sums at one lag. */
interface Lagged {
  readonly sums: Float64Array;
  readonly total: number;
  readonly shared: number;
}

function pairClock(
  sessions: readonly (readonly [QuotedMoves, QuotedMoves])[],
  stretches: number,
  bucketNs: number,
  first: number,
  second: number,
): PairClock | undefined {
  const scale = Math.sqrt(squares(sessions.map(([a]) => a)) * squares(sessions.map(([, b]) => b)));
  const at = (lag: number): Lagged => {
    const sums = new Float64Array(stretches);
    const shared = sessions.reduce((sum, [a, b]) => sum + addLaggedCovariance(a, b, lag * bucketNs, sums), 0);
    return { sums, shared, total: sums.reduce((sum, s) => sum + s, 0) };
  };
  const zero = at(0);
  if (!(scale > 0) || !(zero.shared > 0)) return undefined;
  const lags = Array.from({ length: LEAD_LAG_BUCKETS }, (_, k) => k + 1);
  const [ahead, behind] = [lags.map(at), lags.map((lag) => at(-lag))];
  const net = netLead(zero, ahead, behind);
  const value = net.reduce((sum, n) => sum + n, 0);
  const whole = [zero, ...ahead, ...behind].reduce((sum, { total }) => sum + Math.abs(total), 0);
  const error = Math.sqrt(centredSquares(net) * (stretches / Math.max(1, stretches - 1)));
  const strength = (side: readonly Lagged[]) => side.reduce((sum, { total }) => sum + squared(total / scale), 0);
  const [forward, backward] = [strength(ahead), strength(behind)];
  const leads = value >= 0;
  return {
    leader: leads ? first : second,
    follower: leads ? second : first,
    net: Math.abs(value) / scale,
    share: whole > 0 ? Math.abs(value) / whole : 0,
    t: error > 0 ? Math.abs(value) / error : 0,
    correlationAtZero: zero.total / scale,
    leadLagRatio: leads ? forward / Math.max(backward, TINY) : backward / Math.max(forward, TINY),
    stretches,
  };
}

const TINY = 1e-12;

/**
 * By stretch. Names that are quoted at different moments share time at a lag too, on one side more than on the other: what
 * moves that come together would leave there is taken off, so that unequal quoting alone is no lead.
 */
function netLead(zero: Lagged, ahead: readonly Lagged[], behind: readonly Lagged[]): Float64Array {
  const sum = (of: (lagged: Lagged) => number) =>
    ahead.reduce((total, lagged, k) => total + of(lagged) - of(behind[k]), 0);
  const expected = sum(({ shared }) => shared) / zero.shared;
  return zero.sums.map((atZero, g) => sum(({ sums }) => sums[g]) - expected * atZero);
}

const squares = (sessions: readonly QuotedMoves[]): number =>
  sessions.reduce((sum, { moveBps }) => sum + moveBps.reduce((total, r) => total + r * r, 0), 0);

function centredSquares(values: Float64Array): number {
  const centre = values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
  return values.reduce((sum, v) => sum + squared(v - centre), 0);
}
