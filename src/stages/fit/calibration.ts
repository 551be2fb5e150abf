import type { ConcaveMode } from '../../model/concave.js';
import type { ConcaveBasis } from '../../model/concaveLevels.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { DefactorParams, FactorModel } from '../defactor/defactor.js';
import type { Baseline } from './baselines.js';
import type { BlockTarget } from './blockTarget.js';
import type { ConcaveFit } from './concave/concaveFit.js';
import type { KeptShare } from './concave/keptDecay.js';
import type { JackknifeSample } from './jackknife.js';
import type { KernelForm, KernelParts } from './kernelForms.js';
import type { KernelFit } from './kernelWeights.js';
import type { LambdaPath } from './leaveOut.js';
import type { PenaltyParams } from './penalised.js';
import type { ResidualWeights } from './residualWeights.js';

export type EstimatorKind = 'symmetric' | 'rowwise' | 'block' | 'diagonal' | Baseline;

export interface TailParams {
  /** A link below this many standard errors is weak. */
  readonly tMin: number;
  /** Least share of folds that agree on a link's sign. */
  readonly signStability: number;
  /** `auto` cuts the tail only where held-out folds do not lose by it. */
  readonly apply: 'auto' | 'always';
}

/** Shapes of concave terms, and typical flow: what is fixed before their weights are estimated. */
export interface ConcaveParams {
  readonly basis: Omit<ConcaveBasis, 'modes'> & { readonly modes: readonly Omit<ConcaveMode, 'weights'>[] };
  /** What own flow bears of the cost of orders that take their time, over one of a bucket, which terms are drawn to. */
  readonly kept?: readonly KeptShare[] | undefined;
  /** P: decays per bucket of the bases. */
  readonly linearDecay: Float64Array;
  /** L: decays of the grid on which it is seen how terms fade. */
  readonly lagDecay: Float64Array;
  /** N: flow of a bucket in which the name trades, millions; where the secant is taken. */
  readonly typical: Float64Array;
  /** Whether flow moves names by a line as well; where it does not, links are modes. */
  readonly hasLinear: boolean;
}

export interface CalibrationParams {
  /** Concave terms beside K (MODEL §2a); the folds then have their moments. */
  readonly concave?: ConcaveParams | undefined;
  readonly defactor: DefactorParams;
  readonly estimator: EstimatorKind;
  readonly kernelForm: KernelForm;
  /** Ridge on normalised off-diagonals relative to the mean eigenvalue of the flow's Gram matrix, or chosen by CV. */
  readonly lambda: number | 'auto';
  readonly penalty: Omit<PenaltyParams, 'symmetric'>;
  /** Residual weights of the symmetric ridge: the inverse of the whole residual covariance, or of its diagonal. */
  readonly weights: ResidualWeights['kind'];
  /** Blocks of the universe, clusters of the residual moves, or zero. */
  readonly target: 'blocks' | 'clusters' | 'none';
  readonly intensity: number | 'auto';
  readonly tail: TailParams;
  /** Share of a name's prior self impact that it may not fall below. */
  readonly floor: number;
  /** N: average daily volume in one unit, NaN where the universe has none; the prior of self impact goes by it. */
  readonly adv?: Float64Array | undefined;
  /** Whether these volumes are those of the tape rather than of the universe. */
  readonly isTape?: boolean;
}

/** An unconstrained model: what `constrain` makes admissible. Matrices are N×N, bps per million. */
export interface Calibration {
  /** After ridge, block shrinkage and the sparse tail; of a plain estimator, its estimate. */
  readonly K: DenseMatrix;
  /** A matrix per time constant, where the kernel is not scalar; K is then their sum. */
  readonly parts?: KernelParts | undefined;
  /** Concave terms, of which K holds the secants at typical flow (MODEL §2a). */
  readonly concave?: ConcaveFit | undefined;
  /** 1 where a link is fixed to zero: by the tail, by a restriction, or because the estimator knows no links. */
  readonly isZero: Uint8Array;
  /** Least self impact of every name. */
  readonly floors: Float64Array;
  /**
   * N×N, bps per million: standard errors of the links of K as they were shrunk, at the λ that was taken; of a plain estimator
   * those of its estimate. Absent where none are known.
   */
  readonly linkErrors?: DenseMatrix | undefined;
  /** Buckets that independent ones would be worth. */
  readonly effectiveBuckets: number;
  readonly estimate: Estimate;
  /** Absent for the diagonal estimator and the baselines, which take the moments as they are. */
  readonly shrinkage?: Shrinkage | undefined;
  /** Absent like shrinkage. */
  readonly tail?: Tail | undefined;
  /** For the reader of a report. */
  readonly notes: readonly string[];
}

/** What the data say, before any penalty. */
export interface Estimate {
  /** First stage, of moves and of the flow merged by the kernel. */
  readonly factorModel: FactorModel;
  /** The decay that all links share. */
  readonly kernel: KernelFit;
  /** Its weights a_p, and without each group of folds: what the errors of a worked order must include. */
  readonly kernelWeights: JackknifeSample<Float64Array>;
  /** How names weigh against one another in the fit. */
  readonly residuals: ResidualWeights;
  /** σ_i: what factors leave of the moves, bps per bucket. */
  readonly residualVolBps: Float64Array;
  /** Second moments per bucket of the flow that the kernel has filtered, entry (i, j) times σ_i σ_j. */
  readonly flowGram: DenseMatrix;
  /**
   * Without penalty: symmetric GLS, rows of their own, or the plain estimator; without each group of folds in turn, each
   * replicate on its own factors and kernel weights.
   */
  readonly rawK: JackknifeSample<DenseMatrix>;
  /** Of rawK: jackknife over groups of folds, for a plain estimator of independent residuals; zero where none is known. */
  readonly standardErrors: DenseMatrix;
  /** Standard errors to either side that make a 90 % interval: Student's t for few groups; 0 where there are no errors. */
  readonly intervalReach: number;
  /** Of Student's t that goes with them, at least 1. */
  readonly errorDegrees: number;
  /** Share of groups whose own estimate of a link has the sign of the whole. */
  readonly signStability: DenseMatrix;
}

/** How far links were drawn to what their blocks say. */
export interface Shrinkage {
  readonly lambda: number;
  /** Cross-validated error by λ; empty where λ was given or there is nothing to hold out. */
  readonly lambdaPath: readonly LambdaPath[];
  /** Share of the way from the penalised estimate to the target that was gone on top of λ. */
  readonly intensity: number;
  /** Violation of the optimality conditions of the penalised problem, relative to the gradient at zero. */
  readonly optimalityResidual: number;
  /**
   * N×N, bps per million: root mean square error of the links that are published, before projection, shrinkage bias
   * included; of self impacts the jackknife error.
   */
  readonly publishedErrors: DenseMatrix;
  /** Every link at its target: one value per pair of blocks. The baseline between no links and links of their own. */
  readonly blockK: DenseMatrix;
  /** How the target was made; absent where it is zero. */
  readonly blocks?: BlockTarget | undefined;
  /** Cluster of every name, where clusters were looked for. */
  readonly clusters?: readonly string[] | undefined;
}

/** What became of links that are weak or of no stable sign. */
export interface Tail {
  /** Whether it was cut; held-out folds may lose by it. */
  readonly isCut: boolean;
  /** Links that it sent to the target (or to zero), out of all pairs. */
  readonly links: number;
}

/** What a projection onto the admissible matrices needs of a calibration. */
export const unconstrained = ({ K, parts, isZero, floors, concave, estimate }: Calibration) => ({
  K,
  parts,
  isZero,
  floors,
  concave,
  residualVolBps: estimate.residualVolBps,
  flowGram: estimate.flowGram,
});
