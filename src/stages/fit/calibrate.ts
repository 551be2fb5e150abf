import { mergeBases } from '../../model/bases.js';
import { sumOfParts } from '../../model/kernelParts.js';
import { type Fold, sumMoments } from '../../model/moments.js';
import { baselineEstimators } from './baselines.js';
import type { Calibration, CalibrationParams, EstimatorKind } from './calibration.js';
import { calibrationNotes, formNotes, kernelNotes, selfImpactNotes } from './calibrationNotes.js';
import { effectiveBuckets } from './effectiveBuckets.js';
import { entryErrors } from './jackknife.js';
import { kernelInfluence } from './kernelInfluence.js';
import {
  diagonalEstimator,
  fitKernel,
  type ImpactEstimator,
  type KernelFit,
  ROUGH_KERNEL,
  refitKernel,
  symmetricEstimator,
} from './kernelWeights.js';
import { leaveOuts } from './leaveOut.js';
import { matrixKernel } from './matrixKernel.js';
import { type MergedSample, mergedSample, mergeFolds, type Whole, wholeOf } from './mergedSample.js';
import { modesKernel } from './modesKernel.js';
import { type PenaltyParams, penalisedSolver } from './penalised.js';
import { publishedErrors } from './publishedErrors.js';
import { plainEstimate, plainLinkErrors, plainSelfImpacts, rawEstimate } from './rawEstimate.js';
import { diagonalWeights, fullWeights, type ResidualWeights } from './residualWeights.js';
import { restricted } from './restrictions.js';
import { jackknifedSelfImpacts } from './selfImpactErrors.js';
import { selfImpactsOf, withSelfImpacts } from './selfImpacts.js';
import { chooseIntensity, drawn, drawnSample, penalise } from './shrinkage.js';
import { shrinkageTarget } from './shrinkageTarget.js';
import { sparseTail, uncut } from './tail.js';

/**
 * Second stage of MODEL §4: kernel, least squares, penalty and block shrinkage, sparse tail, all from moments by fold; then,
 * where asked for, a matrix per time constant that starts from them.
 */
export function calibrate(
  folds: readonly Fold[],
  params: CalibrationParams,
  whole: Whole = wholeOf(sumMoments(folds), params.defactor),
  given?: WeighedKernel,
): Calibration {
  const scalar = calibrateScalar(folds, params, whole, given);
  return params.kernelForm === 'scalar' ? scalar : withParts(scalar, folds, params, whole);
}

/** One decay curve for all links. */
function calibrateScalar(
  folds: readonly Fold[],
  params: CalibrationParams,
  whole: Whole,
  given: WeighedKernel | undefined,
): Calibration {
  const { total } = whole;
  const plain = plainEstimator(params.estimator);
  const { kernel, residuals } = given ?? weighedKernel(folds, params, whole);
  if (!plain) return shrunkCalibration(folds, params, whole, { kernel, residuals });
  const sample = mergedSample(mergeBases(total, kernel.weights), params.defactor);
  return plainCalibration(plain, kernel, sample, params);
}

/** Estimators that take the moments as they are: no penalty, no shrinkage, no tail. */
function plainEstimator(kind: EstimatorKind): ImpactEstimator | undefined {
  if (kind === 'diagonal') return diagonalEstimator;
  return kind === 'symmetric' || kind === 'rowwise' || kind === 'block' ? undefined : baselineEstimators[kind];
}

function plainCalibration(
  estimator: ImpactEstimator,
  kernel: KernelFit,
  sample: MergedSample,
  params: CalibrationParams,
): Calibration {
  const kind = params.estimator;
  const { moments } = sample;
  const K = estimator(moments);
  const isLinkless = kind === 'diagonal';
  const estimate = plainEstimate(kind, kernel, sample, K);
  const self = selfImpactsOf(plainSelfImpacts(kind, K, moments), moments, params);
  return {
    K: isLinkless ? withSelfImpacts(K, self.posterior) : K,
    isZero: Uint8Array.from(K.data, (_, k) => (isLinkless && k % (K.rows + 1) !== 0 ? 1 : 0)),
    floors: self.floors,
    linkErrors: plainLinkErrors(kind, estimate.standardErrors),
    effectiveBuckets: moments.buckets,
    estimate,
    notes: [...kernelNotes(kernel), ...selfImpactNotes(self, moments, params)],
  };
}

/** The recipe: estimate, target, penalty, intensity, tail. What each step gives for the whole it gives for every replicate. */
function shrunkCalibration(
  folds: readonly Fold[],
  params: CalibrationParams,
  whole: Whole,
  { kernel, residuals }: WeighedKernel,
): Calibration {
  const { defactor, estimator } = params;
  const { total } = whole;
  const penalty = penaltyOf(params);
  const sample = mergedSample(mergeBases(total, kernel.weights), defactor);
  const { moments, residualVolBps: vol } = sample;
  const solver = penalisedSolver(moments, vol, penalty, residuals.correlation);
  const without = kernelInfluence({ whole, kernel, residualVolBps: vol, residuals, solver });
  const outs = leaveOuts({ folds, total, sample, kernel: without, residuals, defactor, penalty });
  const tests = outs.map((out) => out.test);

  const estimate = rawEstimate(kernel, sample, residuals, solver, outs);
  const target = shrinkageTarget(estimate, moments, params);
  const penalised = penalise(solver, outs, target.matrix, params.lambda);
  const { lambda, path, solved } = penalised;
  const self = selfImpactsOf(jackknifedSelfImpacts(penalised.K, moments), moments, params);
  const ridged = { ...penalised.K, whole: withSelfImpacts(solved.K, self.posterior) };
  const intensity = estimator === 'block' ? 1 : chooseIntensity(params.intensity, penalised, ridged, target);
  const shrunk = drawnSample(ridged, target.matrix, intensity);
  const tail =
    estimator === 'block' ? uncut(shrunk.whole) : sparseTail(shrunk, target.matrix, estimate, tests, params.tail);

  return {
    ...restricted(tail, params.penalty.restrictions),
    floors: self.floors,
    linkErrors: outs.length >= 2 ? entryErrors(shrunk) : undefined,
    effectiveBuckets: effectiveBuckets(tests, ridged.whole),
    estimate,
    shrinkage: {
      lambda,
      lambdaPath: path,
      intensity,
      optimalityResidual: solved.optimalityResidual,
      publishedErrors: publishedErrors(estimate, shrunk, tail.K, target.scale),
      blockK: drawn(ridged.whole, target.matrix.whole, 1),
      blocks: target.blocks,
      clusters: params.target === 'clusters' ? target.peers : undefined,
    },
    tail: { isCut: tail.isCut, links: tail.links },
    notes: calibrationNotes({ folds, outs, kernel, residuals, moments, solved, self, peers: target.peers, params }),
  };
}

const penaltyOf = ({ penalty, estimator }: CalibrationParams): PenaltyParams => ({
  ...penalty,
  symmetric: estimator !== 'rowwise',
});

/** A decay and the residual weights under which it was found. */
export interface WeighedKernel {
  readonly kernel: KernelFit;
  readonly residuals: ResidualWeights;
}

/** Residual weights from what a rough first fit leaves of the moves, and the kernel under them. */
export function weighedKernel(
  folds: readonly Fold[],
  params: CalibrationParams,
  { total, impact }: Whole,
): WeighedKernel {
  const { weights, defactor, estimator } = params;
  if (plainEstimator(estimator)) {
    const own = estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator;
    return { kernel: fitKernel(impact, own), residuals: diagonalWeights };
  }
  if (weights === 'diagonal') return { kernel: fitKernel(impact, symmetricEstimator), residuals: diagonalWeights };
  const rough = fitKernel(impact, symmetricEstimator, { tolerance: ROUGH_KERNEL });
  const sample = mergedSample(mergeBases(total, rough.weights), defactor);
  const K = symmetricEstimator(sample.moments);
  const residuals = fullWeights(K, sample, () => mergeFolds(folds, rough.weights), penaltyOf(params));
  return { kernel: refitKernel(impact, rough, residuals), residuals };
}

/** A matrix per time constant that starts from the scalar kernel; estimators without shrinkage have no other kernel. */
function withParts(
  scalar: Calibration,
  folds: readonly Fold[],
  params: CalibrationParams,
  { total }: Whole,
): Calibration {
  const { K, estimate, shrinkage } = scalar;
  if (!shrinkage) return scalar;
  const { kernel, residualVolBps } = estimate;
  const base = { K, weights: kernel.weights, residualVolBps, lambda: shrinkage.lambda };
  const parts =
    params.kernelForm === 'matrix'
      ? matrixKernel(folds, base, params.defactor)
      : modesKernel(total, base, params.defactor, shrinkage.clusters ?? params.defactor.blocks);
  return {
    ...scalar,
    K: sumOfParts(parts.matrices),
    parts,
    notes: [...scalar.notes, ...formNotes(parts, params, estimate.residuals)],
  };
}
