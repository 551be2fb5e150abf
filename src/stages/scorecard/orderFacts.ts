import { asMove } from '../../model/units.js';
import { valuedPrice } from '../align/contracts.js';
import type { ArrivalState, DayOrders } from './dayOrders.js';
import { bucketsEndedBy } from './impactLevels.js';
import { type IssueLog, note } from './issues.js';
import { type Fill, lastKnown, type ParentOrder } from './orders.js';

/** Notes what is odd about an order that is kept, and about its fills. */
export function noteOddities(log: IssueLog, date: string, parent: ParentOrder, fills: readonly Fill[]): void {
  const { file, row, id } = parent;
  const place = { date, dataset: 'parents', file, row, value: id } as const;
  if (fills.length === 0) note(log, 'parent_without_fills', place);
  const filled = sumOf(fills, (fill) => fill.qty);
  if (filled > parent.qty * (1 + 1e-9))
    note(log, 'parent_overfilled', { ...place, value: `${id}: ${filled} of ${parent.qty}` });
  for (const fill of fills) {
    const at = { date, dataset: 'fills', file: fill.file, row: fill.row } as const;
    const late = (fill.timeNs - parent.deadlineNs) / 1e9;
    if (late > 0) note(log, 'fill_after_deadline', { ...at, value: `${id}: ${late} s after the deadline` });
    if (fill.timeNs < parent.arrivalNs)
      note(log, 'fill_before_arrival', { ...at, value: `${id}: ${(parent.arrivalNs - fill.timeNs) / 1e9} s before` });
  }
}

/** What is known of an order apart from its cost. */
export function descriptionOf(orders: DayOrders, parent: ParentOrder, fills: readonly Fill[]) {
  const { names, mids, day, units = 'bps' } = orders;
  const { symbol, block } = names[parent.name];
  const k = lastKnown(mids, parent.name, parent.arrivalNs);
  const state = stateAt(orders, parent.arrivalNs);
  return {
    date: day.grid.date,
    id: parent.id,
    ...(parent.basket === undefined ? {} : { basket: parent.basket }),
    ...(parent.arm === undefined ? {} : { arm: parent.arm }),
    symbol,
    block,
    side: parent.side,
    arrivalSpreadBps: k < 0 ? Number.NaN : asMove(mids.spread[parent.name][k], mids.mid[parent.name][k], units),
    ...(state ? { state } : {}),
    venues: venueShares(orders, fills),
  };
}

/** State in the bucket that follows the arrival, which is what was known when the order arrived. */
function stateAt({ states, day: { grid } }: DayOrders, arrivalNs: number): ArrivalState | undefined {
  const session = grid.sessions.find(({ startNs, endNs }) => arrivalNs >= startNs && arrivalNs < endNs);
  if (!states || !session) return undefined;
  const t = bucketsEndedBy(grid, arrivalNs);
  const state = { spread: states.spread[t], volatility: states.volatility[t], crowding: states.crowding[t] };
  return Number.isFinite(state.spread + state.volatility) ? state : undefined;
}

function venueShares({ venues, names }: DayOrders, fills: readonly Fill[]) {
  const notional = ({ qty, price, name }: Fill) => qty * valuedPrice(names[name], price);
  const whole = sumOf(fills, notional);
  const byVenue = new Map<string, number>();
  for (const fill of fills)
    byVenue.set(venues[fill.venue], (byVenue.get(venues[fill.venue]) ?? 0) + notional(fill) / whole);
  return [...byVenue].map(([venue, share]) => ({ venue, share })).sort((a, b) => (a.venue < b.venue ? -1 : 1));
}

/** What was filled by the deadline. */
export function completionOf({ qty, deadlineNs }: ParentOrder, fills: readonly Fill[]) {
  const inTime = sumOf(fills, (fill) => (fill.timeNs <= deadlineNs ? fill.qty : 0));
  const completion = Math.min(1, inTime / qty);
  // Quantities may be fractional: rounding is no miss.
  return { completion, missedDeadline: completion < 1 - 1e-9 };
}

export function sumOf(fills: readonly Fill[], of: (fill: Fill) => number): number {
  let sum = 0;
  for (const fill of fills) sum += of(fill);
  return sum;
}
