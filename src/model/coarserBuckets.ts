import { workedShares } from './kernel.js';
import type { Propagator } from './roundTrip.js';

/**
 * The linear part of a propagator for schedules whose buckets are `children` of its own, each worked evenly in that many equal
 * children: exact, as sums over the children. Between two buckets a term couples by `φ d^{m|t−s|}` with
 * `φ = Σ_i d^i Σ_j d^{−j} / m²`; within one it costs less than that, and a term that is gone with the next bucket takes the
 * difference off. The quadratic form stays positive semidefinite: it is that of the finer buckets on fewer schedules.
 */
export function coarserPropagator({ matrices, decay, weights, units }: Propagator, children: number): Propagator {
  const rest = units ? { units } : {};
  if (children === 1) return { matrices, decay, weights, ...rest };
  const within = workedShares(decay, children).map((share) => 2 * share);
  const between = decay.map((d) => coupling(d, children));
  const later = decay.map((d) => d ** children);
  const slower = weights.map((a, p) => a * between[p]);
  const instant = weights.map((a, p) => a * (within[p] - between[p]));
  if (matrices.length > 1)
    return {
      matrices: [...matrices, ...matrices],
      decay: Float64Array.of(...later, ...decay.map(() => 0)),
      weights: Float64Array.of(...slower, ...instant),
      ...rest,
    };
  return {
    matrices,
    decay: Float64Array.of(...later, 0),
    weights: Float64Array.of(
      ...slower,
      instant.reduce((sum, weight) => sum + weight, 0),
    ),
    ...rest,
  };
}

/** Below this, what is left of a bucket in the next one cannot be told from nothing: less than 1/m² of its own cost. */
const GONE = 1e-280;

function coupling(decay: number, children: number): number {
  const left = decay ** children;
  return left < GONE ? 0 : (decay / left) * meanOver(decay, children) ** 2;
}

/** `Σ_{i<m} d^i / m`: what a bucket of m children meets on average of a level that fades as it goes. */
export function meanOver(decay: number, children: number): number {
  let [sum, left] = [0, 1];
  for (let i = 0; i < children; i++, left *= decay) sum += left;
  return sum / children;
}
