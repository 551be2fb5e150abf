import { join } from 'node:path';
import type { DayBuckets, MarketColumns, Markout, SparseFlow } from '../model/buckets.js';
import { type BucketGrid, bucketEnds } from '../model/grid.js';
import { streamColumns, type VectorType } from './chunkReader.js';
import { type Engine, literals, stampAfter, textOfCode } from './duckdb.js';
import { type OutputColumn, writeParquet } from './parquetWriter.js';
import { escapedIdentifier, escapedString } from './sql.js';

/** Column of market.parquet by field; the order is that of the file. */
const MARKET_COLUMNS = {
  mid: 'mid',
  retBps: 'ret_bps',
  spreadBps: 'spread_bps',
  bidDepth: 'bid_depth',
  askDepth: 'ask_depth',
  queueImbalance: 'queue_imbalance',
  quoteAgeMs: 'quote_age_ms',
  volume: 'volume',
  marketFlow: 'market_flow',
} as const satisfies Record<Exclude<keyof MarketColumns, 'flags'>, string>;

export { MARKET_COLUMNS };

type MarketField = keyof typeof MARKET_COLUMNS;
const MARKET_FIELDS = Object.keys(MARKET_COLUMNS) as MarketField[];

const markoutColumn = (label: string): string => `markout_${label}_bps`;

/** Writes the files of CONTRACT §2: market.parquet, flow.parquet and, where there are factors, factors.parquet. */
export async function writeBuckets(engine: Engine, folder: string, day: DayBuckets): Promise<void> {
  const { grid, symbols, market } = day;
  const ends = bucketEnds(grid);
  const cells = symbols.length * grid.buckets;
  const stamp = stampAfter(grid.epochNs);
  const symbolName = textOfCode(symbols);
  await writeParquet(engine, join(folder, 'market.parquet'), [
    { name: 'ts', values: Float64Array.from({ length: cells }, (_, c) => ends[c % grid.buckets]), as: stamp },
    {
      name: 'symbol',
      values: Int32Array.from({ length: cells }, (_, c) => Math.floor(c / grid.buckets)),
      as: symbolName,
    },
    ...MARKET_FIELDS.map((field) => ({ name: MARKET_COLUMNS[field], values: market[field] })),
    ...day.markouts.map(({ label, moveBps }) => ({ name: markoutColumn(label), values: moveBps })),
    { name: 'flags', values: Int32Array.from(market.flags) },
  ]);
  await writeParquet(engine, join(folder, 'flow.parquet'), flowColumns(day, ends, stamp, symbolName));
  if (day.factors.names.length === 0) return;
  const width = day.factors.names.length;
  await writeParquet(engine, join(folder, 'factors.parquet'), [
    { name: 'ts', values: ends, as: stamp },
    ...day.factors.names.map((name, f) => ({
      name,
      values: Float64Array.from(ends, (_, t) => day.factors.moveBps[t * width + f]),
    })),
  ]);
}

function flowColumns(
  { flow, venues }: DayBuckets,
  ends: Float64Array,
  stamp: (offset: string) => string,
  symbolName: (code: string) => string,
): OutputColumn[] {
  return [
    { name: 'ts', values: Float64Array.from(flow.bucket, (bucket) => ends[bucket]), as: stamp },
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
  readonly markouts: readonly { readonly label: string; readonly horizonNs: number }[];
  readonly factors: readonly string[];
}

/** Reads back what {@link writeBuckets} wrote, bit for bit. */
export async function readBuckets(engine: Engine, folder: string, layout: BucketLayout): Promise<DayBuckets> {
  const { grid, symbols } = layout;
  const cells = symbols.length * grid.buckets;
  const fields = [
    ...MARKET_FIELDS.map((field) => MARKET_COLUMNS[field]),
    ...layout.markouts.map(({ label }) => markoutColumn(label)),
    'flags',
  ];
  const columns = await readDoubles(engine, join(folder, 'market.parquet'), fields, cells);
  const market = Object.fromEntries(MARKET_FIELDS.map((field, k) => [field, columns[k]])) as unknown as MarketColumns;
  const markouts: Markout[] = layout.markouts.map((markout, k) => ({
    ...markout,
    moveBps: columns[MARKET_FIELDS.length + k],
  }));
  const flags = Uint8Array.from(columns[columns.length - 1]);
  return {
    grid,
    symbols,
    venues: layout.venues,
    market: { ...market, flags },
    markouts,
    flow: await readFlow(engine, join(folder, 'flow.parquet'), layout),
    factors: { names: layout.factors, moveBps: await readFactorMoves(engine, folder, layout) },
  };
}

async function readDoubles(
  engine: Engine,
  path: string,
  names: readonly string[],
  rows: number,
): Promise<Float64Array[]> {
  const out = names.map(() => new Float64Array(rows));
  const types = Object.fromEntries(names.map((_, k) => [`c${k}`, 'DOUBLE'])) as Record<string, VectorType>;
  const expressions = Object.fromEntries(names.map((name, k) => [`c${k}`, escapedIdentifier(name)]));
  let at = 0;
  for await (const chunk of streamColumns(engine, types, expressions, `FROM read_parquet(${escapedString(path)})`)) {
    out.forEach((column, k) => {
      column.set(chunk.columns[`c${k}`] as Float64Array, at);
    });
    at += chunk.rows;
  }
  return out;
}

async function readFlow(engine: Engine, path: string, { grid, symbols, venues }: BucketLayout): Promise<SparseFlow> {
  const parts = {
    bucket: [] as number[],
    name: [] as number[],
    venue: [] as number[],
    qty: [] as number[],
    notional: [] as number[],
    n: [] as number[],
  };
  const bucketOf = new Map(Array.from(bucketEnds(grid), (end, bucket) => [end, bucket]));
  const stream = streamColumns(
    engine,
    { timeNs: 'DOUBLE', name: 'INTEGER', venue: 'INTEGER', qty: 'DOUBLE', notional: 'DOUBLE', n: 'INTEGER' } as const,
    {
      timeNs: `epoch_ns(ts) - (${grid.epochNs})`,
      name: `list_position([${literals(symbols)}], symbol) - 1`,
      venue: `list_position([${literals(venues)}], venue) - 1`,
      qty: 'signed_qty',
      notional: 'signed_notional',
      n: 'n',
    },
    `FROM read_parquet(${escapedString(path)})`,
  );
  for await (const { rows, columns } of stream) {
    for (let k = 0; k < rows; k++) {
      parts.bucket.push(bucketOf.get(columns.timeNs[k])!);
      parts.name.push(columns.name[k]);
      parts.venue.push(columns.venue[k]);
      parts.qty.push(columns.qty[k]);
      parts.notional.push(columns.notional[k]);
      parts.n.push(columns.n[k]);
    }
  }
  return {
    bucket: Int32Array.from(parts.bucket),
    name: Int32Array.from(parts.name),
    venue: Int32Array.from(parts.venue),
    signedQty: Float64Array.from(parts.qty),
    signedNotional: Float64Array.from(parts.notional),
    count: Int32Array.from(parts.n),
  };
}

async function readFactorMoves(engine: Engine, folder: string, { factors, grid }: BucketLayout): Promise<Float64Array> {
  if (factors.length === 0) return new Float64Array(0);
  const columns = await readDoubles(engine, join(folder, 'factors.parquet'), factors, grid.buckets);
  const out = new Float64Array(grid.buckets * factors.length);
  columns.forEach((column, f) => {
    column.forEach((value, t) => {
      out[t * factors.length + f] = value;
    });
  });
  return out;
}
