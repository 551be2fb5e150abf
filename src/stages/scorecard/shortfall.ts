import type { ShortfallParts } from '../../model/scorecard.js';
import { unitValue, valuedPrice } from '../align/contracts.js';
import { checkArrivalMids, noteArrivalsOutside } from './checkArrivals.js';
import type { ArrivalState, DayOrders } from './dayOrders.js';
import {
  bucketsEndedBefore,
  bucketsEndedBy,
  fillsFlow,
  hasFactors,
  type ImpactLevels,
  impactLevels,
  type LevelQuery,
  type PriceModel,
} from './impactLevels.js';
import { type IssueLog, note } from './issues.js';
import { completionOf, descriptionOf, noteOddities, sumOf } from './orderFacts.js';
import { type Fill, midAt, type ParentOrder } from './orders.js';

export type ShortfallPart = keyof ShortfallParts;
export const SHORTFALL_PARTS: readonly ShortfallPart[] = ['spread', 'self', 'cross', 'exogenous', 'residual'];

/** A parent order with what it cost (MODEL §7). */
export interface ParentCost {
  readonly date: string;
  readonly id: string;
  readonly basket?: string;
  readonly arm?: string;
  readonly symbol: string;
  readonly block: string;
  readonly side: 1 | -1;
  /** Millions at the arrival mid. */
  readonly notional: number;
  /** Notional as a share of the daily volume; NaN where the universe has none. */
  readonly participation: number;
  /** NaN where no quote stood. */
  readonly arrivalSpreadBps: number;
  /** Absent where no bucket of a session followed the arrival, or nothing was known of the market. */
  readonly state?: ArrivalState;
  /** By venue that filled some of it, the share of its fill notional. */
  readonly venues: readonly { readonly venue: string; readonly share: number }[];
  /** Implementation shortfall in bps of arrival notional, or price points per unit of quantity; the unfilled rest is valued at the mid of the deadline. */
  readonly totalBps: number;
  readonly parts: ShortfallParts;
  /** Share filled by the deadline, at most 1. */
  readonly completion: number;
  readonly missedDeadline: boolean;
}

/** Which parts a day's orders could be told apart into. */
export interface Decomposed {
  readonly impact: boolean;
  readonly factors: boolean;
}

export const decomposedBy = (factors: readonly string[], model: PriceModel | undefined): Decomposed => ({
  impact: model !== undefined,
  factors: model !== undefined && hasFactors(factors, model),
});

/** The parts that say something: the others are zero, and what they would be is in the residual. */
export const partsToldApart = ({ impact, factors }: Decomposed): ShortfallPart[] =>
  SHORTFALL_PARTS.filter((part) => {
    if (part === 'self' || part === 'cross') return impact;
    return part === 'exogenous' ? factors : true;
  });

/** A share of an order and the move of the mid that it met: at a fill, or at the deadline for what was not filled. */
interface Leg {
  readonly share: number;
  readonly bucketsEnded: number;
}

/**
 * Costs of the parent orders of a day; an order without an arrival mid, or with one far from the quotes, is set aside in
 * `log`. @throws data error where most arrival mids are far from the quotes.
 */
export function scoreDay(orders: DayOrders, log: IssueLog): ParentCost[] {
  const { parents, day } = orders;
  noteArrivalsOutside(orders, log);
  const near = new Set(checkArrivalMids(orders, log));
  const filled = parents.map((): Fill[] => []);
  for (const fill of orders.fills) if (fill.parent >= 0) filled[fill.parent].push(fill);
  const scored = parents
    .map((parent, k) => ({ parent, fills: filled[k], arrivalMid: arrivalMid(orders, parent) }))
    .filter(({ parent }) => near.has(parent))
    .filter(({ parent, arrivalMid: mid }) => isPrice(orders, mid) || setAside(log, day.grid.date, parent));
  for (const { parent, fills } of scored) noteOddities(log, day.grid.date, parent, fills);
  const levels = levelsOf(
    orders,
    scored.map(({ parent, fills }) => [
      { share: 0, bucketsEnded: bucketsEndedBy(day.grid, parent.arrivalNs) },
      ...legs(orders, parent, fills),
    ]),
    scored.map(({ parent }) => parent.name),
  );
  return scored.map((order, k) => costOf(orders, order, levels(k)));
}

/** An order with its fills and the mid at its arrival. */
interface ScoredOrder {
  readonly parent: ParentOrder;
  readonly fills: readonly Fill[];
  readonly arrivalMid: number;
}

function costOf(orders: DayOrders, { parent, fills, arrivalMid: mid }: ScoredOrder, impact: Moved): ParentCost {
  const name = orders.names[parent.name];
  const { totalBps, spread } = grossCost(orders, parent, fills, mid);
  const [self, cross, exogenous] = [impact.self, impact.cross, impact.exogenous].map((bps) => parent.side * bps);
  const notional = parent.qty * valuedPrice(name, mid) * unitValue(name);
  return {
    ...descriptionOf(orders, parent, fills),
    notional,
    participation: name.adv === undefined ? Number.NaN : notional / name.adv,
    totalBps,
    parts: { spread, self, cross, exogenous, residual: totalBps - spread - self - cross - exogenous },
    ...completionOf(parent, fills),
  };
}

function arrivalMid(orders: DayOrders, parent: ParentOrder): number {
  return isPrice(orders, parent.arrivalMid) ? parent.arrivalMid : midAt(orders.mids, parent.name, parent.arrivalNs);
}

const isPrice = ({ units }: DayOrders, price: number): boolean =>
  units === 'price' ? Number.isFinite(price) : price > 0;

function setAside(log: IssueLog, date: string, { file, row, id }: ParentOrder): false {
  note(log, 'parent_no_arrival_mid', { date, dataset: 'parents', file, row, value: id });
  return false;
}

/** The mid that a desk knew: the last quote, or else the arrival mid. */
function knownMid({ mids }: DayOrders, name: number, timeNs: number, otherwise: number): number {
  const mid = midAt(mids, name, timeNs);
  return Number.isNaN(mid) ? otherwise : mid;
}

const unfilledQty = (parent: ParentOrder, fills: readonly Fill[]): number =>
  Math.max(0, parent.qty - sumOf(fills, (fill) => fill.qty));

function grossCost(
  orders: DayOrders,
  parent: ParentOrder,
  fills: readonly Fill[],
  mid: number,
): { totalBps: number; spread: number } {
  const { side, qty } = parent;
  const scale = orders.units === 'price' ? side / qty : (1e4 * side) / (qty * mid);
  const paid = sumOf(fills, (fill) => fill.qty * (fill.price - mid));
  const missed = unfilledQty(parent, fills) * (knownMid(orders, parent.name, parent.deadlineNs, mid) - mid);
  const spread = sumOf(fills, (fill) => fill.qty * (fill.price - knownMid(orders, fill.name, fill.timeNs, mid)));
  return { totalBps: scale * (paid + missed), spread: scale * spread };
}

function legs({ day: { grid } }: DayOrders, parent: ParentOrder, fills: readonly Fill[]): Leg[] {
  return [
    ...fills.map(({ qty, timeNs }) => ({ share: qty / parent.qty, bucketsEnded: bucketsEndedBefore(grid, timeNs) })),
    { share: unfilledQty(parent, fills) / parent.qty, bucketsEnded: bucketsEndedBy(grid, parent.deadlineNs) },
  ];
}

type Moved = { readonly [K in keyof ImpactLevels]: number };
const NOTHING: Moved = { self: 0, cross: 0, exogenous: 0 };

/** By order, share-weighted mean over its legs of what moved since its arrival, which is the first of its legs. */
function levelsOf(orders: DayOrders, legsOf: readonly Leg[][], nameOf: readonly number[]): (order: number) => Moved {
  const { model, day, fills, names } = orders;
  if (!model) return () => NOTHING;
  const flow = fillsFlow(
    fills,
    day.grid,
    (fill) => valuedPrice(names[fill.name], knownMid(orders, fill.name, fill.timeNs, fill.price)),
    Float64Array.from(names, unitValue),
  );
  const queries: LevelQuery[] = legsOf.flatMap((own, k) =>
    own.map(({ bucketsEnded }) => ({ name: nameOf[k], bucketsEnded })),
  );
  const levels = impactLevels({ ...day, flow }, model, queries);
  let next = 0;
  const first = legsOf.map((own) => {
    next += own.length;
    return next - own.length;
  });
  return (k) => {
    const since = (level: Float64Array) =>
      legsOf[k].reduce((sum, { share }, l) => sum + share * (level[first[k] + l] - level[first[k]]), 0);
    return { self: since(levels.self), cross: since(levels.cross), exogenous: since(levels.exogenous) };
  };
}
