import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { type DenseMatrix, diagonalOf, fromRows } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { CalibrationParams, EstimatorKind } from '../../src/stages/fit/calibration.js';
import { validate } from '../../src/stages/validate/walkForward.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { type LiquidityCase, liquidNames } from '../support/liquidNames.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

/** Self impacts that are published: K and floors, whichever is more. */
function published({ blocks, folds }: ReturnType<typeof liquidNames>, change: Partial<CalibrationParams> = {}) {
  const fit = calibrate(folds, { ...defaultCalibration(blocks), ...change });
  return { fit, self: diagonalOf(fit.K).map((k, i) => Math.max(k, fit.floors[i])) };
}

describe('self impact of names that differ in liquidity', () => {
  const liquid = { names: 12, spread: 50, noise: 0.1, density: 0.2, seed: 3, isOutlier: true } as const;

  it.each(['symmetric', 'rowwise', 'block', 'diagonal', 'ols'] as EstimatorKind[])(
    '%s: one name fifty times as liquid as the others is published as measured, whatever its flow',
    (estimator) => {
      for (const scalesFlow of [false, true]) {
        const world = liquidNames({ ...liquid, scalesFlow, noise: scalesFlow ? 1 : 0.1 });
        const { fit, self } = published(world, { estimator });
        expect(self[0] / fit.estimate.rawK.whole.data[0]).toBeGreaterThan(0.9);
        expect(self[0] / fit.estimate.rawK.whole.data[0]).toBeLessThan(1.15);
        // A tenth of the block's median is five times what the name has.
        expect(fit.floors[0]).toBeLessThan(world.self[0]);
        expect(fit.floors[1]).toBeGreaterThan(0.05);
      }
    },
  );

  it.each([
    [6, 1, 3, 0.05],
    [6, 50, 1, 0.2],
    [12, 50, 3, 0.05],
  ])('%i names, spread %i, noise %i, density %f: errs no more than least squares', (names, spread, noise, density) => {
    let [raw, ours] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const world = liquidNames({ names, spread, noise, density, seed, scalesFlow: true });
      const { fit, self } = published(world);
      for (let i = 0; i < names; i++) {
        raw += (fit.estimate.rawK.whole.data[i * (names + 1)] / world.self[i] - 1) ** 2;
        ours += (self[i] / world.self[i] - 1) ** 2;
      }
    }
    expect(ours).toBeLessThan(raw);
  });

  it('goes by adv where every name has one, and says what else it goes by', () => {
    const shape: LiquidityCase = { ...liquid, isOutlier: false, noise: 3, density: 0.05, scalesFlow: false };
    const world = liquidNames(shape);
    const adv = world.self.map((k) => 1 / k);
    const error = (self: Float64Array) => Math.hypot(...self.map((k, i) => k / world.self[i] - 1));
    const [bare, given] = [published(world), published(world, { adv })];
    expect(error(given.self)).toBeLessThan(error(bare.self));
    expect(given.fit.notes.join()).toContain('volume is adv of the universe');
    expect(bare.fit.notes.join()).toContain('volume is own flow (no adv given)');
    const some = published(world, { adv: adv.map((v, i) => (i === 2 ? Number.NaN : v)) });
    expect(some.fit.notes.join()).toContain('volume is own flow (adv is missing for 1 of 12 names)');
    expect([...some.fit.K.data]).toEqual([...bare.fit.K.data]);
  });

  it('diagonal baselines are scored without floors', () => {
    const { blocks, folds } = liquidNames({ ...liquid, noise: 1, scalesFlow: true });
    const params = {
      limits: { rho: 0.9, metric: 'frobenius' },
      decay: Float64Array.of(1),
      transform: LINEAR_FLOW,
    } as const;
    const score = (floor: number) =>
      validate(folds, { ...params, groups: 5, calibration: { ...defaultCalibration(blocks), floor } })!.walkForward
        .scores;
    const [low, high] = [score(0.1), score(1)];
    for (const model of ['diagonal', 'block'] as const) expect(high[model]).toEqual(low[model]);
  });
});

describe('self impact of few names, or of few data', () => {
  const decay = Float64Array.of(1);
  const days = (K: DenseMatrix, count: number, change = (day: DayBuckets) => day, noise = 1) =>
    Array.from({ length: count }, (_, d) =>
      accumulateDay(
        change(
          simulatedBuckets({
            names: K.rows,
            K,
            decay,
            weights: decay,
            noise,
            density: 0.3,
            seed: 60 + d,
            sessionSeconds: [400],
          }),
        ),
        { decay, transform: LINEAR_FLOW, foldBuckets: 'day' },
      ),
    ).flat();

  it('one name alone is as measured, its floor a share of that', () => {
    const { K, floors, estimate, notes } = calibrate(days(fromRows([[2]]), 4), defaultCalibration(['a']));
    expect(K.data[0]).toBe(estimate.rawK.whole.data[0]);
    expect(floors[0] / K.data[0]).toBeCloseTo(0.1, 9);
    expect(notes.join()).toContain('too few names with flow to learn from each other');
  });

  it('a name with one trade is what the others make expect, however wild its estimate', () => {
    const K = fromRows(Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (i === j ? 1 : 0.1))));
    const once = (day: DayBuckets) => {
      const first = day.flow.name.indexOf(5);
      day.flow.name.forEach((name, k) => {
        if (name === 5 && k !== first) day.flow.signedNotional[k] = 0;
      });
      return day;
    };
    const folds = days(K, 1, once, 3).concat(
      days(
        K,
        5,
        (day) => {
          day.flow.name.forEach((name, k) => {
            if (name === 5) day.flow.signedNotional[k] = 0;
          });
          return day;
        },
        3,
      ),
    );
    const params = { ...defaultCalibration(['a', 'a', 'a', 'b', 'b', 'b']), adv: new Float64Array(6).fill(1) };
    const { K: fitted, estimate } = calibrate(folds, params);
    expect(estimate.rawK.whole.data[35]).toBeGreaterThan(5);
    expect(fitted.data[35]).toBeCloseTo(1, 1);
    // Own flow of one trade says little of volume, which a slope near 1 would take for illiquidity without bound.
    const blind = calibrate(folds, { ...params, adv: undefined }).K.data[35];
    expect(blind).toBeGreaterThan(0.5);
    expect(blind).toBeLessThan(10);
  });

  it('a window of one fold borrows by the errors of independent residuals', () => {
    const K = fromRows(Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => (i === j ? 1 : 0))));
    const fit = calibrate(days(K, 1, undefined, 4), defaultCalibration(Array.from({ length: 8 }, () => 'a')));
    const distance = (k: DenseMatrix) => Math.hypot(...diagonalOf(k).map((v) => v - 1));
    expect(distance(fit.K)).toBeLessThan(distance(fit.estimate.rawK.whole));
  });
});
