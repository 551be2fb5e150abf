import { describe, expect, it } from 'vitest';
import { kernelCurve } from '../../src/model/kernel.js';
import { diagonalOf, fromRows } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { asPredicted, lagResponse } from '../../src/stages/replay/lagResponse.js';
import { type Replay, replayDay } from '../../src/stages/replay/replay.js';

import { defaultCalibration, train } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1 / 4), 1);
const weights = Float64Array.of(0.7, 0.3);
const K = fromRows([
  [2, 0, 0],
  [0, 1, 0],
  [0, 0, 3],
]);
const options = { names: 3, K, decay, weights, density: 0.3, factors: 1, contamination: 0.6 };

function replayed(noise: number, seed: number) {
  const day = (at: number) => simulatedBuckets({ ...options, noise, seed: at, sessionSeconds: [9000, 6000] });
  const folds = [1, 2, 3].flatMap((at) =>
    accumulateDay(day(at), { decay, transform: LINEAR_FLOW, foldBuckets: 'day' }),
  );
  const walk = {
    calibration: defaultCalibration(['a', 'a', 'b']),
    limits: { rho: 0.9, metric: 'frobenius' as const },
    decay,
    transform: LINEAR_FLOW,
    groups: 3,
  };
  const model = train(folds, walk);
  const unseen = day(seed);
  const replay = replayDay(unseen, model, { decay, transform: LINEAR_FLOW, fromBucket: 0 });
  const response = (moves: Replay) =>
    lagResponse(unseen, moves, diagonalOf(model.K), { transform: LINEAR_FLOW, fromBucket: 0 });
  return { model, replay, response };
}

function points(noise: number, seed: number) {
  const { replay, response } = replayed(noise, seed);
  return response(replay);
}

describe('lagResponse', () => {
  const truth = kernelCurve(decay, weights, 100);

  it('finds the decay without knowing its shape', () => {
    for (const point of points(0.2, 9).filter(({ to }) => to <= 40))
      expect(Math.abs(point.level - truth[point.to])).toBeLessThan(0.05);
  });

  it('has bands that hold the truth about nine times in ten', () => {
    let [inside, all] = [0, 0];
    for (let seed = 20; seed < 40; seed++) {
      for (const { to, low, high } of points(3, seed).filter((point) => point.to <= 10)) {
        all++;
        if (low! <= truth[to] && truth[to] <= high!) inside++;
      }
    }
    expect(inside / all).toBeGreaterThan(0.8);
    expect(inside / all).toBeLessThan(0.98);
  });

  it('of what a model says is the decay of the model, whatever the noise', () => {
    const { model, replay, response } = replayed(5, 9);
    const curve = kernelCurve(decay, model.weights, 100);
    for (const { to, level } of response(asPredicted(replay)).filter((point) => point.to <= 40))
      expect(Math.abs(level - curve[to])).toBeLessThan(0.03);
  });

  it('is empty where nothing is scored', () => {
    const day = simulatedBuckets({ ...options, noise: 1, seed: 1 });
    const empty = {
      names: 3,
      sessions: day.grid.sessions,
      residualBps: new Float64Array(3 * day.grid.buckets).fill(Number.NaN),
    };
    const nothing = {
      ...empty,
      predictedBps: empty.residualBps,
      residualFlow: empty.residualBps,
      ownBps: empty.residualBps,
    };
    expect(lagResponse(day, nothing, Float64Array.of(1, 1, 1), { transform: LINEAR_FLOW, fromBucket: 0 })).toEqual([]);
  });
});
