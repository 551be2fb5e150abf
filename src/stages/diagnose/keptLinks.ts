import { mapEntries, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type RegressionMoments, squaredErrors } from '../fit/impactProblem.js';
import type { TrainedModel } from '../validate/trainedModels.js';

/** Of one fold, squared errors in units of the training residual variance. */
export interface FoldLinks {
  /** Σ e p and Σ p², e what self impact leaves and p what links predict. */
  readonly along: number;
  readonly square: number;
  /** Σ r². */
  readonly base: number;
}

/** From the squared errors without links, with them, and with them twice: `‖e‖² − ‖e − p‖² = 2ep − p²`, then `4ep − 4p²`. */
export function foldLinks(moments: RegressionMoments, { K, residualVolBps }: TrainedModel): FoldLinks {
  const total = (errors: Float64Array) =>
    errors.reduce((sum, e, i) => sum + (residualVolBps[i] > 0 ? e / squared(residualVolBps[i]) : 0), 0);
  const withLinks = (times: number) =>
    total(
      squaredErrors(
        moments,
        mapEntries(K, (value, i, j) => (i === j ? value : times * value)),
      ),
    );
  const [without, once, twice] = [0, 1, 2].map(withLinks);
  const square = without - once - (without - twice) / 2;
  return { along: (without - once + square) / 2, square, base: total(squaredErrors(moments, zeros(K.rows))) };
}

export interface Kept {
  /** Σ e p / Σ p² over folds, and its standard error. */
  readonly slope: number;
  readonly error: number;
  /** R² that links add. */
  readonly gain: number;
}

/** Ratio estimators over folds; `undefined` where links predict nothing, so that nothing can follow them. */
export function kept(folds: readonly FoldLinks[]): Kept | undefined {
  const sum = (of: (fold: FoldLinks) => number) => folds.reduce((total, fold) => total + of(fold), 0);
  const [square, base] = [sum((f) => f.square), sum((f) => f.base)];
  if (!(square > 0 && base > 0)) return undefined;
  const slope = sum((f) => f.along) / square;
  const spread = sum((f) => squared(f.along - slope * f.square));
  const error = Math.sqrt((folds.length / (folds.length - 1)) * spread) / square;
  return { slope, error, gain: sum((f) => 2 * f.along - f.square) / base };
}
