import type { Name } from '../model/buckets.js';
import { dataError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { refuseUnseen, smallTable } from './smallTable.js';
import { type ExpectedColumn, withFile } from './tableSchema.js';
import { MOST_NAMES } from './wholeFile.js';

const OPTIONAL_NUMBERS = ['adv', 'tick_size', 'multiplier', 'fx', 'price_scale'] as const;
const OPTIONAL_TEXTS = ['contract', 'currency'] as const;
const UNIVERSE_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'symbol', kind: 'text' },
  { name: 'block', kind: 'text' },
  ...OPTIONAL_NUMBERS.map((name) => ({ name, kind: 'number' as const, optional: true })),
  ...OPTIONAL_TEXTS.map((name) => ({ name, kind: 'text' as const, optional: true })),
];

/** The names of the universe in file order. @throws data error for a duplicate, an empty symbol or a bad number. */
export async function readUniverse(engine: Engine, path: string): Promise<Name[]> {
  const table = await smallTable(engine, path, UNIVERSE_COLUMNS, { most: MOST_NAMES, what: 'names' });
  const columns = ['symbol', 'block', ...[...OPTIONAL_NUMBERS, ...OPTIONAL_TEXTS].filter(table.has)];
  const projection = columns.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(', ');
  const sql = `SELECT ${projection} FROM ${table.from} ORDER BY file_row_number`;
  const rows = await withFile(path, () => smallQuery(engine, sql));
  if (rows.length === 0) throw dataError(`${path} lists no names`, 'add one row per name: symbol, block');
  const seen = new Set<string>();
  return rows.map((row, k) => {
    const name = parseName(path, table.placeOf(k), row);
    if (seen.has(name.symbol))
      throw dataError(`${path} lists "${name.symbol}" twice, again in ${table.placeOf(k)}`, 'keep one row per symbol');
    seen.add(name.symbol);
    return name;
  });
}

/** The names for which the universe gives `fx`, be it 1. */
export async function symbolsWithFx(engine: Engine, path: string): Promise<ReadonlySet<string>> {
  const table = await smallTable(engine, path, UNIVERSE_COLUMNS, { most: MOST_NAMES, what: 'names' });
  if (!table.has('fx')) return new Set();
  const sql = `SELECT CAST(symbol AS VARCHAR) AS symbol FROM ${table.from} WHERE coalesce(CAST(fx AS VARCHAR), '') <> ''`;
  return new Set((await withFile(path, () => smallQuery(engine, sql))).map(({ symbol }) => String(symbol)));
}

function parseName(path: string, place: string, row: Record<string, unknown>): Name {
  const text = (column: string) => (typeof row[column] === 'string' ? (row[column] as string) : '');
  if (text('symbol') === '') throw dataError(`${path}: ${place} has no symbol`, 'fill it in or remove the row');
  refuseUnseen(path, place, { symbol: text('symbol'), block: text('block'), currency: text('currency') });
  const number = (column: string): number | undefined => {
    if (text(column) === '') return undefined;
    const value = Number(text(column));
    if (Number.isFinite(value) && value > 0) return value;
    throw dataError(
      `${path}, ${place}: ${column} of "${text('symbol')}" is ${text(column)}, not a positive number`,
      'correct the row',
    );
  };
  const adv = number('adv');
  const tickSize = number('tick_size');
  const priceScale = number('price_scale');
  return {
    symbol: text('symbol'),
    block: text('block') || 'none',
    multiplier: number('multiplier') ?? 1,
    fx: number('fx') ?? 1,
    ...(adv === undefined ? {} : { adv }),
    ...(tickSize === undefined ? {} : { tickSize }),
    ...(priceScale === undefined || priceScale === 1 ? {} : { priceScale }),
    ...(isInverse(path, text('symbol'), text('contract')) ? { contract: 'inverse' as const } : {}),
    ...(text('currency') === '' ? {} : { currency: text('currency') }),
  };
}

/** A quanto contract is a linear one whose `fx` is fixed. @throws data error for a kind that is not known. */
function isInverse(path: string, symbol: string, contract: string): boolean {
  if (contract === '' || contract === 'linear' || contract === 'quanto') return false;
  if (contract === 'inverse') return true;
  throw dataError(
    `${path}: contract of "${symbol}" is ${contract}`,
    'write linear, inverse or quanto, or leave it empty',
  );
}
