import { squared } from '../../numerics/elementary/elementary.js';
import { fisherBound } from '../../numerics/fisher.js';
import type { Tested } from './diagnosis.js';

/** An estimate of the same thing from one of several groups, its error from that many stretches. */
export interface GroupEstimate {
  readonly value: number;
  readonly standardError: number;
  readonly stretches: number;
}

/**
 * Whether groups share one value: chi-square of the estimates about their weighted mean, brought to an F statistic for errors
 * that are themselves estimated from few stretches (Welch 1951). `undefined` for fewer than two groups.
 */
export function homogeneityTest(groups: readonly GroupEstimate[], rate: number): Tested | undefined {
  const count = groups.length;
  if (count < 2) return undefined;
  const weights = groups.map(({ standardError }) => 1 / squared(standardError));
  const whole = weights.reduce((sum, w) => sum + w, 0);
  const centre = groups.reduce((sum, { value }, k) => sum + (weights[k] / whole) * value, 0);
  const chiSquare = groups.reduce((sum, { value }, k) => sum + weights[k] * squared(value - centre), 0);
  const looseness = groups.reduce(
    (sum, { stretches }, k) => sum + squared(1 - weights[k] / whole) / Math.max(1, stretches - 1),
    0,
  );
  const spread = 1 + (2 * (count - 2) * looseness) / (squared(count) - 1);
  const below = (squared(count) - 1) / (3 * looseness);
  return { value: chiSquare / (count - 1) / spread, bound: fisherBound(rate, count - 1, below) };
}
