import { type DayFlow, FLAG, type Name } from '../../model/buckets.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import type { ReplayedBaskets } from '../../model/scheduleReplay.js';
import { zeros } from '../../numerics/dense.js';
import { unitValue, valuedPrice } from '../align/contracts.js';
import type { ExecutedBasket } from '../scheduleReplay/basket.js';
import { bucketsEndedBy, fillsFlow } from './impactLevels.js';
import type { Fill, ParentOrder } from './orders.js';

/** Parent orders of a day, checked, with their fills. */
export interface BasketOrders {
  readonly names: readonly Name[];
  readonly parents: readonly ParentOrder[];
  readonly fills: readonly Fill[];
  readonly day: DayFlow;
}

/** Why a basket cannot be worked anew. */
type SetAside = Exclude<keyof ReplayedBaskets, 'found' | 'replayed' | 'notDrawn' | 'unfinished'>;

/** Baskets of a day by what becomes of them. */
export interface FoundBaskets {
  readonly found: number;
  readonly baskets: readonly ExecutedBasket[];
  readonly setAside: Readonly<Record<SetAside, number>>;
}

/**
 * Orders that share a `basket_id`, as they were filled bucket by bucket, in the order of their ids. Set aside are baskets of one
 * name, in which there is nothing to coordinate, without a fill, with a name that is bought and sold, in parts of two sessions
 * or with a halt, where impact starts anew, and of fewer than two buckets.
 */
export function executedBaskets(orders: BasketOrders): FoundBaskets {
  const groups = new Map<string, ParentOrder[]>();
  for (const parent of orders.parents) {
    if (parent.basket === undefined) continue;
    const group = groups.get(parent.basket);
    if (group) group.push(parent);
    else groups.set(parent.basket, [parent]);
  }
  const setAside = { oneName: 0, unfilled: 0, halted: 0, acrossSessions: 0, twoSided: 0, tooShort: 0 };
  const baskets: ExecutedBasket[] = [];
  const fillsOf = fillsByParent(orders);
  for (const id of [...groups.keys()].sort()) {
    const basket = executedBasket(orders, id, groups.get(id)!, fillsOf);
    if (typeof basket === 'string') setAside[basket]++;
    else baskets.push(basket);
  }
  return { found: groups.size, baskets, setAside };
}

function fillsByParent({ parents, fills }: BasketOrders): ReadonlyMap<ParentOrder, readonly Fill[]> {
  const out = new Map(parents.map((parent): [ParentOrder, Fill[]] => [parent, []]));
  for (const fill of fills) if (fill.parent >= 0) out.get(parents[fill.parent])!.push(fill);
  return out;
}

function executedBasket(
  orders: BasketOrders,
  id: string,
  parents: readonly ParentOrder[],
  fillsOf: ReadonlyMap<ParentOrder, readonly Fill[]>,
): ExecutedBasket | SetAside {
  const { grid } = orders.day;
  const names = [...new Set(parents.map(({ name }) => name))].sort((a, b) => a - b);
  if (names.length < 2) return 'oneName';
  const ofName = names.map((name) => parents.filter((parent) => parent.name === name));
  if (ofName.some((own) => own.some(({ side }) => side !== own[0].side))) return 'twoSided';
  const fills = parents.flatMap((parent) => fillsOf.get(parent)!);
  const inside = fills.filter(({ timeNs }) => bucketAt(grid, timeNs) >= 0);
  if (inside.length === 0) return 'unfilled';
  const spans = ofName.map((own) => spanOf(grid, own, inside));
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  const session = grid.sessions.find(({ firstBucket, buckets }) => from >= firstBucket && from < firstBucket + buckets);
  if (!session || to - from < 1) return 'tooShort';
  if (to >= session.firstBucket + session.buckets) return 'acrossSessions';
  if (names.some((name) => isHalted(orders.day, name, from, to))) return 'halted';
  const ordered = parents.reduce((sum, { qty }) => sum + qty, 0);
  return {
    id,
    date: grid.date,
    fromBucket: from,
    names,
    executed: flowOf(orders, inside, names, from, to),
    open: spans.map((span) => ({ from: span.from - from, to: span.to - from })),
    completion: fills.reduce((sum, { qty }) => sum + qty, 0) / ordered,
  };
}

/** From the bucket of the first arrival, or fill, to the last whole bucket before the last deadline, or the last fill. */
function spanOf(grid: BucketGrid, parents: readonly ParentOrder[], fills: readonly Fill[]) {
  const traded = fills.filter(({ name }) => name === parents[0].name).map(({ timeNs }) => bucketAt(grid, timeNs));
  const last = grid.buckets - 1;
  const arrivals = parents.map(({ arrivalNs }) => Math.min(last, bucketsEndedBy(grid, arrivalNs)));
  const deadlines = parents.map(({ deadlineNs }) => bucketsEndedBy(grid, deadlineNs) - 1);
  const from = Math.min(...arrivals, ...traded);
  return { from, to: Math.max(from, ...deadlines, ...traded) };
}

function isHalted({ grid, market }: DayFlow, name: number, from: number, to: number): boolean {
  for (let t = from; t <= to; t++) if ((market.flags[name * grid.buckets + t] & FLAG.halted) !== 0) return true;
  return false;
}

/** Signed millions at the price of each fill. */
function flowOf(
  { names: universe, day: { grid } }: BasketOrders,
  fills: readonly Fill[],
  names: readonly number[],
  from: number,
  to: number,
) {
  const flow = fillsFlow(
    fills,
    grid,
    ({ name, price }) => valuedPrice(universe[name], price),
    Float64Array.from(universe, unitValue),
  );
  const out = zeros(to - from + 1, names.length);
  const column = new Map(names.map((name, i) => [name, i]));
  flow.signedNotional.forEach((millions, k) => {
    out.data[(flow.bucket[k] - from) * names.length + column.get(flow.name[k])!] += millions;
  });
  return out;
}
