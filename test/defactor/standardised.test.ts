import { expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { sumMoments } from '../../src/model/moments.js';
import { fitFactors, removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 4;
const day = simulatedBuckets({ names: NAMES, seed: 3, noise: 1, factors: 0 });

/** The same day where points of a name are worth `1 / by` of what they were: moves times, flow over that. */
function rescaled(by: readonly number[]): DayBuckets {
  const { buckets } = day.grid;
  return {
    ...day,
    market: { ...day.market, moveBps: day.market.moveBps.map((move, k) => move * by[Math.floor(k / buckets)]) },
    flow: { ...day.flow, signedNotional: day.flow.signedNotional.map((flow, k) => flow / by[day.flow.name[k]]) },
  };
}

/** Residual moves on flow, each in the points of the first scale. */
function residualCross(by: readonly number[], standardised: boolean): number[] {
  const moments = sumMoments(
    accumulateDay(rescaled(by), { decay: Float64Array.of(0.9), transform: LINEAR_FLOW, foldBuckets: 'day' }),
  );
  const params = { residualize: 'both', ridge: 0, derived: true, standardised, blocks: ['x', 'x', 'x', 'x'] } as const;
  const { cross } = removeFactors(moments, fitFactors(moments, params));
  return Array.from(cross.data, (value, k) => (value / by[Math.floor(k / NAMES)]) * by[k % NAMES]);
}

it('factors derived from moves in units of their volatility do not depend on what a point is', () => {
  const [ones, other] = [
    [1, 1, 1, 1],
    [1, 100, 0.01, 7],
  ];
  const [plain, scaled] = [residualCross(ones, true), residualCross(other, true)];
  plain.forEach((value, k) => {
    expect(scaled[k]).toBeCloseTo(value, 7);
  });
  const mean = residualCross(ones, false);
  const off = residualCross(other, false).map((value, k) => Math.abs(value - mean[k]));
  expect(Math.max(...off)).toBeGreaterThan(0.1);
});
