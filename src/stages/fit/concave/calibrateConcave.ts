import { secants } from '../../../model/concave.js';
import { type ConcaveMoments, sumConcave, useConcave } from '../../../model/concaveMoments.js';
import { type Fold, type FoldMoments, throughChange } from '../../../model/moments.js';
import { type DenseMatrix, diagonalOf, zeros } from '../../../numerics/dense.js';
import { calibrate, type WeighedKernel, weighedKernel } from '../calibrate.js';
import type { Calibration, CalibrationParams, ConcaveParams } from '../calibration.js';
import { mergeImpactBases, type RegressionMoments, residualVol } from '../impactProblem.js';
import { diagonalEstimator, fitKernel, ROUGH_KERNEL, symmetricEstimator, weightsGiven } from '../kernelWeights.js';
import { type Whole, wholeOf } from '../mergedSample.js';
import { classicalSelfImpacts } from '../selfImpactErrors.js';
import { selfImpactsOf } from '../selfImpacts.js';
import { type ConcaveFit, linearPart, secantPart, withoutRemainder, withoutTerms } from './concaveFit.js';
import { keptTerms } from './keptDecay.js';
import { remainderProjection } from './remainderProjection.js';
import { termProblems } from './termProblems.js';
import { type TermWeights, termWeights } from './termStep.js';

const MOST_TURNS = 12;
const SETTLED_TURNS = 3;
const TOLERANCE = 1e-3;

/**
 * Joint estimate of K, decay and concave terms (MODEL §2a) from moments: K given the terms by the recipe of {@link calibrate}
 * on moves without their remainder, the terms given links and decay by non-negative least squares, in turn on the sum of the
 * window; the recipe with its penalties and folds once, at the end. Without a linear part K is what the terms say.
 */
export function calibrateConcave(
  folds: readonly Fold[],
  params: CalibrationParams,
  concave: ConcaveParams,
  whole: Whole,
  sums: ConcaveMoments = concaveSums(folds),
): Calibration {
  const search = { whole, sums, params, concave };
  const rough = searched(search);
  const settled = weighedKernel(adjustedFolds(folds, rough, sums, whole.total), params, wholeWithout(search, rough));
  const fit = settledTerms(search, settled, rough);
  const adjusted = adjustedFolds(folds, fit, sums, whole.total);
  const calibration = calibrate(adjusted, params, wholeWithout(search, fit), settled);
  return { ...calibration, concave: fit, ...(concave.hasLinear ? {} : { K: secantPart(fit) }) };
}

/** Concave moments of a window whose folds have them. */
export const concaveSums = (folds: readonly Fold[]): ConcaveMoments => sumConcave(folds.map((fold) => fold.concave!));

/** What terms are sought in. */
export interface Search {
  readonly whole: Whole;
  /** Concave moments of the window. */
  readonly sums: ConcaveMoments;
  readonly params: CalibrationParams;
  readonly concave: ConcaveParams;
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

/** The sum of a window whose moves have no remainder. */
export const totalWithout = (total: FoldMoments, sums: ConcaveMoments, fit: ConcaveFit): FoldMoments =>
  withoutRemainder(total, sums, fit, remainderProjection(fit, sums, total));

const wholeWithout = ({ whole, sums, params }: Search, fit: ConcaveFit): Whole =>
  wholeOf(totalWithout(whole.total, sums, fit), params.defactor);

/** K, decay and terms in turn on the sum of the window, without penalties. */
function searched(search: Search): ConcaveFit {
  const { whole, params, concave } = search;
  const estimator = params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator;
  let { weights } = fitKernel(whole.impact, estimator, { tolerance: ROUGH_KERNEL });
  let K = estimator(mergeImpactBases(whole.impact, weights));
  let fit = termsGiven(search, { weights, K, linear: K, isSettled: false });
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { impact } = wholeWithout(search, fit);
    K = concave.hasLinear ? estimator(mergeImpactBases(impact, weights)) : secantPart(fit);
    weights = linearWeights(search, fit, K) ?? weights;
    const next = termsGiven(search, { weights, K, linear: linearPart(K, fit), isSettled: false });
    const moved = largestMove(fit, next);
    fit = next;
    if (moved < TOLERANCE) break;
  }
  return fit;
}

/** The decay of the linear part, on what concave terms leave of the moves; of K where nothing is linear. */
function linearWeights({ whole: { total }, sums, params }: Search, fit: ConcaveFit, K: DenseMatrix) {
  if (!fit.hasLinear) return undefined;
  return weightsGiven(wholeOf(withoutTerms(total, sums, fit), params.defactor).impact, linearPart(K, fit));
}

/** Largest change of self impact by a name's terms. */
function largestMove(before: ConcaveFit, after: ConcaveFit): number {
  const [a, b] = [secants(before.terms), secants(after.terms)];
  return a.reduce(
    (top, value, i) => (value + b[i] > 0 ? Math.max(top, Math.abs(value - b[i]) / (value + b[i])) : top),
    0,
  );
}

/** The terms that go with a decay that is settled: links as that decay has them. */
function settledTerms(search: Search, { kernel }: WeighedKernel, rough: ConcaveFit): ConcaveFit {
  const { params, concave } = search;
  const estimator = params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator;
  const { weights } = kernel;
  let fit: ConcaveFit = { ...rough, weights };
  for (let turn = 0; turn < SETTLED_TURNS; turn++) {
    const { impact } = wholeWithout(search, fit);
    const K = concave.hasLinear ? estimator(mergeImpactBases(impact, weights)) : secantPart(fit);
    fit = termsGiven(search, { weights, K, linear: linearPart(K, fit), isSettled: true });
  }
  return fit;
}

export interface GivenLinks {
  readonly weights: Float64Array;
  readonly K: DenseMatrix;
  /** Its linear part, whose links are taken out of the moves. */
  readonly linear: DenseMatrix;
  /** Whether terms are held to what own flow bears of orders: once a decay stands, or terms would bend it. */
  readonly isSettled: boolean;
}

/**
 * Terms of a window, or of a part of it, given the rest of the model. They explain moves as they are: what controls explain of
 * those is taken out, not of moves without their remainder.
 */
export function termsGiven({ whole, sums, params, concave }: Search, given: GivenLinks): ConcaveFit {
  const { weights, K, linear, isSettled } = given;
  const { total, factorModel } = whole;
  const { basis, typical, hasLinear } = concave;
  const moments = mergeImpactBases(whole.impact, weights);
  const input = { fold: total, concave: sums, factorModel, moments, weights, modes: basis.modes };
  const links = hasLinear ? linear : zeros(K.rows);
  const prior = { sizes: sizesOf(K, moments, params), hasLinear };
  const problems = termProblems(input, links, residualVol(moments));
  const { kept: shares = [], linearDecay: decay, lagDecay } = concave;
  const found =
    isSettled && hasLinear && shares.length > 0
      ? keptTerms(problems, prior, { concave: sums, lagDecay, decay, weights, shares })
      : termWeights(problems, prior);
  return { terms: { ...basis, typical, own: found.own, modes: weighedModes(concave, found) }, weights, hasLinear };
}

const weighedModes = ({ basis: { modes, decay } }: ConcaveParams, { modes: weights }: TermWeights) =>
  modes.map((mode, m) => ({ ...mode, weights: weights.slice(m * decay.length, (m + 1) * decay.length) }));

/** Self impact as the cross-section expects it where a name says little of its own: the unit in which mixes are alike. */
function sizesOf(K: DenseMatrix, moments: RegressionMoments, params: CalibrationParams): Float64Array {
  const { posterior, means } = selfImpactsOf(classicalSelfImpacts(K, moments), moments, params);
  const self = diagonalOf(K);
  return posterior.map((value, i) => (value > 0 ? value : means[i] > 0 ? means[i] : Math.abs(self[i])));
}
