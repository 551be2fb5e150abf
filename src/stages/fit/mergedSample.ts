import { mergeBases } from '../../model/bases.js';
import { type Fold, type FoldMoments, useFold } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, type FactorModel, fitFactors, removeFactors } from '../defactor/defactor.js';
import { normalisedProblem, type RegressionMoments, regressionMoments } from './impactProblem.js';

/** The sum of a window and what factors leave of it, its bases apart: several estimators may share it. */
export interface Whole {
  readonly total: FoldMoments;
  readonly factorModel: FactorModel;
  readonly impact: ImpactMoments;
}

export function wholeOf(total: FoldMoments, defactor: DefactorParams): Whole {
  const factorModel = fitFactors(total, defactor);
  return { total, factorModel, impact: removeFactors(total, factorModel) };
}

/** A window once one decay curve has merged its bases and factors are taken out: what K is estimated from. */
export interface MergedSample {
  readonly factorModel: FactorModel;
  readonly moments: RegressionMoments;
  /** N: σ_i, bps per bucket. */
  readonly residualVolBps: Float64Array;
  /** N×N: second moments per bucket of the merged flow, entry (i, j) times σ_i σ_j. */
  readonly flowGram: DenseMatrix;
}

export const mergeFolds = (folds: readonly Fold[], weights: Float64Array): FoldMoments[] =>
  folds.map((fold) => useFold(fold, (moments) => mergeBases(moments, weights)));

/** @throws NumericalError when no name has both moves and flow to learn from. */
export function mergedSample(merged: FoldMoments, defactor: DefactorParams): MergedSample {
  const factorModel = fitFactors(merged, defactor);
  const moments = regressionMoments(removeFactors(merged, factorModel));
  const { residualVolBps, problem } = normalisedProblem(moments);
  return { factorModel, moments, residualVolBps, flowGram: problem.gram };
}
