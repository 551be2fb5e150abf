import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zeros } from '../../src/numerics/dense.js';
import { costParts, impactCost } from '../../src/stages/schedule/costParts.js';
import { dearestPairs, pairCosts } from '../../src/stages/schedule/pairwise.js';
import { seeds } from '../support/matrices.js';
import { aRandomProblem, aRandomSchedule, literalObjective } from './aRandomProblem.js';

const settings = { numRuns: 150 };

describe('what a schedule costs', () => {
  it('is what MODEL §7a writes, child by child, and sums to its parts', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), fc.integer({ min: 1, max: 4 }), (seed, concave, children) => {
        const problem = aRandomProblem(seed, { names: 3, buckets: 5, side: 'free', concave, children });
        const schedule = aRandomSchedule(problem, seed + 1);
        const parts = costParts(problem, schedule);
        const size = Math.abs(parts.objective) + parts.spread + parts.risk + parts.balance + 1;
        // Concave terms that fade slowly take children together: test/model/lumps.test.ts has how near that is.
        const close = concave && children > 1 ? 5e-3 : 1e-11;
        expect(Math.abs(parts.objective - literalObjective(problem, schedule))).toBeLessThan(close * size);
        const { spread, temporary, self, cross, earlier, alpha } = parts;
        expect(Math.abs(parts.expected - (spread + temporary + self + cross + earlier + alpha))).toBeLessThan(
          1e-13 * size,
        );
        expect(parts.risk).toBeCloseTo(problem.aversion * parts.deviation ** 2, 10);
      }),
      settings,
    );
  });

  it('has pairs that sum to its linear impact', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, children) => {
        const problem = aRandomProblem(seed, { names: 4, buckets: 5, side: 'free', children });
        const schedule = aRandomSchedule(problem, seed + 1);
        const pairs = pairCosts(problem, schedule);
        const impact = impactCost(problem.propagator, schedule, children);
        const sum = pairs.data.reduce((all, cost) => all + cost, 0);
        const size = pairs.data.reduce((all, cost) => all + Math.abs(cost), 0);
        expect(Math.abs(sum - impact)).toBeLessThanOrEqual(1e-12 * size);
        // The diagonal is what each name pays for itself.
        const own = pairs.data.reduce((all, cost, k) => (k % 5 === 0 ? all + cost : all), 0);
        expect(Math.abs(own - costParts(problem, schedule).self)).toBeLessThanOrEqual(1e-12 * size);
      }),
      settings,
    );
  });

  it('names the dearest pairs first, and none twice', () => {
    const costs = { ...zeros(3), data: Float64Array.of(9, 1, -4, 2, 9, 0, 0, 3, 9) };
    expect(dearestPairs(costs, 3)).toEqual([
      { to: 0, from: 2, cost: -4 },
      { to: 2, from: 1, cost: 3 },
      { to: 1, from: 0, cost: 2 },
    ]);
  });
});
