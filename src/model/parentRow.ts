/** A row of the parents dataset as it was read; NaN, −1 or absence where a value is missing. */
export interface ParentRow {
  readonly file: number;
  readonly row: number;
  readonly id: string;
  /** Absent where the order belongs to no basket. */
  readonly basket?: string;
  readonly symbol: string;
  readonly side: number;
  readonly qty: number;
  /** Nanoseconds after the grid's epoch. */
  readonly arrivalNs: number;
  readonly deadlineNs: number;
  readonly arm?: string;
  /** NaN where the desk gives none. */
  readonly arrivalMid: number;
}
