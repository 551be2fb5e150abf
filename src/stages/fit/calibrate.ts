import { addMoments, type FoldMoments, sumMoments } from '../../model/moments.js';
import { fromNormalised, selfImpactFloors, selfImpacts, toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';
import { symmetricSolver } from '../../numerics/symmetricLeastSquares.js';
import { type DefactorParams, type FactorModel, fitFactors, removeFactors } from '../defactor/defactor.js';
import { type BlockTarget, blockTarget } from './blockTarget.js';
import {
  type CollapsedMoments,
  collapse,
  normalisedProblem,
  residualVol,
  squaredErrors,
  unscale,
} from './impactProblem.js';
import { diagonalEstimator, fitKernel, type KernelFit, symmetricEstimator } from './kernelWeights.js';

export type EstimatorKind = 'symmetric' | 'block' | 'diagonal';

export interface CalibrationParams {
  readonly defactor: DefactorParams;
  readonly estimator: EstimatorKind;
  /** Ridge on normalised off-diagonals relative to the mean eigenvalue of the flow's Gram matrix, or chosen by CV. */
  readonly lambda: number | 'auto';
  readonly target: 'blocks' | 'none';
  readonly intensity: number | 'auto';
  readonly tail: { readonly tMin: number; readonly signStability: number };
  /** Share of the block's median self impact. */
  readonly floor: number;
}

export interface LambdaPath {
  readonly lambda: number;
  /** Cross-validated squared error in units of residual variance, per bucket. */
  readonly error: number;
}

/** An unconstrained model: what `constrain` makes admissible. Matrices are N×N, bps per million. */
export interface Calibration {
  readonly factorModel: FactorModel;
  readonly kernel: KernelFit;
  /** Symmetric GLS without penalty. */
  readonly rawK: DenseMatrix;
  /** Standard errors of rawK, jackknife over folds. */
  readonly standardErrors: DenseMatrix;
  /** After ridge, block shrinkage and the sparse tail. */
  readonly K: DenseMatrix;
  /** 1 where the sparse tail fixed a link to zero. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  readonly residualVolBps: Float64Array;
  readonly lambda: number;
  readonly lambdaPath: readonly LambdaPath[];
  readonly intensity: number;
  readonly blocks?: BlockTarget;
  /** Share of folds whose own estimate of a link has the sign of the whole; N×N. */
  readonly signStability: DenseMatrix;
  /** Links that the tail sent to the target (or to zero), out of all pairs. */
  readonly tailLinks: number;
  readonly notes: readonly string[];
}

const LAMBDA_GRID = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100];
/** Leave-out groups are at most this many; more folds are grouped in order. */
const MAX_GROUPS = 25;

/** Second stage of MODEL §4: kernel, symmetric GLS, ridge and block shrinkage, sparse tail, all from moments by fold. */
export function calibrate(folds: readonly FoldMoments[], params: CalibrationParams): Calibration {
  const total = sumMoments(folds);
  const factorModel = fitFactors(total, params.defactor);
  const impact = removeFactors(total, factorModel);
  const kernel = fitKernel(impact, params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator);
  const moments = collapse(impact, kernel.weights);
  const common = { factorModel, kernel, residualVolBps: residualVol(moments) };
  if (params.estimator === 'diagonal') return diagonalCalibration(moments, common, params);
  return shrink(moments, leaveOut(folds, total, kernel, params), common, params);
}

type Common = Pick<Calibration, 'factorModel' | 'kernel' | 'residualVolBps'>;

function diagonalCalibration(moments: CollapsedMoments, common: Common, params: CalibrationParams): Calibration {
  const rawK = diagonalEstimator(moments);
  const isZero = new Uint8Array(rawK.data.length).map((_, k) => (k % (moments.names + 1) === 0 ? 0 : 1));
  return {
    ...common,
    rawK,
    K: rawK,
    standardErrors: zeros(moments.names),
    isZero,
    floors: selfImpactFloors(rawK, params.defactor.blocks, params.floor),
    lambda: 0,
    lambdaPath: [],
    intensity: 1,
    signStability: zeros(moments.names),
    tailLinks: 0,
    notes: kernelNotes(common.kernel),
  };
}

/** What is learnt without one group of folds, and that group itself, seen with coefficients that never saw it. */
interface LeaveOut {
  readonly train: CollapsedMoments;
  readonly test: CollapsedMoments;
}

function leaveOut(
  folds: readonly FoldMoments[],
  total: FoldMoments,
  kernel: KernelFit,
  params: CalibrationParams,
): LeaveOut[] {
  if (folds.length < 2) return [];
  return groupFolds(folds, MAX_GROUPS).flatMap((group) => {
    const held = sumMoments(group);
    if (held.buckets === 0) return [];
    const rest = sumMoments([total]);
    addMoments(rest, held, -1);
    const model = fitFactors(rest, params.defactor);
    return [
      {
        train: collapse(removeFactors(rest, model), kernel.weights),
        test: collapse(removeFactors(held, model), kernel.weights),
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

function shrink(
  moments: CollapsedMoments,
  leaveOuts: readonly LeaveOut[],
  common: Common,
  params: CalibrationParams,
): Calibration {
  const { names } = moments;
  const vol = common.residualVolBps;
  const solver = symmetricSolver(normalisedProblem(moments, vol).problem);
  const solvers = leaveOuts.map(({ train }) => symmetricSolver(normalisedProblem(train, vol).problem));
  const nothing = zeros(names);
  const rawK = unscale(solver.solve(0, nothing).solution, vol);
  const floors = selfImpactFloors(rawK, params.defactor.blocks, params.floor);
  const D = selfImpacts(rawK, floors);
  const rawReplicates = solvers.map((s) => unscale(s.solve(0, nothing).solution, vol));
  const standardErrors = jackknife(rawReplicates, names);
  const targetOf = blockTargets(rawK, rawReplicates, D, standardErrors, params);
  const { lambda, path } = chooseLambda(solvers, leaveOuts, rawReplicates.map(targetOf), vol, params.lambda);
  const blocks =
    params.target === 'blocks' ? describeTarget(rawK, rawReplicates, D, standardErrors, params) : undefined;
  const target = targetOf(rawK);
  const solve = (s: typeof solver, towards: DenseMatrix) =>
    unscale(s.solve(lambda * s.scale, scaled(towards, vol)).solution, vol);
  const ridged = solve(solver, target);
  const replicates = solvers.map((s, g) => solve(s, targetOf(rawReplicates[g])));
  const intensity = params.estimator === 'block' ? 1 : chooseIntensity(ridged, replicates, target, D, params.intensity);
  const shrunk = mapEntries(ridged, (k, i, j) =>
    i === j ? k : (1 - intensity) * k + intensity * target.data[i * names + j],
  );
  const signStability = signAgreement(rawK, rawReplicates);
  const tail = cutTail(shrunk, target, rawK, standardErrors, signStability, params);
  return {
    ...common,
    rawK,
    standardErrors,
    ...tail,
    floors: selfImpactFloors(ridged, params.defactor.blocks, params.floor),
    lambda,
    lambdaPath: path,
    intensity,
    ...(blocks ? { blocks } : {}),
    signStability,
    notes: [...kernelNotes(common.kernel), ...sampleNotes(moments, leaveOuts.length)],
  };
}

function jackknife(replicates: readonly DenseMatrix[], names: number): DenseMatrix {
  return mapEntries(zeros(names), (_, i, j) =>
    jackknifeStandardError(replicates.map((replicate) => replicate.data[i * names + j])),
  );
}

function describeTarget(
  K: DenseMatrix,
  replicates: readonly DenseMatrix[],
  D: Float64Array,
  errors: DenseMatrix,
  params: CalibrationParams,
): BlockTarget {
  const variance = mapEntries(errors, (se, i, j) => se ** 2 / (D[i] * D[j]));
  return blockTarget(
    toNormalised(K, D),
    replicates.map((replicate) => toNormalised(replicate, D)),
    variance,
    params.defactor.blocks,
    params.tail.tMin,
  );
}

/** Target in bps per million for an estimate of K; zero off the diagonal when no blocks are used. */
function blockTargets(
  rawK: DenseMatrix,
  replicates: readonly DenseMatrix[],
  D: Float64Array,
  errors: DenseMatrix,
  params: CalibrationParams,
) {
  if (params.target === 'none') return () => mapEntries(rawK, () => 0);
  return (K: DenseMatrix) => fromNormalised(describeTarget(K, replicates, D, errors, params).target, D);
}

/** K in the solver's units, Y = K / (σ_i σ_j). */
function scaled(K: DenseMatrix, vol: Float64Array): DenseMatrix {
  return mapEntries(K, (k, i, j) => (vol[i] > 0 && vol[j] > 0 ? k / (vol[i] * vol[j]) : 0));
}

type Solver = ReturnType<typeof symmetricSolver>;

/** λ by blocked cross-validation: every group of folds is predicted by what the others taught (MODEL §4). */
function chooseLambda(
  solvers: readonly Solver[],
  leaveOuts: readonly LeaveOut[],
  targets: readonly DenseMatrix[],
  vol: Float64Array,
  wanted: number | 'auto',
) {
  if (wanted !== 'auto') return { lambda: wanted, path: [] };
  if (solvers.length < 2) return { lambda: 0, path: [] };
  const path = LAMBDA_GRID.map((lambda) => ({ lambda, error: heldOutError(lambda, solvers, leaveOuts, targets, vol) }));
  const best = path.reduce((top, point) => (point.error < top.error ? point : top));
  return { lambda: best.lambda, path };
}

function heldOutError(
  lambda: number,
  solvers: readonly Solver[],
  leaveOuts: readonly LeaveOut[],
  targets: readonly DenseMatrix[],
  vol: Float64Array,
): number {
  let sum = 0;
  let buckets = 0;
  solvers.forEach((solver, g) => {
    const K = unscale(solver.solve(lambda * solver.scale, scaled(targets[g], vol)).solution, vol);
    squaredErrors(leaveOuts[g].test, K).forEach((error, i) => {
      if (vol[i] > 0) sum += error / (vol[i] * vol[i]);
    });
    buckets += leaveOuts[g].test.buckets;
  });
  return buckets > 0 ? sum / buckets : 0;
}

/**
 * Analytic intensity `Σ Var(C_ij) / Σ (C_ij − C⁰_ij)²` over the off-diagonals (Ledoit and Wolf 2003, with variances by
 * fold), clipped to [0, 1].
 */
function chooseIntensity(
  K: DenseMatrix,
  replicates: readonly DenseMatrix[],
  target: DenseMatrix,
  D: Float64Array,
  wanted: number | 'auto',
): number {
  if (wanted !== 'auto') return wanted;
  if (replicates.length < 2) return 0;
  const n = K.rows;
  const errors = jackknife(replicates, n);
  let variance = 0;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const k = i * n + j;
      variance += errors.data[k] ** 2 / (D[i] * D[j]);
      distance += (K.data[k] - target.data[k]) ** 2 / (D[i] * D[j]);
    }
  }
  return distance > 0 ? Math.min(1, variance / distance) : 1;
}

/** Share of folds whose pseudo-value `n θ − (n−1) θ_(−k)` has the sign of θ. */
function signAgreement(K: DenseMatrix, replicates: readonly DenseMatrix[]): DenseMatrix {
  const n = replicates.length;
  if (n < 2) return mapEntries(K, () => 1);
  return mapEntries(K, (value, i, j) => {
    const agreeing = replicates.filter(
      (replicate) => (n * value - (n - 1) * replicate.data[i * K.cols + j]) * value > 0,
    );
    return agreeing.length / n;
  });
}

/**
 * A link that is weak, or whose sign folds do not agree on, takes the value that it is compatible with: its target when
 * it lies within `tMin` errors of it, else zero. Sending every weak link to its target would turn a well-measured absence
 * of a link into the mean of its block.
 */
function cutTail(
  shrunk: DenseMatrix,
  target: DenseMatrix,
  rawK: DenseMatrix,
  errors: DenseMatrix,
  stability: DenseMatrix,
  { tail }: CalibrationParams,
) {
  const n = shrunk.rows;
  const isZero = new Uint8Array(n * n);
  let tailLinks = 0;
  const K = mapEntries(shrunk, (value, i, j) => {
    const k = i * n + j;
    if (i === j) return value;
    const reach = tail.tMin * errors.data[k];
    const weak = Math.abs(rawK.data[k]) < reach || stability.data[k] < tail.signStability;
    if (!weak) return value;
    if (i < j) tailLinks++;
    const kept = Math.abs(rawK.data[k] - target.data[k]) <= reach ? target.data[k] : 0;
    if (kept === 0) isZero[k] = 1;
    return kept;
  });
  return { K, isZero, tailLinks };
}

function kernelNotes({ status }: KernelFit): string[] {
  if (status === 'collapsed')
    return ['kernel: no basis has a positive weight, the flow explains nothing; equal weights were kept'];
  if (status === 'maxIterations') return ['kernel: the weights were still moving after the last iteration'];
  return [];
}

function sampleNotes({ names, buckets, gram }: CollapsedMoments, groups: number): string[] {
  const notes: string[] = [];
  if (groups < 2)
    notes.push('one fold only: no standard errors, no cross-validation; λ and the shrinkage intensity are 0');
  if (buckets <= names) notes.push(`${buckets} buckets for ${names} names: directions without data have no impact`);
  const idle = Array.from({ length: names }, (_, i) => i).filter((i) => !(gram.data[i * names + i] > 0));
  if (idle.length > 0) notes.push(`${idle.length} names had no flow; their self impact is the floor`);
  return notes;
}
