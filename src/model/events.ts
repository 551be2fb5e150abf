/** A window in which a name (or all of them) must not be learnt from. */
export interface EventWindow {
  /** Nanoseconds after the grid's epoch; the window is [start, end). */
  readonly startNs: number;
  readonly endNs: number;
  /** Index into the universe, or `all`. */
  readonly name: number | 'all';
  /** A label that starts with `halt` is a trading halt; every other is an event to mask. */
  readonly label: string;
}

/** Factor moves as read: one entry per stamp and factor. */
export interface FactorRows {
  readonly names: readonly string[];
  readonly timeNs: Float64Array;
  readonly factor: Int32Array;
  readonly moveBps: Float64Array;
}
