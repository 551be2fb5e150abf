import { type Certificate, certify } from '../../model/certificate.js';
import { traceShares } from '../../model/kernelParts.js';
import { fromNormalised, selfImpacts, toNormalised } from '../../model/normalise.js';
import type { MoveUnit } from '../../model/units.js';
import { combine, type DenseMatrix, mapEntries, symmetricPart } from '../../numerics/dense.js';
import type { FeasibleSet } from '../../numerics/feasibleSet.js';
import { nearestFeasible, nearestFeasibleSum } from '../../numerics/nearestFeasible.js';
import { nearestInWeightedNorm } from '../../numerics/nearestInWeightedNorm.js';
import type { Projection } from '../../numerics/projection.js';
import { median } from '../../numerics/statistics.js';

export interface UnconstrainedModel {
  /** N×N, bps per million; need be neither symmetric nor PSD. */
  readonly K: DenseMatrix;
  /** P matrices whose sum is K, where the kernel is not scalar. */
  readonly parts?: KernelMatrices | undefined;
  /** 1 where a link is fixed to zero; N×N, symmetric. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  /** N, bps per million: what concave own terms have of the diagonal of K, beside its linear part; absent without such terms. */
  readonly concaveSelf?: Float64Array | undefined;
  /** For the prediction metric: σ_i, bps per bucket. */
  readonly residualVolBps?: Float64Array;
  /** For the prediction metric: N×N, second moments per bucket of the filtered flow, entry (i, j) times σ_i σ_j. */
  readonly flowGram?: DenseMatrix;
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concavity: number;
}

type ProjectableModel = Omit<UnconstrainedModel, 'decay' | 'weights' | 'concavity'>;

/** K_1 … K_P, N×N, bps per million. */
export interface KernelMatrices {
  readonly matrices: readonly DenseMatrix[];
}

/** The limits of MODEL §5 that a configuration sets. */
export interface Limits {
  readonly rho: number;
  /** What distance the nearest matrix is nearest in: of normalised entries, or of predictions. */
  readonly metric: 'frobenius' | 'prediction';
  /** Largest condition number of normalised K. */
  readonly conditionCap?: number;
  /** Of the moves that K speaks of; bps where absent. */
  readonly units?: MoveUnit;
}

export interface ConstrainParams extends Limits {
  readonly blocks: readonly string[];
}

export interface Admissible {
  readonly K: DenseMatrix;
  /** As K, per time constant, where the kernel is not scalar. */
  readonly parts?: readonly DenseMatrix[] | undefined;
  readonly certificate: Certificate;
}

export interface ConstrainedModel {
  readonly full: Admissible;
  /** What a live system falls back to: links inside blocks only, and self impact only. */
  readonly blockDiagonal: Admissible;
  readonly diagonal: Admissible;
  readonly projection: Projection;
  readonly floored: readonly number[];
  /** Of the model that came in: what projecting was needed for. */
  readonly before: Certificate;
  readonly steps: readonly ConstraintStep[];
}

/** The model once one more constraint holds; the last step is what is published. */
export interface ConstraintStep {
  readonly constraint: 'none' | 'symmetry and floors' | 'no round trips' | 'cross bound' | 'condition cap';
  readonly K: DenseMatrix;
  readonly parts?: readonly DenseMatrix[] | undefined;
}

/** K without its certificate: what validation needs many times. */
export interface ProjectedModel {
  readonly K: DenseMatrix;
  readonly parts?: readonly DenseMatrix[] | undefined;
  /** In normalised units. */
  readonly projection: Projection;
  /** Names whose self impact was raised to the floor. */
  readonly floored: readonly number[];
}

/**
 * The nearest model without profitable round trips (MODEL §5). Self impacts are fixed first, at their estimate or their
 * floor, and the links are then projected in normalised units, where distances and eigenvalues do not depend on units.
 */
export function project(model: ProjectableModel, { rho, metric, conditionCap }: Limits): ProjectedModel {
  const { K, floors, isZero, parts } = model;
  const D = selfImpacts(K, floors);
  const floored = [...D.keys()].filter((i) => K.data[i * D.length + i] < D[i]);
  const set = { bound: rho, isZero, ...(conditionCap === undefined ? {} : { conditionCap }) };
  if (parts) return { ...projectParts(parts.matrices, D, set), floored };
  const projected = metric === 'prediction' ? projectInPredictions(model, D, set) : projectNormalised(K, D, set);
  // What was admissible stays as it is, to the last bit.
  const untouched = projected.projection.status === 'alreadyFeasible' && floored.length === 0;
  return { ...projected, K: untouched ? K : withDiagonal(projected.K, (i) => D[i]), floored };
}

function projectNormalised(K: DenseMatrix, D: Float64Array, set: FeasibleSet): Omit<ProjectedModel, 'floored'> {
  const projection = nearestFeasible(
    withDiagonal(toNormalised(K, D), () => 1),
    set,
  );
  return { K: fromNormalised(projection.matrix, D), projection };
}

/**
 * The same in units of residual volatility, where a change of Y = K / (σ_i σ_j) moves the sum of squared errors, in units of
 * residual variance and per bucket, by its squared length in the metric of the flow's second moments.
 */
function projectInPredictions(
  { K, residualVolBps, flowGram }: Pick<UnconstrainedModel, 'K' | 'residualVolBps' | 'flowGram'>,
  D: Float64Array,
  set: FeasibleSet,
): Omit<ProjectedModel, 'floored'> {
  if (!residualVolBps || !flowGram) throw new RangeError('the prediction metric needs the second moments of the flow');
  const typical = median([...residualVolBps].filter((vol) => vol > 0)) || 1;
  const vol = residualVolBps.map((v) => (v > 0 ? v : typical));
  const variances = vol.map((v) => v * v);
  const diagonal = D.map((d, i) => d / variances[i]);
  const Y = withDiagonal(toNormalised(K, variances), (i) => diagonal[i]);
  const projection = nearestInWeightedNorm(Y, { ...set, diagonal }, flowGram);
  const nearest = fromNormalised(projection.matrix, variances);
  return { K: nearest, projection: { ...projection, matrix: toNormalised(nearest, D) } };
}

/** Every K_p PSD, and the coupled bound, floors and zeros on their sum. */
function projectParts(
  matrices: readonly DenseMatrix[],
  D: Float64Array,
  set: FeasibleSet,
): Omit<ProjectedModel, 'floored'> {
  const input = matrices.map((part) =>
    mapEntries(toNormalised(part, D), (value, i, j) => (D[i] * D[j] > 0 ? value : i === j ? 1 / matrices.length : 0)),
  );
  const { parts, ...projection } = nearestFeasibleSum(input.map(symmetricPart), set);
  const matrix = parts.reduce((total, part) => combine(total, 1, part, 1));
  return {
    K: fromNormalised(matrix, D),
    parts: parts.map((part) => fromNormalised(part, D)),
    projection: { ...projection, matrix },
  };
}

/**
 * Projects under one constraint more at a time, so that each can be told its price. Where the nearest matrix without a
 * bound keeps the bound, it is the nearest one with it too.
 */
export function projectStepwise(
  model: ProjectableModel,
  limits: Limits,
): { readonly projected: ProjectedModel; readonly steps: readonly ConstraintStep[] } {
  const { rho, metric, conditionCap } = limits;
  const { K, floors, parts, concaveSelf } = model;
  if (concaveSelf) return projectLinearPart(model, concaveSelf, limits);
  const steps: ConstraintStep[] = [{ constraint: 'none', K, parts: parts?.matrices }];
  const D = selfImpacts(K, floors);
  if (!parts) steps.push({ constraint: 'symmetry and floors', K: withDiagonal(symmetricPart(K), (i) => D[i]) });
  let projected = project(model, { rho: 1, metric });
  const add = (constraint: ConstraintStep['constraint']) =>
    steps.push({ constraint, K: projected.K, parts: projected.parts });
  add('no round trips');
  if (rho < 1) {
    if (largestLink(projected.projection.matrix) > rho) projected = project(model, { rho, metric });
    add('cross bound');
  }
  if (conditionCap !== undefined) {
    projected = project(model, { rho, metric, conditionCap });
    add('condition cap');
  }
  return { projected, steps };
}

/** Least share of self impact that stays linear beside concave own terms: links lean on the linear part alone. */
export const LEAST_LINEAR = 0.02;

/**
 * The same where concave own terms are part of the diagonal: what must be positive semidefinite, and what links are bounded by,
 * is the linear part (MODEL §2a).
 */
function projectLinearPart(
  { concaveSelf: _self, ...model }: ProjectableModel,
  self: Float64Array,
  limits: Limits,
): ReturnType<typeof projectStepwise> {
  const n = self.length;
  const linear = withDiagonal(model.K, (i) => model.K.data[i * (n + 1)] - self[i]);
  const least = self.map((own, i) =>
    Math.max(model.floors[i] - own, LEAST_LINEAR * (own + Math.max(0, linear.data[i * (n + 1)]))),
  );
  const { projected, steps } = projectStepwise({ ...model, K: linear, floors: least }, limits);
  const whole = (K: DenseMatrix) => withDiagonal(K, (i) => K.data[i * (n + 1)] + self[i]);
  const floored = [...self.keys()].filter((i) => model.K.data[i * (n + 1)] < model.floors[i]);
  return {
    projected: { ...projected, K: whole(projected.K), floored },
    steps: steps.map(({ constraint, K }) => ({ constraint, K: constraint === 'none' ? model.K : whole(K) })),
  };
}

function largestLink({ rows, data }: DenseMatrix): number {
  return data.reduce((top, value, k) => (k % (rows + 1) === 0 ? top : Math.max(top, Math.abs(value))), 0);
}

/** Projects the model and certifies it together with its fallbacks, and what it was before. */
export function constrain(model: UnconstrainedModel, { blocks, ...limits }: ConstrainParams): ConstrainedModel {
  const { projected, steps } = projectStepwise(model, limits);
  const { K, parts, projection, floored } = projected;
  const { rho, conditionCap, units = 'bps' } = limits;
  const { decay, concavity, floors } = model;
  const asked = { decay, concavity, floors, rho, units, ...(conditionCap === undefined ? {} : { conditionCap }) };
  const certificateOf = (matrix: DenseMatrix, its: readonly DenseMatrix[] | undefined) =>
    certify({ K: matrix, ...(its ? { parts: its } : {}), weights: its ? traceShares(its) : model.weights, ...asked });
  // Pinching (zeroing off-diagonal blocks) keeps a PSD matrix PSD, so the parts of a fallback are admissible too.
  const admissible = (keeps: (i: number, j: number) => boolean): Admissible => {
    const pinch = (matrix: DenseMatrix) => mapEntries(matrix, (value, i, j) => (keeps(i, j) ? value : 0));
    const matrix = pinch(K);
    const pinched = parts?.map(pinch);
    return {
      K: matrix,
      parts: pinched,
      certificate: certificateOf(matrix, pinched),
    };
  };
  return {
    full: admissible(() => true),
    blockDiagonal: admissible((i, j) => blocks[i] === blocks[j]),
    diagonal: admissible((i, j) => i === j),
    projection,
    floored,
    before: certificateOf(model.K, model.parts?.matrices),
    steps,
  };
}

function withDiagonal(matrix: DenseMatrix, diagonal: (i: number) => number): DenseMatrix {
  return mapEntries(matrix, (value, i, j) => (i === j ? diagonal(i) : value));
}
