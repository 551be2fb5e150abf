/** A run of rows of one dataset, as columns. NaN (or −1 for codes) stands for null and for what cannot be read. */
interface EventChunk {
  readonly rows: number;
  /** Index into the dataset's files. */
  readonly file: Int32Array;
  /** Row of its file, from zero. */
  readonly row: Float64Array;
  /** Nanoseconds after the grid's epoch, clock offsets applied. */
  readonly timeNs: Float64Array;
  /** Index into the universe, −1 when the symbol is not in it. */
  readonly name: Int32Array;
  /** Index into the dataset's venues; 0 when it has none. */
  readonly venue: Int32Array;
  /** 1 where an earlier row of the same file, name and venue has a later stamp; present when the rows were sorted. */
  readonly late?: Int32Array;
}

export interface QuoteChunk extends EventChunk {
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
}

/** Trades of the tape or own fills: both are a signed quantity at a price. */
export interface TradeChunk extends EventChunk {
  readonly price: Float64Array;
  readonly size: Float64Array;
  /** +1 buyer-initiated (or bought), −1, 0 unknown. */
  readonly side: Float64Array;
  /** Digest of the row's identifier, NaN when the dataset has none. */
  readonly identity: Float64Array;
}

export type { EventChunk };
