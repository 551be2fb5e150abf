import { describe, expect, it } from 'vitest';
import {
  combine,
  diagonalMatrix,
  fromRows,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
  zeros,
} from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { solveSchedule } from '../../src/stages/schedule/solve.js';
import { aScheduleProblem, column, evenly, propagatorOfTaus } from './aScheduleProblem.js';

const SHARP = { tolerance: 1e-12, maxIterations: 200_000 };

describe('schedules that are known in closed form (MODEL §7a)', () => {
  it('Obizhaeva and Wang: blocks at both ends, an even rate between', () => {
    const problem = aScheduleProblem({ propagator: propagatorOfTaus([[1]], [5]), quantity: [1], buckets: 10 });
    const { schedule } = solveSchedule(problem, evenly(problem), SHARP);
    const a = Math.exp(-1 / 5);
    const end = 1 / (2 + 8 * (1 - a));
    const expected = [end, ...new Array(8).fill((1 - a) * end), end];
    column(schedule, 0).forEach((u, t) => {
      expect(u).toBeCloseTo(expected[t], 8);
    });
    expect(expected[0]).toBeCloseTo(0.2898421367, 10);
    expect(costParts(problem, schedule).expected).toBeCloseTo(0.2635724037, 10);
    expect(costParts(problem, evenly(problem)).expected).toBeCloseTo(0.2862184925, 10);
  });

  it('Almgren and Chriss: temporary cost against risk', () => {
    const problem = aScheduleProblem({
      propagator: propagatorOfTaus([[0.3]], [Number.POSITIVE_INFINITY]),
      quantity: [1],
      buckets: 20,
      temporary: 0.2,
      covariance: fromRows([[0.02]]),
      aversion: 1,
    });
    const { schedule } = solveSchedule(problem, evenly(problem), SHARP);
    const u = column(schedule, 0);
    expect(u[0]).toBeCloseTo(0.2701583775, 8);
    expect(u[1]).toBeCloseTo(0.1971742153, 8);
    expect(costParts(problem, schedule).objective).toBeCloseTo(0.2040316755, 10);
  });

  it('non-commuting parts: free sides cross, the same side does not', () => {
    const parts = [
      diagonalMatrix([0.5, 0.5]),
      fromRows([
        [0.5, 0.4],
        [0.4, 0.5],
      ]),
    ];
    const propagator = {
      matrices: parts,
      decay: Float64Array.of(Math.exp(-1), Math.exp(-1 / 20)),
      weights: Float64Array.of(1, 1),
    };
    const cost = (quantity: number[], side: 'same' | 'free') => {
      const problem = aScheduleProblem({ propagator, quantity, buckets: 10, side });
      const { schedule } = solveSchedule(problem, evenly(problem), SHARP);
      return { smallest: Math.min(...column(schedule, 1)), cost: costParts(problem, schedule).expected };
    };
    const free = cost([1, 0.1], 'free');
    expect(free.cost).toBeCloseTo(0.2941812293, 9);
    expect(free.smallest).toBeCloseTo(-0.0019824381, 7);
    const same = cost([1, 0.1], 'same');
    expect(same.cost).toBeCloseTo(0.2941855198, 9);
    expect(same.smallest).toBe(0);
    expect(cost([1, 1], 'same').cost).toBeCloseTo(0.8511454235, 9);
  });
});

describe('what §7a says of two names and two buckets', () => {
  it.each([
    { decay: 0.5, quantity: [1, 1], smooth: 1.125, staggered: 1.25, atOnce: 1.5 },
    { decay: 0.5, quantity: [1, -1], smooth: 0.375, staggered: 0.75, atOnce: 0.5 },
    { decay: Math.exp(-1), quantity: [1, 1], smooth: 1.0259095808, staggered: 1.1839397206, atOnce: 1.5 },
  ])('d = $decay, q = $quantity', ({ decay, quantity, smooth, staggered, atOnce }) => {
    const propagator = {
      ...propagatorOfTaus(
        [
          [1, 0.5],
          [0.5, 1],
        ],
        [1],
      ),
      decay: Float64Array.of(decay),
    };
    const problem = aScheduleProblem({ propagator, quantity, buckets: 2 });
    const [a, b] = quantity;
    const costs = [
      [
        [a / 2, b / 2],
        [a / 2, b / 2],
      ],
      [
        [a, 0],
        [0, b],
      ],
      [
        [a, b],
        [0, 0],
      ],
    ].map((rows) => costParts(problem, fromRows(rows)).expected);
    expect(costs[0]).toBeCloseTo(smooth, 9);
    expect(costs[1]).toBeCloseTo(staggered, 9);
    expect(costs[2]).toBeCloseTo(atOnce, 10);
  });
});

describe('a separable kernel', () => {
  it('has one optimum for 50 random K: links cannot change a schedule there', () => {
    const random = randomStream(7);
    const weights = [0.1742765215, 0.0896437494, 0.0824515264, 0.0779117863, 0.0757164163];
    for (let turn = 0; turn < 50; turn++) {
      const n = 1 + Math.floor(5 * random.uniform());
      const factor = mapEntries(zeros(n), () => random.normal());
      const K = combine(multiply(factor, transpose(factor)), 1, diagonalMatrix(new Float64Array(n).fill(0.05)), 1);
      const propagator = { ...propagatorOfTaus([[1]], [1, 10], [0.6, 0.4]), matrices: [symmetricPart(K)] };
      const quantity = Array.from({ length: n }, () => random.normal());
      const problem = aScheduleProblem({ propagator, quantity, buckets: 10 });
      const { schedule } = solveSchedule(problem, evenly(problem), { tolerance: -1, maxIterations: 3000 });
      schedule.data.forEach((u, k) => {
        const t = Math.floor(k / n);
        expect(u / quantity[k % n]).toBeCloseTo(weights[Math.min(t, 9 - t)], 9);
      });
    }
  });
});
