import type { Interval } from '../../model/interval.js';
import { type ClusterKind, type GroupScore, LOCATIONS, type Location } from '../../model/scorecard.js';
import { type Draws, percentileInterval } from './bootstrap.js';
import { locator, sortedSample } from './distribution.js';
import type { Group } from './groups.js';
import { type Decomposed, type ParentCost, partsToldApart } from './shortfall.js';

/** The clusters that bootstrap intervals resample. */
export interface Clusters {
  readonly by: ClusterKind;
  /** Of each order. */
  readonly of: Int32Array;
  readonly count: number;
}

/** Days; within a single day baskets, where there is more than one, and orders otherwise. */
export function clustersOf(costs: readonly ParentCost[]): Clusters {
  const basketOf = (cost: ParentCost) => (cost.basket === undefined ? `parent ${cost.id}` : `basket ${cost.basket}`);
  const numbered = (by: Clusters['by'], key: (cost: ParentCost) => string): Clusters => {
    const keys = new Map([...new Set(costs.map(key))].sort().map((k, index) => [k, index]));
    return { by, of: Int32Array.from(costs, (cost) => keys.get(key(cost))!), count: keys.size };
  };
  const days = numbered('day', ({ date }) => date);
  if (days.count > 1) return days;
  const baskets = numbered('basket', basketOf);
  return baskets.count > 1 && baskets.count < costs.length ? baskets : numbered('parent', ({ id }) => id);
}

export function groupScore(
  costs: readonly ParentCost[],
  group: Group,
  decomposed: Decomposed,
  { clusters, draws }: { readonly clusters: Clusters; readonly draws: Draws },
): GroupScore {
  const { members, weights } = group;
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const average = (of: (cost: ParentCost) => number) => weightedSum(costs, group, of) / whole;
  const notional = weightedSum(costs, group, (cost) => cost.notional);
  return {
    dimension: group.dimension,
    group: group.group,
    parents: whole,
    notional,
    shortfall: shortfallOf(costs, members, weights, clusters, draws),
    notionalMeanBps: weightedSum(costs, group, (cost) => cost.notional * cost.totalBps) / notional,
    parts: Object.fromEntries(partsToldApart(decomposed).map((part) => [part, average((cost) => cost.parts[part])])),
    completion: average((cost) => cost.completion),
    deadlineMisses: weightedSum(costs, group, (cost) => (cost.missedDeadline ? 1 : 0)),
  };
}

function weightedSum(
  costs: readonly ParentCost[],
  { members, weights }: Group,
  of: (cost: ParentCost) => number,
): number {
  return members.reduce((sum, member, k) => sum + weights[k] * of(costs[member]), 0);
}

function shortfallOf(
  costs: readonly ParentCost[],
  members: readonly number[],
  weights: readonly number[],
  clusters: Clusters,
  draws: Draws,
): Record<keyof Location, Interval> {
  const own = members.map((member) => clusters.of[member]);
  const sample = sortedSample(
    members.map((member) => costs[member].totalBps),
    weights,
    own,
  );
  const locate = locator(sample);
  const whole = locate()!;
  const replicates = draws.flatMap((times) => locate(times) ?? []);
  const count = new Set(own).size;
  return Object.fromEntries(
    LOCATIONS.map((key) => [
      key,
      {
        value: whole[key],
        ...percentileInterval(
          replicates.map((replicate) => replicate[key]),
          count,
          draws.length,
        ),
      },
    ]),
  ) as Record<keyof Location, Interval>;
}
