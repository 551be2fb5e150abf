import { describe, expect, it } from 'vitest';
import { decays } from '../../src/model/kernel.js';
import { sumMoments } from '../../src/model/moments.js';
import { toNormalised } from '../../src/model/normalise.js';
import { diagonalOf, frobeniusDistance, innerProduct, mapEntries, multiply } from '../../src/numerics/dense.js';
import { constrain } from '../../src/stages/constrain/constrain.js';
import { type Limits, projectStepwise } from '../../src/stages/constrain/projectModel.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { unconstrained } from '../../src/stages/fit/calibration.js';
import { constrainedModels } from '../../src/stages/validate/trainedModels.js';
import { inSampleSteps, validate } from '../../src/stages/validate/walkForward.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { randomSymmetric } from '../support/matrices.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const names = 12;
const decay = decays({ bucketMs: 1000, tauSeconds: [10, Number.POSITIVE_INFINITY] });
const weights = Float64Array.of(0.5, 0.5);
const blocks = Array.from({ length: names }, (_, i) => (i < 6 ? 'a' : 'b'));
/** Links as strong as self impact and hardly any data: the estimate is far from admissible. */
const K = mapEntries(randomSymmetric(names, 3), (v, i, j) => (i === j ? 1 + 0.2 * (i % 3) : 0.25 + 0.02 * v));
const folds = Array.from({ length: 6 }, (_, d) =>
  accumulateDay(
    simulatedBuckets({
      names,
      K,
      decay,
      weights,
      density: 0.3,
      noise: 30,
      seed: 40 + d,
      common: 1,
      sessionSeconds: [400],
    }),
    { decay, transform: LINEAR_FLOW, foldBuckets: 'day' },
  ),
).flat();
const params = { ...defaultCalibration(blocks), lambda: 0, intensity: 0, target: 'none' as const };
const calibration = calibrate(folds, params);
const model = { ...unconstrained(calibration), decay, weights: calibration.estimate.kernel.weights, concavity: 1 };
const frobenius: Limits = { rho: 0.5, metric: 'frobenius' };
const prediction: Limits = { rho: 0.5, metric: 'prediction' };

describe('constrain', () => {
  it('projects what the data gave, certifies it, and says what it was before', () => {
    const { full, blockDiagonal, diagonal, before, projection } = constrain(model, { ...frobenius, blocks });
    expect(before.status).toBe('failed');
    expect(before.witness).toBeDefined();
    expect([full, blockDiagonal, diagonal].map(({ certificate }) => certificate.status)).toEqual(
      Array.from({ length: 3 }, () => 'passed'),
    );
    const D = diagonalOf(full.K);
    expect(frobeniusDistance(toNormalised(full.K, D), toNormalised(model.K, D))).toBeGreaterThan(0.5);
    expect(projection.dualityGap).toBeLessThanOrEqual(1e-8 * projection.distance);
  });

  it('the prediction metric moves entries more and predictions less', () => {
    const [plain, weighed] = [frobenius, prediction].map((limits) => constrain(model, { ...limits, blocks }));
    expect(weighed.full.certificate.status).toBe('passed');
    const D = diagonalOf(plain.full.K);
    const moved = (k: typeof K) => frobeniusDistance(toNormalised(k, D), toNormalised(model.K, D));
    expect(moved(weighed.full.K)).toBeGreaterThan(moved(plain.full.K));
    const { residualVolBps: vol, flowGram: S } = calibration.estimate;
    const error = (k: typeof K) => {
      const Y = mapEntries(k, (value, i, j) => (value - model.K.data[i * names + j]) / vol[i] / vol[j]);
      return Math.sqrt(innerProduct(multiply(Y, S), Y));
    };
    expect(error(weighed.full.K)).toBeLessThan(error(plain.full.K));
    expect(weighed.projection.distance).toBeCloseTo(error(weighed.full.K), 8);
  });

  it('floors rise in both metrics, to the last bit', () => {
    const floors = calibration.floors.map((_, i) => (i === 4 ? 5 : 0));
    for (const limits of [frobenius, prediction]) {
      const { full, floored } = constrain({ ...model, floors }, { ...limits, blocks });
      expect([...floored]).toEqual([4]);
      expect(full.K.data[4 * names + 4]).toBe(5);
      expect(full.certificate.status).toBe('passed');
    }
  });

  it('an admissible matrix comes back as it is, bit for bit', () => {
    const { full } = constrain(model, { ...frobenius, blocks });
    for (const limits of [frobenius, prediction]) {
      const again = constrain({ ...model, K: full.K }, { ...limits, blocks });
      expect(again.projection.status).toBe('alreadyFeasible');
      expect([...again.full.K.data]).toEqual([...full.K.data]);
      expect(again.before.status).toBe('passed');
    }
  });
});

describe('price of admission', () => {
  it('falls in sample with every constraint in the prediction metric, and gains out of sample where the estimate was noise', () => {
    const { steps } = projectStepwise(model, { ...prediction, rho: 0.3 });
    expect(steps.map(({ constraint }) => constraint)).toEqual([
      'none',
      'symmetry and floors',
      'no round trips',
      'cross bound',
    ]);
    const inSample = inSampleSteps(sumMoments(folds), constrainedModels(calibration, steps));
    for (let s = 1; s < steps.length; s++) expect(inSample[s]).toBeLessThanOrEqual(inSample[s - 1] + 1e-12);
    expect(inSample[3]).toBeLessThan(inSample[0]);
    const limits = { ...prediction, rho: 0.3 };
    const { walkForward } = validate(folds, { calibration: params, limits, decay, transform: LINEAR_FLOW, groups: 6 })!;
    expect(walkForward.steps).toHaveLength(4);
    expect(walkForward.steps[3]).toBeCloseTo(walkForward.scores.fitted.pooled, 12);
    expect(walkForward.steps[3]).toBeGreaterThan(walkForward.steps[0]);
  });

  it('in sample is the R² of the whole window', () => {
    const { steps } = projectStepwise(model, frobenius);
    const total = sumMoments(folds);
    const [first] = inSampleSteps(total, constrainedModels(calibration, steps.slice(0, 1)));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1);
    expect(total.buckets).toBeGreaterThan(2000);
  });

  it('a bound that does not bind costs nothing, and a cap on the condition number is the last step', () => {
    const mild = { ...model, K: mapEntries(model.K, (v, i, j) => (i === j ? v : 0.3 * v)) };
    const { steps } = projectStepwise(mild, { rho: 0.95, metric: 'frobenius', conditionCap: 2 });
    expect(steps.at(-1)!.constraint).toBe('condition cap');
    expect(steps[3].K).toBe(steps[2].K);
    expect(steps[4].K).not.toBe(steps[3].K);
  });
});
