import type { BucketGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import type { RandomStream } from '../../numerics/random.js';
import { lateNs } from './incidents.js';
import { type MarketDay, TICK } from './marketSession.js';
import { SECOND_NS, type SimulatedDay } from './simulatedDay.js';
import type { Truth } from './truth.js';

/** What goes wrong in real data, on request: clocks, gaps, halts, bad ticks, crossed, repeated and late rows. */
export function applyFaults(
  { faults, venues }: Scenario,
  truth: Truth,
  grid: BucketGrid,
  day: SimulatedDay,
  { random, incidents }: Pick<MarketDay, 'random' | 'incidents'>,
): SimulatedDay {
  const [session] = grid.sessions;
  const middle = session.startNs + Math.floor(session.buckets / 2) * SECOND_NS;
  const offsets = venues.map((venue) => 1e6 * (faults.venue_clock_ms[venue] ?? 0));
  for (const events of [day.fills, day.trades])
    events.venue.forEach((venue, k) => {
      events.timeNs[k] += offsets[venue] + lateNs(incidents, venue, events.timeNs[k]);
    });
  const last = truth.symbols.length - 1;
  if (faults.late_quotes_ms)
    day.quotes.name.forEach((name, k) => {
      if (name === last) day.quotes.timeNs[k] += 1e6 * faults.late_quotes_ms!;
    });
  const halts =
    faults.halt_minutes > 0 && truth.symbols.length > 1
      ? [{ name: 1, startNs: middle, endNs: middle + faults.halt_minutes * 60 * SECOND_NS }]
      : [];
  const gapEnd = middle + faults.gap_minutes * 60 * SECOND_NS;
  const hidden = (k: number) =>
    (day.quotes.name[k] === 0 && day.quotes.timeNs[k] >= middle && day.quotes.timeNs[k] < gapEnd) ||
    halts.some(
      (h) => h.name === day.quotes.name[k] && day.quotes.timeNs[k] >= h.startNs && day.quotes.timeNs[k] < h.endNs,
    );
  const kept = day.quotes.timeNs.map((_, k) => k).filter((k) => !hidden(k));
  const order = sortedByTime(kept, day.quotes.timeNs);
  for (let f = 0; f < faults.out_of_order; f++) {
    const at = random.integer(order.length - 50);
    order.splice(at + 40, 0, ...order.splice(at, 1));
  }
  const quotes = pick(day.quotes, order);
  for (let f = 0; f < faults.crossed; f++) {
    const at = random.integer(quotes.bid.length);
    quotes.bid[at] = quotes.ask[at] + TICK;
  }
  for (let f = 0; f < faults.bad_ticks; f++) insertBadTick(quotes, random.integer(quotes.bid.length));
  const fillOrder = sortedByTime(
    day.fills.timeNs.map((_, k) => k),
    day.fills.timeNs,
  );
  for (let f = 0; f < faults.duplicates; f++) {
    const at = random.integer(fillOrder.length);
    fillOrder.splice(at, 0, fillOrder[at]);
  }
  const tradeOrder = sortedByTime(
    day.trades.timeNs.map((_, k) => k),
    day.trades.timeNs,
  );
  if (faults.hidden_factors) hideFactors(day.factors, random);
  return {
    ...day,
    quotes,
    fills: pick(day.fills, fillOrder),
    trades: pick(day.trades, tradeOrder),
    halts: [...halts, ...incidents.halts],
    events: incidents.events,
  };
}

/** As large as the factors that move prices, so that nothing about the file looks odd. */
function hideFactors(factors: Float64Array, random: RandomStream): void {
  const size = Math.sqrt(factors.reduce((sum, x) => sum + x * x, 0) / Math.max(1, factors.length));
  for (let k = 0; k < factors.length; k++) factors[k] = Math.round(1000 * size * random.normal()) / 1000;
}

function insertBadTick(quotes: SimulatedDay['quotes'], at: number): void {
  const bad = { ...pick(quotes, [at]) };
  quotes.timeNs.splice(at + 1, 0, bad.timeNs[0] + 1e6);
  quotes.name.splice(at + 1, 0, bad.name[0]);
  quotes.bid.splice(at + 1, 0, Math.round(90 * bad.bid[0]) / 100);
  quotes.ask.splice(at + 1, 0, Math.round(90 * bad.ask[0]) / 100);
  quotes.bidSize.splice(at + 1, 0, bad.bidSize[0]);
  quotes.askSize.splice(at + 1, 0, bad.askSize[0]);
}

function sortedByTime(indices: readonly number[], timeNs: readonly number[]): number[] {
  return [...indices].sort((a, b) => timeNs[a] - timeNs[b] || a - b);
}

function pick<T extends Record<string, number[]>>(columns: T, order: readonly number[]): T {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, order.map((k) => values[k])])) as T;
}
