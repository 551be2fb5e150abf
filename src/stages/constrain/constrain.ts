import { type Certificate, certify } from '../../model/certificate.js';
import { fromNormalised, selfImpacts, toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, mapEntries, symmetricPart } from '../../numerics/dense.js';
import { nearestFeasible, type Projection } from '../../numerics/nearestFeasible.js';

export interface UnconstrainedModel {
  /** N×N, bps per million; need be neither symmetric nor PSD. */
  readonly K: DenseMatrix;
  /** 1 where a link is fixed to zero; N×N, symmetric. */
  readonly isZero: Uint8Array;
  readonly floors: Float64Array;
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concavity: number;
}

export interface ConstrainParams {
  readonly rho: number;
  readonly blocks: readonly string[];
}

export interface Admissible {
  readonly K: DenseMatrix;
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
  { K, floors, isZero }: Pick<UnconstrainedModel, 'K' | 'floors' | 'isZero'>,
  rho: number,
): ProjectedModel {
  const D = selfImpacts(K, floors);
  const floored = [...D.keys()].filter((i) => K.data[i * D.length + i] < D[i]);
  const projection = nearestFeasible(withUnitDiagonal(symmetricPart(toNormalised(K, D))), { bound: rho, isZero });
  return { K: fromNormalised(projection.matrix, D), projection, floored };
}

/** Projects the model and certifies it together with its fallbacks. */
export function constrain(model: UnconstrainedModel, { rho, blocks }: ConstrainParams): ConstrainedModel {
  const { K, projection, floored } = project(model, rho);
  const admissible = (matrix: DenseMatrix): Admissible => ({
    K: matrix,
    certificate: certify({ ...model, K: matrix, rho }),
  });
  return {
    full: admissible(K),
    blockDiagonal: admissible(mapEntries(K, (value, i, j) => (blocks[i] === blocks[j] ? value : 0))),
    diagonal: admissible(mapEntries(K, (value, i, j) => (i === j ? value : 0))),
    projection,
    floored,
  };
}

function withUnitDiagonal(C: DenseMatrix): DenseMatrix {
  return mapEntries(C, (value, i, j) => (i === j ? 1 : value));
}
