import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, stampAfter, textOfCode } from '../io/duckdb.js';
import { writeParquet } from '../io/parquetWriter.js';
import { type BucketGrid, bucketEnds, bucketGrid } from '../model/grid.js';
import type { Scenario } from '../model/scenario.js';
import { openMarket, simulateDay } from '../stages/simulate/simulateDay.js';
import type { SimulatedDay } from '../stages/simulate/simulatedDay.js';
import { drawTruth, type Truth } from '../stages/simulate/truth.js';
import { writeAtomically } from '../store/atomic.js';

export interface SimulationSummary {
  readonly dates: readonly string[];
  readonly quotes: number;
  readonly trades: number;
  readonly fills: number;
  readonly parents: number;
}

/** Writes raw data of a simulated market in the layout of CONTRACT §1, with `truth.json` beside it. */
export async function writeSimulation(
  scenario: Scenario,
  folder: string,
  engine: Engine,
  announce: (text: string) => void,
): Promise<SimulationSummary> {
  const truth = drawTruth(scenario);
  const market = openMarket(truth, scenario.seed);
  const dates = tradingDates(scenario.first_date, scenario.days);
  const counts = { quotes: 0, trades: 0, fills: 0, parents: 0 };
  const halts: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [index, date] of dates.entries()) {
    announce(`simulate ${date}`);
    const grid = bucketGrid({ timezone: scenario.timezone, sessions: scenario.sessions }, date, 1e9);
    const day = simulateDay(scenario, truth, grid, index, market);
    await writeDay(engine, folder, date, grid, scenario, truth, day);
    for (const halt of day.halts)
      halts.push(`${utc(grid, halt.startNs)},${utc(grid, halt.endNs)},${truth.symbols[halt.name]},halt`);
    for (const dataset of ['quotes', 'trades', 'fills'] as const) counts[dataset] += day[dataset].timeNs.length;
    counts.parents += day.parents.parent.length;
  }
  const rows = truth.symbols.map((symbol, i) => `${symbol},${truth.blocks[i]},${truth.adv[i]},0.01`);
  writeAtomically(join(folder, 'universe.csv'), `symbol,block,adv,tick_size\n${rows.join('\n')}\n`);
  if (halts.length > 0) writeAtomically(join(folder, 'events.csv'), `start,end,symbol,label\n${halts.join('\n')}\n`);
  writeAtomically(join(folder, 'truth.json'), `${JSON.stringify(truthDocument(scenario, truth), null, 1)}\n`);
  return { dates, ...counts };
}

const utc = (grid: BucketGrid, timeNs: number): string =>
  new Date(Number((grid.epochNs + BigInt(timeNs)) / 1_000_000n)).toISOString();

function truthDocument(scenario: Scenario, truth: Truth) {
  const n = truth.symbols.length;
  const rowsOf = (data: Float64Array, width: number) =>
    Array.from({ length: n }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
  return {
    scenario,
    symbols: truth.symbols,
    blocks: truth.blocks,
    K: rowsOf(truth.K.data, n),
    kernel: {
      tauSeconds: truth.tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : 'permanent')),
      weights: truth.weights,
    },
    factors: truth.factorNames,
    loadings: rowsOf(truth.loadings.data, truth.factorNames.length),
    regimes: { wide: scenario.impact.wide_multiplier, narrow: 2 - scenario.impact.wide_multiplier },
  };
}

/** Weekdays from a date on. */
function tradingDates(first: string, count: number): string[] {
  const dates: string[] = [];
  for (const day = new Date(`${first}T00:00:00Z`); dates.length < count; day.setUTCDate(day.getUTCDate() + 1)) {
    if (day.getUTCDay() % 6 !== 0) dates.push(day.toISOString().slice(0, 10));
  }
  return dates;
}

async function writeDay(
  engine: Engine,
  folder: string,
  date: string,
  grid: BucketGrid,
  { venues }: Scenario,
  truth: Truth,
  day: SimulatedDay,
): Promise<void> {
  const stamp = stampAfter(grid.epochNs);
  const symbol = textOfCode(truth.symbols);
  const venue = textOfCode(venues);
  const doubles = (values: number[]) => Float64Array.from(values);
  const codes = (values: number[]) => Int32Array.from(values);
  const path = (dataset: string) => {
    mkdirSync(join(folder, dataset, `date=${date}`), { recursive: true });
    return join(folder, dataset, `date=${date}`, 'part-0.parquet');
  };
  const price = (value: string) => `CAST(${value} AS DECIMAL(12, 4))`;
  const tiny = (value: string) => `CAST(${value} AS TINYINT)`;
  const numbered = (prefix: string) => (value: string) => `'${prefix}' || ${value}`;
  const { quotes, trades, fills, parents } = day;
  await writeParquet(engine, path('quotes'), [
    { name: 'ts', values: doubles(quotes.timeNs), as: stamp },
    { name: 'symbol', values: codes(quotes.name), as: symbol },
    { name: 'bid', values: doubles(quotes.bid), as: price },
    { name: 'ask', values: doubles(quotes.ask), as: price },
    { name: 'bid_size', values: codes(quotes.bidSize) },
    { name: 'ask_size', values: codes(quotes.askSize) },
  ]);
  await writeParquet(engine, path('trades'), [
    { name: 'ts', values: doubles(trades.timeNs), as: stamp },
    { name: 'symbol', values: codes(trades.name), as: symbol },
    { name: 'price', values: doubles(trades.price), as: price },
    { name: 'size', values: codes(trades.size) },
    { name: 'side', values: codes(trades.side), as: tiny },
    { name: 'venue', values: codes(trades.venue), as: venue },
  ]);
  await writeParquet(engine, path('fills'), [
    { name: 'ts', values: doubles(fills.timeNs), as: stamp },
    { name: 'symbol', values: codes(fills.name), as: symbol },
    { name: 'venue', values: codes(fills.venue), as: venue },
    { name: 'side', values: codes(fills.side), as: tiny },
    { name: 'qty', values: codes(fills.qty) },
    { name: 'price', values: doubles(fills.price), as: price },
    { name: 'parent_id', values: codes(fills.parent), as: numbered('P') },
    { name: 'child_id', values: codes(fills.child), as: numbered('C') },
  ]);
  await writeParquet(engine, path('parents'), [
    { name: 'parent_id', values: codes(parents.parent), as: numbered('P') },
    { name: 'basket_id', values: codes(parents.basket), as: numbered('B') },
    { name: 'symbol', values: codes(parents.name), as: symbol },
    { name: 'side', values: codes(parents.side), as: tiny },
    { name: 'qty', values: codes(parents.qty) },
    { name: 'arrival_ts', values: doubles(parents.arrivalNs), as: stamp },
    { name: 'deadline_ts', values: doubles(parents.deadlineNs), as: stamp },
    { name: 'arrival_mid', values: doubles(parents.arrivalMid) },
    ...(parents.arm.length > 0
      ? [{ name: 'arm', values: codes(parents.arm), as: textOfCode(['control', 'treatment']) }]
      : []),
  ]);
  const width = truth.factorNames.length;
  const ends = bucketEnds(grid);
  await writeParquet(engine, path('factors'), [
    { name: 'ts', values: ends, as: stamp },
    ...truth.factorNames.map((name, f) => ({
      name,
      values: Float64Array.from(ends, (_, t) => day.factors[t * width + f]),
      as: (value: string) => `CAST(${value} AS DECIMAL(9, 3))`,
    })),
  ]);
}
