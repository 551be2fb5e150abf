import { mergeBases } from '../../model/bases.js';
import { contiguousGroups, mostGroups } from '../../model/heldOut.js';
import { addMoments, type Fold, type FoldMoments, useSum } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments } from './impactProblem.js';
import type { KernelWithout } from './kernelInfluence.js';
import type { MergedSample } from './mergedSample.js';
import { type PenalisedSolver, type PenaltyParams, penalisedSolver } from './penalised.js';
import type { ResidualWeights } from './residualWeights.js';

const LAMBDA_GRID = [0, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 10];

/** What is learnt without one group of folds, and that group itself, seen with coefficients that never saw it. */
export interface LeaveOut {
  readonly test: RegressionMoments;
  readonly solver: PenalisedSolver;
  /** Kernel weights of the other groups. */
  readonly kernelWeights: Float64Array;
  /** Estimate without penalty from the other groups, bps per million. */
  readonly rawK: DenseMatrix;
  /** Labels of the first and last fold left out. */
  readonly label: string;
  /** Names without any flow in the other groups, though they have some in this one. */
  readonly silenced: readonly number[];
  /** Buckets of all folds over those left out, weighted as the folds are. */
  readonly ratio: number;
}

interface LeaveOutInput {
  /** Bases apart, and their sum. */
  readonly folds: readonly Fold[];
  readonly total: FoldMoments;
  /** The whole on merged bases. */
  readonly sample: MergedSample;
  readonly kernel: KernelWithout;
  readonly residuals: ResidualWeights;
  readonly defactor: DefactorParams;
  readonly penalty: PenaltyParams;
}

/**
 * Estimates without each group of folds in turn, for errors, sign stability and cross-validation: factors, kernel and K anew.
 * The residual covariance is that of the whole for all of them: GLS has the same expectation under any weights, so that what
 * one group does to the weights moves K by the product of two errors only. Every fold is read once.
 */
export function leaveOuts(input: LeaveOutInput): LeaveOut[] {
  const { folds } = input;
  if (folds.length < 2) return [];
  return contiguousGroups(folds, mostGroups(input.total.names)).flatMap((group) => leaveOut(input, group) ?? []);
}

function leaveOut(input: LeaveOutInput, group: readonly Fold[]): LeaveOut | undefined {
  const labels = group.length === 1 ? group[0].label : `${group[0].label} to ${group.at(-1)!.label}`;
  return useSum(group, (apart) => withoutGroup(input, apart, labels));
}

function withoutGroup(input: LeaveOutInput, apart: FoldMoments, label: string): LeaveOut | undefined {
  const { total, sample, residuals, defactor, penalty } = input;
  if (!(apart.buckets > 0 && total.buckets - apart.buckets > 0)) return undefined;
  const kernelWeights = input.kernel(apart);
  const held = mergeBases(apart, kernelWeights);
  const rest = mergeBases(total, kernelWeights);
  addMoments(rest, held, -1);
  const model = fitFactors(rest, defactor);
  const moments = regressionMoments(removeFactors(rest, model));
  const solver = penalisedSolver(moments, sample.residualVolBps, penalty, residuals.correlation);
  return {
    test: regressionMoments(removeFactors(held, model)),
    solver,
    kernelWeights,
    label,
    silenced: silencedNames(total, rest),
    rawK: solver.raw(),
    ratio: total.buckets / apart.buckets,
  };
}

/** A jackknife without the only fold in which a name trades says nothing of its error. */
function silencedNames(total: FoldMoments, rest: FoldMoments): number[] {
  return [...total.flowSquare.keys()].filter(
    (i) => total.flowSquare[i] > 0 && !(rest.flowSquare[i] > 1e-12 * total.flowSquare[i]),
  );
}

export interface LambdaPath {
  readonly lambda: number;
  /** Cross-validated squared error in units of residual variance, per bucket. */
  readonly error: number;
}

/** λ by blocked cross-validation: every group of folds is predicted by an estimate from the others (MODEL §4). */
export function chooseLambda(
  outs: readonly LeaveOut[],
  targets: readonly DenseMatrix[],
  wanted: number | 'auto',
): { lambda: number; path: LambdaPath[] } {
  if (wanted !== 'auto') return { lambda: wanted, path: [] };
  if (outs.length < 2) return { lambda: 0, path: [] };
  const errors = heldOutErrors(outs, targets);
  const path = LAMBDA_GRID.map((lambda, k) => ({ lambda, error: errors[k] }));
  const best = path.reduce((top, point) => (point.error < top.error ? point : top));
  return { lambda: best.lambda, path };
}

/** Cross-validated error at every λ of the grid. */
function heldOutErrors(outs: readonly LeaveOut[], targets: readonly DenseMatrix[]): number[] {
  const sums = LAMBDA_GRID.map(() => 0);
  let buckets = 0;
  outs.forEach((out, g) => {
    out.solver.errors(LAMBDA_GRID, targets[g], out.test).forEach((error, k) => {
      sums[k] += error;
    });
    buckets += out.test.buckets;
  });
  return sums.map((sum) => (buckets > 0 ? sum / buckets : 0));
}
