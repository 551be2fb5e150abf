import { atReferenceDepth, type FlowTransform } from '../../model/flowTransform.js';
import { concaveFlow } from '../../model/kernel.js';
import type { OddImpact } from '../../model/oddImpact.js';
import { studentBound } from '../../numerics/fisher.js';
import { median } from '../../numerics/statistics.js';
import { ALARM_RATE } from './diagnosis.js';
import type { ReplayedDay } from './replayedDay.js';
import {
  addRow,
  type Coefficients,
  coefficients,
  estimateOf,
  MIN_STRETCHES,
  type StretchRegression,
  stretchOfBuckets,
  stretchRegression,
} from './stretches.js';

/** Ratios of one venue to the others, beyond what the venue has with other names: fees and queues differ, not signs and units. */
const MOST_BY_VENUE = 4;
/** A venue whose flow hardly moves any price, or against it, is of another kind: no name is odd there. */
const LEAST_USUAL = 0.25;
/** Fewer names at a venue do not say what is usual there. */
const MIN_NAMES = 4;

interface NameAtVenue {
  readonly name: number;
  readonly venue: number;
  readonly fit: Coefficients;
  readonly own: (coefficients: Float64Array) => number;
  readonly others: (coefficients: Float64Array) => number;
  readonly ratio: number;
}

/**
 * Names whose own flow at one venue moves the price otherwise than at the others, on all days alike: sides that one feed has the
 * wrong way round, or lots for shares. The fit is a mixture then, with small errors, and no score of one name in many shows it.
 * What the model leaves of the moves, in the buckets in which the name trades, on its flow by venue: impact at a venue is K_ii and
 * that slope. Errors from stretches of ten minutes left out in turn, Student's t with Bonferroni over names and venues; the ratio has
 * to be beyond {@link MOST_BY_VENUE} as well, two errors nearer to what is usual at the venue. The worst venue of a name is given.
 */
export function oddVenues(samples: readonly ReplayedDay[], transform: FlowTransform): OddImpact[] {
  const venues = [...new Set(samples.flatMap(({ day }) => day.venues))].sort();
  if (venues.length < 2) return [];
  const { symbols } = samples[0].day;
  const { K } = samples[samples.length - 1].model;
  const compared = regressionsOf(samples, venues, transform).flatMap((regression, name) =>
    comparedVenues(regression, name, K.data[name * (K.rows + 1)]),
  );
  const usual = venues.map((_, v) => usualRatio(compared.filter(({ venue }) => venue === v)));
  const tested = compared.filter(({ venue }) => usual[venue] >= LEAST_USUAL);
  const found = tested.flatMap((each) => {
    const { name, venue, ratio } = each;
    const odd = oddness(each, usual[venue], ALARM_RATE / tested.length);
    return odd ? [{ symbol: symbols[name], where: venues[venue], kind: 'venue' as const, ratio, ...odd }] : [];
  });
  return found.filter(({ symbol, t }) =>
    found.every((other) => other.symbol !== symbol || Math.abs(other.t) <= Math.abs(t)),
  );
}

/** A regression a name, a column a venue: what is left of its moves where it trades. */
function regressionsOf(
  samples: readonly ReplayedDay[],
  venues: readonly string[],
  transform: FlowTransform,
): StretchRegression[] {
  const n = samples[0].day.symbols.length;
  const regressions = Array.from({ length: n }, () => stretchRegression(venues.length));
  const row = new Float64Array(venues.length);
  let first = 0;
  for (const { day, replay } of samples) {
    const { of, next } = stretchOfBuckets(day.grid, first);
    first = next;
    const codes = day.venues.map((venue) => venues.indexOf(venue));
    const { bucket, name, venue, signedNotional } = atReferenceDepth(day, transform).flow;
    for (let k = 0; k < bucket.length; ) {
      const [t, i] = [bucket[k], name[k]];
      row.fill(0);
      for (; k < bucket.length && bucket[k] === t && name[k] === i; k++)
        row[codes[venue[k]]] += concaveFlow(signedNotional[k], transform.concavity);
      const left = replay.residualBps[t * n + i] - replay.predictedBps[t * n + i];
      if (!Number.isNaN(left)) addRow(regressions[i], of[t], row, left, 1);
    }
  }
  return regressions;
}

/** Venues of a name that can be compared: it trades at two or more for long enough, and its flow at the others moves the price. */
function comparedVenues(regression: StretchRegression, name: number, self: number): NameAtVenue[] {
  const { width, stretches } = regression;
  const parts = [...stretches.values()];
  const squareAt = (v: number) => parts.map(({ square }) => square[v * (width + 1)]);
  const traded = Array.from({ length: width }, (_, v) => v).filter(
    (v) => squareAt(v).filter((square) => square > 0).length >= MIN_STRETCHES,
  );
  if (traded.length < 2) return [];
  const money = traded.map((v) => squareAt(v).reduce((sum, square) => sum + square, 0));
  const fit = coefficients(regression, traded);
  return traded.flatMap((venue, at) => {
    const own = (c: Float64Array) => self + c[at];
    const rest = traded.map((_, k) => k).filter((k) => k !== at);
    const whole = rest.reduce((sum, k) => sum + money[k], 0);
    const others = (c: Float64Array) => rest.reduce((sum, k) => sum + (money[k] / whole) * (self + c[k]), 0);
    const { value, standardError } = estimateOf(fit, others);
    if (!(value > 2 * standardError)) return [];
    return [{ name, venue, fit, own, others, ratio: own(fit.whole) / value }];
  });
}

function usualRatio(atVenue: readonly NameAtVenue[]): number {
  return atVenue.length >= MIN_NAMES ? median(atVenue.map(({ ratio }) => ratio)) : 1;
}

function oddness(
  { fit, own, others, ratio }: NameAtVenue,
  usual: number,
  rate: number,
): { readonly t: number; readonly bound: number } | undefined {
  const { value, standardError } = estimateOf(fit, (c) => own(c) - usual * others(c));
  const bound = studentBound(rate, fit.without.length - 1);
  const t = standardError > 0 ? value / standardError : 0;
  if (!(Math.abs(t) > bound)) return undefined;
  const error = standardError / others(fit.whole);
  const nearer = (ratio < usual ? ratio + 2 * error : ratio - 2 * error) / usual;
  return nearer > 1 / MOST_BY_VENUE && nearer < MOST_BY_VENUE ? undefined : { t, bound };
}
