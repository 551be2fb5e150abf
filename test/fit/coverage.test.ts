import { describe, expect, it } from 'vitest';
import { addMoments, type FoldMoments, sumMoments } from '../../src/model/moments.js';
import { mapEntries, zeros } from '../../src/numerics/dense.js';
import { fitFactors, removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { Calibration, Estimate } from '../../src/stages/fit/calibration.js';
import { type JackknifeSample, jackknifeInterval } from '../../src/stages/fit/jackknife.js';
import { refitKernel } from '../../src/stages/fit/kernelWeights.js';
import { TRUE_DECAY, truthOf } from '../study/worlds.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 6;
const SEEDS = 35;
const tau = (seconds: number) => Math.exp(-1 / seconds);
/** The truth's time constants and others. */
const GRID = Float64Array.of(tau(1), TRUE_DECAY[0], TRUE_DECAY[1], tau(600), 1);
const WEIGHTS = [0.5, 0.3, 0.2];

interface CleanWorld {
  readonly decay: Float64Array;
  readonly weights: readonly number[];
  readonly grid: Float64Array;
}

const scalar: CleanWorld = { decay: TRUE_DECAY, weights: WEIGHTS, grid: GRID };
const permanent: CleanWorld = { decay: Float64Array.of(1), weights: [1], grid: Float64Array.of(1) };

const truthAt = (seed: number) =>
  truthOf({ names: NAMES, noise: 'medium', kernel: 'scalar', condition: 'clean' }, 17 * seed);

function foldsOf({ decay, weights, grid }: CleanWorld, seed: number, days: number): FoldMoments[] {
  const { K } = truthAt(seed);
  const parts = weights.map((a) => mapEntries(K, (k) => a * k));
  const shape = { names: NAMES, parts, decay, density: 0.2, noise: 2, sessionSeconds: [Math.round(5_000 / days)] };
  return Array.from({ length: days }, (_, d) =>
    accumulateDay(simulatedBuckets({ ...shape, seed: 1000 * seed + d }), {
      decay: grid,
      transform: LINEAR_FLOW,
      foldBuckets: 'day',
    }),
  ).flat();
}

/** Share of what is left after an order of unit size is worked evenly over so many buckets. */
function worked(decay: Float64Array, weights: ArrayLike<number>, buckets: number): number {
  return decay.reduce((cost, d, p) => {
    let sum = buckets / 2;
    for (let k = 1; k < buckets; k++) sum += (buckets - k) * d ** k;
    return cost + (2 * weights[p] * sum) / buckets ** 2;
  }, 0);
}

/** Cost of a worked order in one name, its decay estimated without each group of folds too, or held. */
function cost({ rawK, kernelWeights }: Estimate, grid: Float64Array, k: number, buckets: number, held: boolean) {
  const of = (K: number, a: Float64Array) => K * worked(grid, a, buckets);
  return {
    whole: of(rawK.whole.data[k], kernelWeights.whole),
    replicates: rawK.replicates.map(({ data }, g) =>
      of(data[k], held ? kernelWeights.whole : kernelWeights.replicates[g]),
    ),
    ratios: rawK.ratios,
  };
}

const holds = (sample: JackknifeSample<number>, wanted: number): boolean => {
  const { low, high } = jackknifeInterval(sample);
  return low! <= wanted && wanted <= high!;
};

type Measured = (fit: Calibration, k: number, truth: number, isSelf: boolean) => Readonly<Record<string, boolean>>;

/** Share of intervals that hold the truth. */
function coverage(world: CleanWorld, days: number, measured: Measured): Record<string, number> {
  const counts = new Map<string, number[]>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { K, blocks } = truthAt(seed);
    const fit = calibrate(foldsOf(world, seed, days), defaultCalibration(blocks));
    for (let i = 0; i < NAMES; i++) {
      for (let j = i; j < NAMES; j++) {
        const k = i * NAMES + j;
        for (const [name, held] of Object.entries(measured(fit, k, K.data[k], i === j)))
          counts.set(name, [...(counts.get(name) ?? []), held ? 1 : 0]);
      }
    }
  }
  return Object.fromEntries([...counts].map(([name, all]) => [name, all.reduce((a, b) => a + b, 0) / all.length]));
}

const entries: Measured = ({ K, estimate, shrinkage }, k, truth, isSelf) => {
  const { rawK, intervalReach, standardErrors } = estimate;
  const raw = { ...rawK, whole: rawK.whole.data[k], replicates: rawK.replicates.map(({ data }) => data[k]) };
  const error = shrinkage!.publishedErrors.data[k];
  return {
    [isSelf ? 'self' : 'links']: holds(raw, truth),
    [isSelf ? 'published self' : 'published links']: Math.abs(K.data[k] - truth) <= intervalReach * error,
    normal: Math.abs(rawK.whole.data[k] - truth) <= 1.645 * standardErrors.data[k],
  };
};

describe('90 % intervals', () => {
  it.each([
    ['a decay, few folds', scalar, 5],
    ['a decay, many folds', scalar, 25],
    ['permanent impact, few folds', permanent, 5],
    ['permanent impact, many folds', permanent, 25],
  ])('hold the truth nine times of ten: %s', (_, world, days) => {
    const { normal, ...shares } = coverage(world, days, entries);
    for (const share of Object.values(shares)) {
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(0.95);
    }
    // Why the reach is Student's.
    if (days === 5) expect(normal).toBeLessThan(0.86);
  });

  it('hold the cost of a worked order only where every replicate has a decay of its own', () => {
    const { anew, held } = coverage(scalar, 10, ({ estimate }, k, truth, isSelf): Record<string, boolean> => {
      if (!isSelf) return {};
      const wanted = truth * worked(TRUE_DECAY, WEIGHTS, 300);
      return {
        anew: holds(cost(estimate, GRID, k, 300, false), wanted),
        held: holds(cost(estimate, GRID, k, 300, true), wanted),
      };
    });
    // All names share the error of the decay: these are 35 independent looks, not 210. With 120 seeds, on another grid, .92
    // held it (5 days) and .84 (25).
    expect(anew).toBeGreaterThan(0.75);
    expect(held).toBeLessThan(0.7);
  });

  it('take the links that are not there for what they are: published errors do not cover everything', () => {
    const none = mapEntries(zeros(NAMES), (_, i, j) => (i === j ? 1 : 0));
    let [held, byRaw, all] = [0, 0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const shape = { names: NAMES, K: none, density: 0.2, noise: 2, sessionSeconds: [1000] };
      const folds = [0, 1, 2, 3, 4, 5].flatMap((d) =>
        accumulateDay(simulatedBuckets({ ...shape, seed: 100 * seed + d }), {
          decay: Float64Array.of(1),
          transform: LINEAR_FLOW,
          foldBuckets: 'day',
        }),
      );
      const { K, estimate, shrinkage } = calibrate(folds, defaultCalibration(Array(NAMES).fill('a')));
      for (let i = 0; i < NAMES; i++) {
        for (let j = 0; j < i; j++) {
          const k = i * NAMES + j;
          all++;
          if (Math.abs(K.data[k]) <= estimate.intervalReach * shrinkage!.publishedErrors.data[k]) held++;
          if (Math.abs(K.data[k]) <= estimate.intervalReach * estimate.standardErrors.data[k]) byRaw++;
        }
      }
    }
    // The errors of raw links about shrunk ones are far too wide; this is what held 660 links of 660.
    expect(byRaw / all).toBeGreaterThan(0.97);
    expect(held / all).toBeGreaterThan(0.8);
  });
});

describe('kernel weights without a group of folds', () => {
  it('are those of a fit of their own, to a fifth of what the group moves', () => {
    const folds = foldsOf(scalar, 3, 8);
    const params = defaultCalibration(truthAt(3).blocks);
    const { kernel, kernelWeights, residuals } = calibrate(folds, params).estimate;
    let [missed, moved] = [0, 0];
    folds.forEach((fold, g) => {
      const rest = sumMoments(folds);
      addMoments(rest, fold, -1);
      const own = refitKernel(removeFactors(rest, fitFactors(rest, params.defactor)), kernel, residuals).weights;
      own.forEach((a, p) => {
        missed += Math.abs(a - kernelWeights.replicates[g][p]);
        moved += Math.abs(a - kernel.weights[p]);
      });
    });
    expect(moved).toBeGreaterThan(0.05);
    expect(missed).toBeLessThan(0.2 * moved);
  });
});
