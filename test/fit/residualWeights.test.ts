import { describe, expect, it } from 'vitest';
import { decays } from '../../src/model/kernel.js';
import type { FoldMoments } from '../../src/model/moments.js';
import type { DenseMatrix } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { CalibrationParams } from '../../src/stages/fit/calibration.js';
import { TRUE_DECAY, type Truth, truthOf } from '../study/worlds.js';
import { defaultCalibration } from '../support/calibration.js';
import { withCorrelatedNoise } from '../support/correlatedNoise.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 12;
const SEEDS = 10;
const decay = decays({ bucketMs: 1000, tauSeconds: [1, 5, 30, 300, Number.POSITIVE_INFINITY] });

function foldsOf(truth: Truth, correlation: number, seed: number, days = 6): FoldMoments[] {
  return Array.from({ length: days }, (_, d) => {
    const flow = { names: NAMES, parts: truth.parts, decay: TRUE_DECAY, density: 0.15, sessionSeconds: [1500] };
    const day = simulatedBuckets({ ...flow, seed: 1000 * seed + d });
    return accumulateDay(withCorrelatedNoise(day, 2, correlation, 1000 * seed + d + 500), {
      decay,
      transform: LINEAR_FLOW,
      foldBuckets: 'day',
    });
  }).flat();
}

const truthAt = (seed: number) =>
  truthOf({ names: NAMES, noise: 'medium', kernel: 'scalar', condition: 'clean' }, 31 * seed);

/** Sums of squared errors of self impacts and of raw links, in units of √(K_ii K_jj). */
function squaredErrors(K: DenseMatrix, truth: DenseMatrix) {
  const n = K.rows;
  const sums = { self: 0, links: 0 };
  K.data.forEach((value, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    const unit = truth.data[i * (n + 1)] * truth.data[j * (n + 1)];
    sums[i === j ? 'self' : 'links'] += (value - truth.data[k]) ** 2 / unit;
  });
  return sums;
}

/** Root mean square error with diagonal weights over that with full ones. */
function gain(correlation: number) {
  const total = { diagonal: { self: 0, links: 0 }, full: { self: 0, links: 0 } };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const truth = truthAt(seed);
    const folds = foldsOf(truth, correlation, seed);
    for (const weights of ['diagonal', 'full'] as const) {
      const { estimate } = calibrate(folds, { ...defaultCalibration(truth.blocks), weights });
      const { self, links } = squaredErrors(estimate.rawK.whole, truth.K);
      total[weights].self += self;
      total[weights].links += links;
    }
  }
  const ratio = (of: 'self' | 'links') => Math.sqrt(total.diagonal[of] / total.full[of]);
  return { self: ratio('self'), links: ratio('links') };
}

describe('full residual weights', () => {
  it('cut the errors of self impact and links where residuals correlate', () => {
    const { self, links } = gain(0.8);
    expect(self).toBeGreaterThan(1.5);
    expect(links).toBeGreaterThan(1.5);
  });

  it('cost nothing where they do not', () => {
    const { self, links } = gain(0);
    for (const ratio of [self, links]) expect(Math.abs(ratio - 1)).toBeLessThan(0.03);
  });

  it('find the correlation, and how little of it is noise', () => {
    const residualsAt = (correlation: number) =>
      calibrate(foldsOf(truthAt(1), correlation, 1), defaultCalibration(truthAt(1).blocks)).estimate.residuals;
    const [some, none] = [residualsAt(0.5), residualsAt(0)];
    expect(some.typicalCorrelation).toBeCloseTo(0.5, 1);
    expect(some.shrinkage).toBeLessThan(0.01);
    expect(none.shrinkage).toBeGreaterThan(0.5);
  });

  const change = (params: CalibrationParams, penalty: Partial<CalibrationParams['penalty']>) => ({
    ...params,
    penalty: { ...params.penalty, ...penalty },
  });
  it.each<[string, RegExp, (params: CalibrationParams) => CalibrationParams, number]>([
    ['rows of their own', /rows stand alone/, (p) => ({ ...p, estimator: 'rowwise' }), 400],
    ['an elastic net', /elastic net/, (p) => change(p, { kind: 'elastic_net', l1Ratio: 0.5 }), 400],
    ['restricted links', /restricted/, (p) => change(p, { restrictions: { zero: [[0, 1]], equal: [] } }), 400],
    ['derived factors', /factors of their own/, (p) => ({ ...p, defactor: { ...p.defactor, derived: true } }), 400],
    ['few buckets', /fewer than 10 buckets/, (p) => p, 19],
  ])('give way to diagonal ones for %s, and say so', (_, reason, changed, seconds) => {
    const blocks = ['a', 'a', 'b', 'b'];
    const folds = [1, 2].flatMap((seed) =>
      accumulateDay(simulatedBuckets({ names: 4, seed, density: 0.5, noise: 1, sessionSeconds: [seconds] }), {
        decay: Float64Array.of(1),
        transform: LINEAR_FLOW,
        foldBuckets: 'day',
      }),
    );
    const params = changed(defaultCalibration(blocks));
    const fit = calibrate(folds, params);
    expect(fit.estimate.residuals.kind).toBe('diagonal');
    expect(fit.notes.join()).toMatch(reason);
    expect(fit.K).toEqual(calibrate(folds, { ...params, weights: 'diagonal' }).K);
  });
});
