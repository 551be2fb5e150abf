import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import type { DayBuckets } from '../../src/model/buckets.js';
import { atReferenceDepth } from '../../src/model/flowTransform.js';
import { sumMoments } from '../../src/model/moments.js';
import { sumOwn } from '../../src/model/ownMoments.js';
import { scaledMoments, scaledOwnMoments } from '../../src/model/scaledMoments.js';
import { fromRows } from '../../src/numerics/dense.js';
import { depthOfWindow } from '../../src/run/window/depthOfWindow.js';
import { controlCoefficients } from '../../src/stages/defactor/controls.js';
import { removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { depthOfDay } from '../../src/stages/fit/depthOfDay.js';
import { regressionMoments, squaredErrors } from '../../src/stages/fit/impactProblem.js';
import { accumulateOwn } from '../../src/stages/fit/ownMoments.js';
import { bruteForceMoments, expectClose } from '../support/bruteForceMoments.js';
import { defaultCalibration } from '../support/calibration.js';
import { scaledByHand, wanderingDepth, withDepth } from '../support/depth.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { seeds } from '../support/matrices.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1), Math.exp(-1 / 30), 1);
const SYMBOLS = ['N0', 'N1', 'N2'];

/** Two sessions with a break, a halt, a name that has one side only for half of the day, and one that has no depth at all. */
function difficultDay(seed: number, density: number): DayBuckets {
  const day = wanderingDepth(
    simulatedBuckets({ names: 3, seed, density, noise: 1, factors: 1, sessionSeconds: [80, 45] }),
    seed + 1,
  );
  haltName(day, 0, 20, 33);
  const { buckets } = day.grid;
  const { bidDepth, askDepth } = day.market;
  for (let t = 20; t < 33; t++) bidDepth[t] = askDepth[t] = Number.NaN;
  for (let t = 0; t < buckets; t += 2) askDepth[buckets + t] = t % 4 === 0 ? 0 : Number.NaN;
  bidDepth.fill(Number.NaN, 2 * buckets);
  return day;
}

describe('moments of scaled flow', () => {
  it('equal the products of rows scaled by hand, over halts, a break, one-sided and missing depth', () => {
    const cases = fc.record({
      seed: seeds,
      density: fc.constantFrom(0.1, 0.6),
      concavity: fc.constantFrom(1, 0.5),
      liquidity: fc.constantFrom(0.25, 1),
      foldBuckets: fc.constantFrom('day' as const, 16),
    });
    fc.assert(
      fc.property(cases, ({ seed, density, concavity, liquidity, foldBuckets }) => {
        const days = [difficultDay(seed, density), wanderingDepth(difficultDay(seed + 7, density), seed)];
        const depth = depthOfWindow({ concavity, liquidity }, days.map(depthOfDay), SYMBOLS);
        const usual = [...depth.transform.depthMedian!];
        days.forEach((day, d) => {
          const params = { decay, transform: { concavity, liquidity }, foldBuckets };
          const found = scaledMoments(sumMoments(accumulateDay(day, params)), depth.scales![d], concavity);
          const byHand = scaledByHand(day, liquidity, usual);
          expectClose(found, bruteForceMoments(byHand, decay, concavity));
          const own = scaledOwnMoments(sumOwn(accumulateOwn(day, params)), depth.scales![d], concavity);
          const expected = sumOwn(accumulateOwn(byHand, { ...params, transform: { ...LINEAR_FLOW, concavity } }));
          own.sums.forEach((sum, k) => {
            expect(Math.abs(sum - expected.sums[k])).toBeLessThan(1e-10 * Math.max(1, Math.abs(expected.sums[k])));
          });
        });
      }),
      { numRuns: 25 },
    );
  });

  it('are symmetric to the last bit, and leave linear flow at scale one', () => {
    const day = difficultDay(3, 0.5);
    const transform = { concavity: 1, liquidity: 0.35 };
    const { scales } = depthOfWindow(transform, [depthOfDay(day)], SYMBOLS);
    const fold = scaledMoments(accumulateDay(day, { decay, transform, foldBuckets: 'day' })[0], scales![0], 1);
    const { data, rows } = fold.zz;
    for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) expect(data[i * rows + j]).toBe(data[j * rows + i]);
    const { flowScale } = controlCoefficients(fold, { residualize: 'both', ridge: 0 });
    expect([...flowScale]).toEqual([1, 1, 1]);
  });

  it('have the same bits as ever where γ is 0, and where no bucket has depth', () => {
    const day = difficultDay(5, 0.4);
    const { bidDepth: _bid, askDepth: _ask, ...market } = day.market;
    const params = { decay, transform: LINEAR_FLOW, foldBuckets: 'day' as const };
    const plain = accumulateDay(day, params);
    expect(accumulateDay({ ...day, market }, params)).toEqual(plain);
    const blind = withDepth(day, () => [Number.NaN, Number.NaN]);
    expect(accumulateDay(blind, { ...params, transform: { concavity: 1, liquidity: 0.5 } })).toEqual(plain);
  });

  it('need the depth of the day', () => {
    const { bidDepth: _bid, ...market } = difficultDay(5, 0.4).market;
    expect(() => atReferenceDepth({ ...difficultDay(5, 0.4), market }, { concavity: 1, liquidity: 0.5 })).toThrow(
      /read without bidDepth/,
    );
  });
});

describe('the depth of a window', () => {
  const day = (depths: readonly number[], date: string) =>
    withDepth(simulatedBuckets({ names: depths.length, seed: 3, density: 0.5, sessionSeconds: [100], date }), (i) => [
      depths[i],
      depths[i],
    ]);
  const asked = { concavity: 1, liquidity: 0.5 };

  it('is the median of the medians of its days, and a name takes none on a day without depth', () => {
    const days = [day([1, 4], '2024-01-02'), day([2, Number.NaN], '2024-01-03'), day([9, 16], '2024-01-04')];
    const { transform, scales } = depthOfWindow(asked, days.map(depthOfDay), ['A', 'B']);
    expect([...transform.depthMedian!]).toEqual([2, 10]);
    expect(scales!.map((scale) => [...scale])).toEqual([
      [Math.SQRT2, Math.sqrt(10)],
      [Math.SQRT2, 1],
      [Math.SQRT2, Math.sqrt(10)],
    ]);
  });

  it('is nothing where there is none: flow counts as it is, and that is said', () => {
    const blind = depthOfDay(day([Number.NaN, 0], '2024-01-02'));
    const { transform, scales, notes } = depthOfWindow(asked, [blind], ['A', 'B']);
    expect(transform).toEqual({ concavity: 1, liquidity: 0 });
    expect(scales).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('flow.liquidity 0.5 is not applied')]);
  });

  it('says what the certificate speaks of, how much flow has no depth before it, and names names above a tenth', () => {
    const days = [day([1, 4], '2024-01-02'), day([2, Number.NaN], '2024-01-03')].map(depthOfDay);
    const opening = days[0].fellBack[0] / days[0].flowBuckets[0];
    expect(opening).toBeLessThan(0.1);
    expect(days[1].fellBack[1]).toBe(days[1].flowBuckets[1]);
    const { notes } = depthOfWindow(asked, days, ['A', 'B']);
    expect(notes).toHaveLength(3);
    expect(notes[0]).toContain('schedules at constant depth');
    expect(notes[2]).toMatch(/^CHECK THE DEPTH: much of the flow of B \d+ % \(100 % on 2024-01-03\) is not scaled/);
    expect(depthOfWindow(asked, [days[0]], ['A', 'B']).notes).toHaveLength(2);
    expect(depthOfWindow({ concavity: 1, liquidity: 0 }, [], ['A', 'B']).notes).toEqual([]);
  });

  it('is not counted twice for flow at several venues', () => {
    const one = day([1, 1], '2024-01-02');
    const twice = (column: Int32Array) => Int32Array.from([...column].flatMap((value) => [value, value]));
    const { bucket, name, signedNotional } = one.flow;
    const flow = {
      ...one.flow,
      bucket: twice(bucket),
      name: twice(name),
      signedNotional: Float64Array.from([...signedNotional].flatMap((u) => [u / 2, u / 2])),
    };
    expect(depthOfDay({ ...one, flow })).toEqual(depthOfDay(one));
  });
});

describe('a market in which flow counts by the book that it meets', () => {
  const K = fromRows([
    [2, 0.6, 0.3],
    [0.6, 1, 0.2],
    [0.3, 0.2, 1.5],
  ]);
  const truth = { names: 3, K, decay: Float64Array.of(Math.exp(-1 / 20), 1), weights: Float64Array.of(0.6, 0.4) };

  /** Flow that has moved prices as `r = K v(u (2/D)^γ)` says, D about two millions. */
  function marketDay(seed: number, liquidity: number): DayBuckets {
    const made = simulatedBuckets({ ...truth, seed, density: 0.4, noise: 1, sessionSeconds: [2400, 1800] });
    return scaledByHand(wanderingDepth(made, 50 + seed), -liquidity, [2, 2.5, 3]);
  }

  function calibrated(days: readonly DayBuckets[], liquidity: number) {
    const asked = { concavity: 1, liquidity };
    const { transform, scales } = depthOfWindow(asked, liquidity === 0 ? [] : days.map(depthOfDay), SYMBOLS);
    const folds = days.flatMap((day, d) =>
      accumulateDay(day, { decay: truth.decay, transform: asked, foldBuckets: 600 }).map((fold) =>
        scales ? scaledMoments(fold, scales[d], 1) : fold,
      ),
    );
    // K in millions at the depths of the market rather than at the medians that were found.
    const found = calibrate(folds, defaultCalibration(['a', 'a', 'b']));
    const factor = [2, 2.5, 3].map((usual, i) =>
      transform.depthMedian ? (transform.depthMedian[i] / usual) ** liquidity : 1,
    );
    return { folds, found, K: found.estimate.rawK.whole.data.map((k, at) => k * factor[at % 3]) };
  }

  const worst = (found: Float64Array) => Math.max(...found.map((k, at) => Math.abs(k - K.data[at])));

  it('is recovered with scaling, and not without', () => {
    const days = [1, 2, 3].map((seed) => marketDay(seed, 0.7));
    const [scaled, plain] = [calibrated(days, 0.7), calibrated(days, 0)];
    console.log(`worst error of K: scaled ${worst(scaled.K).toFixed(3)}, as it is ${worst(plain.K).toFixed(3)}`);
    expect(worst(scaled.K)).toBeLessThan(0.08);
    expect(worst(plain.K)).toBeGreaterThan(0.3);
  });

  it('is told from one in which flow counts as it is', () => {
    const left = (days: readonly DayBuckets[], liquidity: number) => {
      const { folds, found } = calibrated(days, liquidity);
      const { kernel, factorModel } = found.estimate;
      const merged = removeFactors(mergeBases(sumMoments(folds), kernel.weights), factorModel);
      return squaredErrors(regressionMoments(merged), found.K).reduce((sum, square) => sum + square, 0);
    };
    const [by, as] = [0.5, 0].map((liquidity) => [4, 5].map((seed) => marketDay(seed, liquidity)));
    expect(left(by, 0.5)).toBeLessThan(0.98 * left(by, 0));
    expect(left(as, 0)).toBeLessThan(0.98 * left(as, 0.5));
  });
});
