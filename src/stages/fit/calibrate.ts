import { sumOfParts } from '../../model/kernelParts.js';
import { type Fold, type FoldMoments, mergeBases, sumMoments, useFold } from '../../model/moments.js';
import { fromNormalised, selfImpactFloors, selfImpacts, toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { ACCEPTED_RESIDUAL } from '../../numerics/optimality.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, type FactorModel, fitFactors, removeFactors } from '../defactor/defactor.js';
import { type Baseline, baselineEstimators } from './baselines.js';
import { type BlockTarget, blockTargets } from './blockTarget.js';
import { clusterNames } from './clusters.js';
import { normalisedProblem, type RegressionMoments, regressionMoments } from './impactProblem.js';
import { type KernelForm, type KernelParts, matrixKernel, modesKernel } from './kernelForms.js';
import {
  diagonalEstimator,
  fitKernel,
  type ImpactEstimator,
  type KernelFit,
  symmetricEstimator,
} from './kernelWeights.js';
import { chooseLambda, type LambdaPath, type LeaveOut, leaveOuts } from './leaveOut.js';
import {
  type LinkRestrictions,
  type PenalisedEstimate,
  type PenaltyParams,
  penalisedSolver,
  pooledError,
} from './penalised.js';
import {
  analyticIntensity,
  cutTail,
  jackknife,
  type Replicated,
  signAgreement,
  type TailCut,
  uncut,
} from './shrinkage.js';
import { effectiveBuckets, type Replicates } from './uncertainty.js';

export type EstimatorKind = 'symmetric' | 'rowwise' | 'block' | 'diagonal' | Baseline;

export interface CalibrationParams {
  readonly defactor: DefactorParams;
  readonly estimator: EstimatorKind;
  readonly kernelForm: KernelForm;
  /** Ridge on normalised off-diagonals relative to the mean eigenvalue of the flow's Gram matrix, or chosen by CV. */
  readonly lambda: number | 'auto';
  readonly penalty: Omit<PenaltyParams, 'symmetric'>;
  /** Blocks of the universe, clusters of the residual moves, or zero. */
  readonly target: 'blocks' | 'clusters' | 'none';
  readonly intensity: number | 'auto';
  /** `auto` cuts the tail only where held-out folds do not lose by it. */
  readonly tail: { readonly tMin: number; readonly signStability: number; readonly apply: 'auto' | 'always' };
  /** Share of the block's median self impact. */
  readonly floor: number;
}

/** An unconstrained model: what `constrain` makes admissible. Matrices are N×N, bps per million. */
export interface Calibration {
  /** Of moves and of the flow merged by the kernel. */
  readonly factorModel: FactorModel;
  readonly kernel: KernelFit;
  /** A matrix per time constant, where the kernel is not scalar; K is then their sum. */
  readonly parts?: KernelParts;
  /** Symmetric GLS without penalty. */
  readonly rawK: DenseMatrix;
  /** Standard errors of rawK, jackknife over folds. */
  readonly standardErrors: DenseMatrix;
  /** After ridge, block shrinkage and the sparse tail. */
  readonly K: DenseMatrix;
  /** Every link at its target: one value per pair of blocks. The baseline between no links and links of their own. */
  readonly blockK: DenseMatrix;
  /** 1 where the sparse tail fixed a link to zero. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  readonly residualVolBps: Float64Array;
  /** N×N: second moments per bucket of the flow that the kernel has filtered, entry (i, j) times σ_i σ_j. */
  readonly flowGram: DenseMatrix;
  readonly lambda: number;
  readonly lambdaPath: readonly LambdaPath[];
  readonly intensity: number;
  readonly blocks?: BlockTarget;
  /** Share of folds whose own estimate of a link has the sign of the whole; N×N. */
  readonly signStability: DenseMatrix;
  /** Cluster of every name, where clusters were looked for. */
  readonly clusters?: readonly string[];
  /** Violation of the optimality conditions of the penalised problem, relative to the gradient at zero. */
  readonly optimalityResidual: number;
  /** Links that the tail sent to the target (or to zero), out of all pairs. */
  readonly tailLinks: number;
  /** rawK without each group of folds in turn; empty without folds to leave out. */
  readonly rawReplicates: Replicates<DenseMatrix>;
  /** Whether the sparse tail was cut; held-out folds may lose by it. */
  readonly tailIsCut: boolean;
  /** Buckets that independent ones would be worth. */
  readonly effectiveBuckets: number;
  readonly notes: readonly string[];
}

/**
 * Second stage of MODEL §4: kernel, least squares, penalty and block shrinkage, sparse tail, all from moments by fold; then,
 * where asked for, a matrix per time constant that starts from them.
 */
export function calibrate(
  folds: readonly Fold[],
  params: CalibrationParams,
  whole: Whole = wholeOf(sumMoments(folds), params.defactor),
): Calibration {
  const scalar = calibrateScalar(folds, params, whole);
  if (params.kernelForm === 'scalar' || plainEstimator(params.estimator)) return scalar;
  const { K, kernel, residualVolBps, lambda } = scalar;
  const base = { K, weights: kernel.weights, residualVolBps, lambda };
  const parts =
    params.kernelForm === 'matrix'
      ? matrixKernel(folds, base, params.defactor)
      : modesKernel(whole.total, base, params.defactor, scalar.clusters ?? params.defactor.blocks);
  return { ...scalar, K: sumOfParts(parts.matrices), parts, notes: [...scalar.notes, ...formNotes(parts, params)] };
}

/** The sum of a window and what factors leave of it, its bases apart: several estimators may share it. */
export interface Whole {
  readonly total: FoldMoments;
  readonly impact: ImpactMoments;
}

export const wholeOf = (total: FoldMoments, defactor: DefactorParams): Whole => ({
  total,
  impact: removeFactors(total, fitFactors(total, defactor)),
});

/** One decay curve for all links. */
function calibrateScalar(folds: readonly Fold[], params: CalibrationParams, { total, impact }: Whole): Calibration {
  const kernel = fitKernel(impact, params.estimator === 'diagonal' ? diagonalEstimator : symmetricEstimator);
  const plain = plainEstimator(params.estimator);
  const merged = plain ? [] : folds.map((fold) => useFold(fold, (moments) => mergeBases(moments, kernel.weights)));
  const all = plain ? mergeBases(total, kernel.weights) : sumMoments(merged);
  const factorModel = fitFactors(all, params.defactor);
  const moments = regressionMoments(removeFactors(all, factorModel));
  const { residualVolBps, problem } = normalisedProblem(moments);
  const common = { factorModel, kernel, residualVolBps, flowGram: problem.gram };
  if (plain) return plainCalibration(plain(moments), moments.buckets, common, params);
  const penalty = { ...params.penalty, symmetric: params.estimator !== 'rowwise' };
  const outs = leaveOuts(merged, all, common.residualVolBps, params.defactor, penalty);
  const peers = params.target === 'clusters' ? clusterNames(moments.moveProducts) : params.defactor.blocks;
  const fit = shrink(moments, outs, common, peers, params);
  return { ...fit, notes: [...fit.notes, ...foldNotes(folds, outs)] };
}

type Common = Pick<Calibration, 'factorModel' | 'kernel' | 'residualVolBps' | 'flowGram'>;

/** Estimators that take the moments as they are: no penalty, no shrinkage, no tail. */
function plainEstimator(kind: EstimatorKind): ImpactEstimator | undefined {
  if (kind === 'diagonal') return diagonalEstimator;
  return kind === 'symmetric' || kind === 'rowwise' || kind === 'block' ? undefined : baselineEstimators[kind];
}

function plainCalibration(rawK: DenseMatrix, buckets: number, common: Common, params: CalibrationParams): Calibration {
  const linkless = params.estimator === 'diagonal';
  return {
    ...common,
    rawK,
    K: rawK,
    blockK: rawK,
    standardErrors: zeros(rawK.rows),
    isZero: Uint8Array.from(rawK.data, (_, k) => (linkless && k % (rawK.rows + 1) !== 0 ? 1 : 0)),
    floors: selfImpactFloors(rawK, params.defactor.blocks, params.floor),
    lambda: 0,
    lambdaPath: [],
    intensity: 0,
    signStability: zeros(rawK.rows),
    optimalityResidual: 0,
    rawReplicates: { values: [], ratios: [] },
    tailIsCut: false,
    effectiveBuckets: buckets,
    tailLinks: 0,
    notes: kernelNotes(common.kernel),
  };
}

function shrink(
  moments: RegressionMoments,
  outs: readonly LeaveOut[],
  common: Common,
  peers: readonly string[],
  params: CalibrationParams,
): Calibration {
  const { names } = moments;
  const vol = common.residualVolBps;
  const { blocks } = params.defactor;
  const solver = penalisedSolver(moments, vol, { ...params.penalty, symmetric: params.estimator !== 'rowwise' });
  const idle = namesWithoutFlow(moments);
  const typical = (K: DenseMatrix) => withTypicalSelfImpact(K, idle, blocks);
  const rawK = solver.raw();
  const D = selfImpacts(typical(rawK), selfImpactFloors(rawK, blocks, params.floor));
  const raw: Replicated = {
    estimate: rawK,
    replicates: outs.map((out) => out.rawK),
    ratios: outs.map((out) => out.ratio),
  };
  const standardErrors = jackknife(raw);
  const describe = targetDescription(raw, D, standardErrors, peers, params);
  const target = targetMatrix(rawK, D, describe, params);
  const targets = raw.replicates.map((replicate) => targetMatrix(replicate, D, describe, params));
  const { lambda, path } = chooseLambda(outs, targets, params.lambda);
  const penalised = solver.estimate(lambda, target);
  const ridged = typical(penalised.K);
  const replicates = outs.map((out, g) => out.solver.path([lambda], targets[g])[0]);
  const intensity = chooseIntensity(params, path.length > 0, () =>
    analyticIntensity(ridged, jackknife({ ...raw, estimate: ridged, replicates }), target, D),
  );
  const drawn = (K: DenseMatrix, to: DenseMatrix, share: number) =>
    mapEntries(K, (k, i, j) => (i === j ? k : (1 - share) * k + share * to.data[i * names + j]));
  const towards = (share: number) => drawn(ridged, target, share);
  const signStability = signAgreement(raw);
  const evidence = { rawK, errors: standardErrors, stability: signStability };
  const cutOf = (K: DenseMatrix, to: DenseMatrix, itsRaw: DenseMatrix) =>
    cutTail(K, to, { ...evidence, rawK: itsRaw }, params.tail);
  const held = outs.map((out, g) => {
    const K = drawn(replicates[g], targets[g], intensity);
    return { test: out.test, uncut: K, cut: cutOf(K, targets[g], out.rawK).K };
  });
  const isCut = params.estimator !== 'block' && (params.tail.apply === 'always' || !losesByCut(held, vol));
  const whole = towards(params.estimator === 'block' ? 1 : intensity);
  const cut = isCut ? cutOf(whole, target, rawK) : uncut(whole);
  return {
    ...common,
    rawK,
    standardErrors,
    ...restricted(cut, params.penalty.restrictions),
    blockK: towards(1),
    floors: selfImpactFloors(ridged, blocks, params.floor),
    lambda,
    lambdaPath: path,
    intensity: params.estimator === 'block' ? 1 : intensity,
    ...(params.target === 'none' ? {} : { blocks: describe(rawK) }),
    ...(params.target === 'clusters' ? { clusters: peers } : {}),
    signStability,
    optimalityResidual: penalised.optimalityResidual,
    rawReplicates: { values: raw.replicates, ratios: raw.ratios },
    tailIsCut: isCut,
    effectiveBuckets: effectiveBuckets(
      outs.map((out) => out.test),
      ridged,
      vol,
    ),
    notes: [
      ...kernelNotes(common.kernel),
      ...sampleNotes(moments, outs.length, idle.length),
      ...solverNotes(penalised),
      ...peerNotes(peers, params),
    ],
  };
}

/** Whether links without their tail predict held-out folds worse than with it. */
function losesByCut(
  held: readonly { test: RegressionMoments; uncut: DenseMatrix; cut: DenseMatrix }[],
  vol: Float64Array,
): boolean {
  const error = (moments: RegressionMoments, K: DenseMatrix) => pooledError(moments, K, vol);
  return held.reduce((sum, { test, uncut: K, cut }) => sum + error(test, cut) - error(test, K), 0) > 0;
}

/** Links fixed to zero stay so through shrinkage and projection; tied ones take the mean of what shrinkage made of them. */
function restricted(cut: TailCut, { zero, equal }: LinkRestrictions): TailCut {
  if (zero.length === 0 && equal.length === 0) return cut;
  const n = cut.K.rows;
  const isZero = cut.isZero.slice();
  for (const [i, j] of zero) isZero[i * n + j] = isZero[j * n + i] = 1;
  const K = mapEntries(cut.K, (value, i, j) => (i !== j && isZero[i * n + j] ? 0 : value));
  for (const pairs of equal) {
    const shared = pairs.reduce((sum, [i, j]) => sum + cut.K.data[i * n + j] / pairs.length, 0);
    for (const [i, j] of pairs) {
      for (const k of [i * n + j, j * n + i]) {
        K.data[k] = shared;
        isZero[k] = shared === 0 ? 1 : 0;
      }
    }
  }
  return { ...cut, isZero, K };
}

/**
 * A λ that cross-validation chose has drawn the links as far towards the target as held-out data support; the analytic
 * intensity on top would shrink twice. It serves where λ is fixed or there is nothing to cross-validate with.
 */
function chooseIntensity({ intensity }: CalibrationParams, lambdaIsChosen: boolean, analytic: () => number): number {
  if (intensity !== 'auto') return intensity;
  return lambdaIsChosen ? 0 : analytic();
}

function namesWithoutFlow({ names, gram }: RegressionMoments): number[] {
  return Array.from({ length: names }, (_, i) => i).filter((i) => !(gram.data[i * names + i] > 0));
}

/** Nothing measures the self impact of a name without flow: it takes the median of its block. */
function withTypicalSelfImpact(K: DenseMatrix, idle: readonly number[], blocks: readonly string[]): DenseMatrix {
  if (idle.length === 0) return K;
  const medians = selfImpactFloors(K, blocks, 1);
  return mapEntries(K, (value, i, j) => (i === j && idle.includes(i) ? medians[i] : value));
}

type Description = (K: DenseMatrix) => BlockTarget;

function targetDescription(
  { replicates }: Replicated,
  D: Float64Array,
  errors: DenseMatrix,
  peers: readonly string[],
  params: CalibrationParams,
): Description {
  const variance = mapEntries(errors, (se, i, j) => se ** 2 / (D[i] * D[j]));
  const normalised = replicates.map((replicate) => toNormalised(replicate, D));
  const targets = blockTargets(normalised, variance, peers, params.tail.tMin);
  return (K) => targets(toNormalised(K, D));
}

/** Target in bps per million for an estimate of K; zero off the diagonal when no blocks are used. */
function targetMatrix(K: DenseMatrix, D: Float64Array, describe: Description, params: CalibrationParams): DenseMatrix {
  return params.target === 'none' ? zeros(K.rows) : fromNormalised(describe(K).target, D);
}

function formNotes({ status, optimalityResidual, strength }: KernelParts, { kernelForm }: CalibrationParams): string[] {
  if (status === 'collapsed')
    return ['kernel modes: no weight of the links themselves stays positive; the last admissible weights were kept'];
  if (status === 'maxIterations')
    return [`kernel ${kernelForm}: not solved within its iterations, residual ${optimalityResidual.toExponential(1)}`];
  if (kernelForm === 'matrix' && strength === undefined)
    return ['kernel matrix: held-out folds give no support for speeds of their own; every K_p is a multiple of K'];
  return [];
}

function kernelNotes({ status }: KernelFit): string[] {
  if (status === 'collapsed')
    return ['kernel: no basis has a positive weight, the flow explains nothing; equal weights were kept'];
  if (status === 'maxIterations') return ['kernel: the weights were still moving after the last iteration'];
  return [];
}

function sampleNotes({ names, buckets }: RegressionMoments, groups: number, idle: number): string[] {
  const notes: string[] = [];
  if (groups < 2)
    notes.push('one fold only: no standard errors, no cross-validation; λ and the shrinkage intensity are 0');
  if (buckets <= names) notes.push(`${buckets} buckets for ${names} names: directions without data have no impact`);
  if (idle > 0) notes.push(`${idle} names had no flow; their self impact is the median of their block`);
  return notes;
}

const LABELS_SHOWN = 3;

/** Folds that have no say, and names that one group of folds alone speaks for. */
function foldNotes(folds: readonly Fold[], outs: readonly LeaveOut[]): string[] {
  const empty = folds.filter((fold) => !(fold.buckets > 0)).map((fold) => fold.label);
  const shown = (labels: readonly string[]) =>
    `${labels.slice(0, LABELS_SHOWN).join(', ')}${labels.length > LABELS_SHOWN ? ', …' : ''}`;
  const notes =
    empty.length > 0
      ? [`${empty.length} of ${folds.length} folds have no usable bucket and take no part: ${shown(empty)}`]
      : [];
  const singular = outs.filter((out) => out.silenced.length > 0);
  if (singular.length > 0) {
    const names = new Set(singular.flatMap((out) => out.silenced)).size;
    notes.push(
      `${names} names trade in one group of folds only (${shown(singular.map((out) => out.label))}): the errors of their links are not to be relied on`,
    );
  }
  return notes;
}

function solverNotes({ converged, optimalityResidual }: PenalisedEstimate): string[] {
  if (converged) return [];
  return [
    `the penalised problem was not solved to ${ACCEPTED_RESIDUAL}: its optimality residual is ${optimalityResidual.toExponential(1)}`,
  ];
}

function peerNotes(peers: readonly string[], { target }: CalibrationParams): string[] {
  if (target === 'none') return [];
  const sizes = new Map<string, number>();
  for (const peer of peers) sizes.set(peer, (sizes.get(peer) ?? 0) + 1);
  const alone = [...sizes].filter(([, size]) => size === 1).map(([name]) => name);
  const notes =
    target === 'clusters'
      ? [
          sizes.size > 1
            ? `links are shrunk towards ${sizes.size} clusters found in the residual moves`
            : 'no clusters can be told apart in the residual moves: links are shrunk towards one mean',
        ]
      : [];
  if (alone.length > 0 && sizes.size > 1)
    notes.push(`one name only in ${alone.join(', ')}: no link inside, those to others borrow from the market mean`);
  return notes;
}
