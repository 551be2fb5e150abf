import { exp } from '../../numerics/elementary/elementary.js';
import { bookAround } from './bookQuotes.js';
import type { ArrivedBasket, Execution, PlannedRow } from './executionPlan.js';
import { addedMoves } from './impactMemory.js';
import { type MarketSession, secondStartNs } from './marketSession.js';
import { SECOND_NS } from './simulatedDay.js';
import { pushTrade } from './tape.js';

/** A second of it, with what everybody else trades. */
export interface SecondOfMarket {
  readonly second: number;
  /** Millions, by name. */
  readonly rest: Float64Array;
  readonly wide: boolean;
  /** Of impact. */
  readonly multiplier: number;
}

/** Orders of the schedule are numbered by themselves, below zero: those of others are the same with and without it. */
const BASKET = -1;
const orderId = (order: number): number => -1 - order;

/**
 * What the schedule trades in a second: its row evenly, in whole shares. Returns the signed millions by name; nothing where there
 * is nothing to do.
 */
export function executeSchedule(session: MarketSession, now: SecondOfMarket): Float64Array | undefined {
  const { execution, level } = session;
  if (!execution) return undefined;
  const startNs = secondStartNs(session, now.second);
  if (startNs >= execution.plan.arrivalNs) execution.arrived ??= arrive(session, execution, startNs);
  const t = execution.plan.rows.findIndex((row) => startNs >= row.startNs && startNs < endOf(row));
  if (!execution.arrived || t < 0) return undefined;
  const row = execution.plan.rows[t];
  const done = Math.round((startNs - row.startNs) / SECOND_NS);
  const due = execution.arrived.shares[t].map(
    (shares) => Math.round((shares * (done + 1)) / row.seconds) - Math.round((shares * done) / row.seconds),
  );
  const flow = new Float64Array(level.length);
  row.children.forEach(({ order }, k) => {
    const { name, side } = execution.plan.orders[order];
    flow[name] += (side * due[k] * exp(level[name])) / 1e6;
  });
  const { rest, multiplier } = now;
  const push = addedMoves(session.faulty, session.prices.memory, rest, flow).map((move) => multiplier * move);
  row.children.forEach(({ order }, k) => {
    if (due[k] > 0) fillChild(session, execution, { order, qty: due[k], push, now });
  });
  return flow;
}

const endOf = ({ startNs, seconds }: PlannedRow): number => startNs + seconds * SECOND_NS;

/** Money is worth what it is when the basket arrives. */
function arrive(session: MarketSession, { plan }: Execution, startNs: number): ArrivedBasket {
  const { parents } = session.day;
  const mids = session.level.map(exp);
  const shares = plan.rows.map(({ children }) =>
    children.map(({ order, qty, millions }) => Math.round(qty ?? (millions * 1e6) / mids[plan.orders[order].name])),
  );
  plan.orders.forEach(({ name, side }, order) => {
    const own = plan.rows.flatMap(({ children }, t) => shares[t].filter((_, k) => children[k].order === order));
    const qty = own.reduce((sum, child) => sum + child, 0);
    if (qty === 0) return;
    parents.parent.push(orderId(order));
    parents.basket.push(BASKET);
    parents.name.push(name);
    parents.side.push(side);
    if (session.scenario.arms) parents.arm.push(-1);
    parents.qty.push(qty);
    parents.arrivalNs.push(startNs);
    parents.deadlineNs.push(plan.deadlineNs);
    parents.arrivalMid.push(Math.round(mids[name] * 1e6) / 1e6);
  });
  return { shares, mid: mids, undisturbedMid: session.undisturbed.level.map(exp) };
}

interface DueChild {
  readonly order: number;
  readonly qty: number;
  /** What the schedule does to the mids in this second, bps by name. */
  readonly push: Float64Array;
  readonly now: SecondOfMarket;
}

/** At the far side of the book as it stands, and half of what the schedule moves it by: volume is walked through (MODEL §7a). */
function fillChild(session: MarketSession, execution: Execution, { order, qty, push, now }: DueChild): void {
  const { scenario, day, market, prices, level, undisturbed } = session;
  const { name, side } = execution.plan.orders[order];
  const standing = { bid: prices.quoted.bid[name], ask: prices.quoted.ask[name] };
  const { bid, ask } = standing.ask > 0 ? standing : bookAround(exp(level[name]), now.wide);
  const price = Math.round(1e4 * (side > 0 ? ask : bid) * exp(push[name] / 2e4)) / 1e4;
  const { mid, undisturbedMid } = execution.arrived!;
  const outcome = execution.outcomes[order];
  outcome.shares += qty;
  outcome.paid += side * qty * (price - mid[name]);
  outcome.drifted += side * qty * mid[name] * (exp(undisturbed.level[name]) / undisturbedMid[name] - 1);
  const venue = market.executed.integer(scenario.venues.length);
  const timeNs = secondStartNs(session, now.second) + 1e6 * (50 + market.executed.integer(600));
  const { fills } = day;
  fills.timeNs.push(timeNs);
  fills.name.push(name);
  fills.venue.push(venue);
  fills.side.push(side);
  fills.qty.push(qty);
  fills.price.push(price);
  fills.parent.push(orderId(order));
  fills.child.push(-1 - execution.sent++);
  pushTrade(day, { timeNs, name, venue, price, size: qty, side });
}
