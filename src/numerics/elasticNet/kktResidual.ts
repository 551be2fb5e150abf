import { largestMagnitude } from '../dense.js';
import type { SymmetricProblem } from '../symmetricQuadratic.js';
import { subdifferentialDistance } from './elasticNetPenalty.js';

/** What the optimality of unknowns is judged by, one number for each of them. */
export interface KktConditions {
  /** Slope of the quadratic and of the ridge. */
  readonly slopes: Float64Array;
  /** The shift from the lasso's target, or its sign. */
  readonly shifts: Float64Array;
  /** Weight of the lasso; 0 for what bears none. */
  readonly lassos: Float64Array;
}

/** Largest violation of the KKT conditions, relative to a scale of gradients. */
export function kktResidual({ slopes, shifts, lassos }: KktConditions, scale: number): number {
  let largest = 0;
  for (let u = 0; u < slopes.length; u++)
    largest = Math.max(largest, subdifferentialDistance(slopes[u], Math.sign(shifts[u]), lassos[u]));
  return largest / scale;
}

/** The scale that residuals are relative to: the largest entry of A. */
export const gradientScale = ({ cross }: SymmetricProblem): number =>
  Math.max(largestMagnitude(cross.data), Number.MIN_VALUE);
