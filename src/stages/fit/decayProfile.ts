import type { Interval } from '../../model/interval.js';
import { decays, type KernelBasis, kernelCurve, workedShares } from '../../model/kernel.js';
import type { OwnMoments } from '../../model/ownMoments.js';
import { type DenseMatrix, multiply, submatrix } from '../../numerics/dense.js';
import { pow, squared } from '../../numerics/elementary/elementary.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import { type ProfileInterval, profileInterval } from '../../numerics/profileInterval.js';
import { mean, twoSidedReach } from '../../numerics/statistics.js';
import {
  chooseKernel,
  foldProblem,
  type KernelChoice,
  ownProblem,
  residualVariances,
  weightProblem,
} from './kernelChoice.js';

/** Rise of −2 log likelihood at the ends of an interval: quantiles of χ² with one degree of freedom. */
const RISE = { 0.9: 2.7055, 0.99: 6.6349 } as const;
type Coverage = keyof typeof RISE;

/** The same where so many intervals are to hold at once (Bonferroni). */
const riseOf = (coverage: Coverage, intervals: number): number =>
  intervals === 1 ? RISE[coverage] : squared(twoSidedReach((1 - coverage) / intervals));

/** A cost so far outside the bounds that own flow sets it is wrong, as a share of the nearer one. */
export const DECAY_FIT_BOUND = 0.1;

/** How far a cost lies outside an interval, as a share of the nearer bound; 0 inside. */
export const outsideBy = (cost: number, { low, high }: Pick<ProfileInterval, 'low' | 'high'>): number =>
  Math.max(0, cost / high - 1, low > 0 ? low / cost - 1 : 0);

/**
 * What own flow says of functionals of the decay that are linear in its weights, over the whole grid of time constants and
 * whatever was chosen from it: how uncertain the choice is, is part of the interval (MODEL §4).
 */
export interface DecayProfile {
  /** Level of the decay so many buckets after the trade, as a share of the impact at once. */
  readonly level: (step: number, coverage?: Coverage) => ProfileInterval;
  /**
   * `Σ_p a_p (…)_p` of an order that is worked evenly over so many buckets, as in {@link workedShares}.
   * @param intervals how many of them are looked at together
   */
  readonly worked: (buckets: number, coverage?: Coverage, intervals?: number) => ProfileInterval;
}

/** Own flow of a window on the whole grid of time constants: as a whole, and by fold. */
export interface OwnWindow {
  readonly total: OwnMoments;
  readonly folds: readonly OwnMoments[];
  readonly basis: KernelBasis;
}

/** `undefined` where own flow explains nothing. */
export function decayProfile({ total, folds, basis }: OwnWindow): DecayProfile | undefined {
  const decay = decays(basis);
  const problem = ownProblem(total);
  const chosen = chooseKernel(problem).at(-1)!;
  if (!chosen.self.some((kappa) => kappa > 0)) return undefined;
  const { H, g } = weightProblem(problem, chosen.self);
  const effectOf = designEffect(folds, total, chosen, H);
  const profile = (f: Float64Array, coverage: Coverage, intervals = 1) =>
    scaledProfile(H, g, f, riseOf(coverage, intervals) * effectOf(f));
  return {
    level: (step, coverage = 0.9) =>
      profile(
        decay.map((d) => pow(d, step)),
        coverage,
      ),
    worked: (buckets, coverage = 0.9, intervals = 1) => profile(workedShares(decay, buckets), coverage, intervals),
  };
}

/**
 * How much more a functional of the chosen weights varies than independent residuals would make it: what links do to a move
 * stays in the residual of own flow and decays there, so that its buckets are worth fewer. The scores of the weights by fold
 * against their expected size (the sandwich of White 1980 and Newey and West 1987, blocks being the folds); at least 1.
 */
function designEffect(folds: readonly OwnMoments[], total: OwnMoments, chosen: KernelChoice, H: DenseMatrix) {
  const variance = residualVariances(total);
  const scores = folds.map((fold) => {
    const { H: own, g } = weightProblem(foldProblem(fold, variance), chosen.self);
    return chosen.bases.map((p) => g[p] - innerRow(own, p, chosen.weights));
  });
  const centre = chosen.bases.map((_, a) => mean(scores.map((score) => score[a])));
  const inverse = gramInverse(submatrix(H, chosen.bases, chosen.bases)).inverse;
  return (f: Float64Array): number => {
    if (folds.length < 2) return 1;
    const direction = multiply(inverse, columnOf(chosen.bases.map((p) => f[p]))).data;
    const expected = chosen.bases.reduce((sum, p, a) => sum + direction[a] * f[p], 0);
    const found = scores.reduce(
      (sum, score) => sum + squared(score.reduce((s, v, a) => s + direction[a] * (v - centre[a]), 0)),
      0,
    );
    const effect = (found * folds.length) / (folds.length - 1) / expected;
    return effect > 1 ? effect : 1;
  };
}

const columnOf = (values: readonly number[]): DenseMatrix => ({
  rows: values.length,
  cols: 1,
  data: Float64Array.from(values),
});

function innerRow({ cols, data }: DenseMatrix, row: number, x: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < cols; j++) sum += data[row * cols + j] * x[j];
  return sum;
}

/** Relative to the impact at once, which the data know far better than how it decays. */
function scaledProfile(H: DenseMatrix, g: Float64Array, f: Float64Array, rise: number): ProfileInterval {
  const ones = new Float64Array(f.length).fill(1);
  const { value: atOnce } = profileInterval(H, g, ones, 0);
  const { value, low, high } = profileInterval(H, g, f, rise);
  return { value: value / atOnce, low: low / atOnce, high: high / atOnce };
}

/** Buckets after a trade at which the bands of the decay are given. */
const BAND_STEPS = [0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];

export interface KernelBand extends Interval {
  /** Buckets since the trade. */
  readonly step: number;
}

/** Bands of 90 % around a decay, at {@link BAND_STEPS}. */
export function kernelBands(profile: DecayProfile, decay: Float64Array, weights: Float64Array): KernelBand[] {
  return BAND_STEPS.map((step) => {
    const { low, high } = profile.level(step);
    const [, value] = kernelCurve(
      decay.map((d) => pow(d, step)),
      weights,
      2,
    );
    return { step, value, low: Math.max(0, Math.min(low, value)), high: Math.min(1, Math.max(high, value)) };
  });
}
