import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import type { Estimate } from './calibration.js';
import { entryErrors, intervalReach, signAgreement } from './jackknife.js';
import type { KernelFit } from './kernelWeights.js';
import type { LeaveOut } from './leaveOut.js';
import type { MergedSample } from './mergedSample.js';
import type { PenalisedSolver } from './penalised.js';
import { diagonalWeights, type ResidualWeights } from './residualWeights.js';

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
    signStability: signAgreement(rawK),
  };
}

/** A plain estimator's K, without errors. */
export function plainEstimate(
  kernel: KernelFit,
  { factorModel, residualVolBps, flowGram }: MergedSample,
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
    standardErrors: zeros(K.rows),
    intervalReach: 0,
    signStability: zeros(K.rows),
  };
}
