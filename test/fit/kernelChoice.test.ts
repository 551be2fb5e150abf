import { describe, expect, it } from 'vitest';
import { selectBases } from '../../src/model/bases.js';
import { decays, kernelGrid, workedShares } from '../../src/model/kernel.js';
import { sumMoments } from '../../src/model/moments.js';
import { ownWidth, sumOwn } from '../../src/model/ownMoments.js';
import { mapEntries, zeros } from '../../src/numerics/dense.js';
import { profileInterval } from '../../src/numerics/profileInterval.js';
import { randomStream } from '../../src/numerics/random.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { decayProfile } from '../../src/stages/fit/decayProfile.js';
import { factorControls } from '../../src/stages/fit/factorControls.js';
import { chooseKernel, foldProblem, ownProblem, residualVariances } from '../../src/stages/fit/kernelChoice.js';
import { accumulateOwn } from '../../src/stages/fit/ownMoments.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

interface Decay {
  readonly tau: readonly number[];
  readonly weights: readonly number[];
}

/** (1+h)^−.4 as a sum of exponentials on a fine grid of rates. */
function powerLaw(): Decay {
  const rates = Array.from({ length: 37 }, (_, k) => 2 ** ((k - 30) / 2));
  const mass = rates.map((rate) => rate ** 0.4 * Math.exp(-rate));
  const whole = mass.reduce((sum, m) => sum + m, 0);
  return { tau: rates.map((rate) => 1 / rate), weights: mass.map((m) => m / whole) };
}

const decayOf = ({ tau }: Decay) => decays({ bucketMs: 1000, tauSeconds: tau });
const NAMES = 6;
const BUCKETS = 12_000;
const BASIS = kernelGrid(1000, BUCKETS);

function self(seed: number): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from({ length: NAMES }, () => Math.exp(0.3 * random.normal()));
}

/** Own moments of three days of six names with links of none. */
function ownWindow(truth: Decay, seed: number, noise = 1) {
  const kappa = self(seed);
  const days = [2, 3, 4].flatMap((day) =>
    accumulateOwn(
      simulatedBuckets({
        names: NAMES,
        seed: 100 * seed + day,
        K: mapEntries(zeros(NAMES), (_, i, j) => (i === j ? kappa[i] : 0)),
        decay: decayOf(truth),
        weights: Float64Array.from(truth.weights),
        noise,
        density: 0.2,
        sessionSeconds: [BUCKETS],
        date: `2024-01-0${day}`,
      }),
      { decay: decays(BASIS), transform: LINEAR_FLOW, foldBuckets: BUCKETS / 10 },
    ),
  );
  return { total: sumOwn(days), folds: days, basis: BASIS, kappa };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);

/** Cost of an order over that of the truth, mean over the names. */
function costRatio(truth: Decay, seed: number, buckets: number): number {
  const { total, kappa } = ownWindow(truth, seed);
  const { self: found, weights } = chooseKernel(ownProblem(total)).at(-1)!;
  const wanted = dot(workedShares(decayOf(truth), buckets), truth.weights);
  const priced = dot(workedShares(decays(BASIS), buckets), weights);
  return (
    dot(
      found,
      kappa.map((k) => 1 / k),
    ) *
    (priced / wanted / NAMES)
  );
}

/** With how far the mean of four seeds may stray at a minute and at ten: three standard errors, measured over 16. */
const TRUTHS: readonly (readonly [string, Decay, number, number])[] = [
  ['a pair off the grid', { tau: [2, 100], weights: [0.5, 0.5] }, 0.05, 0.3],
  ['a power law', powerLaw(), 0.12, 0.7],
  ['gone within a bucket', { tau: [0.3], weights: [1] }, 0.03, 0.03],
  ['a slow one', { tau: [1000], weights: [1] }, 0.02, 0.08],
  ['half of it permanent', { tau: [20, Number.POSITIVE_INFINITY], weights: [0.5, 0.5] }, 0.05, 0.2],
  ['permanent alone', { tau: [Number.POSITIVE_INFINITY], weights: [1] }, 0.02, 0.05],
];

describe('the decay that own flow supports', () => {
  it.each(TRUTHS)('prices orders of a minute and of ten: %s', (_, truth, minute, tenMinutes) => {
    const seeds = [1, 2, 3, 4];
    const mean = (buckets: number) =>
      seeds.reduce((sum, seed) => sum + costRatio(truth, seed, buckets), 0) / seeds.length;
    expect(Math.abs(mean(60) - 1)).toBeLessThan(minute);
    expect(Math.abs(mean(600) - 1)).toBeLessThan(tenMinutes);
  });

  it('takes few time constants where noise hides the shape, and one where there is no flow', () => {
    const noisy = ownWindow({ tau: [3, 100], weights: [0.5, 0.5] }, 1, 30).total;
    expect(chooseKernel(ownProblem(noisy)).at(-1)!.bases.length).toBeLessThanOrEqual(2);
    const silent = { ...noisy, sums: new Float64Array(noisy.sums.length) };
    const chosen = chooseKernel(ownProblem(silent)).at(-1)!;
    expect(chosen.bases.length).toBe(1);
    expect(decayProfile({ total: silent, folds: [silent], basis: BASIS })).toBeUndefined();
  });

  it('keeps a small permanent part where flow explains nearly all of the moves', () => {
    const truth = { tau: [3, 30, Number.POSITIVE_INFINITY], weights: [0.6, 0.35, 0.05] };
    // Without it an hour would cost a tenth; constants of the grid beside 3 s and 30 s leave it a fifth off.
    for (const noise of [0.01, 0.03]) {
      const { bases, weights } = chooseKernel(ownProblem(sumOwn(ownWindow(truth, 1, noise).folds.slice(0, 3)))).at(-1)!;
      expect(BASIS.tauSeconds[bases.at(-1)!]).toBe(Number.POSITIVE_INFINITY);
      expect(
        Math.abs(
          dot(workedShares(decays(BASIS), 3600), weights) / dot(workedShares(decayOf(truth), 3600), truth.weights) - 1,
        ),
      ).toBeLessThan(0.25);
    }
  });

  it('never raises the loss by more than it says it may', () => {
    const steps = chooseKernel(ownProblem(ownWindow(powerLaw(), 3).total));
    expect(steps.length).toBeGreaterThan(1);
    for (let k = 1; k < steps.length; k++) {
      expect(steps[k].loss - steps[k - 1].loss).toBeLessThan(4);
      expect(steps[k].bases.length).toBeLessThan(steps[k - 1].bases.length);
    }
  });

  it('sees a fold as it sees a window, to more digits than folds agree on', () => {
    const { folds } = ownWindow(powerLaw(), 5);
    const exact = ownProblem(folds[0]);
    const quick = foldProblem(folds[0], residualVariances(folds[0]));
    exact.gram.forEach(({ data }, i) => {
      const scale = Math.max(...data);
      data.forEach((value, k) => {
        expect(Math.abs(quick.gram[i].data[k] - value)).toBeLessThan(1e-9 * scale);
      });
      exact.cross[i].forEach((value, k) => {
        expect(Math.abs(quick.cross[i][k] - value)).toBeLessThan(1e-9 * Math.sqrt(scale * exact.square[i]));
      });
    });
  });

  it('has intervals of order cost that hold the truth about nine times in ten, choice included', () => {
    let [held, all] = [0, 0];
    for (const [, truth] of TRUTHS)
      for (let seed = 11; seed < 17; seed++) {
        const profile = decayProfile(ownWindow(truth, seed))!;
        for (const buckets of [60, 600]) {
          const wanted = dot(workedShares(decayOf(truth), buckets), truth.weights);
          const { low, high } = profile.worked(buckets);
          held += low <= wanted && wanted <= high ? 1 : 0;
          all++;
        }
      }
    expect(held / all).toBeGreaterThan(0.8);
    expect(held / all).toBeLessThan(1);
  });
});

describe('own moments', () => {
  const decay = Float64Array.of(0, Math.exp(-1 / 7), 1);
  const day = simulatedBuckets({
    names: 6,
    seed: 4,
    K: mapEntries(zeros(6), () => 1),
    noise: 1,
    factors: 2,
    missingShare: 0.02,
  });
  haltName(day, 1, 200, 260);

  it('are the sums of one name alone beside factors and what faded of them, halts, missing moves and sessions included', () => {
    const [own] = accumulateOwn(day, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' });
    const width = ownWidth(own);
    const { width: controls, values } = factorControls(day);
    const factors = { names: Array.from({ length: controls }, (_, f) => `f${f}`), moveBps: values };
    for (let i = 0; i < 6; i++) {
      const alone = { ...oneName(day, i), factors };
      const [fold] = accumulateDay(alone, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' });
      for (let a = 0; a < width - 1; a++) {
        for (let b = 0; b < width - 1; b++)
          expect(own.sums[i * width * width + a * width + b]).toBeCloseTo(fold.zz.data[a * fold.zz.cols + b], 7);
        expect(own.sums[i * width * width + a * width + width - 1]).toBeCloseTo(fold.zr.data[a], 7);
      }
    }
  });

  it('add up over folds', () => {
    const whole = accumulateOwn(day, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' });
    const parts = accumulateOwn(day, { decay, transform: LINEAR_FLOW, foldBuckets: 150 });
    expect(parts.length).toBeGreaterThan(2);
    const summed = sumOwn(parts);
    summed.sums.forEach((value, k) => {
      expect(value).toBeCloseTo(whole[0].sums[k], 7);
    });
  });
});

/** The day as one of its names sees it. */
function oneName(day: ReturnType<typeof simulatedBuckets>, i: number) {
  const { buckets } = day.grid;
  const entries = [...day.flow.name.keys()].filter((k) => day.flow.name[k] === i);
  const pick = (values: ArrayLike<number>) => entries.map((k) => values[k]);
  const { moveBps, flags } = day.market;
  return {
    ...day,
    symbols: [day.symbols[i]],
    market: {
      moveBps: moveBps.slice(i * buckets, (i + 1) * buckets),
      flags: flags.slice(i * buckets, (i + 1) * buckets),
    },
    flow: {
      ...day.flow,
      bucket: Int32Array.from(pick(day.flow.bucket)),
      name: new Int32Array(entries.length),
      venue: new Int32Array(entries.length),
      signedNotional: Float64Array.from(pick(day.flow.signedNotional)),
    },
  };
}

describe('profileInterval', () => {
  it('is the normal interval where nothing binds', () => {
    const H = mapEntries(zeros(2), (_, i, j) => (i === j ? 4 : 1));
    const g = Float64Array.of(9, 6);
    // x = H⁻¹g = (2, 1); the variance of x_1 is H⁻¹_11 = 4/15.
    const { value, low, high } = profileInterval(H, g, Float64Array.of(1, 0), 2.7055);
    expect(value).toBeCloseTo(2, 9);
    expect(high - value).toBeCloseTo(Math.sqrt(2.7055 * (4 / 15)), 6);
    expect(value - low).toBeCloseTo(Math.sqrt(2.7055 * (4 / 15)), 6);
  });

  it('ends at zero where a negative value would fit best, and is open where the data say nothing', () => {
    const H = mapEntries(zeros(2), (_, i, j) => (i === j && i === 0 ? 1 : 0));
    expect(profileInterval(H, Float64Array.of(-1, 0), Float64Array.of(1, 0), 1)).toMatchObject({ value: 0, low: 0 });
    expect(profileInterval(H, Float64Array.of(1, 0), Float64Array.of(0, 1), 1).high).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('selectBases', () => {
  it('gives the same moments as accumulating them alone', () => {
    const decay = Float64Array.of(0.3, 0.6, 0.9, 1);
    const bases = [1, 3];
    const day = simulatedBuckets({ names: 2, seed: 9, noise: 1, factors: 1, missingShare: 0.02 });
    const folds = (d: Float64Array) =>
      sumMoments(accumulateDay(day, { decay: d, transform: LINEAR_FLOW, foldBuckets: 'day' }));
    const picked = selectBases(folds(decay), bases);
    const alone = folds(Float64Array.from(bases, (p) => decay[p]));
    for (const field of ['zz', 'zr', 'missingFlowSquare', 'rr'] as const)
      alone[field].data.forEach((value, k) => {
        expect(picked[field].data[k]).toBeCloseTo(value, 8);
      });
  });
});
