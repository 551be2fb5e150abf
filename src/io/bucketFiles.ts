import { join } from 'node:path';
import type { DayBuckets, DayWith, MarketField, SparseFlow } from '../model/buckets.js';
import { type BucketGrid, bucketAt } from '../model/grid.js';
import { collectColumns } from './chunkReader.js';
import { codeOf, createEnum, type Engine, smallQuery, stampAfter, textOfCode } from './duckdb.js';
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
  const { grid, symbols, market } = day;
  const stampOfBucket = (bucket: string) => stampAfter(grid.epochNs)(endOfBucket(grid, bucket));
  const symbolName = textOfCode(symbols);
  const write = (name: string, columns: readonly OutputColumn[]) =>
    writeParquet(engine, join(folder, `${name}.parquet`), columns, 'cache');
  await write('market', [
    { name: 'ts', ofRow: (row) => stampOfBucket(`(${row} % ${grid.buckets})`) },
    { name: 'symbol', ofRow: (row) => symbolName(`(${row} // ${grid.buckets})`) },
    ...MARKET_FIELDS.map((field) => ({ name: MARKET_COLUMNS[field], values: market[field] })),
    ...day.markouts.map(({ label, moveBps }) => ({ name: markoutColumn(label), values: moveBps })),
    { name: 'flags', values: market.flags, as: (bits) => `CAST(${bits} AS INTEGER)` },
  ]);
  await write('flow', flowColumns(day, stampOfBucket, symbolName));
  if (day.factors.names.length === 0) return;
  const width = day.factors.names.length;
  await write('factors', [
    { name: 'ts', ofRow: stampOfBucket },
    ...day.factors.names.map((name, f) => ({
      name,
      values: Float64Array.from({ length: grid.buckets }, (_, t) => day.factors.moveBps[t * width + f]),
    })),
  ]);
}

/** SQL of the nanoseconds at which a bucket ends, given the SQL of its number. */
function endOfBucket({ sessions, bucketNs }: BucketGrid, bucket: string): string {
  const cases = sessions.map(
    ({ firstBucket, buckets, startNs }) =>
      `WHEN ${bucket} < ${firstBucket + buckets} THEN ${startNs} + (${bucket} - ${firstBucket} + 1) * ${bucketNs}`,
  );
  return `(CASE ${cases.join(' ')} END)`;
}

function flowColumns(
  { flow, venues }: DayBuckets,
  stampOfBucket: (bucket: string) => string,
  symbolName: (code: string) => string,
): OutputColumn[] {
  return [
    { name: 'ts', values: flow.bucket, as: (bucket) => stampOfBucket(`CAST(${bucket} AS BIGINT)`) },
    { name: 'symbol', values: flow.name, as: symbolName },
    { name: 'venue', values: flow.venue, as: textOfCode(venues) },
    { name: 'signed_qty', values: flow.signedQty },
    { name: 'signed_notional', values: flow.signedNotional },
    { name: 'n', values: flow.count },
  ];
}

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
