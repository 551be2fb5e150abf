import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine, type DenseMatrix, diagonalMatrix, mapEntries } from '../../src/numerics/dense.js';
import { projected, staggered, twap, vwap } from '../../src/stages/schedule/baselines.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { optimal, workedBy } from '../../src/stages/schedule/policies.js';
import { bucketsOf, type ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { solveSchedule } from '../../src/stages/schedule/solve.js';
import { permuted, seeds, shuffledOrder } from '../support/matrices.js';
import { scheduleMarket } from '../support/scheduleMarket.js';
import { aRandomProblem, aRandomSchedule, literalObjective } from './aRandomProblem.js';
import { aScheduleProblem, column, evenly, propagatorOfTaus } from './aScheduleProblem.js';
import { byNewton, byQuadraticProgram } from './otherSolver.js';

const SHARP = { tolerance: 1e-12, maxIterations: 100_000 };

/** Largest miss of a total, and of a bound, relative to the quantities. */
function misses(problem: ScheduleProblem, { cols, data }: DenseMatrix) {
  const { quantity, lower, upper } = problem;
  const size = quantity.reduce((sum, q) => sum + Math.abs(q), 0) || 1;
  const sums = new Float64Array(cols);
  let bound = 0;
  data.forEach((u, k) => {
    sums[k % cols] += u;
    bound = Math.max(bound, lower.data[k] - u, u - upper.data[k]);
  });
  return { total: Math.max(...quantity.map((q, i) => Math.abs(q - sums[i]))) / size, bound };
}

describe('the optimum, against another solver', () => {
  it.each([
    { side: 'same', children: 1 },
    { side: 'same', children: 3 },
    { side: 'free', children: 1 },
    { side: 'free', children: 3 },
  ] as const)('$side side, $children children', ({ side, children }) => {
    for (let seed = 1; seed <= 25; seed++) {
      const problem = aRandomProblem(seed, { names: 1 + (seed % 4), buckets: 1 + (seed % 8), side, children });
      const other = byQuadraticProgram(problem);
      const { schedule, gap } = optimal(problem, SHARP);
      const [ours, theirs] = [schedule, other.schedule].map((each) => literalObjective(problem, each));
      const size = Math.abs(theirs) + problem.quantity.reduce((sum, q) => sum + q * q, 0);
      expect(ours).toBeLessThanOrEqual(theirs + 1e-10 * size);
      expect(ours).toBeGreaterThanOrEqual(theirs - other.slack - 1e-8 * size);
      expect(gap).toBeLessThan(1e-9);
      const { total, bound } = misses(problem, schedule);
      expect(total).toBeLessThan(1e-13);
      expect(bound).toBe(0);
    }
  });

  it('of concave impact, on one side', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const problem = aRandomProblem(seed, {
        names: 1 + (seed % 3),
        buckets: 2 + (seed % 4),
        concave: true,
        children: seed % 2 ? 1 : 4,
      });
      const { schedule } = optimal(problem, { tolerance: 1e-10, maxIterations: 50_000 });
      const [ours, theirs] = [schedule, byNewton(problem, vwap(problem))].map((each) =>
        literalObjective(problem, each),
      );
      const size = Math.abs(theirs) + problem.quantity.reduce((sum, q) => sum + q * q, 0);
      expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-7 * size);
    }
  });
});

describe('any basket', () => {
  it('keeps totals, caps and windows, reaches its gap or says so, and costs no more than a baseline: 2 000 of them', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const spec = { names: 1 + (seed % 5), buckets: 1 + (seed % 12), side: seed % 3 ? 'same' : 'free' } as const;
      const problem = aRandomProblem(seed, spec);
      const { schedule, gap, status } = optimal(problem, { maxIterations: seed % 7 ? 20_000 : 3 });
      const { total, bound } = misses(problem, schedule);
      expect(total).toBeLessThan(1e-12);
      expect(bound).toBe(0);
      expect(gap <= 1e-6).toBe(status === 'optimal');
      const objective = costParts(problem, schedule).objective;
      for (const baseline of [twap, vwap, staggered]) {
        const other = costParts(problem, baseline(problem)).objective;
        expect(objective).toBeLessThanOrEqual(other + 1e-12 * (Math.abs(other) + Math.abs(objective)));
      }
    }
  });

  it('is never beaten by more than its gap', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = aRandomProblem(seed, { names: 3, buckets: 6, concave: seed % 2 === 0, children: 2 });
        const { schedule, gap } = optimal(problem);
        const own = literalObjective(problem, schedule);
        const other = literalObjective(problem, aRandomSchedule(problem, seed + 1));
        expect(own).toBeLessThanOrEqual(other + (gap + 1e-12) * (Math.abs(own) + Math.abs(other) + 10));
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order of its names', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const problem = aRandomProblem(seed, { names: 4, buckets: 6, plain: true });
      const order = shuffledOrder(4, seed);
      const [own, other] = [problem, reordered(problem, order)].map(
        (each) => solveSchedule(each, vwap(each), { tolerance: -1, maxIterations: 2000 }).schedule,
      );
      order.forEach((from, to) => {
        column(other, to).forEach((u, t) => {
          expect(u).toBeCloseTo(own.data[t * 4 + from], 6);
        });
      });
    }
  });
});

function reordered(problem: ScheduleProblem, order: readonly number[]): ScheduleProblem {
  const columns = (matrix: DenseMatrix) => mapEntries(matrix, (_, t, i) => matrix.data[t * order.length + order[i]]);
  const { propagator, covariance, quantity } = problem;
  return {
    ...problem,
    propagator: { ...propagator, matrices: propagator.matrices.map((matrix) => permuted(matrix, order)) },
    covariance: permuted(covariance, order),
    quantity: Float64Array.from(order, (i) => quantity[i]),
    lower: columns(problem.lower),
    upper: columns(problem.upper),
    volume: columns(problem.volume),
    halfSpreadBps: columns(problem.halfSpreadBps),
    temporaryBps: columns(problem.temporaryBps),
  };
}

describe('cases at the edge', () => {
  it('without links the policies with and without them agree, risk of the whole basket in both', () => {
    const market = scheduleMarket({ names: 5, buckets: 12, aversion: 1e-4 });
    const problem = {
      ...market,
      propagator: {
        ...market.propagator,
        matrices: market.propagator.matrices.map((K) =>
          diagonalMatrix(Float64Array.from({ length: 5 }, (_, i) => K.data[6 * i])),
        ),
      },
    };
    expect([...workedBy('cross', problem).schedule.data]).toEqual([...workedBy('diagonal', problem).schedule.data]);
  });

  it('nothing to trade is no trade and no cost', () => {
    const problem = scheduleMarket({ names: 3, buckets: 5, share: 0 });
    const { schedule, status } = optimal(problem);
    expect([...schedule.data]).toEqual(new Array(15).fill(0));
    expect(status).toBe('optimal');
    expect(costParts(problem, schedule).objective).toBe(0);
  });

  it('one bucket takes everything', () => {
    const problem = aScheduleProblem({ propagator: propagatorOfTaus([[1]], [3]), quantity: [2], buckets: 1 });
    const { schedule, gap } = optimal(problem);
    expect([...schedule.data]).toEqual([2]);
    expect(gap).toBe(0);
    expect(costParts(problem, schedule).objective).toBeCloseTo(2, 12);
  });

  it('two buckets share evenly, and by risk: u₁ − u₂ = λσ²q/(1 − d + λσ²)', () => {
    const [q, risk, d] = [2, 0.3, Math.exp(-1 / 3)];
    const problem = aScheduleProblem({
      propagator: propagatorOfTaus([[1]], [3]),
      quantity: [q],
      buckets: 2,
      covariance: { rows: 1, cols: 1, data: Float64Array.of(risk) },
      aversion: 1,
    });
    // ½(u₁² + u₂²) + d u₁u₂ + λσ²u₂².
    const { schedule } = solveSchedule(problem, evenly(problem), SHARP);
    const [first, second] = column(schedule, 0);
    expect(first - second).toBeCloseTo((risk * q) / (1 - d + risk), 9);
  });

  it('a cap that leaves one schedule is met to the last bit', () => {
    const problem = aScheduleProblem({
      propagator: propagatorOfTaus([[1]], [3]),
      quantity: [0.3],
      buckets: 3,
      cap: 0.1,
    });
    const { schedule } = optimal(problem);
    schedule.data.forEach((u) => {
      expect(u).toBeLessThanOrEqual(0.1);
    });
    expect(misses(problem, schedule).total).toBeLessThan(1e-15);
  });

  it('concave terms of power one are linear impact', () => {
    const d = 0.7;
    const linear = aScheduleProblem({
      propagator: { matrices: [diagonalMatrix([1, 2])], decay: Float64Array.of(d), weights: Float64Array.of(1) },
      quantity: [1, -2],
      buckets: 6,
      temporary: 0.01,
    });
    const concave = {
      power: 1,
      decay: Float64Array.of(d),
      scales: Float64Array.of(1, 1),
      own: { rows: 1, cols: 2, data: Float64Array.of(1, 2) },
      typical: Float64Array.of(1, 1),
      modes: [],
    };
    const none = combine(linear.propagator.matrices[0], 0, linear.propagator.matrices[0], 0);
    const bent = aScheduleProblem({
      propagator: { ...linear.propagator, matrices: [none], concave },
      quantity: [1, -2],
      buckets: 6,
      temporary: 0.01,
    });
    const [a, b] = [linear, bent].map((each) => optimal(each, SHARP).schedule);
    a.data.forEach((u, k) => {
      expect(u).toBeCloseTo(b.data[k], 6);
    });
    expect(costParts(bent, a).expected).toBeCloseTo(costParts(linear, a).expected, 12);
  });

  it('a projection of what is a schedule already leaves it', () => {
    const problem = aRandomProblem(5, { names: 3, buckets: 6 });
    const schedule = aRandomSchedule(problem, 8);
    projected(problem, schedule).data.forEach((u, k) => {
      expect(u).toBeCloseTo(schedule.data[k], 13);
    });
    expect(bucketsOf(problem)).toBe(6);
  });
});
