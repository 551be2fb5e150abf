import { addMoments, type FoldMoments, sumMoments } from '../../model/moments.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { type SymmetricSolver, symmetricSolver } from '../../numerics/symmetricLeastSquares.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { asRegression, type CollapsedMoments, normalisedProblem, squaredErrors, unscale } from './impactProblem.js';

/** Leave-out groups are at most this many; more folds are grouped in order. */
const MAX_GROUPS = 25;
/** Below this many buckets per name the exact penalised problem is solved for every λ. */
const SCARCE = 10;
const LAMBDA_GRID = [0, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 10];

/** What is learnt without one group of folds, and that group itself, seen with coefficients that never saw it. */
export interface LeaveOut {
  readonly test: CollapsedMoments;
  readonly solver: SymmetricSolver;
  /** Estimate without penalty from the other groups, bps per million. */
  readonly rawK: DenseMatrix;
  /** Buckets of all folds over those left out, weighted as the folds are. */
  readonly ratio: number;
  /** Whether there is little data for so many names: shortcuts do not hold then. */
  readonly scarce: boolean;
}

/** Estimates without each group of folds (bases merged) in turn, for errors, sign stability and cross-validation. */
export function leaveOuts(
  folds: readonly FoldMoments[],
  total: FoldMoments,
  vol: Float64Array,
  defactor: DefactorParams,
): LeaveOut[] {
  if (folds.length < 2) return [];
  return groupFolds(folds, MAX_GROUPS).flatMap((group) => {
    const held = sumMoments(group);
    if (held.buckets === 0) return [];
    const rest = sumMoments([total]);
    addMoments(rest, held, -1);
    if (!(rest.buckets > 0)) return [];
    const model = fitFactors(rest, defactor);
    const solver = symmetricSolver(normalisedProblem(asRegression(removeFactors(rest, model)), vol).problem);
    const rawK = unscale(solver.solve(0, zeros(total.names)).solution, vol);
    return [
      {
        test: asRegression(removeFactors(held, model)),
        solver,
        rawK,
        ratio: total.buckets / held.buckets,
        scarce: rest.buckets < SCARCE * total.names,
      },
    ];
  });
}

function groupFolds<T>(folds: readonly T[], groups: number): T[][] {
  const count = Math.min(groups, folds.length);
  return Array.from({ length: count }, (_, g) =>
    folds.slice(Math.floor((g * folds.length) / count), Math.floor(((g + 1) * folds.length) / count)),
  );
}

/**
 * Estimate of one leave-out under a ridge towards `target`. The penalty holds the diagonal near the group's own
 * unpenalised one instead of leaving it free: a closed form where the exact problem needs iterations, and the links,
 * which are what λ is chosen for, differ little.
 */
export function penalisedReplicate(
  { solver, rawK, scarce }: LeaveOut,
  lambda: number,
  target: DenseMatrix,
  vol: Float64Array,
): DenseMatrix {
  if (lambda === 0) return rawK;
  if (scarce) return unscale(solver.solve(lambda * solver.scale, toSolverUnits(target, vol)).solution, vol);
  const towards = mapEntries(target, (value, i, j) => (i === j ? rawK.data[i * rawK.cols + i] : value));
  return unscale(solver.solveUniform(lambda * solver.scale, toSolverUnits(towards, vol)), vol);
}

export interface LambdaPath {
  readonly lambda: number;
  /** Cross-validated squared error in units of residual variance, per bucket. */
  readonly error: number;
}

/** λ by blocked cross-validation: every group of folds is predicted by what the others taught (MODEL §4). */
export function chooseLambda(
  outs: readonly LeaveOut[],
  targets: readonly DenseMatrix[],
  vol: Float64Array,
  wanted: number | 'auto',
): { lambda: number; path: LambdaPath[] } {
  if (wanted !== 'auto') return { lambda: wanted, path: [] };
  if (outs.length < 2) return { lambda: 0, path: [] };
  const path = LAMBDA_GRID.map((lambda) => ({ lambda, error: heldOutError(lambda, outs, targets, vol) }));
  const best = path.reduce((top, point) => (point.error < top.error ? point : top));
  return { lambda: best.lambda, path };
}

function heldOutError(
  lambda: number,
  outs: readonly LeaveOut[],
  targets: readonly DenseMatrix[],
  vol: Float64Array,
): number {
  let sum = 0;
  let buckets = 0;
  outs.forEach((out, g) => {
    squaredErrors(out.test, penalisedReplicate(out, lambda, targets[g], vol)).forEach((error, i) => {
      if (vol[i] > 0) sum += error / (vol[i] * vol[i]);
    });
    buckets += out.test.buckets;
  });
  return buckets > 0 ? sum / buckets : 0;
}

/** K in the solver's units, Y = K / (σ_i σ_j). */
export function toSolverUnits(K: DenseMatrix, vol: Float64Array): DenseMatrix {
  return mapEntries(K, (k, i, j) => (vol[i] > 0 && vol[j] > 0 ? k / (vol[i] * vol[j]) : 0));
}
