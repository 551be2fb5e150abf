import { dataError } from '../model/failure.js';
import { MARKET_COLUMNS } from './bucketFiles.js';
import { type Columns, collectColumns, type VectorType } from './chunkReader.js';
import { codeOf, createEnum, type Engine, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { createSymbolEnum, nameCode, refuseBothSpellings, type SymbolCodes } from './symbolCodes.js';
import { checkColumns, type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const KEYS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
];
const optional = (name: string): ExpectedColumn => ({ name, kind: 'number', optional: true });

type MarketField = keyof typeof MARKET_COLUMNS;

/** Columns of the user's own market buckets, whatever their order; absent ones are left out. */
export async function readMarketRows(engine: Engine, path: string, codes: SymbolCodes, epochNs: bigint) {
  const types = await checkColumns(engine, path, [...KEYS, ...Object.values(MARKET_COLUMNS).map(optional)]);
  const fields = (Object.keys(MARKET_COLUMNS) as MarketField[]).filter((field) => types.has(MARKET_COLUMNS[field]));
  if (!fields.includes('moveBps') && !fields.includes('mid'))
    throw dataError(`${path} has neither "ret_bps" nor "mid"`, 'give the move of each bucket, or the mid at its end');
  const values = Object.fromEntries(fields.map((field) => [field, MARKET_COLUMNS[field]]));
  const doubles = Object.fromEntries(fields.map((field) => [field, 'DOUBLE' as const]));
  const { timeNs, name, ...columns } = await readKeyed(engine, { path, types, codes, epochNs }, doubles, values);
  return { timeNs, name, columns: columns as Partial<Record<MarketField, Float64Array>> };
}

/** Rows of the user's own flow, with their venues. */
export async function readFlowRows(engine: Engine, path: string, codes: SymbolCodes, epochNs: bigint) {
  const expected: ExpectedColumn[] = [
    ...KEYS,
    { name: 'signed_notional', kind: 'number' },
    { name: 'venue', kind: 'text', optional: true },
    optional('signed_qty'),
    optional('n'),
  ];
  const types = await checkColumns(engine, path, expected);
  const venues = types.has('venue') ? await venuesOf(engine, path) : [''];
  await createEnum(engine, 'xim_venue_flow', venues);
  const orNull = (column: string) => (types.has(column) ? column : 'NULL');
  const values = {
    venue: types.has('venue') ? codeOf("coalesce(venue, '')", 'xim_venue_flow') : '0',
    signedQty: orNull('signed_qty'),
    signedNotional: 'signed_notional',
    count: orNull('n'),
  };
  return { venues, rows: await readKeyed(engine, { path, types, codes, epochNs }, FLOW, values) };
}

const KEYED = { timeNs: 'DOUBLE', name: 'INTEGER' } as const;
const FLOW = { venue: 'INTEGER', signedQty: 'DOUBLE', signedNotional: 'DOUBLE', count: 'DOUBLE' } as const;

async function venuesOf(engine: Engine, path: string): Promise<string[]> {
  const rows = await withFile(path, () =>
    smallQuery(engine, `SELECT DISTINCT coalesce(CAST(venue AS VARCHAR), '') AS venue FROM ${tableOf(path)}`),
  );
  return rows.length > 0 ? rows.map((row) => String(row.venue)).sort() : [''];
}

/** A file with a stamp and a symbol in every row. */
interface KeyedFile {
  readonly path: string;
  /** Types of its columns, as the engine names them. */
  readonly types: ReadonlyMap<string, string>;
  readonly codes: SymbolCodes;
  readonly epochNs: bigint;
}

/** All rows, in the order of the file. */
async function readKeyed<S extends Readonly<Record<string, VectorType>>>(
  engine: Engine,
  { path, types, codes, epochNs }: KeyedFile,
  valueTypes: S,
  values: { readonly [K in keyof S]: string },
): Promise<Columns<typeof KEYED & S>> {
  await createSymbolEnum(engine, codes);
  await refuseBothSpellings(engine, [{ file: path, table: tableOf(path) }], codes);
  const expressions = {
    timeNs: nanosecondsAfter(epochNs, types.get('ts')!),
    name: nameCode(codes),
    ...values,
  };
  return withFile(path, async () => {
    const [{ n }] = await smallQuery(engine, `SELECT count(*)::INTEGER AS n FROM ${tableOf(path)}`);
    return collectColumns(engine, { ...KEYED, ...valueTypes }, expressions, `FROM ${tableOf(path)}`, Number(n));
  });
}
