import type { FoldMoments } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { dropFactors } from '../defactor/dropFactors.js';
import { regressionMoments } from './impactProblem.js';
import { symmetricEstimator } from './kernelWeights.js';

/**
 * K (N×N, bps per million) of folds whose bases are merged, by symmetric least squares, as if no factor had been given;
 * `undefined` where there is none to leave out.
 */
export function estimateWithoutFactors(merged: FoldMoments, defactor: DefactorParams): DenseMatrix | undefined {
  if (merged.factors === 0 && !defactor.derived) return undefined;
  const bare = dropFactors(merged);
  return symmetricEstimator(regressionMoments(removeFactors(bare, fitFactors(bare, { ...defactor, derived: false }))));
}
