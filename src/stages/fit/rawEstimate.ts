import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import type { Estimate } from './calibration.js';
import { entryErrors, signAgreement } from './jackknife.js';
import type { KernelFit } from './kernelWeights.js';
import type { LeaveOut } from './leaveOut.js';
import type { MergedSample } from './mergedSample.js';
import type { PenalisedSolver } from './penalised.js';

/** Least squares without penalty, with what folds left out in turn say of its errors. */
export function rawEstimate(
  kernel: KernelFit,
  { factorModel, residualVolBps, flowGram }: MergedSample,
  solver: PenalisedSolver,
  outs: readonly LeaveOut[],
): Estimate {
  const rawK = { whole: solver.raw(), replicates: outs.map((out) => out.rawK), ratios: outs.map((out) => out.ratio) };
  return {
    factorModel,
    kernel,
    residualVolBps,
    flowGram,
    rawK,
    standardErrors: entryErrors(rawK),
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
    residualVolBps,
    flowGram,
    rawK: { whole: K, replicates: [], ratios: [] },
    standardErrors: zeros(K.rows),
    signStability: zeros(K.rows),
  };
}
