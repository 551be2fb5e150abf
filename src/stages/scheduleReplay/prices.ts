import { mergeBases } from '../../model/bases.js';
import type { FoldMoments } from '../../model/moments.js';
import { JUDGING_PRICES, type JudgingPrice } from '../../model/scheduleReplay.js';
import { type DenseMatrix, mapEntries, multiply, submatrix, symmetricPart, zeros } from '../../numerics/dense.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { baselineEstimators } from '../fit/baselines.js';
import type { KernelForm } from '../fit/kernelForms.js';
import { diagonalEstimator, symmetricEstimator } from '../fit/kernelWeights.js';
import { mergedSample } from '../fit/mergedSample.js';
import type { JudgedPrice } from './forms.js';

export type JudgingPrices = Readonly<Record<JudgingPrice, JudgedPrice>>;

/** How prices are made of the sums of some folds. */
export interface PricesOf {
  readonly defactor: DefactorParams;
  readonly form: KernelForm;
  /** Decay of the sums, where one curve merges all bases. */
  readonly weights: Float64Array;
}

/**
 * The price models of MODEL §7b from moments, without penalty, shrinkage or projection, so that they are right on average however
 * noisy: the symmetric least squares that the fit starts from, every name alone, and Kyle's matrix at the scale that fits. Where
 * a kernel is not scalar every base has a matrix of its own.
 * @throws NumericalError when there is nothing to learn from
 */
export function judgingPrices(total: FoldMoments, { defactor, form, weights }: PricesOf): JudgingPrices {
  const { moments } = mergedSample(mergeBases(total, weights), defactor);
  const scalar = (K: DenseMatrix): JudgedPrice => ({ matrices: [symmetricPart(K)], weights });
  const kyle = scalar(baselineEstimators.kyle(moments));
  if (form === 'scalar')
    return { raw: scalar(symmetricEstimator(moments)), diagonal: scalar(diagonalEstimator(moments)), kyle };
  const impact = removeFactors(total, fitFactors(total, defactor));
  const each = (matrices: readonly DenseMatrix[]) => ({ matrices, weights: new Float64Array(impact.bases).fill(1) });
  return { raw: each(rawParts(impact)), diagonal: each(ownParts(impact)), kyle };
}

/** `Σ e vᵀ (Σ v vᵀ)⁻¹`, block by block, and its symmetric part: right on average where the matrices are symmetric. */
function rawParts({ gram, cross, names, bases }: ImpactMoments): DenseMatrix[] {
  const rows = [...Array(names).keys()];
  const all = multiply(cross, gramInverse(gram).inverse);
  return Array.from({ length: bases }, (_, p) =>
    symmetricPart(
      submatrix(
        all,
        rows,
        rows.map((i) => p * names + i),
      ),
    ),
  );
}

/** Every name on its own flow alone, a number a base. */
function ownParts({ gram, cross, names, bases }: ImpactMoments): DenseMatrix[] {
  const own = Array.from({ length: names }, (_, i) => {
    const at = Array.from({ length: bases }, (_, p) => p * names + i);
    return multiply(submatrix(cross, [i], at), gramInverse(submatrix(gram, at)).inverse).data;
  });
  return Array.from({ length: bases }, (_, p) => mapEntries(zeros(names), (_, i, j) => (i === j ? own[i][p] : 0)));
}

/** The same measure of every price model. */
export const byPrice = <T>(of: (price: JudgingPrice) => T): Record<JudgingPrice, T> => {
  const [raw, diagonal, kyle] = JUDGING_PRICES.map(of);
  return { raw, diagonal, kyle };
};
