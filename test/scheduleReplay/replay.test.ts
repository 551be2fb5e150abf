import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/numerics/dense.js';
import { vwap } from '../../src/stages/schedule/baselines.js';
import { costOfForms } from '../../src/stages/scheduleReplay/forms.js';
import { judgeReplay } from '../../src/stages/scheduleReplay/judge.js';
import { replayedProblem } from '../../src/stages/scheduleReplay/problem.js';
import { replayBasket } from '../../src/stages/scheduleReplay/replayBasket.js';
import { residualMid } from '../../src/stages/scheduleReplay/residualMid.js';
import { unsplittable } from '../../src/stages/scheduleReplay/sides.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { replayedWorld, WORLD_DECAY, worldParts } from '../support/replayWorld.js';

const SMALL = { seed: 1, length: 12, buckets: 80, days: 8, noise: 0.1, links: 0.8 };

describe('the halves of the days', () => {
  it('keep the model of a basket from its day, and give its prices that day', () => {
    const [here, changed] = [replayedWorld(SMALL), replayedWorld({ ...SMALL, odd: { day: 2, bps: 3 } })];
    const date = here.baskets.find(({ date: day }) => day.endsWith('04'))!.date;
    const sideOf = (world: typeof here) => world.sides.find(({ days }) => days.includes(date))!;
    expect(sideOf(changed).propagator).toEqual(sideOf(here).propagator);
    expect(sideOf(changed).prices).not.toEqual(sideOf(here).prices);
    const other = (world: typeof here) => world.sides.find(({ days }) => !days.includes(date))!;
    expect(other(changed).propagator).not.toEqual(other(here).propagator);
    expect(other(changed).prices).toEqual(other(here).prices);
    // Without its day a side's prices never saw it.
    const without = (world: typeof here) =>
      sideOf(world).without.find(({ days }) => days.includes(date))!.prices.diagonal;
    without(changed).matrices.forEach((part, p) => {
      part.data.forEach((value, k) => {
        expect(value).toBeCloseTo(without(here).matrices[p].data[k], 8);
      });
    });
  });

  it('are said to be impossible where they are', () => {
    const { baskets } = replayedWorld({ ...SMALL, days: 4, basketsADay: 1 });
    expect(baskets).toHaveLength(4);
    const calibration = defaultCalibration(['all', 'all']);
    const params = {
      calibration,
      decay: WORLD_DECAY,
      transform: LINEAR_FLOW,
      limits: { rho: 0.9, metric: 'frobenius' as const },
      groups: 5,
    };
    const folds = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05'].map((day) => ({
      ...{ label: `${day}/0/0`, names: 2, factors: 0, bases: 2, buckets: 10 },
      use: () => {
        throw new Error('is not read');
      },
    }));
    expect(unsplittable(folds, params)).toBeUndefined();
    expect(unsplittable(folds.slice(1), params)).toMatch(/3 days/);
    expect(unsplittable(folds, { ...params, transform: { concavity: 0.5, liquidity: 0 } })).toMatch(/before its decay/);
    expect(unsplittable(folds, { ...params, calibration: { ...calibration, estimator: 'diagonal' } })).toMatch(
      /no links/,
    );
    const wide = folds.map((fold) => ({ ...fold, names: 900 }));
    expect(unsplittable(wide, { ...params, calibration: { ...calibration, kernelForm: 'matrix' } })).toMatch(
      /too many/,
    );
  });
});

describe('a basket worked anew', () => {
  const propagator = {
    matrices: worldParts({ seed: 1, links: 0.8 }),
    decay: WORLD_DECAY,
    weights: Float64Array.of(1, 1),
  };
  const basket = {
    ...{ id: 'b', date: '2024-01-02', fromBucket: 0, names: [0, 1], completion: 0.8 },
    executed: fromRows([
      [3, 0],
      [1, 0],
      [0, -2],
      [0, -1],
      [0, 0],
    ]),
    open: [
      { from: 0, to: 3 },
      { from: 2, to: 4 },
    ],
  };
  const volume = fromRows([
    [1, 1],
    [1, 1],
    [2, 1],
    [0, 2],
    [5, 1],
  ]);
  const covariance = fromRows([
    [1, 0],
    [0, 1],
  ]);

  it('trades what was executed, where its orders were open and no bucket above the largest of desk and volume', () => {
    const problem = replayedProblem(basket, { volume }, propagator, covariance);
    expect([...problem.quantity]).toEqual([4, -3]);
    expect([0, 1, 2, 3, 4].map((t) => problem.upper.data[2 * t])).toEqual([3, 3, 3, 3, 0]);
    expect([0, 1, 2, 3, 4].map((t) => problem.lower.data[2 * t + 1] + 0)).toEqual([0, 0, -2, -2, -2]);
    const paced = vwap(problem);
    [1, 1, 2, 0, 0].forEach((u, t) => {
      expect(paced.data[2 * t]).toBeCloseTo(u, 9);
    });
    [0, 0, -0.75, -1.5, -0.75].forEach((u, t) => {
      expect(paced.data[2 * t + 1]).toBeCloseTo(u, 9);
    });
  });

  it('is cheapest under its own model, and counts as unfinished', () => {
    const replayed = replayBasket(basket, { volume }, propagator, covariance);
    expect(replayed.isUnfinished).toBe(true);
    expect(replayed.millions).toBe(7);
    const { executed, vwap: paced, diagonal, cross } = replayed.schedules;
    const cost = ({ forms }: typeof cross) => costOfForms(forms, propagator, basket.names);
    for (const other of [executed, paced, diagonal]) expect(cost(cross)).toBeLessThan(cost(other) + 1e-6);
    expect(replayed.schedules.cross.timing).toBeUndefined();
  });

  it('meets the residual mid of its start, half of the own bucket’s move included', () => {
    const moves = {
      names: 2,
      sessions: [],
      residualBps: Float64Array.of(9, 9, 1, 10, Number.NaN, 20, 4, 40),
      predictedBps: Float64Array.of(9, 9, 0, 0, 0, 0, 1, 0),
    };
    const executed = fromRows([[0], [0], [0]]);
    expect([...residualMid(moves, { fromBucket: 1, names: [0], executed }).data]).toEqual([0.5, 1, 2.5]);
    expect([...residualMid(moves, { fromBucket: 1, names: [1], executed }).data]).toEqual([5, 20, 50]);
  });
});

describe('timing', () => {
  const isTimed = (alpha: number) => {
    const { baskets, sides, counts } = replayedWorld({ ...SMALL, alpha, desk: 'late', basketsADay: 3 });
    return judgeReplay(baskets, sides, counts).comparisons[0];
  };

  it('is told apart from what the model saves, and flagged where prices run away with the basket', () => {
    const [without, running] = [isTimed(0), isTimed(0.5)];
    expect(without.isTimed).toBe(false);
    expect(running.isTimed).toBe(true);
    expect(Math.abs(running.timing!.value)).toBeGreaterThan(3 * Math.abs(without.timing!.value));
  });
});

describe('baskets of many days', () => {
  it('are needed as the square of error over saving', () => {
    const { baskets, sides, counts } = replayedWorld(SMALL);
    const { comparisons, days } = judgeReplay(baskets, sides, counts);
    expect(days).toBe(8);
    const [executed] = comparisons;
    // Eight groups of two halves: six degrees of freedom.
    const error = (executed.saving.raw.value - executed.saving.raw.low!) / 1.943;
    const expected = baskets.length * ((2.4865 * error) / executed.saving.raw.value) ** 2;
    expect(Math.abs(executed.needed! - expected)).toBeLessThan(1.1 + 0.02 * expected);
  });
});
