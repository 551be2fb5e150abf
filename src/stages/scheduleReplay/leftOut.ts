import type { Interval } from '../../model/interval.js';
import { type Coverage, jackknifeStandardError, studentReach } from '../../numerics/statistics.js';

/** One number of the whole, and without each group of days in turn. */
export interface LeftOut {
  readonly whole: number;
  readonly replicates: readonly number[];
}

/** Days of two sides are two samples: one degree of freedom less than of one. */
export function intervalOf({ whole: value, replicates }: LeftOut, coverage: Coverage): Interval {
  if (replicates.length < 3) return { value };
  const reach = studentReach(coverage, replicates.length - 2) * jackknifeStandardError(replicates, value);
  return { value, low: value - reach, high: value + reach };
}
