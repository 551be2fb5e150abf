import type { BucketGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import { type RandomStream, randomStream } from '../../numerics/random.js';
import { applyFaults } from './faults.js';
import { drawCrowd, type FaultyMarket, faultyMarket, feltFlow, follow, response } from './faultyMarket.js';
import type { SimulatedDay } from './simulatedDay.js';
import type { Truth } from './truth.js';

export interface MarketState {
  /** Level of each mid at the close, carried to the next day. */
  readonly mid: Float64Array;
  nextParent: number;
  nextChild: number;
  nextBasket: number;
  /** Assigns arms, and nothing else: the market is the same with and without them. */
  readonly arms: RandomStream;
}

export function openMarket(truth: Truth, seed: number): MarketState {
  return { mid: truth.startPrice.slice(), nextParent: 1, nextChild: 1, nextBasket: 1, arms: randomStream(seed + 1) };
}

const SECOND_NS = 1e9;
const TICK = 0.01;
/** Spreads are wide in every other stretch of this length. */
const SPREAD_SPELL_SECONDS = 600;

interface Leg {
  readonly parent: number;
  readonly name: number;
  readonly side: number;
  /** By which its fills are better than the market's price. */
  readonly savingBps: number;
  left: number;
}

interface Basket {
  readonly legs: Leg[];
  readonly end: number;
}

/**
 * One day on a grid of one-second buckets: factors move, baskets send sparse child orders that chase the market, orders
 * move every mid through `Σ_p a_p K v^p`, and the book is quoted in ticks.
 */
export function simulateDay(
  scenario: Scenario,
  truth: Truth,
  grid: BucketGrid,
  dayIndex: number,
  market: MarketState,
): SimulatedDay {
  const random = randomStream(scenario.seed * 100_003 + dayIndex + 1);
  const day = emptyDay(grid, truth);
  const decay = truth.tauSeconds.map((tau) => (Number.isFinite(tau) ? Math.exp(-1 / tau) : 1));
  const level = market.mid.map(Math.log);
  for (const session of grid.sessions) {
    const states = decay.map(() => new Float64Array(truth.symbols.length));
    const faulty = faultyMarket(scenario, truth, dayIndex);
    const baskets: Basket[] = [];
    const quoted = { bid: new Float64Array(level.length), ask: new Float64Array(level.length) };
    for (let k = 0; k < session.buckets; k++) {
      const startNs = session.startNs + k * SECOND_NS;
      const x = drawFactors(scenario, truth, random, day.factors, session.firstBucket + k);
      while (baskets.length < scenario.flow.baskets)
        baskets.push(openBasket(scenario, truth, random, day, market, level, startNs, k, session.buckets));
      drawCrowd(faulty, random);
      const flow = trade(scenario, truth, random, day, market, level, baskets, x, faulty.pull, startNs, k);
      const wide = Math.floor(k / SPREAD_SPELL_SECONDS) % 2 === 1;
      const multiplier = wide ? scenario.impact.wide_multiplier : 2 - scenario.impact.wide_multiplier;
      const moves = response(faulty, filtered(truth, feltFlow(faulty, flow), states, decay));
      const noise = new Float64Array(level.length);
      for (let i = 0; i < level.length; i++) {
        noise[i] = scenario.noise_bps * random.normal();
        let move = multiplier * moves[i] + noise[i];
        for (let f = 0; f < x.length; f++) move += truth.loadings.data[i * x.length + f] * x[f];
        level[i] += move / 1e4;
      }
      follow(faulty, noise);
      crowdTrades(faulty, random, day, level, startNs, scenario.venues.length);
      noiseTrades(scenario, truth, random, day, level, startNs);
      quote(random, day, level, quoted, startNs, wide);
    }
  }
  for (let i = 0; i < level.length; i++) market.mid[i] = Math.exp(level[i]);
  return applyFaults(scenario, truth, grid, day, random);
}

function emptyDay(grid: BucketGrid, truth: Truth): SimulatedDay {
  return {
    quotes: { timeNs: [], name: [], bid: [], ask: [], bidSize: [], askSize: [] },
    trades: { timeNs: [], name: [], venue: [], price: [], size: [], side: [] },
    fills: { timeNs: [], name: [], venue: [], side: [], qty: [], price: [], parent: [], child: [] },
    parents: {
      parent: [],
      basket: [],
      name: [],
      side: [],
      qty: [],
      arrivalNs: [],
      deadlineNs: [],
      arrivalMid: [],
      arm: [],
    },
    factors: new Float64Array(grid.buckets * truth.factorNames.length),
    halts: [],
  };
}

/** Rounded, so that the file holds what the market felt and stays small. */
function drawFactors(
  { factors }: Scenario,
  truth: Truth,
  random: RandomStream,
  out: Float64Array,
  bucket: number,
): Float64Array {
  const width = truth.factorNames.length;
  for (let f = 0; f < width; f++) {
    out[bucket * width + f] =
      Math.round(1000 * random.normal() * (f === 0 ? factors.market_bps : factors.block_bps)) / 1000;
  }
  return out.subarray(bucket * width, (bucket + 1) * width);
}

function openBasket(
  { flow, arms }: Scenario,
  truth: Truth,
  random: RandomStream,
  day: SimulatedDay,
  market: MarketState,
  level: Float64Array,
  startNs: number,
  k: number,
  buckets: number,
): Basket {
  const lead = random.uniform() < 0.5 ? 1 : -1;
  const seconds = Math.max(30, Math.round(flow.minutes * 60 * (0.5 + random.uniform())));
  const end = Math.min(buckets, k + seconds);
  const basket = market.nextBasket++;
  const draw = () => (arms && market.arms.uniform() < arms.share ? 1 : 0);
  const common = arms?.unit === 'basket' ? draw() : undefined;
  const legs: Leg[] = [];
  truth.symbols.forEach((_, name) => {
    if (random.uniform() >= flow.share) return;
    const side = random.uniform() < flow.one_sided ? lead : random.uniform() < 0.5 ? 1 : -1;
    const price = Math.exp(level[name]);
    const children = Math.max(1, Math.round(flow.rate * (end - k)));
    const qty = Math.max(1, Math.round((children * truth.childMillions[name] * 1e6) / price));
    const parent = market.nextParent++;
    const arm = common ?? draw();
    legs.push({ parent, name, side, savingBps: arm * (arms?.saving_bps ?? 0), left: qty });
    const { parents } = day;
    parents.parent.push(parent);
    parents.basket.push(basket);
    parents.name.push(name);
    parents.side.push(side);
    if (arms) parents.arm.push(arm);
    parents.qty.push(qty);
    parents.arrivalNs.push(startNs);
    parents.deadlineNs.push(startNs + (end - k) * SECOND_NS);
    parents.arrivalMid.push(Math.round(price * 1e6) / 1e6);
  });
  return { legs, end };
}

/** Child orders of the bucket; a leg trades more when the market factor moves its way. Returns the flow in millions. */
function trade(
  scenario: Scenario,
  truth: Truth,
  random: RandomStream,
  day: SimulatedDay,
  market: MarketState,
  level: Float64Array,
  baskets: Basket[],
  x: Float64Array,
  faultyPull: Float64Array,
  startNs: number,
  k: number,
): Float64Array {
  const flow = new Float64Array(level.length);
  const pull = scenario.factors.market_bps > 0 ? x[0] / scenario.factors.market_bps : 0;
  for (let b = baskets.length - 1; b >= 0; b--) {
    if (baskets[b].end <= k + 1 || baskets[b].legs.every((leg) => leg.left === 0)) {
      baskets.splice(b, 1);
      continue;
    }
    for (const leg of baskets[b].legs) {
      const rate =
        scenario.flow.rate * Math.max(0, 1 + leg.side * (scenario.flow.chasing * pull + faultyPull[leg.name]));
      if (random.uniform() >= rate || leg.left === 0) continue;
      sendChild(scenario, truth, random, day, market, level, leg, startNs, flow);
    }
  }
  return flow;
}

function sendChild(
  scenario: Scenario,
  truth: Truth,
  random: RandomStream,
  day: SimulatedDay,
  market: MarketState,
  level: Float64Array,
  leg: Leg,
  startNs: number,
  flow: Float64Array,
): void {
  const mid = Math.exp(level[leg.name]);
  const wanted = Math.max(1, Math.round((truth.childMillions[leg.name] * 1e6 * (0.5 + random.uniform())) / mid));
  const qty = Math.min(wanted, leg.left);
  leg.left -= qty;
  const venue = random.integer(scenario.venues.length);
  const timeNs = startNs + 1e6 * (50 + random.integer(600));
  const saved = Math.round(leg.side * leg.savingBps * mid) / 1e4;
  const price = Math.round((mid + leg.side * TICK) / TICK) * TICK - saved;
  flow[leg.name] += (leg.side * qty * mid) / 1e6;
  const { fills } = day;
  fills.timeNs.push(timeNs);
  fills.name.push(leg.name);
  fills.venue.push(venue);
  fills.side.push(leg.side);
  fills.qty.push(qty);
  fills.price.push(price);
  fills.parent.push(leg.parent);
  fills.child.push(market.nextChild++);
  pushTrade(day, timeNs, leg.name, venue, price, qty, leg.side);
}

function noiseTrades(
  scenario: Scenario,
  truth: Truth,
  random: RandomStream,
  day: SimulatedDay,
  level: Float64Array,
  startNs: number,
): void {
  for (let i = 0; i < level.length; i++) {
    if (random.uniform() >= scenario.noise_trades) continue;
    const mid = Math.exp(level[i]);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const size = Math.max(1, Math.round((truth.childMillions[i] * 1e6 * random.uniform()) / mid));
    pushTrade(
      day,
      startNs + 1e6 * (700 + random.integer(100)),
      i,
      random.integer(scenario.venues.length),
      Math.round((mid + side * TICK) / TICK) * TICK,
      size,
      side,
    );
  }
}

function pushTrade(
  { trades }: SimulatedDay,
  timeNs: number,
  name: number,
  venue: number,
  price: number,
  size: number,
  side: number,
): void {
  trades.timeNs.push(timeNs);
  trades.name.push(name);
  trades.venue.push(venue);
  trades.price.push(price);
  trades.size.push(size);
  trades.side.push(side);
}

/** Trades of the crowd, on the tape alone. */
function crowdTrades(
  { crowd, truth }: FaultyMarket,
  random: RandomStream,
  day: SimulatedDay,
  level: Float64Array,
  startNs: number,
  venues: number,
): void {
  if (crowd === 0) return;
  for (let i = 0; i < level.length; i++) {
    const mid = Math.exp(level[i]);
    const size = Math.round((truth.childMillions[i] * 1e6 * Math.abs(crowd)) / mid);
    if (size === 0) continue;
    const side = Math.sign(crowd);
    const price = Math.round((mid + side * TICK) / TICK) * TICK;
    pushTrade(day, startNs + 1e6 * (650 + random.integer(50)), i, random.integer(venues), price, size, side);
  }
}

/** `Σ_p a_p v^p` for this bucket's flow; moves the filter states on. */
function filtered(
  { weights }: Truth,
  flow: Float64Array,
  states: readonly Float64Array[],
  decay: readonly number[],
): Float64Array {
  const v = new Float64Array(flow.length);
  states.forEach((state, p) => {
    for (let i = 0; i < flow.length; i++) {
      v[i] += weights[p] * (flow[i] - (1 - decay[p]) * state[i]);
      state[i] = decay[p] * state[i] + flow[i];
    }
  });
  return v;
}

/** The book after the bucket's trades; written only when a price changes. */
function quote(
  random: RandomStream,
  { quotes }: SimulatedDay,
  level: Float64Array,
  quoted: { bid: Float64Array; ask: Float64Array },
  startNs: number,
  wide: boolean,
): void {
  for (let i = 0; i < level.length; i++) {
    const half = wide ? 3 : 2;
    const centre = Math.round(Math.exp(level[i]) / TICK);
    const [bid, ask] = [(centre - half) / 100, (centre + half) / 100];
    if (bid === quoted.bid[i] && ask === quoted.ask[i]) continue;
    quoted.bid[i] = bid;
    quoted.ask[i] = ask;
    quotes.timeNs.push(startNs + 1e6 * (820 + random.integer(160)));
    quotes.name.push(i);
    quotes.bid.push(bid);
    quotes.ask.push(ask);
    quotes.bidSize.push(100 * (1 + random.integer(20)));
    quotes.askSize.push(100 * (1 + random.integer(20)));
  }
}
