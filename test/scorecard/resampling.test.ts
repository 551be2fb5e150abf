import { describe, expect, it } from 'vitest';
import { binomialTest, chiSquareTail, normalCdf, normalEquivalent } from '../../src/numerics/distributions.js';
import { randomStream } from '../../src/numerics/random.js';
import { quantile } from '../../src/numerics/statistics.js';
import { drawClusters } from '../../src/stages/scorecard/bootstrap.js';
import { compareArms } from '../../src/stages/scorecard/comparison.js';
import { locator, sortedSample } from '../../src/stages/scorecard/distribution.js';
import { residualDrift } from '../../src/stages/scorecard/drift.js';
import { experimentOf } from '../../src/stages/scorecard/experiment.js';
import { clustersOf } from '../../src/stages/scorecard/groupScores.js';
import { holm } from '../../src/stages/scorecard/permutation.js';
import type { ParentCost } from '../../src/stages/scorecard/shortfall.js';
import { type DrawnArms, drawnCosts } from './orders.js';

function compared(costs: readonly ParentCost[], replicates: number, permutations: number, seed: number) {
  const experiment = experimentOf(costs, { control: 'auto', split: {} })!;
  const clusters = clustersOf(costs);
  const random = randomStream(seed);
  const draws = drawClusters(clusters.count, replicates, random);
  const pair = { control: 'control', treatment: 'treatment' };
  return compareArms(costs, pair, experiment, { clusters, draws, permutations, random, improvement: 0.08 });
}

/** Kolmogorov and Smirnov's distance of a sample from the uniform distribution on [0, 1]. */
function distanceFromUniform(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.max(...sorted.map((p, k) => Math.max(p - k / sorted.length, (k + 1) / sorted.length - p)));
}

describe('distributions', () => {
  it('have the values of the tables', () => {
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-4)).toBeCloseTo(3.167124183311992e-5, 17);
    expect(normalCdf(0)).toBe(0.5);
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12);
    expect(chiSquareTail(18.307038053275146, 10)).toBeCloseTo(0.05, 12);
    // Of 10 throws of a coin, 2 or fewer, or 8 or more heads: 112 of 1 024.
    expect(binomialTest(2, 10, 0.5)).toBeCloseTo(112 / 1024, 12);
    expect(binomialTest(5, 10, 0.5)).toBeCloseTo(1, 12);
    // t = 2.571 is the 97.5 % point for 5 degrees of freedom, 3.182 for 3.
    expect(Math.abs(normalEquivalent(2.5705818356, 5) - 1.96)).toBeLessThan(0.01);
    expect(Math.abs(normalEquivalent(-3.1824463053, 3) + 1.96)).toBeLessThan(0.02);
  });

  it('adjust p-values as Holm did', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('weighted quantiles', () => {
  it('are those of the values repeated as often as they weigh', () => {
    const random = randomStream(3);
    for (let trial = 0; trial < 200; trial++) {
      const values = Array.from({ length: 1 + random.integer(40) }, () => random.normal());
      const cluster = values.map(() => random.integer(5));
      const times = Array.from({ length: 5 }, () => random.integer(4));
      const repeated = values.flatMap((value, k) => Array.from({ length: times[cluster[k]] }, () => value));
      const sample = sortedSample(
        values,
        values.map(() => 1),
        cluster,
      );
      const locate = locator(sample);
      // What was asked before leaves nothing behind.
      locate(times.map(() => random.integer(4)));
      const found = locate(times);
      if (repeated.length === 0) expect(found).toBeUndefined();
      else {
        expect(found!.median).toBeCloseTo(quantile(repeated, 0.5), 12);
        expect(found!.q95).toBeCloseTo(quantile(repeated, 0.95), 12);
        expect(found!.q99).toBeCloseTo(quantile(repeated, 0.99), 12);
      }
    }
  });

  it('take fractions of orders', () => {
    const half = (values: number[]) =>
      locator(
        sortedSample(
          values,
          values.map(() => 0.5),
          values.map(() => 0),
        ),
      )()!;
    expect(half([1, 1, 2, 2, 3, 3])).toMatchObject({ mean: 2, median: 2 });
    expect(half([7])).toMatchObject({ mean: 7, median: 7, q99: 7 });
  });
});

describe('permutation test', () => {
  const repetitions = 400;
  /** Critical distance at 1 %, and the width of a step of the p-values. */
  const bound = 1.628 / Math.sqrt(repetitions) + 1 / 200;
  it.each<[string, DrawnArms]>([
    ['parent orders', { days: 2, baskets: 4, orders: 5, unit: 'parent', dayShock: 10 }],
    ['baskets whose orders share a shock', { days: 2, baskets: 12, orders: 3, unit: 'basket', basketShock: 20 }],
  ])('has uniform p-values under the null: %s', (_, design) => {
    const pValues = Array.from({ length: repetitions }, (_unused, k) => {
      const { mean, q95 } = compared(drawnCosts(design, 1000 + k), 2, 199, k);
      return { mean: mean.pValue!, q95: q95.pValue! };
    });
    expect(distanceFromUniform(pValues.map((p) => p.mean))).toBeLessThan(bound);
    expect(distanceFromUniform(pValues.map((p) => p.q95))).toBeLessThan(bound);
  });

  it('would reject too often if orders of a randomised basket were exchanged one by one', () => {
    const design: DrawnArms = { days: 2, baskets: 12, orders: 3, unit: 'basket', basketShock: 20 };
    const rejected = Array.from({ length: 200 }, (_, k) => {
      const costs = drawnCosts(design, 5000 + k).map(({ basket: _unused, ...cost }) => cost);
      return compared(costs, 2, 199, k).mean.pValue! <= 0.05 ? 1 : 0;
    });
    expect(rejected.reduce((sum: number, r) => sum + r, 0) / 200).toBeGreaterThan(0.1);
  });

  it('finds a difference that is there', () => {
    const { q95 } = compared(
      drawnCosts({ days: 5, baskets: 20, orders: 5, unit: 'parent', effect: 0.6 }, 1),
      2,
      499,
      1,
    );
    expect(q95.pValue).toBeLessThan(0.01);
  });
});

describe('bootstrap interval of the q95 difference', () => {
  it.each<[string, DrawnArms]>([
    [
      '20 days that share shocks',
      { days: 20, baskets: 8, orders: 5, unit: 'parent', dayShock: 4, basketShock: 6, effect: 0.9 },
    ],
    ['one day of 60 baskets', { days: 1, baskets: 60, orders: 8, unit: 'basket', basketShock: 6, effect: 0.9 }],
  ])('covers the truth about as often as it says: %s', (_, design) => {
    const { basketShock = 0, dayShock = 0, effect = 1 } = design;
    const spread = (scale: number) => Math.hypot(20 * scale, basketShock, dayShock);
    const truth = 1.6448536269514722 * (spread(effect) - spread(1));
    const repetitions = 400;
    let covered = 0;
    for (let k = 0; k < repetitions; k++) {
      const { q95 } = compared(drawnCosts(design, 9000 + k), 399, 0, k);
      if (q95.low! <= truth && truth <= q95.high!) covered++;
    }
    expect(covered / repetitions).toBeGreaterThan(0.85);
    expect(covered / repetitions).toBeLessThan(0.95);
  });

  it('needs two clusters', () => {
    const costs = drawnCosts({ days: 1, baskets: 1, orders: 1, unit: 'parent' }, 1);
    expect(clustersOf(costs).count).toBe(1);
    const two = clustersOf(drawnCosts({ days: 2, baskets: 1, orders: 3, unit: 'parent' }, 1));
    expect(two).toMatchObject({ by: 'day', count: 2 });
  });
});

describe('power', () => {
  it('is the share of samples of that size in which the improvement is told from none', () => {
    const design: DrawnArms = { days: 12, baskets: 20, orders: 5, unit: 'parent' };
    // Of a q95 of 4 + 32.9 bps, 8 % are 9 % of the part that the effect shrinks.
    const improved = { ...design, effect: 0.9103 };
    const claimed: number[] = [];
    let told = 0;
    for (let k = 0; k < 200; k++) {
      claimed.push(compared(drawnCosts(design, 300 + k), 199, 0, k).power!.probability);
      if (compared(drawnCosts(improved, 700 + k), 199, 0, k).q95.high! < 0) told++;
    }
    const average = claimed.reduce((sum, p) => sum + p, 0) / claimed.length;
    expect(Math.abs(told / 200 - average)).toBeLessThan(0.12);
  });
});

describe('verdicts at the edge', () => {
  it('a q95 that is better by just the bound passes about one time in twenty', () => {
    const design: DrawnArms = { days: 15, baskets: 10, orders: 5, unit: 'parent', effect: 0.9103 };
    const repetitions = 300;
    let passed = 0;
    for (let k = 0; k < repetitions; k++)
      if (compared(drawnCosts(design, 20_000 + k), 299, 0, k).q95Improvement!.low! >= 0.08) passed++;
    expect(passed / repetitions).toBeLessThan(0.09);
  });

  it.each([2, 6, 20])('a residual that does not depend on the regime seldom looks as if it did, %d days', (days) => {
    const repetitions = 200;
    let alarms = 0;
    for (let k = 0; k < repetitions; k++) {
      const random = randomStream(k);
      const shocks = { dayShock: 5, basketShock: 10 };
      const costs = drawnCosts({ days, baskets: 40, orders: 5, unit: 'basket', ...shocks }, k);
      const baskets = new Map(costs.map((c) => [`${c.date}/${c.basket}`, `cell ${random.integer(8)}`]));
      const cells = costs.map((c) => baskets.get(`${c.date}/${c.basket}`));
      const drift = residualDrift(costs, [...costs.keys()], cells, clustersOf(costs));
      if (drift.some(({ z }) => Math.abs(z) > 3)) alarms++;
    }
    expect(alarms / repetitions).toBeLessThan(0.08);
  });
});
