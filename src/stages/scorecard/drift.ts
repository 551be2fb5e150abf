import { normalEquivalent } from '../../numerics/distributions.js';
import type { Clusters } from './groupScores.js';
import type { ParentCost } from './shortfall.js';
import { MIN_ORDERS } from './trial.js';

/** How the residual of a regime differs from that of the others. */
export interface CellDrift {
  readonly cell: string;
  readonly orders: number;
  /** Mean residual of the cell less that of the rest, bps. */
  readonly difference: number;
  /** In standard errors by cluster, as the normal deviate with the same tail. */
  readonly z: number;
}

/**
 * Residual drift by regime: what the price model leaves must not depend on the state of the market. Cells with too few
 * orders, or too few outside them, are left out. `members` are indices into the costs, `cellOf` gives the cell of each
 * cost; an order whose cell is not known takes no part.
 */
export function residualDrift(
  costs: readonly ParentCost[],
  members: readonly number[],
  cellOf: readonly (string | undefined)[],
  clusters: Clusters,
): CellDrift[] {
  const known = members.filter((k) => cellOf[k] !== undefined);
  const cells = [...new Set(known.map((k) => cellOf[k]!))].sort();
  return cells.flatMap((cell) => {
    const inside = known.filter((k) => cellOf[k] === cell);
    const outside = known.filter((k) => cellOf[k] !== cell);
    if (inside.length < MIN_ORDERS || outside.length < MIN_ORDERS) return [];
    const { difference, error, degrees } = clusteredDifference(costs, inside, outside, clusters);
    if (!(error > 0)) return [];
    return [{ cell, orders: inside.length, difference, z: normalEquivalent(difference / error, degrees) }];
  });
}

/** Difference of two means with the cluster-robust standard error of its influence. */
function clusteredDifference(
  costs: readonly ParentCost[],
  inside: readonly number[],
  outside: readonly number[],
  clusters: Clusters,
) {
  const influence = new Map<number, number>();
  const meanOf = (members: readonly number[], sign: number): number => {
    const centre = members.reduce((sum, k) => sum + costs[k].parts.residual, 0) / members.length;
    for (const k of members) {
      const share = (sign * (costs[k].parts.residual - centre)) / members.length;
      influence.set(clusters.of[k], (influence.get(clusters.of[k]) ?? 0) + share);
    }
    return centre;
  };
  const difference = meanOf(inside, 1) - meanOf(outside, -1);
  const count = influence.size;
  const square = [...influence.values()].reduce((sum, value) => sum + value * value, 0);
  return { difference, error: Math.sqrt((square * count) / Math.max(1, count - 1)), degrees: count - 1 };
}
