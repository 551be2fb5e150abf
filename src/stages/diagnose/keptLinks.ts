import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type RegressionMoments, rowFactorCorrection, squaredErrors } from '../fit/impactProblem.js';
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
  const self = diagonalOf(K);
  const without = total(ownErrors(moments, self));
  const once = total(squaredErrors(moments, K));
  const twice = total(squaredErrors(moments, linksTwice(K)));
  const square = without - once - (without - twice) / 2;
  return { along: (without - once + square) / 2, square, base: total(ownErrors(moments, self.fill(0))) };
}

const linksTwice = (K: DenseMatrix): DenseMatrix => mapEntries(K, (value, i, j) => (i === j ? value : 2 * value));

/** {@link squaredErrors} of names on their own flow alone, which need no product of matrices. */
function ownErrors({ names, buckets, ...moments }: RegressionMoments, self: Float64Array): Float64Array {
  const { gram, cross, moveSquare, observed, rowFactors } = moments;
  const row = new Float64Array(names);
  return moveSquare.map((square, i) => {
    const own = i * (names + 1);
    row[i] = self[i];
    const value = square + self[i] * (self[i] * gram.data[own] - 2 * cross.data[own]);
    const error = Math.max(0, value + rowFactorCorrection(rowFactors?.[i], row));
    row[i] = 0;
    return error * (observed[i] / Math.max(buckets, 1));
  });
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
