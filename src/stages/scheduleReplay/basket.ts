import type { DenseMatrix } from '../../numerics/dense.js';

/** A basket as it was executed: the buckets of one session from its first to its last, and its names alone. */
export interface ExecutedBasket {
  readonly id: string;
  readonly date: string;
  /** First bucket of the day. */
  readonly fromBucket: number;
  /** m indices into the universe, ascending. */
  readonly names: readonly number[];
  /** T×m, signed millions; a name is bought or sold, never both. */
  readonly executed: DenseMatrix;
  /** m: first and last bucket (of the T) in which the name could trade. */
  readonly open: readonly { readonly from: number; readonly to: number }[];
  /** Share of the orders that was filled. */
  readonly completion: number;
}

/** The market that a basket met, T×m, bucket by bucket. */
export interface MarketOfBasket {
  /** Millions; zero where nothing is known. */
  readonly volume: DenseMatrix;
  /**
   * Bps: what a million bought in the bucket paid beyond the mid of the start because of moves that neither factors nor the
   * fitted impact of all flow explain, half of the bucket's own move included. Absent where no model tells them apart.
   */
  readonly residualBps?: DenseMatrix | undefined;
}
