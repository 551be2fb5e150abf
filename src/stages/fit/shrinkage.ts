import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { entryErrors, type JackknifeSample } from './jackknife.js';
import { chooseLambda, type LambdaPath, type LeaveOut } from './leaveOut.js';
import type { PenalisedEstimate, PenalisedSolver } from './penalised.js';
import type { ShrinkageTarget } from './shrinkageTarget.js';

/** The estimate under the penalty that was given or chosen. */
export interface Penalised {
  readonly lambda: number;
  readonly path: readonly LambdaPath[];
  /** What the solver says of the whole. */
  readonly solved: PenalisedEstimate;
  readonly K: JackknifeSample<DenseMatrix>;
}

/** λ by cross-validation unless it is given, then the penalised problem of the whole and without each group of folds. */
export function penalise(
  solver: PenalisedSolver,
  outs: readonly LeaveOut[],
  { whole, replicates, ratios }: JackknifeSample<DenseMatrix>,
  wanted: number | 'auto',
): Penalised {
  const { lambda, path } = chooseLambda(outs, replicates, wanted);
  const solved = solver.estimate(lambda, whole);
  const ofReplicates = outs.map((out, g) => out.solver.path([lambda], replicates[g])[0]);
  return { lambda, path, solved, K: { whole: solved.K, replicates: ofReplicates, ratios } };
}

/**
 * A λ that cross-validation chose has drawn the links as far towards the target as held-out data support; the analytic
 * intensity on top would shrink twice. It serves where λ is fixed or there is nothing to cross-validate with.
 */
export function chooseIntensity(
  wanted: number | 'auto',
  { path }: Penalised,
  K: JackknifeSample<DenseMatrix>,
  { matrix, scale }: ShrinkageTarget,
): number {
  if (wanted !== 'auto') return wanted;
  return path.length > 0 ? 0 : analyticIntensity(K.whole, entryErrors(K), matrix.whole, scale);
}

/**
 * Analytic intensity `Σ Var(C_ij) / Σ (C_ij − C⁰_ij)²` over the off-diagonals (Ledoit and Wolf 2003, with variances by
 * fold), clipped to [0, 1]; zero without errors to go by.
 */
function analyticIntensity(K: DenseMatrix, errors: DenseMatrix, target: DenseMatrix, D: Float64Array): number {
  const n = K.rows;
  let variance = 0;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j || !(D[i] * D[j] > 0)) continue;
      const k = i * n + j;
      variance += squared(errors.data[k]) / (D[i] * D[j]);
      distance += squared(K.data[k] - target.data[k]) / (D[i] * D[j]);
    }
  }
  return variance > 0 && distance > 0 ? Math.min(1, variance / distance) : 0;
}

/** Links a share of the way towards their target; self impacts stay. */
export const drawn = (K: DenseMatrix, target: DenseMatrix, share: number): DenseMatrix =>
  mapEntries(K, (k, i, j) => (i === j ? k : (1 - share) * k + share * target.data[i * K.cols + j]));

/** The same for the whole and every replicate, each towards its own target. */
export const drawnSample = (
  { whole, replicates, ratios }: JackknifeSample<DenseMatrix>,
  target: JackknifeSample<DenseMatrix>,
  share: number,
): JackknifeSample<DenseMatrix> => ({
  whole: drawn(whole, target.whole, share),
  replicates: replicates.map((K, g) => drawn(K, target.replicates[g], share)),
  ratios,
});
