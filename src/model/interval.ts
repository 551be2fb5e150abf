/** An estimate with bounds; they are absent where nothing says how uncertain it is. The coverage is that of who made it. */
export interface Interval {
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}
