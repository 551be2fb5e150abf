import { exp } from '../../numerics/elementary/elementary.js';
import { studentT } from '../../numerics/random.js';
import { type Basket, isHaltedIn, type Leg, type MarketSession, secondStartNs } from './marketSession.js';
import { SECOND_NS } from './simulatedDay.js';
import { aTickBeyond, pushTrade } from './tape.js';

/** No child order is larger, in typical ones. */
const LARGEST_CHILD = 1000;

/** Baskets that begin in this second: as many as have ended. */
export function openBaskets(session: MarketSession, second: number): void {
  while (session.baskets.length < session.scenario.flow.baskets) session.baskets.push(openBasket(session, second));
}

function openBasket(session: MarketSession, second: number): Basket {
  const { scenario, truth, random, market } = session;
  const { flow, arms } = scenario;
  const lead = random.uniform() < 0.5 ? 1 : -1;
  const seconds = Math.max(30, Math.round(flow.minutes * 60 * (0.5 + random.uniform())));
  const end = Math.min(session.session.buckets, second + seconds);
  const basket = market.nextBasket++;
  const draw = () => (arms && market.arms.uniform() < arms.share ? 1 : 0);
  const common = arms?.unit === 'basket' ? draw() : undefined;
  const legs: Leg[] = [];
  truth.symbols.forEach((_, name) => {
    if (random.uniform() >= flow.share) return;
    const side = random.uniform() < flow.one_sided ? lead : random.uniform() < 0.5 ? 1 : -1;
    if (!isOrdered(session, name, second)) return;
    const parent = market.nextParent++;
    const arm = common ?? draw();
    const children = drawChildren(session, name, end - second);
    const left = children?.reduce((sum, shares) => sum + shares, 0) ?? parentQty(session, name, end - second);
    const leg = { parent, name, side, savingBps: arm * (arms?.saving_bps ?? 0), children, left };
    recordParent(session, { leg, basket, arm, second, end });
    legs.push(leg);
  });
  return { legs, end };
}

/** A thin name gets a share of the usual orders, a halted one none. */
function isOrdered(session: MarketSession, name: number, second: number): boolean {
  const { scenario, truth, market } = session;
  const share = scenario.flow.thin?.[truth.symbols[name]];
  const isKept = share === undefined || market.thin.uniform() < share;
  return isKept && !isHaltedIn(session, name, second);
}

/** What the usual child orders fill in the time that is left. */
function parentQty(session: MarketSession, name: number, seconds: number): number {
  return typicalShares(session, name, childCount(session, seconds));
}

const childCount = ({ scenario }: MarketSession, seconds: number): number =>
  Math.max(1, Math.round(scenario.flow.rate * seconds));

/** Shares of this many typical child orders. */
const typicalShares = ({ truth, undisturbed }: MarketSession, name: number, count: number): number =>
  Math.max(1, Math.round((count * truth.childMillions[name] * 1e6) / exp(undisturbed.level[name])));

/** Heavy tails are drawn with the parent, which is their sum: cut off at what is left of it they would be none. */
function drawChildren(session: MarketSession, name: number, seconds: number): number[] | undefined {
  const { tails } = session.scenario.flow;
  if (tails === undefined) return undefined;
  return Array.from({ length: childCount(session, seconds) }, () =>
    typicalShares(session, name, Math.min(LARGEST_CHILD, Math.abs(studentT(session.random, tails)))),
  );
}

interface NewParent {
  readonly leg: Leg;
  readonly basket: number;
  readonly arm: number;
  readonly second: number;
  readonly end: number;
}

function recordParent(session: MarketSession, { leg, basket, arm, second, end }: NewParent): void {
  const { parents } = session.day;
  const startNs = secondStartNs(session, second);
  parents.parent.push(leg.parent);
  parents.basket.push(basket);
  parents.name.push(leg.name);
  parents.side.push(leg.side);
  if (session.scenario.arms) parents.arm.push(arm);
  parents.qty.push(leg.left);
  parents.arrivalNs.push(startNs);
  parents.deadlineNs.push(startNs + (end - second) * SECOND_NS);
  parents.arrivalMid.push(Math.round(exp(session.level[leg.name]) * 1e6) / 1e6);
}

/**
 * Child orders of the second, given its factor moves: a leg trades more when the market factor moves its way. Returns
 * the flow in millions of the undisturbed market, by name.
 */
export function tradeBaskets(session: MarketSession, second: number, factorsBps: Float64Array): Float64Array {
  const { scenario, random, faulty, baskets } = session;
  const flow = new Float64Array(session.level.length);
  const pull = scenario.factors.market_bps > 0 ? factorsBps[0] / scenario.factors.market_bps : 0;
  for (let b = baskets.length - 1; b >= 0; b--) {
    if (baskets[b].end <= second + 1 || baskets[b].legs.every((leg) => leg.left === 0)) {
      baskets.splice(b, 1);
      continue;
    }
    for (const leg of baskets[b].legs) {
      const chase = scenario.flow.chasing * pull + faulty.pull[leg.name];
      const rate = scenario.flow.rate * Math.max(0, 1 + leg.side * chase);
      if (random.uniform() >= rate || leg.left === 0 || isHaltedIn(session, leg.name, second)) continue;
      flow[leg.name] += sendChild(session, second, leg);
    }
  }
  return flow;
}

/** A child order and its fill; returns its signed notional in millions. */
function sendChild(session: MarketSession, second: number, leg: Leg): number {
  const { scenario, truth, random, day, market } = session;
  const mid = exp(session.level[leg.name]);
  const undisturbedMid = exp(session.undisturbed.level[leg.name]);
  const wanted =
    leg.children?.pop() ??
    Math.max(1, Math.round((truth.childMillions[leg.name] * 1e6 * (0.5 + random.uniform())) / undisturbedMid));
  const qty = Math.min(wanted, leg.left);
  leg.left -= qty;
  const venue = random.integer(scenario.venues.length);
  const timeNs = secondStartNs(session, second) + 1e6 * (50 + random.integer(600));
  const saved = Math.round(leg.side * leg.savingBps * mid) / 1e4;
  const price = aTickBeyond(mid, leg.side) - saved;
  const { fills } = day;
  fills.timeNs.push(timeNs);
  fills.name.push(leg.name);
  fills.venue.push(venue);
  fills.side.push(leg.side);
  fills.qty.push(qty);
  fills.price.push(price);
  fills.parent.push(leg.parent);
  fills.child.push(market.nextChild++);
  pushTrade(day, { timeNs, name: leg.name, venue, price, size: qty, side: leg.side });
  return (leg.side * qty * undisturbedMid) / 1e6;
}
