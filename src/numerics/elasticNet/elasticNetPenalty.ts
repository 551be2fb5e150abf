import type { DenseMatrix } from '../dense.js';
import { squared } from '../elementary/elementary.js';

/**
 * `ridge/2 ‖Ω∘(Y − Y¹)‖² + lasso ‖Ω∘(Y − Y⁰)‖₁`, Ω = 1 off the diagonal and 0 on it. It falls apart into its unknowns,
 * and below each stands as its shift x from the lasso's target: `ridge/2 (x − pull)² + lasso |x|`, pull the ridge's
 * target.
 */
export interface ElasticPenalty {
  readonly ridge: number;
  readonly lasso: number;
}

/** n×n each. */
export interface NetTargets {
  /** Y⁰: where the lasso draws the links to. */
  readonly target: DenseMatrix;
  /** Y¹: where the ridge does; Y⁰ if absent. */
  readonly ridgeTarget?: DenseMatrix | undefined;
  /** Where the search begins; at the target if absent. */
  readonly start?: DenseMatrix | undefined;
}

/** The penalty on one unknown. */
export const penaltyValue = (x: number, { ridge, lasso }: ElasticPenalty, pull: number): number =>
  (ridge / 2) * squared(x - pull) + lasso * Math.abs(x);

/** Slope of the smooth part of the penalty. */
export const ridgeSlope = (x: number, ridge: number, pull: number): number => ridge * (x - pull);

/** The x that minimises `½ x² − wanted x + lasso |x|`. */
export function softThreshold(wanted: number, lasso: number): number {
  const beyond = Math.abs(wanted) - lasso;
  return beyond > 0 ? Math.sign(wanted) * beyond : 0;
}

/**
 * The x that minimises `½ curvature x² − wanted x` plus the penalty; positional, as coordinates are asked one by one.
 */
export const proximal = (wanted: number, curvature: number, ridge: number, lasso: number, pull: number): number =>
  softThreshold(wanted + ridge * pull, lasso) / (curvature + ridge);

/**
 * How far minus the slope of all that is smooth is from the subdifferential of `lasso |x|`, for an x of this sign: zero
 * or less where x is at its optimum.
 */
export const subdifferentialDistance = (slope: number, sign: number, lasso: number): number =>
  sign === 0 ? Math.abs(slope) - lasso : Math.abs(slope + sign * lasso);
