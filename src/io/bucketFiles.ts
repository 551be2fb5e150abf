import { join } from 'node:path';
import {
  type DayBuckets,
  type DayWith,
  type EachMoves,
  emptyFlow,
  type MarketField,
  type SparseFlow,
} from '../model/buckets.js';
import { type BucketGrid, bucketEnds } from '../model/grid.js';
import { collectColumns } from './chunkReader.js';
import { eachStretch, readColumns, writeColumns } from './columnFiles.js';
import type { Engine } from './duckdb.js';
import { type OutputColumn, writeParquet } from './parquetWriter.js';
import { literalPath } from './sql.js';

/** Column of market.parquet by field; the order is that of the file. */
const MARKET_COLUMNS = {
  mid: 'mid',
  moveBps: 'ret_bps',
  spreadBps: 'spread_bps',
  bidDepth: 'bid_depth',
  askDepth: 'ask_depth',
  queueImbalance: 'queue_imbalance',
  quoteAgeMs: 'quote_age_ms',
  volume: 'volume',
  marketFlow: 'market_flow',
} as const satisfies Record<MarketField, string>;

export { MARKET_COLUMNS };

const MARKET_FIELDS = Object.keys(MARKET_COLUMNS) as MarketField[];

const markoutColumn = (label: string): string => `markout_${label}_bps`;

/** Writes the files of CONTRACT §2: market.parquet, flow.parquet and, where there are factors, factors.parquet. */
export async function writeBuckets(engine: Engine, folder: string, day: DayBuckets): Promise<void> {
  const { grid, symbols, market, flow, factors } = day;
  const ends = stampsOfEnds(grid);
  const write = (name: string, columns: readonly OutputColumn[]) =>
    writeParquet(engine, join(folder, `${name}.parquet`), columns, 'cache');
  await write('market', [
    { name: 'ts', values: { entries: ends, placeOf: (row) => row % grid.buckets } },
    { name: 'symbol', values: { entries: symbols, placeOf: (row) => Math.floor(row / grid.buckets) } },
    ...MARKET_FIELDS.map((field) => ({ name: MARKET_COLUMNS[field], values: market[field] })),
    ...day.markouts.map(({ label, moveBps }) => ({ name: markoutColumn(label), values: moveBps })),
    { name: 'flags', values: market.flags, as: (bits) => `CAST(${bits} AS INTEGER)` },
  ]);
  await write('flow', [
    { name: 'ts', values: { entries: ends, placeOf: (row) => flow.bucket[row] } },
    { name: 'symbol', values: { entries: symbols, placeOf: (row) => flow.name[row] } },
    { name: 'venue', values: { entries: day.venues, placeOf: (row) => flow.venue[row] } },
    { name: 'signed_qty', values: flow.signedQty },
    { name: 'signed_notional', values: flow.signedNotional },
    { name: 'n', values: flow.count },
  ]);
  const width = factors.names.length;
  if (width === 0) return;
  await write('factors', [
    { name: 'ts', values: { entries: ends, placeOf: (row) => row } },
    ...factors.names.map((name, f) => ({
      name,
      values: Float64Array.from({ length: grid.buckets }, (_, t) => factors.moveBps[t * width + f]),
    })),
  ]);
}

/** UTC nanoseconds at which each bucket ends. */
const stampsOfEnds = (grid: BucketGrid): BigInt64Array =>
  BigInt64Array.from(Array.from(bucketEnds(grid), (end) => grid.epochNs + BigInt(end)));

export interface BucketLayout {
  readonly grid: BucketGrid;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly factors: readonly string[];
}

/**
 * Writes what most stages read of a day once more, as plain columns: moves, flags, flow and factors. That is 8 bytes for each
 * move, about what the Parquet files take.
 */
export async function writePlainBuckets(folder: string, { market, flow, factors }: DayBuckets): Promise<void> {
  await writeColumns(join(folder, PLAIN.market), [market.moveBps, market.flags]);
  await writeColumns(join(folder, PLAIN.flow), flowArrays(flow));
  await writeColumns(join(folder, PLAIN.factors), [factors.moveBps]);
}

const PLAIN = { market: 'market.columns', flow: 'flow.columns', factors: 'factors.columns' } as const;

/** Doubles first: each column of a file lies at a multiple of its width. */
const flowArrays = ({ signedQty, signedNotional, bucket, name, venue, count }: SparseFlow) =>
  [signedQty, signedNotional, bucket, name, venue, count] as const;
const FLOW_CELL_BYTES = 2 * 8 + 4 * 4;

/**
 * Reads back the flow, the factors and the market columns asked for, bit for bit; but a column of few values that has zeros of
 * both signs comes with one of them, where it is read from Parquet. That needs the engine: every column but the moves.
 * @throws XimError `corrupt` where a file is not what {@link writePlainBuckets} wrote
 */
export async function readBuckets<F extends MarketField>(
  engine: () => Promise<Engine>,
  folder: string,
  { grid, symbols, venues, factors }: BucketLayout,
  fields: readonly F[],
): Promise<DayWith<F>> {
  const cells = symbols.length * grid.buckets;
  const others = fields.filter((field) => field !== 'moveBps');
  const market = {
    ...plainMarket(folder, cells, others.length < fields.length),
    ...(others.length > 0 ? await parquetMarket(await engine(), folder, cells, others) : {}),
  };
  const factorMoves = new Float64Array(grid.buckets * factors.length);
  readColumns(join(folder, PLAIN.factors), () => [factorMoves]);
  return {
    grid,
    symbols,
    venues,
    market: market as unknown as DayWith<F>['market'],
    flow: plainFlow(folder),
    factors: { names: factors, moveBps: factorMoves },
  };
}

/** Moves from the plain columns, name by name, without the day in memory. */
export const plainMoves =
  (folder: string, { grid, symbols }: Pick<BucketLayout, 'grid' | 'symbols'>): EachMoves =>
  (visit) => {
    const [moveBps, flags] = [new Float64Array(grid.buckets), new Uint8Array(grid.buckets)];
    eachStretch(join(folder, PLAIN.market), [moveBps, flags], symbols.length, (i) => visit(i, moveBps));
  };

function plainMarket(folder: string, cells: number, withMoves: boolean): { moveBps?: Float64Array; flags: Uint8Array } {
  const flags = new Uint8Array(cells);
  const moveBps = withMoves ? new Float64Array(cells) : undefined;
  readColumns(join(folder, PLAIN.market), () => [moveBps ?? cells * Float64Array.BYTES_PER_ELEMENT, flags]);
  return { ...(moveBps ? { moveBps } : {}), flags };
}

function plainFlow(folder: string): SparseFlow {
  const [signedQty, signedNotional, bucket, name, venue, count] = readColumns(join(folder, PLAIN.flow), (bytes) =>
    flowArrays(emptyFlow(Math.floor(bytes / FLOW_CELL_BYTES))),
  );
  return { bucket, name, venue, signedQty, signedNotional, count };
}

function parquetMarket(engine: Engine, folder: string, cells: number, fields: readonly MarketField[]) {
  const types = Object.fromEntries(fields.map((field) => [field, 'DOUBLE' as const]));
  const expressions = Object.fromEntries(fields.map((field) => [field, MARKET_COLUMNS[field]]));
  const from = `FROM read_parquet(${literalPath(join(folder, 'market.parquet'))})`;
  return collectColumns(engine, types, expressions, from, cells);
}
