import type { ImpactState } from '../../model/impactState.js';
import type { Propagator } from '../../model/roundTrip.js';
import { type DenseMatrix, scaleBoth } from '../../numerics/dense.js';

/**
 * A basket to be traded, and all that its cost depends on (MODEL §7a). T buckets of the schedule, N names in one order;
 * matrices are T×N. Millions are signed, buying is positive, and moves are bps (or price points, as the propagator says).
 */
export interface ScheduleProblem {
  readonly propagator: Propagator;
  /** Buckets of the propagator in one of the schedule, each with an equal child. */
  readonly children: number;
  /** N, signed millions: what the rows have to sum to. */
  readonly quantity: Float64Array;
  /** T×N, signed millions; both zero where a name may not trade. */
  readonly lower: DenseMatrix;
  readonly upper: DenseMatrix;
  /** T×N, millions of the market: what VWAP follows. */
  readonly volume: DenseMatrix;
  /** Largest change of a name's participation, of `volume`, from one bucket to the next; none where absent. */
  readonly maxStep?: number;
  /** N: signed participation in the bucket before the first; any may be first where absent or NaN. */
  readonly participationBefore?: Float64Array;
  /** T×N, bps. */
  readonly halfSpreadBps: DenseMatrix;
  /** T×N, bps per million: η/V of `η u²/V`. */
  readonly temporaryBps: DenseMatrix;
  /** N×N, bps² in one bucket of the schedule. */
  readonly covariance: DenseMatrix;
  /** N: what the risk of a name weighs against that of the others, 1 each where absent. No part of what `deviation` is. */
  readonly urgency?: Float64Array;
  /** λ of `λ Σ_t R_tᵀ Σ R_t`, R being what is left after bucket t: per million and bps. */
  readonly aversion: number;
  /** T×N, bps: by how much the mid is expected to have risen by then, whatever this basket does. */
  readonly alphaBps: DenseMatrix;
  /** Of earlier own trades, when the first bucket begins. */
  readonly state: ImpactState;
  /** N: names of one group are one slice of the staggered policy. */
  readonly blocks: readonly string[];
  readonly balances: readonly Balance[];
}

/** An exposure of what is left that should fade as the basket does: `weight · (bᵀR_t − left_t bᵀq)²`. */
export interface Balance {
  readonly label: string;
  /** N: b. */
  readonly exposure: Float64Array;
  /** Per million and bps, as λ Σ is. */
  readonly weight: number;
}

export const bucketsOf = ({ lower }: ScheduleProblem): number => lower.rows;

/** T×1 share of the basket that is left after each bucket, were all names to trade as their volume comes. */
export function usualRest({ volume, quantity, lower, upper }: ScheduleProblem): Float64Array {
  const { rows, cols } = volume;
  const done = new Float64Array(rows);
  const all = quantity.reduce((sum, q) => sum + Math.abs(q), 0);
  quantity.forEach((q, i) => {
    const isOpen = (t: number) => upper.data[t * cols + i] > lower.data[t * cols + i];
    const weigh = (of: (k: number) => number) =>
      Array.from({ length: rows }, (_, t) => (isOpen(t) ? of(t * cols + i) : 0));
    const byVolume = weigh((k) => volume.data[k]);
    const open = byVolume.some((v) => v > 0) ? byVolume : weigh(() => 1);
    const whole = open.reduce((total, v) => total + v, 0);
    for (let t = 0; t < rows && whole > 0; t++) done[t] += (Math.abs(q) * open[t]) / whole / (all || 1);
  });
  let sum = 0;
  return done.map((share) => {
    sum += share;
    return Math.max(0, 1 - sum);
  });
}

/** Σ as λ weighs it: `√(w_i w_j) Σ_ij`. */
export const weighedCovariance = ({ covariance, urgency }: ScheduleProblem): DenseMatrix =>
  urgency ? scaleBoth(covariance, urgency.map(Math.sqrt)) : covariance;
