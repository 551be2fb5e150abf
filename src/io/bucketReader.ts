import { dataError } from '../model/failure.js';
import { MARKET_COLUMNS } from './bucketFiles.js';
import { streamColumns, type VectorType } from './chunkReader.js';
import { type Engine, literals, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { checkColumns, type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const KEYS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
];
const optional = (name: string): ExpectedColumn => ({ name, kind: 'number', optional: true });

type MarketField = keyof typeof MARKET_COLUMNS;

/** Columns of the user's own market buckets, whatever their order; absent ones are left out. */
export async function readMarketRows(engine: Engine, path: string, symbols: readonly string[], epochNs: bigint) {
  const types = await checkColumns(engine, path, [...KEYS, ...Object.values(MARKET_COLUMNS).map(optional)]);
  const fields = (Object.keys(MARKET_COLUMNS) as MarketField[]).filter((field) => types.has(MARKET_COLUMNS[field]));
  if (!fields.includes('retBps') && !fields.includes('mid'))
    throw dataError(`${path} has neither "ret_bps" nor "mid"`, 'give the move of each bucket, or the mid at its end');
  const values = Object.fromEntries(fields.map((field) => [field, MARKET_COLUMNS[field]]));
  const { timeNs, name, ...columns } = await readKeyed(engine, path, types, symbols, epochNs, values);
  return { timeNs, name: Int32Array.from(name), columns: columns as Partial<Record<MarketField, Float64Array>> };
}

/** Rows of the user's own flow, with their venues. */
export async function readFlowRows(engine: Engine, path: string, symbols: readonly string[], epochNs: bigint) {
  const expected: ExpectedColumn[] = [
    ...KEYS,
    { name: 'signed_notional', kind: 'number' },
    { name: 'venue', kind: 'text', optional: true },
    optional('signed_qty'),
    optional('n'),
  ];
  const types = await checkColumns(engine, path, expected);
  const venues = types.has('venue') ? await venuesOf(engine, path) : [''];
  const orNull = (column: string) => (types.has(column) ? column : 'NULL');
  const values = {
    venue: types.has('venue') ? `list_position([${literals(venues)}], coalesce(venue, '')) - 1` : '0',
    signedQty: orNull('signed_qty'),
    signedNotional: 'signed_notional',
    count: orNull('n'),
  };
  const { timeNs, name, venue, signedQty, signedNotional, count } = await readKeyed(
    engine,
    path,
    types,
    symbols,
    epochNs,
    values,
  );
  return {
    venues,
    rows: { timeNs, name: Int32Array.from(name), venue: Int32Array.from(venue), signedQty, signedNotional, count },
  };
}

async function venuesOf(engine: Engine, path: string): Promise<string[]> {
  const rows = await withFile(path, () =>
    smallQuery(engine, `SELECT DISTINCT coalesce(CAST(venue AS VARCHAR), '') AS venue FROM ${tableOf(path)}`),
  );
  return rows.length > 0 ? rows.map((row) => String(row.venue)).sort() : [''];
}

/** All rows as doubles, in the order of the file. */
async function readKeyed(
  engine: Engine,
  path: string,
  types: ReadonlyMap<string, string>,
  symbols: readonly string[],
  epochNs: bigint,
  values: Readonly<Record<string, string>>,
) {
  const expressions: Record<string, string> = {
    timeNs: nanosecondsAfter(epochNs, types.get('ts')!),
    name: `coalesce(list_position([${literals(symbols)}], symbol), 0) - 1`,
    ...values,
  };
  const names = Object.keys(expressions);
  const doubles = Object.fromEntries(names.map((name) => [name, 'DOUBLE'])) as Record<string, VectorType>;
  const parts: Record<string, Float64Array[]> = Object.fromEntries(names.map((name) => [name, []]));
  await withFile(path, async () => {
    for await (const { columns } of streamColumns(engine, doubles, expressions, `FROM ${tableOf(path)}`)) {
      for (const name of names) parts[name].push(Float64Array.from(columns[name]));
    }
  });
  return Object.fromEntries(names.map((name) => [name, concatenated(parts[name])])) as Record<string, Float64Array>;
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
