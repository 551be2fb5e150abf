import { describe, expect, it } from 'vitest';
import { vwap } from '../../src/stages/schedule/baselines.js';
import { comparePolicies } from '../../src/stages/schedule/compare.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { costAtDeviation, frontier, frontierAversions, typicalAversion } from '../../src/stages/schedule/frontier.js';
import { optimal } from '../../src/stages/schedule/policies.js';
import { scheduleMarket } from '../support/scheduleMarket.js';

const market = scheduleMarket({ names: 8, buckets: 24 });
const typical = typicalAversion(market, vwap(market));
const points = frontier(market, frontierAversions(typical));

describe('the frontier of cost and risk', () => {
  it('costs more where it risks less, and is convex', () => {
    for (let k = 1; k < points.length; k++) {
      expect(points[k].cost.deviation).toBeLessThanOrEqual(points[k - 1].cost.deviation);
      expect(points[k].cost.expected).toBeGreaterThanOrEqual(points[k - 1].cost.expected * (1 - 1e-6));
      expect(points[k].buckets).toBeLessThanOrEqual(points[k - 1].buckets);
    }
  });

  it.each([0.01, 0.06, 0.5, 2, 20])(
    'says what the cheapest schedule of a deviation costs between its points: λ %d of the typical',
    (share) => {
      const aversion = share * typical;
      const { schedule } = optimal({ ...market, aversion });
      const { expected, deviation } = costParts({ ...market, aversion }, schedule);
      const span = points.at(-1)!.cost.expected - points[0].cost.expected;
      expect(Math.abs(costAtDeviation(points, deviation)! - expected)).toBeLessThan(0.01 * span);
    },
  );

  it('knows no schedule that is more certain than any, and none cheaper than the cheapest', () => {
    expect(costAtDeviation(points, 0.99 * points.at(-1)!.cost.deviation)).toBeUndefined();
    expect(costAtDeviation(points, 2 * points[0].cost.deviation)).toBe(points[0].cost.expected);
  });
});

describe('policies side by side', () => {
  it('cost no less than what is cheapest at their risk, regret nothing where links are known to be none', () => {
    const problem = { ...market, aversion: typical };
    const compared = comparePolicies(problem, points);
    const of = (name: string) => compared.find(({ policy }) => policy === name)!;
    for (const { cost, wasteAtEqualRisk } of compared) {
      expect(wasteAtEqualRisk).toBeGreaterThanOrEqual(0);
      expect(cost.objective).toBeGreaterThanOrEqual(of('cross').cost.objective * (1 - 1e-6));
    }
    expect(of('cross').wasteAtEqualRisk).toBeLessThan(0.002 * of('cross').cost.expected);
    expect(of('staggered').wasteAtEqualRisk).toBeGreaterThan(0.05 * of('staggered').cost.expected);
    expect(of('diagonal').regretWithoutLinks).toBe(0);
    expect(of('cross').regretWithoutLinks).toBeGreaterThan(0);
  });
});
