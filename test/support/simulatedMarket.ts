import { parseScenario } from '../../src/config/scenario.js';
import type { DayBuckets, SparseFlow } from '../../src/model/buckets.js';
import { type BucketGrid, bucketAt, bucketGrid } from '../../src/model/grid.js';
import { openMarket } from '../../src/stages/simulate/marketSession.js';
import { simulateDay } from '../../src/stages/simulate/simulateDay.js';
import type { SimulatedDay } from '../../src/stages/simulate/simulatedDay.js';
import { drawTruth } from '../../src/stages/simulate/truth.js';

/** Days of a scenario in buckets of a second, made in memory: what `align` would make of the files. */
export function simulatedMarket(document: Record<string, unknown>): DayBuckets[] {
  const scenario = parseScenario(document);
  const truth = drawTruth(scenario);
  const market = openMarket(truth, scenario.seed);
  return Array.from({ length: scenario.days }, (_, d) => {
    const date = new Date(Date.UTC(2024, 0, 2 + d)).toISOString().slice(0, 10);
    const grid = bucketGrid({ timezone: scenario.timezone, sessions: scenario.sessions }, date, 1e9);
    const day = simulateDay(scenario, truth, grid, d, market);
    return bucketsOf(grid, truth.symbols, scenario.venues, truth.factorNames, day);
  });
}

function bucketsOf(
  grid: BucketGrid,
  symbols: readonly string[],
  venues: readonly string[],
  factorNames: readonly string[],
  day: SimulatedDay,
): DayBuckets {
  const cells = symbols.length * grid.buckets;
  const blank = () => new Float64Array(cells).fill(Number.NaN);
  const zero = () => new Float64Array(cells);
  const market = {
    mid: blank(),
    moveBps: blank(),
    spreadBps: blank(),
    quoteAgeMs: blank(),
    volume: zero(),
    marketFlow: zero(),
  };
  fillQuotes(grid, symbols.length, day.quotes, market);
  const { trades } = day;
  trades.timeNs.forEach((timeNs, k) => {
    const bucket = bucketAt(grid, timeNs);
    if (bucket < 0) return;
    const cell = trades.name[k] * grid.buckets + bucket;
    market.volume[cell] += (trades.size[k] * trades.price[k]) / 1e6;
    market.marketFlow[cell] += (trades.side[k] * trades.size[k] * trades.price[k]) / 1e6;
  });
  return {
    grid,
    symbols,
    venues,
    market: { ...market, bidDepth: blank(), askDepth: blank(), queueImbalance: blank(), flags: new Uint8Array(cells) },
    markouts: [],
    flow: flowOf(grid, symbols.length, venues.length, day.fills),
    factors: { names: factorNames, moveBps: day.factors },
  };
}

interface QuoteColumns {
  readonly mid: Float64Array;
  readonly moveBps: Float64Array;
  readonly spreadBps: Float64Array;
  readonly quoteAgeMs: Float64Array;
}

/** The last quote at or before every edge. */
function fillQuotes(grid: BucketGrid, names: number, quotes: SimulatedDay['quotes'], out: QuoteColumns): void {
  const order = [...quotes.timeNs.keys()].sort((a, b) => quotes.timeNs[a] - quotes.timeNs[b] || a - b);
  const byName = Array.from({ length: names }, (_, i) => order.filter((k) => quotes.name[k] === i));
  byName.forEach((rows, i) => {
    for (const { startNs, firstBucket, buckets } of grid.sessions) {
      let next = rows.findIndex((k) => quotes.timeNs[k] > startNs);
      let open = Number.NaN;
      for (let b = 0; b < buckets; b++) {
        const endNs = startNs + (b + 1) * grid.bucketNs;
        while (next < rows.length && quotes.timeNs[rows[next]] <= endNs) next++;
        const last = rows[next - 1];
        if (last === undefined || quotes.timeNs[last] <= startNs) continue;
        const cell = i * grid.buckets + firstBucket + b;
        const mid = (quotes.bid[last] + quotes.ask[last]) / 2;
        out.mid[cell] = mid;
        out.moveBps[cell] = 1e4 * Math.log(mid / open);
        out.spreadBps[cell] = (1e4 * (quotes.ask[last] - quotes.bid[last])) / mid;
        out.quoteAgeMs[cell] = (endNs - quotes.timeNs[last]) / 1e6;
        open = mid;
      }
    }
  });
}

function flowOf(grid: BucketGrid, names: number, venues: number, fills: SimulatedDay['fills']): SparseFlow {
  const cells = new Map<number, { notional: number; count: number }>();
  fills.timeNs.forEach((timeNs, k) => {
    const bucket = bucketAt(grid, timeNs);
    if (bucket < 0) return;
    const key = (bucket * names + fills.name[k]) * venues + fills.venue[k];
    const cell = cells.get(key) ?? { notional: 0, count: 0 };
    cells.set(key, cell);
    cell.notional += (fills.side[k] * fills.qty[k] * fills.price[k]) / 1e6;
    cell.count++;
  });
  const keys = Float64Array.from(cells.keys()).sort();
  const ints = (of: (key: number) => number) => Int32Array.from(keys, of);
  const notional = Float64Array.from(keys, (key) => cells.get(key)!.notional);
  return {
    bucket: ints((key) => Math.floor(key / venues / names)),
    name: ints((key) => Math.floor(key / venues) % names),
    venue: ints((key) => key % venues),
    signedQty: notional,
    signedNotional: notional,
    count: ints((key) => cells.get(key)!.count),
  };
}
