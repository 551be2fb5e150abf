import { join } from 'node:path';
import type { DayBuckets, DayWith, MarketField, SparseFlow } from '../model/buckets.js';
import { type BucketGrid, bucketAt, bucketEnds } from '../model/grid.js';
import { collectColumns } from './chunkReader.js';
import { codeOf, createEnum, type Engine, smallQuery } from './duckdb.js';
import { type OutputColumn, writeParquet } from './parquetWriter.js';
import { escapedIdentifier, literalPath } from './sql.js';

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
    { name: 'ts', entries: ends, placeOf: (row) => row % grid.buckets },
    { name: 'symbol', entries: symbols, placeOf: (row) => Math.floor(row / grid.buckets) },
    ...MARKET_FIELDS.map((field) => ({ name: MARKET_COLUMNS[field], values: market[field] })),
    ...day.markouts.map(({ label, moveBps }) => ({ name: markoutColumn(label), values: moveBps })),
    { name: 'flags', values: market.flags, as: (bits) => `CAST(${bits} AS INTEGER)` },
  ]);
  await write('flow', [
    { name: 'ts', entries: ends, placeOf: (row) => flow.bucket[row] },
    { name: 'symbol', entries: symbols, placeOf: (row) => flow.name[row] },
    { name: 'venue', entries: day.venues, placeOf: (row) => flow.venue[row] },
    { name: 'signed_qty', values: flow.signedQty },
    { name: 'signed_notional', values: flow.signedNotional },
    { name: 'n', values: flow.count },
  ]);
  const width = factors.names.length;
  if (width === 0) return;
  await write('factors', [
    { name: 'ts', entries: ends, placeOf: (row) => row },
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

/** Reads back what {@link writeBuckets} wrote, bit for bit: the flow, the factors and the market columns asked for. */
export async function readBuckets<F extends MarketField>(
  engine: Engine,
  folder: string,
  { grid, symbols, venues, factors }: BucketLayout,
  fields: readonly F[],
): Promise<DayWith<F>> {
  const cells = symbols.length * grid.buckets;
  const types = Object.fromEntries([
    ...fields.map((field) => [field, 'DOUBLE'] as const),
    ['flags', 'INTEGER'] as const,
  ]) as { [K in F]: 'DOUBLE' } & { flags: 'INTEGER' };
  const expressions = Object.fromEntries([...fields.map((f) => [f, MARKET_COLUMNS[f]]), ['flags', 'flags']]) as {
    [K in F | 'flags']: string;
  };
  const path = join(folder, 'market.parquet');
  const market = await collectColumns(engine, types, expressions, `FROM read_parquet(${literalPath(path)})`, cells);
  return {
    grid,
    symbols,
    venues,
    market: { ...market, flags: Uint8Array.from(market.flags) } as unknown as DayWith<F>['market'],
    flow: await readFlow(engine, join(folder, 'flow.parquet'), { grid, symbols, venues }),
    factors: { names: factors, moveBps: await readFactorMoves(engine, folder, { grid, factors }) },
  };
}

type FlowLayout = Pick<BucketLayout, 'grid' | 'symbols' | 'venues'>;

async function readFlow(engine: Engine, path: string, { grid, symbols, venues }: FlowLayout): Promise<SparseFlow> {
  await createEnum(engine, 'xim_symbol', symbols);
  await createEnum(engine, 'xim_venue_flow', venues);
  const from = `FROM read_parquet(${literalPath(path)})`;
  const [{ n }] = await smallQuery(engine, `SELECT count(*)::INTEGER AS n ${from}`);
  const rows = await collectColumns(
    engine,
    {
      timeNs: 'DOUBLE',
      name: 'INTEGER',
      venue: 'INTEGER',
      signedQty: 'DOUBLE',
      signedNotional: 'DOUBLE',
      count: 'INTEGER',
    } as const,
    {
      timeNs: `epoch_ns(ts) - (${grid.epochNs})`,
      name: codeOf('symbol', 'xim_symbol'),
      venue: codeOf('venue', 'xim_venue_flow'),
      signedQty: 'signed_qty',
      signedNotional: 'signed_notional',
      count: 'n',
    },
    from,
    Number(n),
  );
  const { timeNs, ...flow } = rows;
  return { bucket: Int32Array.from(timeNs, (time) => bucketAt(grid, time)), ...flow };
}

async function readFactorMoves(
  engine: Engine,
  folder: string,
  { factors, grid }: Pick<BucketLayout, 'grid' | 'factors'>,
): Promise<Float64Array> {
  if (factors.length === 0) return new Float64Array(0);
  const types = Object.fromEntries(factors.map((_, f) => [`f${f}`, 'DOUBLE' as const]));
  const expressions = Object.fromEntries(factors.map((name, f) => [`f${f}`, escapedIdentifier(name)]));
  const path = join(folder, 'factors.parquet');
  const from = `FROM read_parquet(${literalPath(path)})`;
  const columns = await collectColumns(engine, types, expressions, from, grid.buckets);
  const out = new Float64Array(grid.buckets * factors.length);
  factors.forEach((_, f) => {
    for (let t = 0; t < grid.buckets; t++) out[t * factors.length + f] = columns[`f${f}`][t];
  });
  return out;
}
