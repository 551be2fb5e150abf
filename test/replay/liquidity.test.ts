import { describe, expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import type { DayBuckets } from '../../src/model/buckets.js';
import type { FlowTransform } from '../../src/model/flowTransform.js';
import { scaledMoments } from '../../src/model/scaledMoments.js';
import { diagonalOf, fromRows } from '../../src/numerics/dense.js';
import { depthOfWindow } from '../../src/run/window/depthOfWindow.js';
import { removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { depthOfDay } from '../../src/stages/fit/depthOfDay.js';
import { regressionMoments, squaredErrors } from '../../src/stages/fit/impactProblem.js';
import { lagResponse } from '../../src/stages/replay/lagResponse.js';
import { predictMoves, replayDay } from '../../src/stages/replay/replay.js';
import { impactLevels, type PriceModel } from '../../src/stages/scorecard/impactLevels.js';
import { defaultCalibration, train } from '../support/calibration.js';
import { scaledByHand, wanderingDepth } from '../support/depth.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1 / 5), 1);
const K = fromRows([
  [2, 0.6, 0.1],
  [0.6, 1, 0.1],
  [0.1, 0.1, 1],
]);
const weights = Float64Array.of(0.5, 0.5);
const limits = { rho: 0.9, metric: 'frobenius' as const };

/** Halts, missing moves and depth that is missing now and then. */
function difficultDay(seed: number): DayBuckets {
  const made = { names: 3, K, decay, weights, density: 0.3, noise: 1, factors: 1, contamination: 0.5, seed };
  const day = wanderingDepth(simulatedBuckets({ ...made, sessionSeconds: [1200, 900] }), seed + 20);
  haltName(day, 0, 100, 101);
  for (let i = 0; i < 3; i++) day.market.moveBps[i * day.grid.buckets + 100] = Number.NaN;
  for (let cell = 0; cell < day.market.bidDepth.length; cell += 11)
    day.market.askDepth[cell] = cell % 2 ? 0 : Number.NaN;
  return day;
}

describe.each([1, 0.5])('a day of flow scaled by depth, concavity %d', (concavity) => {
  const asked = { concavity, liquidity: 0.35 };
  const days = [1, 2, 3, 4, 9].map(difficultDay);
  const { transform, scales } = depthOfWindow(asked, days.map(depthOfDay), ['N0', 'N1', 'N2']);
  const folds = days.map((day, d) => {
    const [fold] = accumulateDay(day, { decay, transform: asked, foldBuckets: 'day' });
    return scaledMoments(fold, scales![d], concavity);
  });
  const calibration = defaultCalibration(['a', 'a', 'b']);
  const model = train(folds.slice(0, 4), { calibration, limits, decay, transform, groups: 4 });
  const unseen = days[4];
  const byHand = scaledByHand(unseen, 0.35, [...transform.depthMedian!]);
  const plain: FlowTransform = { ...LINEAR_FLOW, concavity };
  const params = { decay, transform, fromBucket: 0 };
  const replay = replayDay(unseen, model, params);

  it('is predicted as its moments say', () => {
    const direct = [0, 0, 0];
    replay.residualBps.forEach((e, k) => {
      if (!Number.isNaN(e)) direct[k % 3] += (e - replay.predictedBps[k]) ** 2;
    });
    const held = regressionMoments(removeFactors(mergeBases(folds[4], model.weights), model.factorModel));
    squaredErrors(held, model.K).forEach((error, i) => {
      expect(Math.abs(direct[i] / error - 1)).toBeLessThan(1e-9);
    });
  });

  it('is predicted as a day whose flow was scaled by hand', () => {
    const other = replayDay(byHand, model, { ...params, transform: plain });
    expectNear(replay.predictedBps, other.predictedBps);
    expectNear(replay.residualFlow, other.residualFlow);
    expectNear(predictMoves(unseen, model, params).predictedBps, replay.predictedBps);
  });

  it('has the response, and the levels of orders, of a day whose flow was scaled by hand', () => {
    const response = (day: DayBuckets, by: FlowTransform) =>
      lagResponse(day, replay, diagonalOf(model.K), { transform: by, fromBucket: 0 }).map(({ level }) => level);
    expectNear(response(unseen, transform), response(byHand, plain));
    const priced: PriceModel = {
      terms: [{ matrix: K, weights }],
      decay,
      transform,
      flowScale: Float64Array.of(1, 2, 3),
    };
    const queries = [0, 1, 2].map((name) => ({ name, bucketsEnded: 2000 }));
    const levels = impactLevels(unseen, priced, queries);
    const expected = impactLevels(byHand, { ...priced, transform: plain }, queries);
    expectNear(levels.self, expected.self);
    expectNear(levels.cross, expected.cross);
    expect(
      Math.abs(levels.self[0] - impactLevels(unseen, { ...priced, transform: plain }, queries).self[0]),
    ).toBeGreaterThan(1e-3);
  });
});

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) {
    expect(Number.isNaN(found[k])).toBe(Number.isNaN(expected[k]));
    if (!Number.isNaN(found[k]))
      expect(Math.abs(found[k] - expected[k])).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected[k])));
  }
}
