import type { Gate } from '../../model/gate.js';
import type { FoldMoments } from '../../model/moments.js';
import type { OddImpact } from '../../model/oddImpact.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { log, squared } from '../../numerics/elementary/elementary.js';
import { median, twoSidedReach } from '../../numerics/statistics.js';
import { type FactorModel, removeFactors } from '../defactor/defactor.js';

/** Own impact of every name on one day: flow moves the price by so much, links and factors taken out. */
export interface DayImpact {
  readonly date: string;
  /** N, bps per million; NaN for a name without flow or moves. */
  readonly slope: Float64Array;
  readonly standardError: Float64Array;
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

/**
 * Sums folds, their bases merged, as they pass; of a day cut into folds they come one after the other.
 * @param K N×N, published, bps per million: what links say is taken out of the moves
 */
export class DayImpacts {
  private readonly sums = new Map<
    string,
    { cross: Float64Array; square: Float64Array; moves: Float64Array; buckets: number }
  >();

  constructor(
    private readonly K: DenseMatrix,
    private readonly factorModel: FactorModel,
  ) {}

  add(fold: FoldMoments): void {
    // Derived factors are means of other names' moves: left in, they are noise.
    const { gram, cross, moveSquare } = removeFactors(fold, { controls: this.factorModel.controls });
    const n = this.K.rows;
    const [date] = fold.label.split('/');
    let sums = this.sums.get(date);
    if (!sums) {
      sums = { cross: new Float64Array(n), square: new Float64Array(n), moves: new Float64Array(n), buckets: 0 };
      this.sums.set(date, sums);
    }
    sums.buckets += fold.buckets;
    for (let i = 0; i < n; i++) {
      let linked = 0;
      for (let j = 0; j < n; j++) if (j !== i) linked += this.K.data[i * n + j] * gram.data[i * n + j];
      sums.cross[i] += cross.data[i * n + i] - linked;
      sums.square[i] += gram.data[i * (n + 1)];
      sums.moves[i] += moveSquare[i];
    }
  }

  days(): DayImpact[] {
    return [...this.sums].map(([date, { cross, square, moves, buckets }]) => {
      const slope = cross.map((value, i) => (square[i] > 0 && moves[i] > 0 ? value / square[i] : Number.NaN));
      const standardError = slope.map((b, i) => {
        // Links and other flow are left in the variance: errors are rather too large.
        const rest = Math.max(moves[i] - b * cross[i], 1e-12 * moves[i]);
        return Math.sqrt(rest / buckets / square[i]);
      });
      return { date, slope, standardError };
    });
  }
}

interface NameDay {
  readonly name: number;
  readonly day: number;
  /** To the median of the other days, and its standard error. */
  readonly ratio: number;
  readonly error: number;
  /** Difference from that median in standard errors. */
  readonly t: number;
}

/**
 * Days on which a name's own flow moved its price otherwise than on the others: sides the wrong way round, another unit, flow of
 * another name or hour. Walk-forward scores see such days only among the last ones, one name in many moves no pooled number, and
 * shrinkage hides what is left. A day is odd where its ratio to the median of the others is far from one in standard errors; where it
 * is beyond {@link MOST_BY_DAY}, two errors nearer to one, with what all names have in common taken out; and where
 * ratios of the window, which may be lively, do not spread as far.
 */
export function oddDays(symbols: readonly string[], days: readonly DayImpact[]): OddImpact[] {
  const compared = symbols.flatMap((_, name) => comparedDays(name, days));
  if (compared.length === 0) return [];
  const spread = MAD * median(compared.map(({ ratio }) => (ratio > 0 ? Math.min(FAR, Math.abs(log(ratio))) : FAR)));
  const bound = Math.max(LEAST_BOUND, twoSidedReach(ALARM_RATE / compared.length));
  const common = days.map((_, day) => commonRatio(compared.filter((each) => each.day === day)));
  const isOdd = ({ ratio, error, t }: NameDay, inCommon: number) => {
    if (!(Math.abs(t) > bound)) return false;
    const nearer = ratio < 1 ? ratio + 2 * error : ratio - 2 * error;
    if (nearer <= 0) return true;
    const far = Math.max(log(MOST_BY_DAY), bound * spread);
    return Math.abs(log(nearer)) > far && Math.abs(log(nearer / inCommon)) > far;
  };
  return compared
    .filter((each) => isOdd(each, common[each.day]))
    .map(({ name, day, ratio, t }) => ({
      ...{ symbol: symbols[name], where: days[day].date, kind: 'day' as const },
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

/** Every day of a name against the median of its other ones; none where these do not agree that flow moves the price at all. */
function comparedDays(name: number, days: readonly DayImpact[]): NameDay[] {
  const known = days.flatMap(({ slope, standardError }, day) =>
    Number.isFinite(slope[name]) && standardError[name] > 0
      ? [{ day, slope: slope[name], error: standardError[name] }]
      : [],
  );
  if (known.length < MIN_DAYS) return [];
  return known.flatMap(({ day, slope, error }) => {
    const others = known.filter((other) => other.day !== day);
    const usual = median(others.map((other) => other.slope));
    const usualError = Math.sqrt(Math.PI / 2 / others.length) * median(others.map((other) => other.error));
    if (!(usual > 2 * ERROR_INFLATION * usualError)) return [];
    const ratio = slope / usual;
    const joint = (weight: number) => ERROR_INFLATION * Math.sqrt(squared(error) + squared(weight * usualError));
    return [{ name, day, ratio, error: joint(ratio) / usual, t: (slope - usual) / joint(1) }];
  });
}

/** Findings that a message shows. */
const LISTED = 3;

/** No gate where nothing is odd. @param accepted why what is odd is right, by the configuration */
export function ownImpactGates(odd: readonly OddImpact[], accepted: string | undefined): Gate[] {
  if (odd.length === 0) return [];
  const said = odd.slice(0, LISTED).map(inWords).join('; ');
  const more = odd.length > LISTED ? `; and ${odd.length - LISTED} more` : '';
  const remedy =
    accepted === undefined
      ? 'look for sides the wrong way round, other units, clocks or symbols there; mend the feed, or accept what is right in validate.gates.accept.own_impact'
      : `accepted: ${accepted}`;
  return [
    {
      name: 'own_impact',
      verdict: accepted === undefined ? 'failed' : 'passed',
      value: odd.length,
      bound: 0,
      reason: `the impact of own flow is another than elsewhere: ${said}${more}; ${remedy}`,
    },
  ];
}

function inWords({ symbol, where, kind, ratio }: OddImpact): string {
  const times = `${Number(ratio.toPrecision(2))} times`;
  return kind === 'day'
    ? `${symbol} on ${where}, ${times} that of other days`
    : `${symbol} at venue ${where}, ${times} that of other venues`;
}
