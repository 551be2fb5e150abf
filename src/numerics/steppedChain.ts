import { type BoxedTotal, sumOf } from './boxedTotal.js';

/**
 * Vectors with a given sum between bounds whose rate `u_k / volume_k` changes by no more than `step` from one entry to the next.
 * Entries without volume, and those that have to be zero, have no rate: over them the change adds up.
 */
export interface SteppedTotal extends BoxedTotal {
  /** T, not negative. */
  readonly volume: Float64Array;
  /** Positive. */
  readonly step: number;
  /** Rate of the entry before the first; absent where any may be the first. */
  readonly before?: number | undefined;
}

/** The entries that have a rate, and what bounds and steps together leave of it. */
export interface Chain {
  /** Of entries, ascending. */
  readonly entries: Int32Array;
  /** How far a rate may be from the one before in the chain. */
  readonly reach: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export const hasRate = ({ volume, lower, upper }: SteppedTotal, k: number): boolean =>
  volume[k] > 0 && (lower[k] !== 0 || upper[k] !== 0);

/**
 * Rates within bounds and steps have a smallest and a largest one, entry by entry: a bound anywhere is a bound everywhere, weaker by
 * a step for every entry in between.
 */
export function chainOf(set: SteppedTotal): Chain {
  const { volume, step, before } = set;
  const entries = Int32Array.from([...volume.keys()].filter((k) => hasRate(set, k)));
  const reach = Float64Array.from(entries, (entry, k) => step * (entry - (k > 0 ? entries[k - 1] : -1)));
  const lower = Float64Array.from(entries, (entry) => set.lower[entry] / volume[entry]);
  const upper = Float64Array.from(entries, (entry) => set.upper[entry] / volume[entry]);
  if (before !== undefined && entries.length > 0) {
    lower[0] = Math.max(lower[0], before - reach[0]);
    upper[0] = Math.min(upper[0], before + reach[0]);
  }
  const pass = (k: number, from: number, by: number) => {
    lower[k] = Math.max(lower[k], lower[from] - by);
    upper[k] = Math.min(upper[k], upper[from] + by);
  };
  for (let k = 1; k < entries.length; k++) pass(k, k - 1, reach[k]);
  for (let k = entries.length - 2; k >= 0; k--) pass(k, k + 1, reach[k + 1]);
  // Further than from bound to bound a rate does not go, and large numbers cost digits.
  for (let k = 1; k < entries.length; k++)
    reach[k] = Math.min(reach[k], Math.max(0, upper[k] - lower[k - 1], upper[k - 1] - lower[k]));
  return { entries, reach, lower, upper };
}

/** The vectors of the smallest and of the largest rates, T. */
export function extremes(
  set: SteppedTotal,
  { entries, lower, upper }: Chain,
): { least: Float64Array; most: Float64Array } {
  const [least, most] = [set.lower.slice(), set.upper.slice()];
  entries.forEach((entry, k) => {
    // Rates that their own bound sets keep its last bit.
    const [low, high] = [lower[k] * set.volume[entry], upper[k] * set.volume[entry]];
    if (lower[k] > set.lower[entry] / set.volume[entry]) least[entry] = Math.min(low, set.upper[entry]);
    if (upper[k] < set.upper[entry] / set.volume[entry]) most[entry] = Math.max(high, set.lower[entry]);
  });
  return { least, most };
}

/** Least and greatest total of such vectors; `undefined` where there is none. */
export function totalsInSteps(set: SteppedTotal): { least: number; most: number } | undefined {
  const chain = chainOf(set);
  if (isBroken(chain) || set.lower.some((bound, k) => bound > set.upper[k])) return undefined;
  const { least, most } = extremes(set, chain);
  return { least: sumOf(least), most: sumOf(most) };
}

/** Relative size of a contradiction that is rounding. */
export const ROUNDING = 1e-12;

export const isBroken = ({ lower, upper }: Chain): boolean =>
  lower.some((low, k) => low - upper[k] > ROUNDING * (Math.abs(low) + Math.abs(upper[k])));
