import { type ConcaveMoments, sumConcave, useConcave } from '../../../model/concaveMoments.js';
import { concaveSecant } from '../../../model/concaveShape.js';
import { type Fold, type FoldMoments, throughChange } from '../../../model/moments.js';
import { type DenseMatrix, diagonalOf, multiply, zeros } from '../../../numerics/dense.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import { type FactorModel, removeFactors } from '../../defactor/defactor.js';
import { calibrate, type WeighedKernel, weighedKernel } from '../calibrate.js';
import type { Calibration, CalibrationParams, ConcaveParams } from '../calibration.js';
import { mergeImpactBases, residualVol } from '../impactProblem.js';
import { diagonalEstimator, fitKernel, ROUGH_KERNEL, symmetricEstimator, weightsGiven } from '../kernelWeights.js';
import { type Whole, wholeOf } from '../mergedSample.js';
import { classicalSelfImpacts } from '../selfImpactErrors.js';
import { selfImpactsOf } from '../selfImpacts.js';
import { type ConcaveFit, concaveSelf, withoutRemainder } from './concaveFit.js';
import { type OwnShares, ownProblems, ownShares } from './ownStep.js';

const MOST_TURNS = 12;
const TOLERANCE = 1e-3;

/**
 * Joint estimate of K, decay and concave own terms (MODEL §2a) from moments: K given the terms by the recipe of
 * {@link calibrate} on moves without their remainder, the terms given links and decay by least squares per name, in turn on the
 * sum of the window; the recipe with its penalties and folds once, at the end.
 */
export function calibrateConcave(
  folds: readonly Fold[],
  params: CalibrationParams,
  concave: ConcaveParams,
  whole: Whole,
  sums: ConcaveMoments = concaveSums(folds),
): Calibration {
  const secants = concave.typical.map((size, i) => concaveSecant(size, concave.shapes.scales[i], concave.shapes.power));
  const search = { whole, sums, params, concave: { ...concave, secants } };
  const rough = searched(search);
  const settled = weighedKernel(adjustedFolds(folds, rough, sums, whole.total), params, wholeWithout(search, rough));
  const fit = ownGiven(search, settled, rough);
  const adjusted = adjustedFolds(folds, fit, sums, whole.total);
  const calibration = calibrate(adjusted, params, wholeWithout(search, fit), settled);
  return { ...calibration, concave: fit };
}

/** Concave moments of a window whose folds have them. */
export const concaveSums = (folds: readonly Fold[]): ConcaveMoments => sumConcave(folds.map((fold) => fold.concave!));

interface Search {
  readonly whole: Whole;
  /** Concave moments of the window. */
  readonly sums: ConcaveMoments;
  readonly params: CalibrationParams;
  readonly concave: Pick<ConcaveFit, 'shapes' | 'typical' | 'secants'>;
}

/** Folds whose moves have no remainder. */
export function adjustedFolds(
  folds: readonly Fold[],
  fit: ConcaveFit,
  sums: ConcaveMoments,
  total: FoldMoments,
): Fold[] {
  const projection = remainderProjection(fit, sums, total);
  return folds.map((fold) =>
    throughChange(fold, (moments) =>
      useConcave(fold.concave!, (own) => withoutRemainder(moments, own, fit, projection)),
    ),
  );
}

function wholeWithout({ whole: { total }, sums, params }: Search, fit: ConcaveFit): Whole {
  return wholeOf(withoutRemainder(total, sums, fit, remainderProjection(fit, sums, total)), params.defactor);
}

/** P×N: coefficients of each name's remainder on its own filtered flow. */
export function remainderProjection(
  fit: ConcaveFit,
  { withRegressors }: ConcaveMoments,
  { names, factors, bases, zz }: FoldMoments,
): DenseMatrix {
  const controls = 1 + factors;
  const self = concaveSelf(fit);
  const out = zeros(bases, names);
  for (let i = 0; i < names; i++) {
    const gram = zeros(bases);
    const side = zeros(bases, 1);
    for (let p = 0; p < bases; p++) {
      const row = controls + p * names + i;
      for (let q = 0; q < bases; q++) gram.data[p * bases + q] = zz.data[row * zz.cols + controls + q * names + i];
      for (let q = 0; q < fit.own.rows; q++)
        side.data[p] += fit.own.data[q * names + i] * withRegressors[q].data[row * names + i];
    }
    const coefficients = multiply(gramInverse(gram).inverse, side);
    for (let p = 0; p < bases; p++) out.data[p * names + i] = coefficients.data[p] - self[i] * fit.weights[p];
  }
  return out;
}

/** K, decay and own terms in turn on the sum of the window, without penalties. */
function searched(search: Search): ConcaveFit {
  const { whole, params } = search;
  const estimator = params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator;
  let { weights } = fitKernel(whole.impact, estimator, { tolerance: ROUGH_KERNEL });
  let K = estimator(mergeImpactBases(whole.impact, weights));
  let fit = ownTerms(search, { weights, K, factorModel: whole.factorModel });
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { impact, factorModel } = wholeWithout(search, fit);
    K = estimator(mergeImpactBases(impact, weights));
    weights = weightsGiven(impact, K) ?? weights;
    const next = ownTerms(search, { weights, K, factorModel });
    const moved = largestMove(fit, next);
    fit = next;
    if (moved < TOLERANCE) break;
  }
  return fit;
}

/** Largest change of a weight, of what its name has altogether. */
function largestMove(before: ConcaveFit, after: ConcaveFit): number {
  const { rows, cols } = after.own;
  let largest = 0;
  for (let i = 0; i < cols; i++) {
    let [change, size] = [0, 0];
    for (let q = 0; q < rows; q++) {
      change += Math.abs(after.own.data[q * cols + i] - before.own.data[q * cols + i]);
      size += after.own.data[q * cols + i] + before.own.data[q * cols + i];
    }
    if (size > 0) largest = Math.max(largest, change / size);
  }
  return largest;
}

/** The terms that go with a decay that is settled: links as that decay has them. */
function ownGiven(search: Search, { kernel }: WeighedKernel, rough: ConcaveFit): ConcaveFit {
  const estimator = search.params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator;
  const { weights } = kernel;
  let fit: ConcaveFit = { ...rough, weights };
  for (let turn = 0; turn < 3; turn++) {
    const { impact, factorModel } = wholeWithout(search, fit);
    const K = estimator(mergeImpactBases(impact, weights));
    fit = ownTerms(search, { weights, K, factorModel });
  }
  return fit;
}

interface GivenLinks {
  readonly weights: Float64Array;
  readonly K: DenseMatrix;
  readonly factorModel: FactorModel;
}

function ownTerms({ whole: { total }, sums, params, concave }: Search, given: GivenLinks): ConcaveFit {
  const { weights, K, factorModel } = given;
  const moments = mergeImpactBases(removeFactors(total, factorModel), weights);
  const sizes = sizesOf(K, moments, params);
  const problems = ownProblems({ fold: total, concave: sums, factorModel, moments, weights }, K, residualVol(moments));
  return {
    ...concave,
    weights,
    own: weightsOf(ownShares(problems, sizes), sizes),
  };
}

function weightsOf({ shares }: OwnShares, sizes: Float64Array): DenseMatrix {
  const { rows, cols } = shares;
  const own = zeros(rows - 1, cols);
  for (let q = 1; q < rows; q++)
    for (let i = 0; i < cols; i++) own.data[(q - 1) * cols + i] = shares.data[q * cols + i] * sizes[i];
  return own;
}

/** Self impact as the cross-section expects it where a name says little of its own: the unit in which mixes are alike. */
function sizesOf(K: DenseMatrix, moments: Parameters<typeof classicalSelfImpacts>[1], params: CalibrationParams) {
  const { posterior, means } = selfImpactsOf(classicalSelfImpacts(K, moments), moments, params);
  const self = diagonalOf(K);
  return posterior.map((value, i) => (value > 0 ? value : means[i] > 0 ? means[i] : Math.abs(self[i])));
}
