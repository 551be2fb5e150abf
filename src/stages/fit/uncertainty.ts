import type { Interval } from '../../model/interval.js';
import { kernelCurve } from '../../model/kernel.js';
import { type DenseMatrix, multiply } from '../../numerics/dense.js';
import { jackknifeStandardError, median, studentReach } from '../../numerics/statistics.js';
import type { ImpactMoments } from '../defactor/controls.js';
import type { RegressionMoments } from './impactProblem.js';
import { weightsGiven } from './kernelWeights.js';

/** `value` and bounds are of the estimate without penalty, which has no bias that an interval could not know. */
export interface BasketCost extends Interval {
  readonly label: string;
  /** Cost under the published matrix. */
  readonly published: number;
}

/** What one group of folds less would have taught, and its share of the data. */
export interface Replicates<T> {
  readonly values: readonly T[];
  /** Buckets of all groups over those of each group. */
  readonly ratios: readonly number[];
}

/** Share of intervals that hold the truth. */
export const COVERAGE = 0.9;

/** Interval about an estimate from its leave-one-group-out replicates: jackknife error, Student's t on groups less one. */
export function jackknifeInterval(value: number, { values, ratios }: Replicates<number>): Interval {
  if (values.length < 2) return { value };
  const reach = studentReach(COVERAGE, values.length - 1) * jackknifeStandardError(values, value, ratios);
  return { value, low: value - reach, high: value + reach };
}

/** `½ qᵀ K q` in bps of the basket's gross notional: what trading q (millions by name) in one bucket costs at once. */
export function basketCostBps(K: DenseMatrix, q: Float64Array): number {
  let money = 0;
  let gross = 0;
  for (let i = 0; i < q.length; i++) {
    gross += Math.abs(q[i]);
    for (let j = 0; j < q.length; j++) money += 0.5 * q[i] * K.data[i * q.length + j] * q[j];
  }
  return gross > 0 ? money / gross : 0;
}

/** A basket that every reader can picture, with the money of each name in proportion to its typical order. */
export interface ReferenceBasket {
  readonly label: string;
  readonly q: Float64Array;
}

/**
 * Buying one typical bucket of flow in every name, and the same with the second half of the names sold: the first shows the
 * links at their dearest, the second at their kindest. Typical is the root mean square of a name's filtered flow.
 */
export function referenceBaskets({ names, buckets, gram }: RegressionMoments): ReferenceBasket[] {
  const typical = Float64Array.from({ length: names }, (_, i) =>
    Math.sqrt(Math.max(0, gram.data[i * (names + 1)]) / buckets),
  );
  return [
    { label: 'buy every name', q: typical },
    { label: 'buy half, sell half', q: typical.map((size, i) => (i % 2 === 0 ? size : -size)) },
  ];
}

export function basketCosts(
  baskets: readonly ReferenceBasket[],
  published: DenseMatrix,
  rawK: DenseMatrix,
  { values, ratios }: Replicates<DenseMatrix>,
): BasketCost[] {
  return baskets.map(({ label, q }) => ({
    label,
    published: basketCostBps(published, q),
    ...jackknifeInterval(basketCostBps(rawK, q), { values: values.map((k) => basketCostBps(k, q)), ratios }),
  }));
}

/** Buckets after a trade at which the kernel's bands are given. */
const BAND_STEPS = [0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];

export interface KernelBand extends Interval {
  /** Buckets since the trade. */
  readonly step: number;
}

/** Level of the decay, `Σ a_p d_p^h`, with K held and the weights estimated without each group of folds in turn. */
export function kernelBands(
  decay: Float64Array,
  weights: Float64Array,
  K: DenseMatrix,
  { values, ratios }: Replicates<ImpactMoments>,
): KernelBand[] {
  const replicates = values.map((moments) => weightsGiven(moments, K) ?? weights);
  const level = (a: Float64Array, step: number) =>
    kernelCurve(
      decay.map((d) => d ** step),
      a,
      2,
    )[1];
  return BAND_STEPS.map((step) => ({
    step,
    ...clipped(jackknifeInterval(level(weights, step), { values: replicates.map((a) => level(a, step)), ratios })),
  }));
}

/** A level is a share of the impact at once. */
function clipped({ value, low, high }: Interval): Interval {
  return low === undefined || high === undefined
    ? { value }
    : { value, low: Math.max(0, low), high: Math.min(1, high) };
}

/**
 * Buckets that independent ones would be worth: buckets over the median design effect of the names' own scores `Σ e v̄`,
 * their variance over groups of folds against what independent residuals would give.
 */
export function effectiveBuckets(tests: readonly RegressionMoments[], K: DenseMatrix, vol: Float64Array): number {
  const buckets = tests.reduce((sum, test) => sum + test.buckets, 0);
  const groups = tests.length;
  if (groups < 2) return buckets;
  const n = K.rows;
  const square = new Float64Array(n);
  const expected = new Float64Array(n);
  for (const { cross, gram } of tests) {
    const explained = multiply(K, gram);
    for (let i = 0; i < n; i++) {
      const at = i * (n + 1);
      square[i] += (cross.data[at] - explained.data[at]) ** 2;
      expected[i] += vol[i] * vol[i] * Math.max(0, gram.data[at]);
    }
  }
  const effects = [...square.keys()]
    .filter((i) => expected[i] > 0)
    .map((i) => ((groups / (groups - 1)) * square[i]) / expected[i]);
  const effect = median(effects);
  return effect > 0 ? Math.min(buckets, buckets / effect) : buckets;
}
