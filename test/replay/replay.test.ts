import { describe, expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import { fromRows } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { regressionMoments, squaredErrors } from '../../src/stages/fit/impactProblem.js';
import { scoreHorizons } from '../../src/stages/replay/horizonScores.js';
import { marketStates } from '../../src/stages/replay/marketStates.js';
import { regimeSample, regimeTable } from '../../src/stages/replay/regimes.js';
import { replayDay } from '../../src/stages/replay/replay.js';
import { validate } from '../../src/stages/validate/walkForward.js';
import { defaultCalibration, train } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1 / 5), 1);
const K = fromRows([
  [2, 0.6, 0.1],
  [0.6, 1, 0.1],
  [0.1, 0.1, 1],
]);
const calibration = defaultCalibration(['a', 'a', 'b']);
const params = {
  calibration,
  limits: { rho: 0.9, metric: 'frobenius' as const },
  decay,
  transform: LINEAR_FLOW,
  groups: 5,
};
const day = (seed: number, noise = 1) =>
  simulatedBuckets({
    names: 3,
    K,
    decay,
    weights: Float64Array.of(0.5, 0.5),
    density: 0.3,
    noise,
    factors: 1,
    contamination: 0.5,
    seed,
  });
const moments = (d: ReturnType<typeof day>, concavity = 1) =>
  accumulateDay(d, { decay, transform: { ...LINEAR_FLOW, concavity }, foldBuckets: 'day' });

describe('replay of a day', () => {
  it.each([1, 0.5])(
    'has the errors that its moments say, concavity %d, over halts and left-out buckets',
    (concavity) => {
      const transform = { ...LINEAR_FLOW, concavity };
      const model = train(
        [1, 2, 3, 4].flatMap((seed) => moments(day(seed), concavity)),
        { ...params, transform },
      );
      const unseen = day(9);
      haltName(unseen, 0, 100, 101);
      for (let i = 0; i < 3; i++) unseen.market.moveBps[i * unseen.grid.buckets + 100] = Number.NaN;
      const replay = replayDay(unseen, model, { decay, transform, fromBucket: 0 });
      const direct = [0, 0, 0];
      replay.residualBps.forEach((e, k) => {
        if (!Number.isNaN(e)) direct[k % 3] += (e - replay.predictedBps[k]) ** 2;
      });
      const held = regressionMoments(
        removeFactors(mergeBases(moments(unseen, concavity)[0], model.weights), model.factorModel),
      );
      squaredErrors(held, model.K).forEach((error, i) => {
        expect(Math.abs(direct[i] / error - 1)).toBeLessThan(1e-9);
      });
    },
  );
});

describe('scores by horizon', () => {
  it('leave out a name that did not move but for rounding', () => {
    const { grid } = day(2);
    const random = randomStream(3);
    const cells = grid.buckets * 2;
    const predictedBps = Float64Array.from({ length: cells }, () => random.normal());
    const residualBps = predictedBps.map((p, k) => (k % 2 === 0 ? p + random.normal() : 1e-14));
    const replay = { names: 2, sessions: grid.sessions, residualBps, predictedBps, residualFlow: predictedBps };
    const [score] = scoreHorizons({ ...replay, ownBps: predictedBps }, 0, [{ label: '1s', buckets: 1 }]);
    expect(score.windows).toBe(grid.buckets);
    expect(score.fitted).toBeGreaterThan(0.4);
    expect(score.fitted).toBeLessThan(0.6);
  });
});

describe('regime multipliers', () => {
  /** Predictions that are right up to a factor that depends on the spread, which is wide every other ten minutes. */
  function regimes(wideFactor: number) {
    const base = simulatedBuckets({ names: 3, seed: 4, sessionSeconds: [14_400], density: 0.3 });
    const random = randomStream(7);
    const cells = base.grid.buckets * 3;
    const isWide = (t: number) => Math.floor(t / 600) % 2 === 1;
    const predictedBps = Float64Array.from({ length: cells }, () => random.normal());
    const residualBps = predictedBps.map(
      (p, k) => (isWide(Math.floor(k / 3)) ? wideFactor : 2 - wideFactor) * p + 2 * random.normal(),
    );
    const spreadBps = Float64Array.from({ length: cells }, (_, c) => (isWide(c % base.grid.buckets) ? 3 : 1));
    const replay = {
      names: 3,
      sessions: base.grid.sessions,
      residualBps,
      predictedBps,
      residualFlow: predictedBps,
      ownBps: predictedBps,
    };
    return regimeTable([
      regimeSample(base.grid, marketStates({ ...base, market: { ...base.market, spreadBps } }), replay, 0),
    ]).cells;
  }

  it('pool days: each adds its buckets, and the same day twice says the same with smaller errors', () => {
    const base = day(5);
    const model = train(
      [1, 2].flatMap((seed) => moments(day(seed))),
      params,
    );
    const replay = replayDay(base, model, { decay, transform: LINEAR_FLOW, fromBucket: 0 });
    const sample = regimeSample(base.grid, marketStates(base), replay, 0);
    const [once, twice] = [regimeTable([sample]).cells, regimeTable([sample, sample]).cells];
    once.forEach((cell, k) => {
      expect(twice[k].buckets).toBe(2 * cell.buckets);
      expect(twice[k].slope).toBeCloseTo(cell.slope, 10);
      if (cell.buckets > 100) expect(twice[k].standardError).toBeLessThan(cell.standardError);
    });
  });

  it('stay near one when impact does not depend on the regime', () => {
    const cells = regimes(1);
    expect(cells.length).toBeGreaterThan(1);
    for (const { multiplier } of cells) expect(Math.abs(multiplier - 1)).toBeLessThan(0.1);
  });

  it('find the regime in which impact is larger', () => {
    const cells = regimes(1.4);
    for (const { cell, multiplier } of cells) {
      if (cell.startsWith('spread:high')) expect(multiplier).toBeGreaterThan(1.2);
      else expect(multiplier).toBeLessThan(0.8);
    }
  });
});

describe('walk-forward', () => {
  it('prefers links where there are links, and gives an interval', () => {
    const { walkForward } = validate(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) => moments(day(seed))),
      params,
    )!;
    expect(walkForward.trainFolds).toHaveLength(6);
    expect(walkForward.testFolds).toHaveLength(4);
    expect(walkForward.crossGain.low).toBeGreaterThan(0);
    expect(walkForward.scores.zero.pooled).toBe(0);
    expect(walkForward.scores.fitted.pooled).toBeGreaterThan(walkForward.scores.diagonal.pooled);
  });

  it('does not score a name in a fold where it has no move', () => {
    const folds = [1, 2, 3, 4, 5].map((seed) => day(seed));
    const last = folds[4];
    for (let t = 0; t < last.grid.buckets; t++) last.market.moveBps[2 * last.grid.buckets + t] = Number.NaN;
    const { scores } = validate(
      folds.flatMap((d) => moments(d)),
      params,
    )!.walkForward;
    const complete = validate(
      [1, 2, 3, 4].map((seed) => day(seed)).flatMap((d) => moments(d)),
      { ...params, groups: 4 },
    )!.walkForward;
    expect(Math.abs(scores.fitted.perName[2] - complete.scores.fitted.perName[2])).toBeLessThan(0.05);
  });

  it('needs two folds', () => {
    expect(validate(moments(day(1)), params)).toBeUndefined();
  });
});
