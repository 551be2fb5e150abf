import type { BucketGrid, SessionGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import { exp, log } from '../../numerics/elementary/elementary.js';
import { randomStream } from '../../numerics/random.js';
import { openBaskets, tradeBaskets } from './baskets.js';
import { quoteBook } from './bookQuotes.js';
import { executeSchedule } from './execution.js';
import type { Execution } from './executionPlan.js';
import { applyFaults } from './faults.js';
import { drawCrowd, faultyMarket, follow } from './faultyMarket.js';
import { impactMoves, openMemory } from './impactMemory.js';
import { incidentsOf, jumpBps } from './incidents.js';
import {
  type MarketDay,
  type MarketSession,
  type MarketState,
  type PricePath,
  secondStartNs,
} from './marketSession.js';
import { emptyDay, type SimulatedDay } from './simulatedDay.js';
import { crowdTrades, noiseTrades } from './tape.js';
import { openTouchDepth } from './touchDepth.js';
import type { Truth } from './truth.js';

/** Spreads are wide in every other stretch of this length. */
const SPREAD_SPELL_SECONDS = 600;

/**
 * One day on a grid of one-second buckets: factors move, baskets send sparse child orders that chase the market, orders
 * move every mid through `Σ_p a_p K v^p` and concave terms where there are any, and the book is quoted in ticks.
 * @param execution a schedule that is executed on this day, on top of everything else; it has the outcome afterwards
 */
export function simulateDay(
  scenario: Scenario,
  truth: Truth,
  grid: BucketGrid,
  dayIndex: number,
  market: MarketState,
  execution?: Execution,
): SimulatedDay {
  const level = market.mid.map(log);
  const isDisturbed = execution !== undefined || market.undisturbedMid !== undefined;
  const running: MarketDay = {
    scenario,
    truth,
    random: randomStream(scenario.seed * 100_003 + dayIndex + 1),
    market,
    incidents: incidentsOf(scenario, grid),
    day: emptyDay(grid.buckets * truth.factorNames.length),
    level,
    undisturbedLevel: isDisturbed ? (market.undisturbedMid ?? market.mid).map(log) : level,
    execution,
  };
  for (const span of grid.sessions) {
    const session = openSession(running, span, dayIndex);
    for (let second = 0; second < span.buckets; second++) passSecond(session, second);
  }
  if (isDisturbed) market.undisturbedMid = running.undisturbedLevel.map(exp);
  level.forEach((value, i) => {
    market.mid[i] = exp(value);
  });
  return applyFaults(scenario, truth, grid, running.day, running);
}

function openSession(running: MarketDay, session: SessionGrid, dayIndex: number): MarketSession {
  const { scenario, truth, market, level, undisturbedLevel } = running;
  const prices = openPath(truth, level);
  return {
    ...running,
    session,
    faulty: faultyMarket(scenario, truth, dayIndex),
    baskets: [],
    depth: openTouchDepth(truth.liquidity, market.depth),
    prices,
    undisturbed: undisturbedLevel === level ? prices : openPath(truth, undisturbedLevel),
  };
}

function openPath(truth: Truth, level: Float64Array): PricePath {
  const blank = () => new Float64Array(level.length);
  return { level, memory: openMemory(truth), quoted: { bid: blank(), ask: blank() } };
}

/** Everything draws from one stream of random numbers, so that the order of events is part of the result. */
function passSecond(session: MarketSession, second: number): void {
  const { scenario, faulty, random, prices, undisturbed } = session;
  const factorsBps = drawFactors(session, second);
  openBaskets(session, second);
  drawCrowd(faulty, random);
  const flow = tradeBaskets(session, second, factorsBps);
  const wide = Math.floor(second / SPREAD_SPELL_SECONDS) % 2 === 1;
  const multiplier = wide ? scenario.impact.wide_multiplier : 2 - scenario.impact.wide_multiplier;
  const all = withSchedule(session, { second, flow, wide, multiplier });
  const noise = prices.level.map(() => scenario.noise_bps * random.normal());
  const news = noise.map((_, name) => jumpBps(session.incidents, name, secondStartNs(session, second)));
  const others = { multiplier, noise, news, factorsBps };
  moveLevels(session, prices, all, others);
  if (undisturbed !== prices) moveLevels(session, undisturbed, flow, others);
  follow(faulty, noise);
  crowdTrades(session, second);
  noiseTrades(session, second);
  quoteBook(session, second, wide);
}

/** Rounded, so that the file holds what the market felt and stays small. */
function drawFactors({ scenario, truth, random, day, session }: MarketSession, second: number): Float64Array {
  const { market_bps, block_bps } = scenario.factors;
  const width = truth.factorNames.length;
  const first = (session.firstBucket + second) * width;
  for (let f = 0; f < width; f++)
    day.factors[first + f] = Math.round(1000 * random.normal() * (f === 0 ? market_bps : block_bps)) / 1000;
  return day.factors.subarray(first, first + width);
}

interface FlowOfSecond {
  readonly second: number;
  /** Millions of the undisturbed market, by name. */
  readonly flow: Float64Array;
  readonly wide: boolean;
  readonly multiplier: number;
}

/** Flow that prices meet: the same shares at the prices that there are, and what the schedule trades. */
function withSchedule(session: MarketSession, { second, flow, wide, multiplier }: FlowOfSecond): Float64Array {
  const { prices, undisturbed } = session;
  if (prices === undisturbed) return flow;
  const rest = flow.map((u, i) => u * exp(prices.level[i] - undisturbed.level[i]));
  const own = executeSchedule(session, { second, rest, wide, multiplier });
  return own ? rest.map((u, i) => u + own[i]) : rest;
}

interface OtherMoves {
  readonly multiplier: number;
  /** bps by name. */
  readonly noise: Float64Array;
  readonly news: Float64Array;
  readonly factorsBps: Float64Array;
}

/** Impact, noise, news and factors move every mid. */
function moveLevels(
  { truth, faulty }: MarketSession,
  { level, memory }: PricePath,
  flow: Float64Array,
  { multiplier, noise, news, factorsBps }: OtherMoves,
): void {
  const moves = impactMoves(faulty, memory, flow);
  const width = factorsBps.length;
  for (let i = 0; i < level.length; i++) {
    let move = multiplier * moves[i] + noise[i] + news[i];
    for (let f = 0; f < width; f++) move += truth.loadings.data[i * width + f] * factorsBps[f];
    level[i] += move / 1e4;
  }
}
