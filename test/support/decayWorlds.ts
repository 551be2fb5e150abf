import { type DayBuckets, eachMovesOf } from '../../src/model/buckets.js';
import { decays, type KernelBasis, kernelGrid, workedShares } from '../../src/model/kernel.js';
import { sumMoments } from '../../src/model/moments.js';
import { sumOwn } from '../../src/model/ownMoments.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { Calibration } from '../../src/stages/fit/calibration.js';
import { chooseForm, type FormedFit, type FormInput } from '../../src/stages/fit/form/chooseForm.js';
import { dayOfPortfolios } from '../../src/stages/fit/form/portfolios.js';
import { chooseKernel, ownProblem } from '../../src/stages/fit/kernelChoice.js';
import { wholeOf } from '../../src/stages/fit/mergedSample.js';
import { accumulateOwn } from '../../src/stages/fit/ownMoments.js';
import { defaultCalibration } from './calibration.js';
import { LINEAR_FLOW } from './linearFlow.js';
import { type BucketCase, simulatedBuckets } from './simulatedBuckets.js';

/** A market whose links decay in one way, and whose market mode may decay in another. */
export interface DecayWorld {
  readonly names: number;
  readonly blocks: number;
  readonly days: number;
  readonly seconds: number;
  readonly seed: number;
  /** Seconds of the time constants. */
  readonly tau: readonly number[];
  /** Of self impact and links. */
  readonly own: readonly number[];
  /** Of the market mode, as a share of self impact; none where absent. */
  readonly market?: readonly number[];
  /** Normalised link inside a block; a third of it between blocks. */
  readonly link: number;
  readonly flow?: Pick<BucketCase, 'common' | 'commonPersistence' | 'noise'>;
}

export interface SimulatedWorld {
  readonly days: readonly DayBuckets[];
  readonly blocks: readonly string[];
  readonly decay: Float64Array;
  readonly parts: readonly DenseMatrix[];
}

export function simulatedWorld(world: DecayWorld): SimulatedWorld {
  const { names, seed, tau, own, market = tau.map(() => 0), link, flow } = world;
  const blocks = Array.from({ length: names }, (_, i) => `b${i % world.blocks}`);
  const root = blocks.map((_, i) => Math.sqrt(0.5 + ((7 * i) % 10) / 6));
  const linkOf = (i: number, j: number) => (i === j ? 1 : blocks[i] === blocks[j] ? link : link / 3);
  const parts = tau.map((_, p) =>
    mapEntries(zeros(names), (_zero, i, j) => root[i] * root[j] * (own[p] * linkOf(i, j) + market[p])),
  );
  const decay = decays({ bucketMs: 1000, tauSeconds: tau });
  const days = Array.from({ length: world.days }, (_, d) =>
    simulatedBuckets({
      ...{ names, parts, decay, density: 0.4, noise: 1.5, common: 0.2, ...flow },
      seed: 100 * seed + d,
      sessionSeconds: [world.seconds],
      date: `2024-01-${String(d + 2).padStart(2, '0')}`,
    }),
  );
  return { days, blocks, decay, parts };
}

/** What a run makes of the days where the form is left to them, and the scalar fit it starts from. */
export async function formed(
  { days, blocks }: SimulatedWorld,
  options: Partial<Pick<FormInput, 'besides' | 'mayAddTau'>> = {},
): Promise<{ fit: FormedFit; scalar: Calibration; basis: KernelBasis }> {
  const { grid } = days[0];
  const all = kernelGrid(1000, grid.buckets);
  const foldBuckets = days.length >= 5 ? 'day' : Math.max(30, Math.floor((days.length * grid.buckets) / 10));
  const sums = { transform: LINEAR_FLOW, foldBuckets } as const;
  const own = days.flatMap((day) => accumulateOwn(day, { decay: decays(all), ...sums }));
  const { bases } = chooseKernel(ownProblem(sumOwn(own))).at(-1)!;
  const basis = { bucketMs: 1000, tauSeconds: bases.map((p) => all.tauSeconds[p]) };
  const foldsOn = (on: KernelBasis) => days.flatMap((day) => accumulateDay(day, { decay: decays(on), ...sums }));
  const params = defaultCalibration(blocks);
  const folds = foldsOn(basis);
  const whole = wholeOf(sumMoments(folds), params.defactor);
  const fit = await chooseForm(
    { basis, folds, whole, params, sessionBuckets: grid.buckets, mayAddTau: true, ...options },
    {
      portfolioWindow: async (portfolios) => {
        const ofPortfolios = days.flatMap((day) =>
          accumulateOwn(dayOfPortfolios(day, eachMovesOf(day), portfolios, LINEAR_FLOW), {
            decay: decays(all),
            ...sums,
          }),
        );
        return { total: sumOwn(ofPortfolios), folds: ofPortfolios, basis: all };
      },
      foldsOn: async (on) => foldsOn(on),
    },
  );
  return { fit, scalar: calibrate(folds, params, whole), basis };
}

/** Cost of a basket that is worked over so many seconds. */
export function basketCost(
  parts: readonly DenseMatrix[],
  decay: Float64Array,
  seconds: number,
  q: Float64Array,
): number {
  const shares = workedShares(decay, seconds);
  return parts.reduce((sum, { data, cols }, p) => {
    let cost = 0;
    for (let i = 0; i < cols; i++) for (let j = 0; j < cols; j++) cost += q[i] * data[i * cols + j] * q[j];
    return sum + shares[p] * cost;
  }, 0);
}

/** The matrices of a fit by time constant, whatever its form. */
export const partsOf = ({ K, parts, estimate }: Calibration): readonly DenseMatrix[] =>
  parts?.matrices ?? Array.from(estimate.kernel.weights, (a) => mapEntries(K, (k) => a * k));
