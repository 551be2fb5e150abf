/**
 * How flow enters the model (MODEL §2, §2a): `h(u·(D̄/D)^γ)` with `h(u) = sign(u)|u|^c` at scale one.
 */
export interface FlowTransform {
  /** c: 1 is linear. */
  readonly concavity: number;
  /** γ: 0 leaves flow as it is, whatever stands in the book. */
  readonly liquidity: number;
  /** D̄ by name, millions at the touch; absent where γ = 0. */
  readonly depthMedian?: Float64Array;
}
