import { dataError } from '../model/failure.js';
import type { FeedFile } from '../model/feed.js';
import { isPlain, quoted, WRITE_PLAIN } from '../model/plainText.js';
import { MARKET_COLUMNS } from './bucketFiles.js';
import { type Columns, collectColumns, NULL_CODE, type VectorType } from './chunkReader.js';
import { codeOf, createEnum, type Engine, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { type FeedContext, feedTables } from './feedTables.js';
import {
  countStrangers,
  createSymbolEnum,
  nameCode,
  refuseBothSpellings,
  type SymbolCensus,
  type SymbolCodes,
} from './symbolCodes.js';
import { type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const KEYS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
];
const optional = (name: string): ExpectedColumn => ({ name, kind: 'number', optional: true });

type MarketField = keyof typeof MARKET_COLUMNS;

/** Columns of the user's own market buckets, whatever their order; absent ones are left out. */
export async function readMarketRows(engine: Engine, file: FeedFile, scan: BucketScan) {
  const expected = [...KEYS, ...Object.values(MARKET_COLUMNS).map(optional)];
  return withTable(engine, { dataset: 'market', file, expected, scan }, (table) => marketRows(engine, table, scan));
}

async function marketRows(engine: Engine, table: KeyedTable, scan: BucketScan) {
  const { types, path } = table;
  const fields = (Object.keys(MARKET_COLUMNS) as MarketField[]).filter((field) => types.has(MARKET_COLUMNS[field]));
  if (!fields.includes('moveBps') && !fields.includes('mid'))
    throw dataError(`${path} has neither "ret_bps" nor "mid"`, 'give the move of each bucket, or the mid at its end');
  const values = Object.fromEntries(fields.map((field) => [field, MARKET_COLUMNS[field]]));
  const doubles = Object.fromEntries(fields.map((field) => [field, 'DOUBLE' as const]));
  const { timeNs, name, ...columns } = await readKeyed(engine, table, scan, { types: doubles, values });
  const census = await censusOf(engine, table, scan, name);
  return { timeNs, name, census, columns: columns as Partial<Record<MarketField, Float64Array>> };
}

/** Rows of the user's own flow, with their venues. */
export async function readFlowRows(engine: Engine, file: FeedFile, scan: BucketScan) {
  const expected: ExpectedColumn[] = [
    ...KEYS,
    { name: 'signed_notional', kind: 'number' },
    { name: 'venue', kind: 'text', optional: true },
    optional('signed_qty'),
    optional('n'),
  ];
  return withTable(engine, { dataset: 'flow', file, expected, scan }, (table) => flowRows(engine, table, scan));
}

async function flowRows(engine: Engine, table: KeyedTable, scan: BucketScan) {
  const { types } = table;
  const venues = types.has('venue') ? await venuesOf(engine, table) : [''];
  await createEnum(engine, 'xim_venue_flow', venues);
  const orNull = (column: string) => (types.has(column) ? column : 'NULL');
  const values = {
    venue: types.has('venue') ? codeOf("coalesce(venue, '')", 'xim_venue_flow') : '0',
    signedQty: orNull('signed_qty'),
    signedNotional: 'signed_notional',
    count: orNull('n'),
  };
  const rows = await readKeyed(engine, table, scan, { types: FLOW, values });
  return { venues, rows, census: await censusOf(engine, table, scan, rows.name) };
}

const KEYED = { timeNs: 'DOUBLE', name: 'INTEGER' } as const;
const FLOW = { venue: 'INTEGER', signedQty: 'DOUBLE', signedNotional: 'DOUBLE', count: 'DOUBLE' } as const;

async function venuesOf(engine: Engine, { path, scanned }: KeyedTable): Promise<string[]> {
  const rows = await withFile(path, () =>
    smallQuery(engine, `SELECT DISTINCT coalesce(CAST(venue AS VARCHAR), '') AS venue FROM ${tableOf(scanned)}`),
  );
  const venues = rows.map((row) => String(row.venue)).sort();
  for (const venue of venues)
    if (!isPlain(venue)) throw dataError(`${path} has the venue ${quoted(venue)}`, WRITE_PLAIN);
  return venues.length > 0 ? venues : [''];
}

/** How own buckets are read. */
export interface BucketScan extends FeedContext, SymbolCodes {}

/** A table with a stamp and a symbol in every row. */
interface KeyedTable {
  /** As messages name it. */
  readonly path: string;
  readonly scanned: string;
  /** Types of its columns, as the engine names them. */
  readonly types: ReadonlyMap<string, string>;
}

interface KeyedFile {
  readonly dataset: 'market' | 'flow';
  readonly file: FeedFile;
  readonly expected: readonly ExpectedColumn[];
  readonly scan: BucketScan;
}

async function withTable<T>(
  engine: Engine,
  { dataset, file, expected, scan }: KeyedFile,
  use: (table: KeyedTable) => Promise<T>,
): Promise<T> {
  const { scanned, types, dispose } = await feedTables(engine, dataset, [file], expected, scan);
  try {
    return await use({ path: file.path, scanned: scanned[0], types: types[0] });
  } finally {
    dispose();
  }
}

/** All rows, in the order of the file. */
async function readKeyed<S extends Readonly<Record<string, VectorType>>>(
  engine: Engine,
  { path, scanned, types }: KeyedTable,
  scan: BucketScan,
  columns: { readonly types: S; readonly values: { readonly [K in keyof S]: string } },
): Promise<Columns<typeof KEYED & S>> {
  await createSymbolEnum(engine, scan);
  await refuseBothSpellings(engine, [{ file: path, table: tableOf(scanned) }], scan);
  const expressions = {
    timeNs: nanosecondsAfter(scan.epochNs, types.get('ts')!),
    name: nameCode(scan),
    ...columns.values,
  };
  const from = `FROM ${tableOf(scanned)}`;
  return withFile(path, async () => {
    const [{ n }] = await smallQuery(engine, `SELECT count(*)::INTEGER AS n ${from}`);
    return collectColumns(engine, { ...KEYED, ...columns.types }, expressions, from, Number(n));
  });
}

/** What the rows are that stand for no name; absent where there are none. */
async function censusOf(
  engine: Engine,
  { path, scanned }: KeyedTable,
  scan: BucketScan,
  name: Int32Array,
): Promise<SymbolCensus | undefined> {
  if (!name.includes(NULL_CODE)) return undefined;
  return countStrangers(engine, [{ file: path, table: tableOf(scanned, true) }], scan);
}
