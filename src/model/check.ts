/** One line of a certificate. */
export interface Check {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  /** Whether the value must not fall below the bound or must not exceed it. */
  readonly sense: 'atLeast' | 'atMost';
  readonly passed: boolean;
}

/** Constraints hold to this, relative to the scale of what is compared. */
export const CONSTRAINT_TOLERANCE = 1e-10;

export function check(
  name: string,
  value: number,
  bound: number,
  sense: Check['sense'],
  tolerance = CONSTRAINT_TOLERANCE,
): Check {
  const passed = sense === 'atLeast' ? value >= bound - tolerance : value <= bound + tolerance;
  return { name, value, bound, sense, passed };
}

export const smallest = (values: Float64Array): number =>
  values.reduce((min, v) => Math.min(min, v), Number.POSITIVE_INFINITY);
