import type { ShortfallDistribution } from '../../model/scorecard.js';
import { quantilesOf, sortedSample } from './distribution.js';
import type { Group } from './groups.js';
import type { ParentCost } from './shortfall.js';

/** From the cheapest orders to the tail. */
const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

/** Quantiles of the shortfalls of every arm; of all orders where they are in no arms. */
export function shortfallDistributions(
  costs: readonly ParentCost[],
  groups: readonly Group[],
): readonly ShortfallDistribution[] {
  const arms = groups.filter(({ dimension }) => dimension === 'arm');
  const drawn = arms.length > 0 ? arms : groups.filter(({ dimension }) => dimension === 'all');
  return drawn.map(({ group, members, weights }) => {
    const shortfalls = members.map((member) => costs[member].totalBps);
    const { values, weights: sorted } = sortedSample(shortfalls, weights, members);
    const whole = sorted.reduce((sum, weight) => sum + weight, 0);
    return {
      group,
      probabilities: PROBABILITIES,
      shortfall: quantilesOf(values, sorted, whole, PROBABILITIES),
    };
  });
}
