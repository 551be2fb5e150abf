import type { OddImpact } from '../../model/oddImpact.js';
import { log, squared } from '../../numerics/elementary/elementary.js';
import { median, twoSidedReach } from '../../numerics/statistics.js';

/** One number of every name on one day, such as the impact of its own flow; NaN where nothing is known of it. */
export interface DayValues {
  readonly date: string;
  readonly values: Float64Array;
  readonly standardErrors: Float64Array;
}

/** Ratios of one day to the others that a market has: depth and volatility change, the sign of impact does not. */
const MOST_BY_DAY = 3;
/** What all names have in common on a day excuses each of them up to here: a crisis, not a unit or a sign. */
const MOST_IN_COMMON = 5;
/** Fewer days have no usual one among them. */
const MIN_DAYS = 4;
/** Fewer names have no common part. */
const MIN_NAMES = 4;
/** One alarm in so many windows, were ratios log-normal. */
const ALARM_RATE = 0.01;
/** With few comparisons the spread of days is known too badly for less. */
const LEAST_BOUND = 4.1;
/** Moves have heavy tails, and trades come in bursts: least-squares errors are taken to be half of what they should be. */
const ERROR_INFLATION = 2;
/** From the median of magnitudes of a normal variable to its standard deviation. */
const MAD = 1.4826;

interface NameDay {
  readonly name: number;
  readonly day: number;
  /** To the median of the other days, and its standard error. */
  readonly ratio: number;
  readonly error: number;
  /** Difference from that median in standard errors. */
  readonly t: number;
  /** Whether the other days agree that the number is positive. */
  readonly isAgreed: boolean;
}

/**
 * Days on which a number of a name is another than on the others. A day is odd where its ratio to the median of the others is far
 * from one in standard errors; where it is beyond {@link MOST_BY_DAY}, two errors nearer to one, with and without what all names
 * have in common; and where ratios of the window, which may be lively, do not spread as far.
 */
export function oddDays(symbols: readonly string[], days: readonly DayValues[], kind: OddImpact['kind']): OddImpact[] {
  const compared = symbols.flatMap((_, name) => comparedDays(name, days));
  if (compared.length === 0) return [];
  const agreed = compared.filter(({ isAgreed }) => isAgreed);
  const spread = MAD * median(agreed.map(({ ratio }) => (ratio > 0 ? Math.min(FAR, Math.abs(log(ratio))) : FAR)));
  const bound = Math.max(LEAST_BOUND, twoSidedReach(ALARM_RATE / compared.length));
  const common = days.map((_, day) => commonRatio(agreed.filter((each) => each.day === day)));
  const isOdd = ({ ratio, error, t }: NameDay, inCommon: number) => {
    if (!(Math.abs(t) > bound)) return false;
    const nearer = ratio < 1 ? ratio + 2 * error : ratio - 2 * error;
    if (nearer <= 0) return ratio < 1;
    const far = Math.max(log(MOST_BY_DAY), bound * spread);
    return Math.abs(log(nearer)) > far && Math.abs(log(nearer / inCommon)) > far;
  };
  return compared
    .filter((each) => isOdd(each, common[each.day]))
    .map(({ name, day, ratio, t }) => ({
      ...{ symbol: symbols[name], where: days[day].date, kind },
      ...{ ratio, t, bound },
    }));
}

/** Of logarithms of ratios: as far as any of them counts. */
const FAR = 10;

/** At most {@link MOST_IN_COMMON}; 1 where too few names say, or where they have the sign against them. */
function commonRatio(ofDay: readonly NameDay[]): number {
  const usual = ofDay.length >= MIN_NAMES ? median(ofDay.map(({ ratio }) => ratio)) : 1;
  return usual > 0 ? Math.min(MOST_IN_COMMON, Math.max(1 / MOST_IN_COMMON, usual)) : 1;
}

/**
 * Every day of a name against the median of its other ones. Where that is no more than noise a day counts in two of its errors: on
 * most days of a window flow may be that of another hour, and the rest is odd then.
 */
function comparedDays(name: number, days: readonly DayValues[]): NameDay[] {
  const known = days.flatMap(({ values, standardErrors }, day) =>
    Number.isFinite(values[name]) && standardErrors[name] > 0
      ? [{ day, value: values[name], error: standardErrors[name] }]
      : [],
  );
  if (known.length < MIN_DAYS) return [];
  return known.map(({ day, value, error }) => {
    const others = known.filter((other) => other.day !== day);
    const usual = median(others.map((other) => other.value));
    const usualError = Math.sqrt(Math.PI / 2 / others.length) * median(others.map((other) => other.error));
    const noise = 2 * ERROR_INFLATION * usualError;
    const isKnown = Math.abs(usual) > noise;
    const base = isKnown ? usual : noise;
    const ratio = value / base;
    const joint = (weight: number) => ERROR_INFLATION * Math.sqrt(squared(error) + squared(weight * usualError));
    const ofRatio = joint(isKnown ? ratio : 0) / Math.abs(base);
    return { name, day, ratio, error: ofRatio, t: (value - usual) / joint(1), isAgreed: usual > noise };
  });
}
