import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/numerics/random.js';
import { basketClustering, basketPlan, designEffect } from '../../src/stages/scorecard/basketPlan.js';
import type { ParentCost } from '../../src/stages/scorecard/shortfall.js';
import { xim, ximJson } from '../support/cli.js';

const plan = basketPlan({ size: 1, met: 1, icc: 0 });
const arm = (effect: number, shape: string, power: number, of = plan) =>
  of.arms.find((each) => each.effect === effect && each.shape === shape && each.power === power)!;

/** Orders of baskets that share a part of the variance of their costs. */
function costs(baskets: number, size: (b: number) => number, shared: number, seed = 1): ParentCost[] {
  const { normal } = randomStream(seed);
  return Array.from({ length: baskets }, (_, b) => {
    const common = Math.sqrt(shared) * normal();
    return Array.from({ length: size(b) }, () => ({
      ...({ date: `d${b % 5}`, basket: `b${b}` } as ParentCost),
      totalBps: common + Math.sqrt(1 - shared) * normal(),
    }));
  }).flat();
}

describe('a plan of baskets', () => {
  it('has the published numbers of orders for eight percent', () => {
    expect(arm(0.08, 'normal', 0.8).orders).toBe(3189);
    expect(arm(0.08, 't4', 0.8).orders).toBe(6388);
    expect(arm(0.16, 'normal', 0.8).orders).toBe(Math.round(3188.891361666464 / 4));
    expect(arm(0.08, 'normal', 0.9).orders).toBeGreaterThan(4400);
  });

  it('counts baskets by the design effect', () => {
    const clustered = { size: 8, met: 11, icc: 0.2 };
    expect(designEffect(clustered)).toBeCloseTo(3, 12);
    expect(arm(0.08, 'normal', 0.8, basketPlan(clustered)).baskets).toBe(Math.ceil((3188.89 * 3) / 8));
    expect(arm(0.08, 'normal', 0.8, basketPlan({ size: 8, met: 8, icc: 1 })).baskets).toBe(3189);
  });

  it('measures how orders hang together in their baskets', () => {
    const alone = basketClustering(costs(800, () => 5, 0))!;
    expect(alone).toMatchObject({ baskets: 800, size: 5, met: 5 });
    expect(alone.icc).toBeLessThan(0.03);
    // Being among the dearest 5 % is less alike than the cost itself: .24 for a correlation of .5 (bivariate normal).
    const half = basketClustering(costs(3000, () => 5, 0.5))!;
    expect(Math.abs(half.icc - 0.24)).toBeLessThan(0.04);
    expect(basketClustering(costs(400, () => 4, 1))!.icc).toBeCloseTo(1, 9);
    const uneven = basketClustering(costs(500, (b) => (b % 2 === 0 ? 2 : 10), 0.5))!;
    expect([uneven.size, uneven.met]).toEqual([6, (4 + 100) / 12]);
    expect(basketClustering(costs(19, () => 5, 0.5))).toBeUndefined();
    expect(basketClustering(costs(500, () => 1, 0.5))).toBeUndefined();
  });

  it('needs no data, and says what it takes for granted', () => {
    const { code, stdout } = xim(['scorecard', '--plan', '--basket-size', '1', '--icc', '0']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/m given, ICC given/);
    expect(stdout).toMatch(/8 % +3189 baskets .* 6388 baskets/);
    expect(stdout).toMatch(/lower bound ≥ 8 %” passes 5 % of the time when the truth is 8 %/);
    const { document } = ximJson(['scorecard', '--plan']);
    expect(document.source).toEqual({ size: 'assumed', icc: 'assumed' });
    expect(document.plan.designEffect).toBeCloseTo(1.9, 12);
    expect(ximJson(['scorecard', '--plan', '--icc', '2']).document.error.kind).toBe('usage');
  });
});
