import type { BucketGrid, SessionGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import { randomStream } from '../../numerics/random.js';
import { openBaskets, tradeBaskets } from './baskets.js';
import { quoteBook } from './bookQuotes.js';
import { concaveMoves, openConcaveImpact } from './concaveImpact.js';
import { applyFaults } from './faults.js';
import { drawCrowd, faultyMarket, feltFlow, follow, response } from './faultyMarket.js';
import type { MarketDay, MarketSession, MarketState } from './marketSession.js';
import { emptyDay, type SimulatedDay } from './simulatedDay.js';
import { crowdTrades, noiseTrades } from './tape.js';
import { byDepth, openTouchDepth } from './touchDepth.js';
import type { Truth } from './truth.js';

/** Spreads are wide in every other stretch of this length. */
const SPREAD_SPELL_SECONDS = 600;

/**
 * One day on a grid of one-second buckets: factors move, baskets send sparse child orders that chase the market, orders
 * move every mid through `Σ_p a_p K v^p` and concave terms where there are any, and the book is quoted in ticks.
 */
export function simulateDay(
  scenario: Scenario,
  truth: Truth,
  grid: BucketGrid,
  dayIndex: number,
  market: MarketState,
): SimulatedDay {
  const running: MarketDay = {
    scenario,
    truth,
    random: randomStream(scenario.seed * 100_003 + dayIndex + 1),
    market,
    day: emptyDay(grid.buckets * truth.factorNames.length),
    level: market.mid.map(Math.log),
    decay: truth.tauSeconds.map((tau) => (Number.isFinite(tau) ? Math.exp(-1 / tau) : 1)),
  };
  for (const span of grid.sessions) {
    const session = openSession(running, span, dayIndex);
    for (let second = 0; second < span.buckets; second++) passSecond(session, second);
  }
  running.level.forEach((level, i) => {
    market.mid[i] = Math.exp(level);
  });
  return applyFaults(scenario, truth, grid, running.day, running.random);
}

function openSession(running: MarketDay, session: SessionGrid, dayIndex: number): MarketSession {
  const { scenario, truth, decay, market } = running;
  const names = truth.symbols.length;
  return {
    ...running,
    session,
    faulty: faultyMarket(scenario, truth, dayIndex),
    baskets: [],
    states: decay.map(() => new Float64Array(names)),
    concave: openConcaveImpact(truth.concave),
    depth: openTouchDepth(truth.liquidity, market.depth),
    quoted: { bid: new Float64Array(names), ask: new Float64Array(names) },
  };
}

/** Everything draws from one stream of random numbers, so that the order of events is part of the result. */
function passSecond(session: MarketSession, second: number): void {
  const { faulty, random } = session;
  const factorsBps = drawFactors(session, second);
  openBaskets(session, second);
  drawCrowd(faulty, random);
  const flow = tradeBaskets(session, second, factorsBps);
  const wide = Math.floor(second / SPREAD_SPELL_SECONDS) % 2 === 1;
  const noise = moveLevels(session, flow, factorsBps, wide);
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

/** Impact, noise and factors move every mid; returns the noise in bps. */
function moveLevels(session: MarketSession, flow: Float64Array, factorsBps: Float64Array, wide: boolean): Float64Array {
  const { scenario, truth, random, level } = session;
  const multiplier = wide ? scenario.impact.wide_multiplier : 2 - scenario.impact.wide_multiplier;
  const moves = impactMoves(session, flow);
  const width = factorsBps.length;
  const noise = new Float64Array(level.length);
  for (let i = 0; i < level.length; i++) {
    noise[i] = scenario.noise_bps * random.normal();
    let move = multiplier * moves[i] + noise[i];
    for (let f = 0; f < width; f++) move += truth.loadings.data[i * width + f] * factorsBps[f];
    level[i] += move / 1e4;
  }
  return noise;
}

/** What this second's flow does to the mids, bps by name; every state moves on. */
function impactMoves(session: MarketSession, flow: Float64Array): Float64Array {
  const { faulty, depth, concave } = session;
  const counted = feltFlow(faulty, flow);
  const felt = depth ? byDepth(depth, counted) : counted;
  const linear = response(faulty, filtered(session, felt));
  return concave ? concaveMoves(concave, linear, felt) : linear;
}

/** `Σ_p a_p v^p` for this second's flow; moves the filter states on. */
function filtered({ truth, states, decay }: MarketSession, flow: Float64Array): Float64Array {
  const v = new Float64Array(flow.length);
  states.forEach((state, p) => {
    for (let i = 0; i < flow.length; i++) {
      v[i] += truth.weights[p] * (flow[i] - (1 - decay[p]) * state[i]);
      state[i] = decay[p] * state[i] + flow[i];
    }
  });
  return v;
}
