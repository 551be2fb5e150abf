import type { DenseMatrix } from '../numerics/dense.js';

/** A stretch of a session, nanoseconds after local midnight. */
export interface Slot {
  readonly startNs: number;
  readonly endNs: number;
}

/** What a schedule has to know of the market, over the days of a window. Matrices are N×C: a column a slot of the day. */
export interface MarketProfile {
  readonly days: number;
  readonly slots: readonly Slot[];
  /** Millions that trade in a slot, mean of the days that have it. */
  readonly volume: DenseMatrix;
  /** bps (or price points); NaN where no quote was seen. */
  readonly halfSpreadBps: DenseMatrix;
  /** N: millions that a unit of quantity is worth at the last mid of the window; NaN where there is none. */
  readonly unitMillions: Float64Array;
  /** N×N: of moves over `slotSeconds`, bps², drawn to the mean correlations of blocks; positive semidefinite. */
  readonly covariance: DenseMatrix;
  readonly slotSeconds: number;
  /** Share by which correlations were drawn to those means. */
  readonly shrinkage: number;
}
