import { type Certificate, certify } from '../../model/certificate.js';
import { traceShares } from '../../model/kernelParts.js';
import { fromNormalised, selfImpacts, toNormalised } from '../../model/normalise.js';
import { combine, type DenseMatrix, mapEntries, symmetricPart } from '../../numerics/dense.js';
import type { FeasibleSet } from '../../numerics/feasibleSet.js';
import { nearestFeasible, nearestFeasibleSum } from '../../numerics/nearestFeasible.js';
import type { Projection } from '../../numerics/projection.js';

export interface UnconstrainedModel {
  /** N×N, bps per million; need be neither symmetric nor PSD. */
  readonly K: DenseMatrix;
  /** P matrices whose sum is K, where the kernel is not scalar. */
  readonly parts?: KernelMatrices;
  /** 1 where a link is fixed to zero; N×N, symmetric. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concavity: number;
}

/** K_1 … K_P, N×N, bps per million. */
export interface KernelMatrices {
  readonly matrices: readonly DenseMatrix[];
}

export interface ConstrainParams {
  readonly rho: number;
  readonly blocks: readonly string[];
}

export interface Admissible {
  readonly K: DenseMatrix;
  /** As K, per time constant, where the kernel is not scalar. */
  readonly parts?: readonly DenseMatrix[];
  readonly certificate: Certificate;
}

export interface ConstrainedModel {
  readonly full: Admissible;
  /** What a live system falls back to: links inside blocks only, and self impact only. */
  readonly blockDiagonal: Admissible;
  readonly diagonal: Admissible;
  readonly projection: Projection;
  readonly floored: readonly number[];
}

/** K without its certificate: what validation needs many times. */
export interface ProjectedModel {
  readonly K: DenseMatrix;
  readonly parts?: readonly DenseMatrix[];
  /** In normalised units. */
  readonly projection: Projection;
  /** Names whose self impact was raised to the floor. */
  readonly floored: readonly number[];
}

/**
 * The nearest model without profitable round trips (MODEL §5). Self impacts are fixed first, at their estimate or their
 * floor, and the links are then projected in normalised units, where distances and eigenvalues do not depend on units.
 */
export function project(
  { K, floors, isZero, parts }: Pick<UnconstrainedModel, 'K' | 'floors' | 'isZero' | 'parts'>,
  rho: number,
): ProjectedModel {
  const D = selfImpacts(K, floors);
  const floored = [...D.keys()].filter((i) => K.data[i * D.length + i] < D[i]);
  if (parts) return { ...projectParts(parts.matrices, D, { bound: rho, isZero }), floored };
  const projection = nearestFeasible(withUnitDiagonal(symmetricPart(toNormalised(K, D))), { bound: rho, isZero });
  return { K: fromNormalised(projection.matrix, D), projection, floored };
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

/** Projects the model and certifies it together with its fallbacks. */
export function constrain(model: UnconstrainedModel, { rho, blocks }: ConstrainParams): ConstrainedModel {
  const { K, parts, projection, floored } = project(model, rho);
  const { decay, concavity, floors } = model;
  // Pinching (zeroing off-diagonal blocks) keeps a PSD matrix PSD, so the parts of a fallback are admissible too.
  const admissible = (keeps: (i: number, j: number) => boolean): Admissible => {
    const pinch = (matrix: DenseMatrix) => mapEntries(matrix, (value, i, j) => (keeps(i, j) ? value : 0));
    const pinched = parts ? { parts: parts.map(pinch) } : {};
    const weights = parts ? traceShares(parts) : model.weights;
    const matrix = pinch(K);
    return {
      K: matrix,
      ...pinched,
      certificate: certify({ K: matrix, ...pinched, decay, weights, concavity, floors, rho }),
    };
  };
  return {
    full: admissible(() => true),
    blockDiagonal: admissible((i, j) => blocks[i] === blocks[j]),
    diagonal: admissible((i, j) => i === j),
    projection,
    floored,
  };
}

function withUnitDiagonal(C: DenseMatrix): DenseMatrix {
  return mapEntries(C, (value, i, j) => (i === j ? 1 : value));
}
