/** At what prices a name stood and traded on a day, in the quoted currency; absent where nothing says so. */
export interface NameLevels {
  /** Median, lowest and highest mid at bucket ends. */
  readonly mid?: number;
  readonly lowestMid?: number;
  readonly highestMid?: number;
  /** Rows of the market tape, and their mean price. */
  readonly trades?: number;
  readonly tradePrice?: number;
  /** Mean price of own fills. */
  readonly fillPrice?: number;
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

/** A name whose prices or volumes of a window cannot all be in the same unit. */
export interface LevelJump {
  readonly symbol: string;
  /** Days on which it shows. */
  readonly dates: readonly string[];
  /** By how much at most; above 1 where the later or the compared value is the larger. */
  readonly ratio: number;
  /** What is compared with what, for the reader. */
  readonly evidence: string;
}
