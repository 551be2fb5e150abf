import { describe, expect, it } from 'vitest';
import { toNormalised } from '../../src/model/normalise.js';
import { type DenseMatrix, diagonalOf, mapEntries, symmetricPart, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { symmetricEigen } from '../../src/numerics/symmetricEigen.js';
import { project } from '../../src/stages/constrain/projectModel.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { type CalibrationParams, unconstrained } from '../../src/stages/fit/calibration.js';
import { basketCap } from '../../src/stages/guardrails/basketCap.js';
import { guardrailValues } from '../../src/stages/guardrails/guardrailValues.js';
import { type Evidence, type GateRules, judge } from '../../src/stages/validate/gates.js';
import { dayOf, TRUE_DECAY, truthOf, type World } from '../study/worlds.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, permuted } from '../support/matrices.js';

const world = (names: number, noise: World['noise'] = 'low') =>
  ({ names, noise, kernel: 'scalar', condition: 'clean' }) as const;

/** What a fit of some days publishes, judged. */
function fitted(shape: World, change: Partial<CalibrationParams> = {}, days = 6) {
  const truth = truthOf(shape, 1);
  const folds = Array.from({ length: days }, (_, d) =>
    accumulateDay(dayOf(shape, truth, 100 + d), { decay: TRUE_DECAY, transform: LINEAR_FLOW, foldBuckets: 'day' }),
  ).flat();
  const fit = calibrate(folds, { ...defaultCalibration(truth.blocks), ...change });
  const { K } = project(unconstrained(fit), { rho: 0.9, metric: 'frobenius' });
  return basketCap({ K, groups: truth.blocks, errors: fit.linkErrors });
}

/** Blocks of ten, links of .3 inside and .06 between, each off by .04; whatever the eigenvalues. */
function market(names: number, seed: number) {
  const random = randomStream(seed);
  const groups = Array.from({ length: names }, (_, i) => `block ${Math.floor(i / 10)}`);
  const symmetric = (of: () => number) => symmetricPart(mapEntries(zeros(names), () => Math.SQRT2 * of()));
  const means = mapEntries(zeros(names), (_, i, j) => (i === j ? 1 : groups[i] === groups[j] ? 0.3 : 0.06));
  return { groups, means, own: symmetric(() => 0.04 * random.normal()), noise: symmetric(() => random.normal()) };
}

/** Links a share of the way from the means to an estimate with errors of one size. */
function shrunk({ means, own, noise }: ReturnType<typeof market>, share: number, error: number): DenseMatrix {
  return mapEntries(means, (mean, i, j) => {
    const k = i * means.cols + j;
    return i === j ? 1 : mean + share * (own.data[k] + error * noise.data[k]);
  });
}

const constant = (names: number, value: number) => mapEntries(zeros(names), (_, i, j) => (i === j ? 0 : value));

describe('basketCap', () => {
  it.each([10, 60, 200])('passes the truth of %i names, and a live system stays within its number', (names) => {
    const { K, blocks } = truthOf(world(names), 1);
    const { passed, numericCap } = basketCap({ K, groups: blocks, errors: zeros(names) });
    expect(passed).toBe(true);
    expect(guardrailValues(K).basketNorm).toBeLessThanOrEqual(numericCap);
    // The number that used to hold for every market.
    if (names > 10) expect(guardrailValues(K).basketNorm).toBeGreaterThan(3);
  });

  it('of 500 names: passes the truth and what shrinkage leaves of a noisy estimate, and fails the estimate', () => {
    const names = 500;
    const drawn = market(names, 1);
    const { groups } = drawn;
    const truth = basketCap({ K: shrunk(drawn, 1, 0), groups, errors: zeros(names) });
    expect(truth.passed).toBe(true);
    expect(truth.excess).toBeGreaterThan(1);
    const share = 0.04 ** 2 / (0.04 ** 2 + 0.05 ** 2);
    const errors = constant(names, share * 0.05);
    expect(basketCap({ K: shrunk(drawn, share, 0.05), groups, errors }).passed).toBe(true);
    expect(basketCap({ K: shrunk(drawn, 1, 0.05), groups, errors: constant(names, 0.05) }).passed).toBe(false);
  });

  it('the default fit passes at every size and noise; noisy least squares of 60 and 200 names do not', () => {
    for (const noise of ['low', 'high'] as const) {
      expect(fitted(world(10, noise)).passed).toBe(true);
      expect(fitted(world(60, noise)).passed).toBe(true);
    }
    const free = { lambda: 0, intensity: 0, target: 'none' } as const;
    expect(fitted(world(60, 'medium'), free).passed).toBe(false);
    expect(fitted(world(60, 'high'), { estimator: 'ols' }).passed).toBe(false);
    expect(fitted(world(200, 'medium'), { estimator: 'ols' }, 3).passed).toBe(false);
    // At low noise least squares is good enough.
    expect(fitted(world(60), { estimator: 'ols' }).passed).toBe(true);
  });

  it('the errors of independent links add up to the norm that such links have', () => {
    const { noise } = market(300, 2);
    const K = mapEntries(noise, (value, i, j) => (i === j ? 1 : 0.05 * value));
    const { values } = symmetricEigen(mapEntries(K, (value, i, j) => (i === j ? 0 : value)));
    const found = basketCap({ K, groups: Array.from({ length: 300 }, () => 'one'), errors: constant(300, 0.05) });
    expect(found.noise! / values[299]).toBeCloseTo(1, 1);
    expect(found.excess / values[299]).toBeCloseTo(1, 1);
    expect(found.passed).toBe(false);
  });

  it('a group of its own explains no link', () => {
    const drawn = market(100, 3);
    const K = shrunk(drawn, 1, 0.3);
    const alone = basketCap({ K, groups: drawn.groups.map((_, i) => String(i)), errors: constant(100, 0.3) });
    expect(alone.excess).toBeGreaterThan(3);
    expect(alone.passed).toBe(false);
  });

  it('does not depend on units, currencies of names or their order', () => {
    const { K, blocks } = truthOf(world(20), 4);
    const errors = constant(20, 0.2);
    const straight = basketCap({ K, groups: blocks, errors });
    const unit = Float64Array.from({ length: 20 }, (_, i) => 10 ** ((i % 5) - 2));
    const scaled = (matrix: DenseMatrix) => mapEntries(matrix, (value, i, j) => value * unit[i] * unit[j]);
    const other = basketCap({ K: scaled(K), groups: blocks, errors: scaled(errors) });
    const order = Array.from({ length: 20 }, (_, i) => (7 * i) % 20);
    const moved = basketCap({
      K: permuted(K, order),
      groups: order.map((i) => blocks[i]),
      errors: permuted(errors, order),
    });
    for (const key of ['value', 'bound', 'numericCap', 'groupNorm'] as const) {
      expect(other[key]).toBeCloseTo(straight[key], 9);
      expect(moved[key]).toBeCloseTo(straight[key], 9);
    }
    expect(
      largestDifference(toNormalised(K, diagonalOf(K)), toNormalised(scaled(K), diagonalOf(scaled(K)))),
    ).toBeLessThan(1e-12);
  });
});

describe('the gate of a basket', () => {
  const evidence = {
    certificate: { status: 'passed', checks: [] } as unknown as Evidence['certificate'],
    outOfSample: { verdict: 'not applicable', reason: 'nothing is scored' },
    guardrails: { basketNorm: 5, spectrum: [] },
    diagnoses: [],
  } satisfies Evidence;
  const rules = {
    conditionCap: 1,
    crossShareCap: 1,
    identification: 'freeze',
    crossGainMargin: 0,
    accepted: {},
  } as const;
  const gate = (limit: GateRules['basketCap']) =>
    judge(evidence, { ...rules, basketCap: limit }).find(({ name }) => name === 'basket_norm')!;

  it('compares the norm with a number, and noise with what auto made of it', () => {
    expect(gate(3)).toMatchObject({ verdict: 'failed', value: 5, bound: 3 });
    const drawn = market(200, 5);
    const { groups } = drawn;
    expect(gate(basketCap({ K: shrunk(drawn, 1, 0), groups, errors: zeros(200) })).verdict).toBe('passed');
    expect(gate(basketCap({ K: shrunk(drawn, 1, 0.2), groups, errors: constant(200, 0.2) })).verdict).toBe('failed');
  });

  it('without errors cannot tell large links from noise, and says what to do', () => {
    const drawn = market(200, 5);
    const { groups } = drawn;
    const unknown = gate(basketCap({ K: shrunk(drawn, 1, 0), groups }));
    expect(unknown.verdict).toBe('not enough data');
    expect(unknown.reason).toContain('guardrails.basket_cap');
    expect(gate(basketCap({ K: drawn.means, groups })).verdict).toBe('passed');
  });
});
