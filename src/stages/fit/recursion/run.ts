/** Signed flow by bucket: entries `bucketStart[t] … bucketStart[t+1]−1` belong to bucket t. */
export interface NetFlow {
  readonly bucketStart: Int32Array;
  readonly name: Int32Array;
  /** h(u) at scale one. */
  readonly value: Float64Array;
  /** u, millions at reference depth. */
  readonly linear: Float64Array;
}

/** Rows `[1, x (F), r (N)]` of consecutive buckets. */
export interface RunRows {
  /** Bucket of the first row. */
  readonly from: number;
  readonly count: number;
  readonly width: number;
  /**
   * Writes rows of the run, from the place given on; missing moves are zero and rows that are left out are all zero. A day
   * of rows never stands in memory as a whole.
   */
  readonly load: (first: number, count: number, into: Float64Array, place: number) => void;
  /** `[1, x]` of a row that is used. */
  readonly controls: (row: number) => Float64Array;
  /** 1 where no move is missing. */
  readonly complete: Uint8Array;
  /** count × N: 1 where the move is present; absent where all rows are complete. */
  readonly present?: Uint8Array | undefined;
  /** 1 where the bucket enters the sums. */
  readonly used: Uint8Array;
}

/** `s^p`, one vector of names per basis. */
export type FilterState = readonly Float64Array[];

export const newState = (bases: number, names: number): FilterState =>
  Array.from({ length: bases }, () => new Float64Array(names));
