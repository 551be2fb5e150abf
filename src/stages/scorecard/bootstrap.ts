import type { Interval } from '../../model/interval.js';
import { normalCdf } from '../../numerics/distributions.js';
import { squared } from '../../numerics/elementary/elementary.js';
import type { RandomStream } from '../../numerics/random.js';
import { mean, quantile, studentReach } from '../../numerics/statistics.js';

/** Of every interval of the scorecard: two-sided, so that each of its ends is a one-sided 95 % bound. */
export const COVERAGE = 0.9;

/** Bounds of an {@link Interval}. */
export type Bounds = Required<Pick<Interval, 'low' | 'high'>>;

/** How often each replicate has drawn each cluster. */
export type Draws = readonly Uint16Array[];

/** Draws as many clusters as there are, with replacement. */
export function drawClusters(clusters: number, replicates: number, random: RandomStream): Draws {
  return Array.from({ length: replicates }, () => {
    const times = new Uint16Array(clusters);
    for (let k = 0; k < clusters; k++) times[random.integer(clusters)]++;
    return times;
  });
}

/**
 * Percentile interval of the replicates, with the levels that a t-interval on so many clusters would have reached: plain
 * percentiles are too narrow for few clusters (Hesterberg 2015, “expanded percentile”). `undefined` when fewer than two
 * clusters, or replicates of most draws, are at hand.
 */
export function percentileInterval(replicates: readonly number[], clusters: number, draws: number): Bounds | undefined {
  if (clusters < 2 || replicates.length < draws / 2) return undefined;
  const level = normalCdf(-Math.sqrt(clusters / (clusters - 1)) * studentReach(COVERAGE, clusters - 1));
  return { low: quantile(replicates, level), high: quantile(replicates, 1 - level) };
}

/** Standard deviation of the replicates, scaled up by what resampling few clusters loses. */
export function bootstrapError(replicates: readonly number[], clusters: number): number {
  const centre = mean(replicates);
  const variance = mean(replicates.map((value) => squared(value - centre)));
  return Math.sqrt((variance * clusters) / Math.max(1, clusters - 1));
}
