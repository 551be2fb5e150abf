import type { DenseMatrix } from './dense.js';

/**
 * Why a projection ended: nothing to do, the duality gap closed, or its budget spent (feasible, but not the nearest).
 */
export type ProjectionStatus = 'alreadyFeasible' | 'converged' | 'maxIterations';

export interface Projection {
  readonly matrix: DenseMatrix;
  readonly status: ProjectionStatus;
  /** From the input, in the metric asked for. */
  readonly distance: number;
  /** What the distance may exceed the smallest possible one by: a bound from the dual problem, not an estimate. */
  readonly dualityGap: number;
  /** Decompositions spent on the way, one of every matrix each. */
  readonly iterations: number;
  /** Relative to the diagonal of the set; of all matrices where there are several. */
  readonly smallestEigenvalueBefore: number;
  readonly smallestEigenvalueAfter: number;
  /** Where Newton's method was tried. */
  readonly newton?: NewtonCounts;
}

/** Whether it finished or left the rest to alternating projections, and what it spent. */
export interface NewtonCounts {
  readonly status: 'converged' | 'gaveWay';
  readonly decompositions: number;
  /** Products with derivatives of the projection onto the cone. */
  readonly products: number;
}

export interface SumProjection extends Omit<Projection, 'matrix'> {
  readonly parts: readonly DenseMatrix[];
}

/** Of the distance, and of the scale of the matrices where the distance is as small as rounding. */
const GAP = 1e-9;
const GAP_AT_ZERO = 4e-12;
/** The same for each name: eigenvalues of n identical names, n and zeros, are known to about so much times n. */
const GAP_A_NAME = 64 * Number.EPSILON;
export const MAX_ITERATIONS = 2000;
/** Fewer states are kept where they would be gigabytes. */
export const memoryFor = (n: number): number => (n > 1500 ? 5 : 10);

/** What a projection that has come near enough answers. `bound` is a lower bound of half the squared distance. */
export function finished(parts: readonly DenseMatrix[], distance: number, bound: number, scale: number) {
  const dualityGap = Math.max(0, distance - Math.sqrt(Math.max(0, 2 * bound)));
  const atZero = Math.max(GAP_AT_ZERO, GAP_A_NAME * parts[0].rows) * scale;
  return { result: { parts, distance, dualityGap }, isGood: dualityGap <= GAP * distance + atZero };
}

/** A feasible input comes back as it is. */
export function unchanged(parts: readonly DenseMatrix[], smallest: number): SumProjection {
  return {
    parts,
    status: 'alreadyFeasible',
    distance: 0,
    dualityGap: 0,
    iterations: 0,
    smallestEigenvalueBefore: smallest,
    smallestEigenvalueAfter: smallest,
  };
}

/** The state of an iteration: all matrices in one vector. */
export function packed(parts: readonly DenseMatrix[]): Float64Array {
  if (parts.length === 1) return parts[0].data;
  const size = parts[0].data.length;
  const out = new Float64Array(parts.length * size);
  parts.forEach(({ data }, p) => {
    out.set(data, p * size);
  });
  return out;
}

export function unpacked(data: Float64Array, like: readonly DenseMatrix[]): DenseMatrix[] {
  const size = like[0].data.length;
  return like.map(({ rows, cols }, p) => ({ rows, cols, data: data.subarray(p * size, (p + 1) * size) }));
}
