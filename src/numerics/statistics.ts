/** Small sample statistics. Every function takes finite numbers and returns one. */

import { log, squared, tan } from './elementary/elementary.js';
import { quantileInPlace } from './quickselect.js';

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length > 0 ? sum / values.length : 0;
}

/** Quantile by linear interpolation of order statistics (Hyndman and Fan's type 7); 0 for no values. */
export const quantile = (values: ArrayLike<number>, probability: number): number =>
  quantileInPlace(Float64Array.from(values), probability);

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/**
 * Delete-a-group jackknife standard error from leave-one-group-out replicates (Efron and Stein 1981): from what each group adds
 * to a weighted mean, `(1 − 1/r_k)(θ − θ_(k))` with `ratios` r_k of total weight over the group's own, so that weights need not
 * be sizes: a group that counts less for its age is as noisy as any (the formula of Busing et al. 1999 takes it to be smaller).
 * Groups are counted as `(Σ 1/r)² / Σ 1/r²`, so that those of no weight do not count (Kish 1965).
 */
export function jackknifeStandardError(
  replicates: ArrayLike<number>,
  estimate?: number,
  ratios?: ArrayLike<number>,
): number {
  const centre = estimate ?? mean(replicates);
  return jackknifeStandardErrors(
    Array.from(replicates, (value) => [value]),
    [centre],
    ratios,
  )[0];
}

/** The same for many numbers that the same groups are left out of: replicates first, then numbers. */
export function jackknifeStandardErrors(
  replicates: readonly ArrayLike<number>[],
  estimates: ArrayLike<number>,
  ratios?: ArrayLike<number>,
): Float64Array {
  const errors = new Float64Array(estimates.length);
  const n = replicates.length;
  if (n < 2) return errors;
  const share = Float64Array.from({ length: n }, (_, k) => 1 / (ratios?.[k] ?? n));
  const whole = share.reduce((total, p) => total + p, 0);
  const groups = squared(whole) / share.reduce((total, p) => total + squared(p), 0);
  if (!(groups > 1)) return errors;
  const moves = new Float64Array(n);
  for (let at = 0; at < errors.length; at++) {
    let bias = 0;
    for (let k = 0; k < n; k++) {
      moves[k] = (1 - share[k]) * (estimates[at] - replicates[k][at]);
      bias += moves[k];
    }
    let squares = 0;
    for (let k = 0; k < n; k++) squares += squared(moves[k] - (share[k] / whole) * bias);
    errors[at] = Math.sqrt((squares * groups) / (groups - 1));
  }
  return errors;
}

/** Standard normal quantiles at (1 + coverage)/2. */
const NORMAL = { 0.9: 1.6448536269514722, 0.95: 1.959963984540054 } as const;
export type Coverage = keyof typeof NORMAL;

/**
 * Half width, in standard errors, of a two-sided interval by Student's t: exact for one and two degrees of freedom,
 * beyond them by the expansion of Cornish and Fisher (within 0.4 %).
 */
export function studentReach(coverage: Coverage, degrees: number): number {
  if (degrees <= 1) return tan((Math.PI * coverage) / 2);
  if (degrees <= 2) return coverage * Math.sqrt(2 / (1 - squared(coverage)));
  const z = NORMAL[coverage];
  const w = squared(z);
  const g1 = (z * (w + 1)) / 4;
  const g2 = (z * (w * (5 * w + 16) + 3)) / 96;
  const g3 = (z * (w * (w * (3 * w + 19) + 17) - 15)) / 384;
  const g4 = (z * (w * (w * (w * (79 * w + 776) + 1482) - 1920) - 945)) / 92160;
  return z + (g1 + (g2 + (g3 + g4 / degrees) / degrees) / degrees) / degrees;
}

/**
 * Standard errors to either side beyond which a normal variable lies with this probability, for small ones (Abramowitz and
 * Stegun 26.2.23, within 5e-4).
 */
export function twoSidedReach(probability: number): number {
  const t = Math.sqrt(-2 * log(probability / 2));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}
