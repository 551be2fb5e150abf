import { pow } from '../numerics/elementary/elementary.js';
import { workedShares } from './kernel.js';
import type { Propagator } from './roundTrip.js';

/**
 * The linear part of a propagator for schedules whose buckets are `children` of its own, each worked evenly in that many equal
 * children: exact, as sums over the children, so that the cost stays that of the finer buckets on fewer schedules.
 */
export const coarserPropagator = ({ concave: _, ...linear }: Propagator, children: number): Propagator =>
  children === 1 ? linear : { ...linear, children };

/** How one time constant acts between rows of m equal children. */
export interface WorkedDecay {
  /** What a row costs by itself, by its square: `Σ_i [½ + Σ_{j<i} d^{i−j}] / m²`. */
  readonly within: number;
  /** `Σ_{i<m} d^i / m`: what a row meets on average of the volume that is left when it begins. */
  readonly met: number;
  /** Of that volume, what is left when the next row begins, and what the row itself leaves of a million. */
  readonly left: number;
  readonly kept: number;
}

export function workedDecay(decay: number, children = 1): WorkedDecay {
  const met = meanOver(decay, children);
  const [within] = workedShares(Float64Array.of(decay), children);
  return { within, met, left: pow(decay, children), kept: decay * met };
}

/** `Σ_{i<m} d^i / m`. */
export function meanOver(decay: number, children: number): number {
  let [sum, left] = [0, 1];
  for (let i = 0; i < children; i++, left *= decay) sum += left;
  return sum / children;
}
