import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, stampAfter, textOfCode } from '../io/duckdb.js';
import { type OutputColumn, writeParquet } from '../io/parquetWriter.js';
import { type BucketGrid, bucketEnds } from '../model/grid.js';
import type { Scenario } from '../model/scenario.js';
import type { SimulatedDay } from '../stages/simulate/simulatedDay.js';
import type { Truth } from '../stages/simulate/truth.js';

/** `basket_id` of a schedule that is executed; its parents and children are numbered after it. */
export const EXECUTED_BASKET = 'SCHEDULE';

export interface SimulatedFiles {
  readonly date: string;
  readonly grid: BucketGrid;
  readonly scenario: Scenario;
  readonly truth: Truth;
  readonly day: SimulatedDay;
}

/** Writes a day's five datasets, each a file in `<dataset>/date=<date>` of the folder. */
export async function writeSimulatedDay(engine: Engine, folder: string, files: SimulatedFiles): Promise<void> {
  const datasets: Readonly<Record<string, readonly OutputColumn[]>> = {
    quotes: quoteColumns(files),
    trades: tradeColumns(files),
    fills: fillColumns(files),
    parents: parentColumns(files),
    factors: factorColumns(files),
  };
  for (const [dataset, columns] of Object.entries(datasets)) {
    const place = join(folder, dataset, `date=${files.date}`);
    mkdirSync(place, { recursive: true });
    await writeParquet(engine, join(place, 'part-0.parquet'), columns);
  }
}

const doubles = (values: readonly number[]) => Float64Array.from(values);
const codes = (values: readonly number[]) => Int32Array.from(values);

const stampOf = ({ grid }: SimulatedFiles) => stampAfter(grid.epochNs);
const symbolOf = ({ truth }: SimulatedFiles) => textOfCode(truth.symbols);
const venueOf = ({ scenario }: SimulatedFiles) => textOfCode(scenario.venues);
const price = (value: string) => `CAST(${value} AS DECIMAL(12, 4))`;
const tiny = (value: string) => `CAST(${value} AS TINYINT)`;
/** Of orders, where those of a schedule are below zero. */
const orderNumbered = (prefix: string) => (value: string) =>
  `CASE WHEN ${value} < 0 THEN '${EXECUTED_BASKET}-' || -(${value}) ELSE '${prefix}' || ${value} END`;
const basketNumbered = (value: string) => `CASE WHEN ${value} < 0 THEN '${EXECUTED_BASKET}' ELSE 'B' || ${value} END`;

function quoteColumns(files: SimulatedFiles): OutputColumn[] {
  const { quotes } = files.day;
  return [
    { name: 'ts', values: doubles(quotes.timeNs), as: stampOf(files) },
    { name: 'symbol', values: codes(quotes.name), as: symbolOf(files) },
    { name: 'bid', values: doubles(quotes.bid), as: price },
    { name: 'ask', values: doubles(quotes.ask), as: price },
    { name: 'bid_size', values: codes(quotes.bidSize) },
    { name: 'ask_size', values: codes(quotes.askSize) },
  ];
}

function tradeColumns(files: SimulatedFiles): OutputColumn[] {
  const { trades } = files.day;
  return [
    { name: 'ts', values: doubles(trades.timeNs), as: stampOf(files) },
    { name: 'symbol', values: codes(trades.name), as: symbolOf(files) },
    { name: 'price', values: doubles(trades.price), as: price },
    { name: 'size', values: codes(trades.size) },
    { name: 'side', values: codes(trades.side), as: tiny },
    { name: 'venue', values: codes(trades.venue), as: venueOf(files) },
  ];
}

function fillColumns(files: SimulatedFiles): OutputColumn[] {
  const { fills } = files.day;
  return [
    { name: 'ts', values: doubles(fills.timeNs), as: stampOf(files) },
    { name: 'symbol', values: codes(fills.name), as: symbolOf(files) },
    { name: 'venue', values: codes(fills.venue), as: venueOf(files) },
    { name: 'side', values: codes(fills.side), as: tiny },
    { name: 'qty', values: codes(fills.qty) },
    { name: 'price', values: doubles(fills.price), as: price },
    { name: 'parent_id', values: codes(fills.parent), as: orderNumbered('P') },
    { name: 'child_id', values: codes(fills.child), as: orderNumbered('C') },
  ];
}

function parentColumns(files: SimulatedFiles): OutputColumn[] {
  const { parents } = files.day;
  const stamp = stampOf(files);
  const columns: OutputColumn[] = [
    { name: 'parent_id', values: codes(parents.parent), as: orderNumbered('P') },
    { name: 'basket_id', values: codes(parents.basket), as: basketNumbered },
    { name: 'symbol', values: codes(parents.name), as: symbolOf(files) },
    { name: 'side', values: codes(parents.side), as: tiny },
    { name: 'qty', values: codes(parents.qty) },
    { name: 'arrival_ts', values: doubles(parents.arrivalNs), as: stamp },
    { name: 'deadline_ts', values: doubles(parents.deadlineNs), as: stamp },
    { name: 'arrival_mid', values: doubles(parents.arrivalMid) },
  ];
  const arms = armCodes(files);
  if (arms) columns.push({ name: 'arm', values: codes(arms), as: textOfCode(['control', 'treatment', 'schedule']) });
  return columns;
}

/** A schedule is an arm of its own, so that a scorecard has its shortfall, unless there is an experiment that it is no part of. */
function armCodes({ day: { parents } }: SimulatedFiles): readonly number[] | undefined {
  if (parents.arm.length > 0) return parents.arm;
  return parents.parent.some((id) => id < 0) ? parents.parent.map((id) => (id < 0 ? 2 : -1)) : undefined;
}

function factorColumns(files: SimulatedFiles): OutputColumn[] {
  const { factorNames } = files.truth;
  const ends = bucketEnds(files.grid);
  const moves = (f: number) => Float64Array.from(ends, (_, t) => files.day.factors[t * factorNames.length + f]);
  return [
    { name: 'ts', values: ends, as: stampOf(files) },
    ...factorNames.map((name, f) => ({
      name,
      values: moves(f),
      as: (value: string) => `CAST(${value} AS DECIMAL(9, 3))`,
    })),
  ];
}
