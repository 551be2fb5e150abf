import { describe, expect, it } from 'vitest';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { costOfSchedule } from '../../src/model/marginalCost.js';
import { concaveCost } from '../../src/model/potentials.js';
import type { DenseMatrix } from '../../src/numerics/dense.js';
import { fromRows, mapEntries } from '../../src/numerics/dense.js';
import { studentReach } from '../../src/numerics/statistics.js';
import type { Calibration } from '../../src/stages/fit/calibration.js';
import type { DecayProfile } from '../../src/stages/fit/decayProfile.js';
import type { RegressionMoments } from '../../src/stages/fit/impactProblem.js';
import { type PricedKernel, referenceOrders } from '../../src/stages/fit/referenceOrders.js';
import { decayFit } from '../../src/stages/validate/decayFit.js';

/** By hand: an order of n equal children, each at the start of a bucket, pays half of its own and what is left of the earlier. */
function workedShare(level: (step: number) => number, buckets: number): number {
  let sum = 0;
  for (let child = 0; child < buckets; child++) {
    sum += 0.5 * level(0);
    for (let earlier = 0; earlier < child; earlier++) sum += level(child - earlier);
  }
  return sum / buckets ** 2;
}

const kernel = (decay: number, more: Partial<PricedKernel> = {}): PricedKernel => ({
  decay: Float64Array.of(decay),
  weights: Float64Array.of(1),
  bucketMs: 1000,
  sessionBuckets: 20_000,
  ...more,
});

const K = fromRows([
  [2, 0.5],
  [0.5, 1],
]);
/** Eleven groups, one of them without a part of the estimate, so that every entry has the same relative error. */
const replicates = (relative: number): DenseMatrix[] =>
  Array.from({ length: 11 }, (_, g) => mapEntries(K, (value) => value * (1 + (relative * (g - 5)) / 10)));
const impact = {
  names: 2,
  buckets: 1,
  gram: fromRows([
    [4, 0],
    [0, 1],
  ]),
} as unknown as RegressionMoments;
const exact = (own: PricedKernel): DecayProfile => {
  const share = (buckets: number) => workedShare((step) => own.decay[0] ** step, buckets);
  const known = (value: number) => ({ value, low: value, high: value });
  return { level: (step) => known(own.decay[0] ** step), worked: (buckets) => known(share(buckets)) };
};
const ordersOf = (
  own: PricedKernel,
  profile: DecayProfile = exact(own),
  relative = 0.1,
  more: { linear?: DenseMatrix; concave?: ConcaveTerms } = {},
) =>
  referenceOrders({
    ...more,
    symbols: ['AAA', 'BBB'],
    K,
    kernel: own,
    calibration: {
      estimate: { rawK: { whole: K, replicates: replicates(relative), ratios: new Float64Array(11).fill(11) } },
    } as unknown as Calibration,
    impact,
    profile,
  });

describe('what reference orders cost', () => {
  it('is impact times what decay leaves of it over the order, for names and baskets', () => {
    const own = kernel(Math.exp(-1 / 30));
    const orders = ordersOf(own);
    expect(orders.map(({ order, seconds }) => `${order} ${seconds}`)).toEqual(
      [60, 600, 3600].flatMap((s) => ['AAA', 'BBB', 'one-sided basket', 'hedged basket'].map((o) => `${o} ${s}`)),
    );
    // Typical flow is 2 and 1: two thirds and one third of a million.
    const [one, hedged] = [(4 * 2 + 2 * 2 * 0.5 + 1) / 9, (4 * 2 - 2 * 2 * 0.5 + 1) / 9];
    for (const { order, seconds, value } of orders) {
      const atOnce = { AAA: 2, BBB: 1, 'one-sided basket': one, 'hedged basket': hedged }[order]!;
      expect(value).toBeCloseTo(atOnce * workedShare((step) => own.decay[0] ** step, seconds), 10);
    }
  });

  it('is as uncertain as impact where the decay is known, however little it leaves', () => {
    const spread =
      0.1 * Math.sqrt((10 / 11) * Array.from({ length: 11 }, (_, g) => ((g - 5) / 10) ** 2).reduce((a, b) => a + b));
    for (const decay of [1, Math.exp(-1 / 30), 0.5])
      for (const { value, low, high } of ordersOf(kernel(decay))) {
        expect(high! / value).toBeCloseTo(Math.exp(studentReach(0.9, 10) * spread), 6);
        expect(low! / value).toBeCloseTo(Math.exp(-studentReach(0.9, 10) * spread), 6);
      }
  });

  it('is as uncertain as the decay where impact is known, and both together where neither is', () => {
    const own = kernel(Math.exp(-1 / 30));
    const wide: DecayProfile = {
      ...exact(own),
      worked: (buckets) => {
        const { value } = exact(own).worked(buckets);
        return { value, low: value / 2, high: 3 * value };
      },
    };
    for (const { value, low, high } of ordersOf(own, wide, 0)) {
      expect(high! / value).toBeCloseTo(3, 9);
      expect(low! / value).toBeCloseTo(1 / 2, 9);
    }
    for (const { value, high } of ordersOf(own, wide)) expect(high! / value).toBeGreaterThan(3.02);
    for (const point of decayFit(wide, own)) {
      expect(point.uncertainty).toBeCloseTo(2, 9);
      expect(point.outside).toBe(0);
    }
    // A decay that keeps nothing after the bucket, against bounds of one that does.
    for (const point of decayFit(wide, kernel(0))) {
      const share = workedShare((step) => own.decay[0] ** step, point.seconds);
      expect(point.outside).toBeCloseTo(share / 2 / workedShare((step) => (step === 0 ? 1 : 0), point.seconds) - 1, 8);
    }
  });

  it('has the potentials of concave terms beside what is linear', () => {
    const own = kernel(Math.exp(-1 / 30));
    const terms = (power: number): ConcaveTerms => ({
      power,
      decay: Float64Array.of(0.8),
      scales: Float64Array.of(0.01, 0.02),
      own: fromRows([[1, 0.5]]),
      typical: new Float64Array(2),
      modes: [{ label: 'both', direction: Float64Array.of(1, 1), scale: 0.05, weights: Float64Array.of(0.2) }],
    });
    const linear = fromRows([
      [0.8, 0.3],
      [0.3, 0.3],
    ]);
    const priced = (power: number) => ordersOf(own, exact(own), 0.1, { linear, concave: terms(power) });
    const byK = ordersOf(own);
    for (const { order, seconds, value, low, high } of priced(0.4)) {
      const q = { AAA: [1, 0], BBB: [0, 1], 'one-sided basket': [2 / 3, 1 / 3], 'hedged basket': [2 / 3, -1 / 3] }[
        order
      ]!;
      const schedule = mapEntries(fromRows(Array.from({ length: seconds }, () => q)), (v) => v / seconds);
      const straight = { matrices: [linear], decay: own.decay, weights: own.weights };
      expect(value).toBeCloseTo(costOfSchedule(straight, schedule) + concaveCost(terms(0.4), schedule), 10);
      const before = byK.find((other) => other.order === order && other.seconds === seconds)!;
      expect(high! / value).toBeCloseTo(before.high! / before.value, 10);
      expect(low! / value).toBeCloseTo(before.low! / before.value, 10);
    }
    // A power of 1 is the linear kernel with a matrix more.
    for (const { order, seconds, value } of priced(1)) {
      if (order !== 'AAA' || seconds > 600) continue;
      const shares = [own.decay[0], 0.8].map((d) => workedShare((step) => d ** step, seconds));
      expect(value).toBeCloseTo(0.8 * shares[0] + 1.2 * shares[1], 10);
    }
  });

  it('is named by the time that whole buckets make, within the session', () => {
    const times = (more: Partial<PricedKernel>) => [
      ...new Set(ordersOf(kernel(1, more)).map(({ seconds }) => seconds)),
    ];
    expect(times({ bucketMs: 45_000, sessionBuckets: 500 })).toEqual([45, 585, 3600]);
    expect(times({ sessionBuckets: 700 })).toEqual([60, 600]);
    expect(times({ bucketMs: 1_800_000, sessionBuckets: 13 })).toEqual([3600]);
  });
});
