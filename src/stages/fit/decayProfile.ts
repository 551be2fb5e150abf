import type { Interval } from '../../model/interval.js';
import { decays, type KernelBasis, kernelCurve, workedShares } from '../../model/kernel.js';
import type { OwnMoments } from '../../model/ownMoments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type ProfileInterval, profileInterval } from '../../numerics/profileInterval.js';
import { chooseKernel, ownProblem, weightProblem } from './kernelChoice.js';

/** Rise of −2 log likelihood at the ends of an interval: quantiles of χ² with one degree of freedom. */
const RISE = { 0.9: 2.7055, 0.99: 6.6349 } as const;
type Coverage = keyof typeof RISE;

/**
 * What own flow says of functionals of the decay that are linear in its weights, over the whole grid of time constants and
 * whatever was chosen from it: how uncertain the choice is, is part of the interval (MODEL §4).
 */
export interface DecayProfile {
  /** Level of the decay so many buckets after the trade, as a share of the impact at once. */
  readonly level: (step: number, coverage?: Coverage) => ProfileInterval;
  /** `Σ_p a_p (…)_p` of an order that is worked evenly over so many buckets, as in {@link workedShares}. */
  readonly worked: (buckets: number, coverage?: Coverage) => ProfileInterval;
}

/** @param designEffect buckets over those that independent ones would be worth */
export function decayProfile(total: OwnMoments, basis: KernelBasis, designEffect: number): DecayProfile | undefined {
  const decay = decays(basis);
  const problem = ownProblem(total);
  const chosen = chooseKernel(problem).at(-1)!;
  if (!chosen.self.some((kappa) => kappa > 0)) return undefined;
  const { H, g } = weightProblem(problem, chosen.self);
  const profile = (f: Float64Array, coverage: Coverage) => scaledProfile(H, g, f, RISE[coverage] * designEffect);
  return {
    level: (step, coverage = 0.9) =>
      profile(
        decay.map((d) => d ** step),
        coverage,
      ),
    worked: (buckets, coverage = 0.9) => profile(workedShares(decay, buckets), coverage),
  };
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

/** Bands of 90 % around a decay, up to the longest time constant of the grid. */
export function kernelBands(profile: DecayProfile, decay: Float64Array, weights: Float64Array): KernelBand[] {
  return BAND_STEPS.map((step) => {
    const { low, high } = profile.level(step);
    const [, value] = kernelCurve(
      decay.map((d) => d ** step),
      weights,
      2,
    );
    return { step, value, low: Math.max(0, Math.min(low, value)), high: Math.min(1, Math.max(high, value)) };
  });
}
