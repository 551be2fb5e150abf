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
