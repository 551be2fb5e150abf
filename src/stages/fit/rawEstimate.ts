import { type DenseMatrix, diagonalMatrix, diagonalOf, mapEntries, zeros } from '../../numerics/dense.js';
import { hypot } from '../../numerics/elementary/elementary.js';
import { olsErrors } from './baselines.js';
import type { Estimate, EstimatorKind } from './calibration.js';
import type { RegressionMoments } from './impactProblem.js';
import { entryErrors, intervalReach, signAgreement } from './jackknife.js';
import { diagonalEstimator, type KernelFit } from './kernelWeights.js';
import type { LeaveOut } from './leaveOut.js';
import type { MergedSample } from './mergedSample.js';
import type { PenalisedSolver } from './penalised.js';
import { diagonalWeights, type ResidualWeights } from './residualWeights.js';
import { classicalSelfImpacts, type MeasuredSelfImpacts } from './selfImpactErrors.js';

/** Least squares without penalty, with what folds left out in turn say of its errors. */
export function rawEstimate(
  kernel: KernelFit,
  { factorModel, residualVolBps, flowGram }: MergedSample,
  residuals: ResidualWeights,
  solver: PenalisedSolver,
  outs: readonly LeaveOut[],
): Estimate {
  const sampleOf = <T>(whole: T, of: (out: LeaveOut) => T) => ({
    whole,
    replicates: outs.map(of),
    ratios: outs.map((out) => out.ratio),
  });
  const rawK = sampleOf(solver.raw(), (out) => out.rawK);
  return {
    factorModel,
    kernel,
    kernelWeights: sampleOf(kernel.weights, (out) => out.kernelWeights),
    residuals,
    residualVolBps,
    flowGram,
    rawK,
    standardErrors: entryErrors(rawK),
    intervalReach: intervalReach(rawK),
    errorDegrees: Math.max(1, outs.length - 1),
    signStability: signAgreement(rawK),
  };
}

/** A plain estimator's K, with errors where it has a regression behind every entry. */
export function plainEstimate(
  kind: EstimatorKind,
  kernel: KernelFit,
  { factorModel, moments, residualVolBps, flowGram }: MergedSample,
  K: DenseMatrix,
): Estimate {
  return {
    factorModel,
    kernel,
    kernelWeights: { whole: kernel.weights, replicates: [], ratios: [] },
    residuals: diagonalWeights,
    residualVolBps,
    flowGram,
    rawK: { whole: K, replicates: [], ratios: [] },
    standardErrors: plainErrors(kind, K, moments),
    intervalReach: 0,
    errorDegrees: Math.max(1, moments.buckets - moments.names),
    signStability: zeros(K.rows),
  };
}

/** Of independent residuals; zero where nothing is estimated: every entry of Kyle's matrix, links that are zero by choice. */
function plainErrors(kind: EstimatorKind, K: DenseMatrix, moments: RegressionMoments): DenseMatrix {
  if (kind === 'ols') return olsErrors(K, moments);
  return kind === 'diagonal' ? diagonalMatrix(classicalSelfImpacts(K, moments).errors) : zeros(K.rows);
}

/** Own estimates behind the prior of self impact; those of a plain matrix that is no regression are of own flow alone. */
export function plainSelfImpacts(kind: EstimatorKind, K: DenseMatrix, moments: RegressionMoments): MeasuredSelfImpacts {
  if (kind !== 'ols') return classicalSelfImpacts(diagonalEstimator(moments), moments);
  return { ...classicalSelfImpacts(K, moments), errors: diagonalOf(olsErrors(K, moments)) };
}

/** Errors of the links of the symmetric part, which is what is published, rows of least squares being apart; none of Kyle's. */
export function plainLinkErrors(kind: EstimatorKind, errors: DenseMatrix): DenseMatrix | undefined {
  if (kind === 'diagonal') return errors;
  return kind === 'ols'
    ? mapEntries(errors, (error, i, j) => hypot(error, errors.data[j * errors.cols + i]) / 2)
    : undefined;
}
