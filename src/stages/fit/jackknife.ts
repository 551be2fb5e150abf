import type { Interval } from '../../model/interval.js';
import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { jackknifeStandardError, jackknifeStandardErrors, studentReach } from '../../numerics/statistics.js';

/** What all folds say, and what they say without each group of them in turn. */
export interface JackknifeSample<T> {
  readonly whole: T;
  /** One per group; none where there are no folds to leave out. */
  readonly replicates: readonly T[];
  /** Buckets of all groups over those of the group left out, weighted as the folds are. */
  readonly ratios: readonly number[];
}

/** The same measurement on the whole and on every replicate. */
export const mapSample = <T, U>(
  { whole, replicates, ratios }: JackknifeSample<T>,
  measure: (value: T) => U,
): JackknifeSample<U> => ({ whole: measure(whole), replicates: replicates.map(measure), ratios });

/** Standard error of a number; zero with fewer than two groups. */
export const standardErrorOf = ({ whole, replicates, ratios }: JackknifeSample<number>): number =>
  jackknifeStandardError(replicates, whole, ratios);

/** Standard error of every entry of a matrix; zero with fewer than two groups. */
export function entryErrors({ whole, replicates, ratios }: JackknifeSample<DenseMatrix>): DenseMatrix {
  const { rows, cols } = whole;
  const data = jackknifeStandardErrors(
    replicates.map((replicate) => replicate.data),
    whole.data,
    ratios,
  );
  return { rows, cols, data };
}

/** Share of groups whose pseudo-value `h θ − (h−1) θ_(−k)` has the sign of θ, entry by entry. */
export function signAgreement({ whole, replicates, ratios }: JackknifeSample<DenseMatrix>): DenseMatrix {
  const { rows, cols } = whole;
  const n = replicates.length;
  const agreement = zeros(rows, cols);
  if (n < 2) return { rows, cols, data: agreement.data.fill(1) };
  replicates.forEach(({ data }, k) => {
    for (let at = 0; at < data.length; at++)
      if ((ratios[k] * whole.data[at] - (ratios[k] - 1) * data[at]) * whole.data[at] > 0) agreement.data[at]++;
  });
  for (let at = 0; at < agreement.data.length; at++) agreement.data[at] /= n;
  return agreement;
}

/** Share of intervals that hold the truth. */
const COVERAGE = 0.9;

/**
 * Half width of a 90 % interval in jackknife standard errors: Student's t on groups less one; 0 with fewer than two groups.
 * The normal quantile in its place would hold the truth in 82 % of cases with five groups, not in 90 %.
 */
export const intervalReach = ({ replicates }: JackknifeSample<unknown>): number =>
  replicates.length < 2 ? 0 : studentReach(COVERAGE, replicates.length - 1);

/** 90 % interval about a number. */
export function jackknifeInterval(sample: JackknifeSample<number>): Interval {
  const { whole: value, replicates } = sample;
  if (replicates.length < 2) return { value };
  const reach = intervalReach(sample) * standardErrorOf(sample);
  return { value, low: value - reach, high: value + reach };
}
