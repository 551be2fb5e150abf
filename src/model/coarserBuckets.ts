import { workedShares } from './kernel.js';
import type { Propagator } from './roundTrip.js';

/**
 * A kernel by the weight of a term within a bucket and in the next one: `M_p now_p` at once, `M_p next_p d_p^{k−1}` k buckets
 * later. Kernels of coarser buckets have no other form that keeps its digits: what is left of the first child at the last one may
 * be many decades less than what the last child leaves to its neighbour.
 */
export interface BucketKernel {
  /** One matrix for all terms, or one for each. */
  readonly matrices: Propagator['matrices'];
  readonly now: Float64Array;
  readonly next: Float64Array;
  readonly decay: Float64Array;
}

/**
 * The linear part of a propagator for schedules whose buckets are `children` of its own, each worked evenly in that many equal
 * children: exact, as sums over the children. Its quadratic form stays positive semidefinite: it is that of the finer buckets on
 * fewer schedules.
 */
export function coarserKernel({ matrices, decay, weights }: Propagator, children: number): BucketKernel {
  const now = workedShares(decay, children).map((share, p) => 2 * share * weights[p]);
  const next = decay.map((d, p) => weights[p] * d * meanOver(d, children) ** 2);
  return { matrices, now, next, decay: decay.map((d) => d ** children) };
}

/** `Σ_{i<m} d^i / m`: what a bucket of m children meets on average of a level that fades as it goes. */
export function meanOver(decay: number, children: number): number {
  let [sum, left] = [0, 1];
  for (let i = 0; i < children; i++, left *= decay) sum += left;
  return sum / children;
}
