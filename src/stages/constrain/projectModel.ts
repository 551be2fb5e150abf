import { fromNormalised, selfImpacts, toNormalised } from '../../model/normalise.js';
import type { MoveUnit } from '../../model/units.js';
import { combine, type DenseMatrix, diagonalOf, mapEntries, symmetricPart, zeros } from '../../numerics/dense.js';
import type { FeasibleSet } from '../../numerics/feasibleSet.js';
import { nearestFeasible, nearestFeasibleSum } from '../../numerics/nearestFeasible.js';
import { nearestInWeightedNorm } from '../../numerics/nearestInWeightedNorm.js';
import type { Projection } from '../../numerics/projection.js';
import { median } from '../../numerics/statistics.js';
import { type ConcaveFit, secantPart } from '../fit/concave/concaveFit.js';

export interface UnconstrainedModel {
  /** N×N, bps per million; need be neither symmetric nor PSD. */
  readonly K: DenseMatrix;
  /** P matrices whose sum is K, where the kernel is not scalar. */
  readonly parts?: KernelMatrices | undefined;
  /** 1 where a link is fixed to zero; N×N, symmetric. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  /** For the prediction metric: σ_i, bps per bucket. */
  readonly residualVolBps?: Float64Array;
  /** For the prediction metric: N×N, second moments per bucket of the filtered flow, entry (i, j) times σ_i σ_j. */
  readonly flowGram?: DenseMatrix;
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concavity: number;
  /** Concave terms, of which K holds the secants; they are as they should be, and the linear part beside them is projected. */
  readonly concave?: ConcaveFit | undefined;
}

export type ProjectableModel = Omit<UnconstrainedModel, 'decay' | 'weights' | 'concavity'>;

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

/** The model once one more constraint holds; the last step is what is published. */
export interface ConstraintStep {
  readonly constraint: 'none' | 'symmetry and floors' | 'no round trips' | 'cross bound' | 'condition cap';
  readonly K: DenseMatrix;
  readonly parts?: readonly DenseMatrix[] | undefined;
}

/** K without its certificate: what validation needs many times. */
export interface ProjectedModel {
  readonly K: DenseMatrix;
  /** Of K, beside concave terms. */
  readonly linear?: DenseMatrix | undefined;
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
export function projectStepwise(model: ProjectableModel, limits: Limits): Stepwise {
  if (model.concave) return projectBeside(model, model.concave, limits);
  const { rho, metric, conditionCap } = limits;
  const { K, floors, parts } = model;
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

export function largestLink({ rows, data }: DenseMatrix): number {
  return data.reduce((top, value, k) => (k % (rows + 1) === 0 ? top : Math.max(top, Math.abs(value))), 0);
}

export interface Stepwise {
  readonly projected: ProjectedModel;
  readonly steps: readonly ConstraintStep[];
}

/** Least share of self impact that stays linear beside concave terms: links lean on the linear part alone. */
export const LEAST_LINEAR = 0.02;

/**
 * The same beside concave terms (MODEL §2a): what must be positive semidefinite is the linear part alone; the bound on links is
 * asked of the secants of both, and of the linear part where that is not enough.
 */
function projectBeside({ concave: _terms, ...model }: ProjectableModel, fit: ConcaveFit, limits: Limits): Stepwise {
  const S = secantPart(fit);
  const n = S.rows;
  const self = diagonalOf(S);
  const linear = fit.hasLinear ? combine(model.K, 1, S, -1) : zeros(n);
  const room = (own: number, i: number) =>
    fit.hasLinear ? LEAST_LINEAR * Math.max(own, model.K.data[i * (n + 1)]) : 0;
  const least = self.map((own, i) => Math.max(model.floors[i] - own, room(own, i)));
  const whole = (K: DenseMatrix) => combine(K, 1, S, 1);
  const under = (rho: number) => projectStepwise({ ...model, K: linear, floors: least }, { ...limits, rho });
  const wide = under(1);
  const keeps = largestLink(toNormalised(whole(wide.projected.K), diagonalOf(whole(wide.projected.K)))) <= limits.rho;
  const { projected, steps } = keeps ? wide : under(limits.rho);
  const bound: ConstraintStep[] = keeps && limits.rho < 1 ? [{ constraint: 'cross bound', K: projected.K }] : [];
  return {
    projected: {
      ...projected,
      K: whole(projected.K),
      linear: projected.K,
      floored: [...self.keys()].filter((i) => model.K.data[i * (n + 1)] < model.floors[i]),
    },
    steps: [...steps, ...bound].map(({ constraint, K }) => ({ constraint, K: whole(K) })),
  };
}

function withDiagonal(matrix: DenseMatrix, diagonal: (i: number) => number): DenseMatrix {
  return mapEntries(matrix, (value, i, j) => (i === j ? diagonal(i) : value));
}
