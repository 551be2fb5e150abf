import { DIMENSIONS, type Dimension } from '../../model/scorecard.js';
import { quantile } from '../../numerics/statistics.js';
import { regimeCell, stateEdge } from '../replay/regimes.js';
import type { ArrivalState } from './dayOrders.js';
import type { ParentCost } from './shortfall.js';

/** Orders that are reported together; an order that several venues filled belongs to each by its share. */
export interface Group {
  readonly dimension: Dimension;
  readonly group: string;
  /** Indices into the costs, ascending, and the weight of each. */
  readonly members: readonly number[];
  readonly weights: readonly number[];
}

/** What a size is measured by: the share of daily volume where every order has one, else the notional. */
export interface SizeScale {
  readonly by: 'participation' | 'notional';
  /** Upper ends of the small and the medium third. */
  readonly edges: readonly [number, number];
}

export function sizeScale(costs: readonly ParentCost[]): SizeScale {
  const by = costs.every((cost) => Number.isFinite(cost.participation)) ? 'participation' : 'notional';
  const sizes = costs.map((cost) => cost[by]);
  return { by, edges: [quantile(sizes, 1 / 3), quantile(sizes, 2 / 3)] };
}

/** Medians of the states in which orders arrived; absent when none is known. */
export function stateEdges(costs: readonly ParentCost[]): ArrivalState | undefined {
  const states = costs.flatMap(({ state }) => state ?? []);
  if (states.length === 0) return undefined;
  const edge = (of: keyof ArrivalState) => stateEdge(states.map((state) => state[of]));
  return { spread: edge('spread'), volatility: edge('volatility'), crowding: edge('crowding') };
}

/** The cell of an order; `unknown` where the state of the market was not. */
export const regimeOf = ({ state }: ParentCost, edges: ArrivalState): string =>
  state ? regimeCell(state, edges) : 'unknown';

function sizeOf(cost: ParentCost, { by, edges }: SizeScale): string {
  if (cost[by] <= edges[0]) return 'small';
  return cost[by] <= edges[1] ? 'medium' : 'large';
}

/** Every group of every dimension, dimensions in order and groups by their name; those without members are left out. */
export function groupsOf(costs: readonly ParentCost[], scale: SizeScale, edges: ArrivalState | undefined): Group[] {
  const labels: Record<Exclude<Dimension, 'venue'>, (cost: ParentCost) => string | undefined> = {
    all: () => 'all',
    arm: ({ arm }) => arm,
    side: ({ side }) => (side > 0 ? 'buy' : 'sell'),
    size: (cost) => sizeOf(cost, scale),
    block: ({ block }) => block,
    regime: (cost) => (edges ? regimeOf(cost, edges) : undefined),
  };
  return DIMENSIONS.flatMap((dimension) =>
    collect(dimension, costs, (cost) => {
      if (dimension === 'venue') return cost.venues.map(({ venue, share }) => [venue, share] as const);
      const label = labels[dimension](cost);
      return label === undefined ? [] : [[label, 1] as const];
    }),
  );
}

function collect(
  dimension: Dimension,
  costs: readonly ParentCost[],
  memberships: (cost: ParentCost) => readonly (readonly [group: string, weight: number])[],
): Group[] {
  const groups = new Map<string, { members: number[]; weights: number[] }>();
  costs.forEach((cost, k) => {
    for (const [group, weight] of memberships(cost)) {
      const entry = groups.get(group) ?? { members: [], weights: [] };
      groups.set(group, entry);
      entry.members.push(k);
      entry.weights.push(weight);
    }
  });
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, entry]) => ({ dimension, group, ...entry }));
}
