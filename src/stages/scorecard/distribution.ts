import type { Location } from '../../model/scorecard.js';

/** Values of a group of orders in ascending order, each with its weight and its cluster. */
export interface Sample {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  readonly cluster: Int32Array;
}

const PROBABILITIES = { median: 0.5, q95: 0.95, q99: 0.99 } as const;

export function sortedSample(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  cluster: ArrayLike<number>,
): Sample {
  // Equal values in order of their weight, so that rounding does not depend on the order of the rows.
  const order = Array.from(values, (_, k) => k).sort((a, b) => values[a] - values[b] || weights[a] - weights[b]);
  return {
    values: Float64Array.from(order, (k) => values[k]),
    weights: Float64Array.from(order, (k) => weights[k]),
    cluster: Int32Array.from(order, (k) => cluster[k]),
  };
}

/** Weighted mean and quantiles, weights multiplied by `times` of each cluster; `undefined` where nothing has weight. */
export type Locator = (times?: ArrayLike<number>) => Location | undefined;

/** Of a sample that is drawn from thousands of times: what its orders weigh in a draw is written to one place. */
export function locator(sample: Sample): Locator {
  const { values, weights, cluster } = sample;
  const drawn = new Float64Array(weights.length);
  return (times) => {
    if (!times) return locate(values, weights);
    for (let k = 0; k < drawn.length; k++) drawn[k] = weights[k] * times[cluster[k]];
    return locate(values, drawn);
  };
}

/**
 * Quantiles interpolate order statistics as Hyndman and Fan's type 7 does when every value is repeated as often as its weight
 * says (Harrell's `wtd.quantile`).
 */
function locate(values: Float64Array, weights: Float64Array): Location | undefined {
  let whole = 0;
  let sum = 0;
  for (let k = 0; k < values.length; k++) {
    whole += weights[k];
    sum += weights[k] * values[k];
  }
  if (!(whole > 0)) return undefined;
  const quantiles = quantilesOf(values, weights, whole, Object.values(PROBABILITIES));
  return { mean: sum / whole, median: quantiles[0], q95: quantiles[1], q99: quantiles[2] };
}

/** Values at ascending probabilities, in one walk from below. */
export function quantilesOf(
  values: Float64Array,
  weights: ArrayLike<number>,
  whole: number,
  probabilities: readonly number[],
): number[] {
  const walk = walker(values, weights, 1e-9 * whole);
  return probabilities.map((probability) => {
    if (whole <= 1) return walk(probability * whole);
    const rank = 1 + (whole - 1) * probability;
    const below = Math.floor(rank + 1e-9);
    const low = walk(below);
    const part = Math.max(0, rank - below);
    return part > 1e-12 ? low + part * (walk(below + 1, true) - low) : low;
  });
}

/** Gives the smallest value up to which the weights reach a rank; ranks must ascend, but for those that only peek. */
function walker(values: Float64Array, weights: ArrayLike<number>, tolerance: number) {
  let [k, reached] = [0, weights[0]];
  return (rank: number, peek = false): number => {
    let [at, sum] = [k, reached];
    while (sum < rank - tolerance && at < values.length - 1) sum += weights[++at];
    // Trailing values without weight are no part of the sample.
    while (at > 0 && weights[at] === 0) at--;
    if (!peek) [k, reached] = [at, sum];
    return values[at];
  };
}
