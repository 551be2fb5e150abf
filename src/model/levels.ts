/** At what prices a name stood and traded on a day, in the quoted currency; absent where nothing says so. */
export interface NameLevels {
  /** Median, lowest and highest mid at bucket ends. */
  readonly mid?: number;
  readonly lowestMid?: number;
  readonly highestMid?: number;
  /** Median spread, in the unit of the moves. */
  readonly spreadBps?: number;
  /** Rows of the market tape, and their mean price. */
  readonly trades?: number;
  readonly tradePrice?: number;
  /** Own fills, their mean price, and their value in millions; of buckets of the user's own, what own flow nets to at least. */
  readonly fills?: number;
  readonly fillPrice?: number;
  readonly ownVolume?: number;
  /** Sum of the squared moves. */
  readonly moveSquares?: number;
  readonly reversedMoves?: ReversedMoves;
  /** Of a user's own buckets. */
  readonly own?: OwnLevels;
}

/** What the units of a user's own buckets are judged by. */
export interface OwnLevels {
  /** Σ|signed_notional|, as given. */
  readonly turnover: number;
  /** Median of signed_notional over signed_qty × mid in millions of reporting currency; absent without either. */
  readonly notionalRatio?: number;
  /** Moves that are not zero, the root mean square of all and the median of these; absent where there are none. */
  readonly moves?: number;
  readonly moveRms?: number;
  readonly moveMedian?: number;
}

/** Moves of a name on a day that are far out of what is usual for it and were taken back at once. */
export interface ReversedMoves {
  readonly count: number;
  /** Sum of the squared moves, there and back. */
  readonly squares: number;
  readonly largest: ReversedMove;
}

export interface ReversedMove {
  /** Start of the bucket of the move, UTC. */
  readonly at: string;
  /** In the unit of the moves. */
  readonly moveBps: number;
  /** Until it was taken back. */
  readonly seconds: number;
}

/** A name whose prices or volumes of a window cannot all be in the same unit, or whose quotes cannot all be right. */
export interface LevelJump {
  readonly symbol: string;
  /** Days on which it shows. */
  readonly dates: readonly string[];
  /** By how much at most; above 1 where the later or the compared value is the larger. Of spikes, their share of squares. */
  readonly ratio: number;
  /** What is compared with what, for the reader. */
  readonly evidence: string;
  /** Whether it is moves that were taken back at once, rather than a unit. */
  readonly isSpike?: boolean;
}
