import type { Name } from '../model/buckets.js';
import type { EventWindow } from '../model/events.js';
import { dataError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { checkColumns, type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const OPTIONAL_NUMBERS = ['adv', 'tick_size', 'multiplier', 'fx'] as const;
const UNIVERSE_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'symbol', kind: 'text' },
  { name: 'block', kind: 'text' },
  ...OPTIONAL_NUMBERS.map((name) => ({ name, kind: 'number' as const, optional: true })),
];

/** The names of the universe in file order. @throws data error for a duplicate, an empty symbol or a bad number. */
export async function readUniverse(engine: Engine, path: string): Promise<Name[]> {
  const types = await checkColumns(engine, path, UNIVERSE_COLUMNS);
  const columns = ['symbol', 'block', ...OPTIONAL_NUMBERS.filter((name) => types.has(name))];
  const projection = columns.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(', ');
  const rows = await withFile(path, () => smallQuery(engine, `SELECT ${projection} FROM ${tableOf(path)}`));
  if (rows.length === 0) throw dataError(`${path} lists no names`, 'add one row per name: symbol, block');
  const seen = new Set<string>();
  return rows.map((row, k) => {
    const name = parseName(path, k, row);
    if (seen.has(name.symbol))
      throw dataError(`${path} lists "${name.symbol}" twice, again in row ${k}`, 'keep one row per symbol');
    seen.add(name.symbol);
    return name;
  });
}

function parseName(path: string, k: number, row: Record<string, unknown>): Name {
  const text = (column: string) => (typeof row[column] === 'string' ? (row[column] as string) : '');
  if (text('symbol') === '') throw dataError(`${path}: row ${k} has no symbol`, 'fill it in or remove the row');
  const number = (column: string): number | undefined => {
    if (text(column) === '') return undefined;
    const value = Number(text(column));
    if (Number.isFinite(value) && value > 0) return value;
    throw dataError(
      `${path}: ${column} of "${text('symbol')}" is ${text(column)}, not a positive number`,
      'correct the row',
    );
  };
  const adv = number('adv');
  const tickSize = number('tick_size');
  return {
    symbol: text('symbol'),
    block: text('block') || 'none',
    multiplier: number('multiplier') ?? 1,
    fx: number('fx') ?? 1,
    ...(adv === undefined ? {} : { adv }),
    ...(tickSize === undefined ? {} : { tickSize }),
  };
}

const EVENT_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'start', kind: 'timestamp' },
  { name: 'end', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
  { name: 'label', kind: 'text' },
];

/** Event windows relative to `epochNs`. A symbol outside the universe concerns nobody here and is skipped. */
export async function readEventWindows(
  engine: Engine,
  path: string,
  symbols: readonly string[],
  epochNs: bigint,
): Promise<{ rows: number; windows: EventWindow[] }> {
  await checkColumns(engine, path, EVENT_COLUMNS);
  // An open end may be written as a year that nanoseconds cannot hold.
  const stamp = (column: string) =>
    `CAST(epoch_ns(least(greatest(CAST("${column}" AS TIMESTAMPTZ), TIMESTAMPTZ '1970-01-01'), TIMESTAMPTZ '2200-01-01')) AS VARCHAR) AS "${column}"`;
  const rows = await withFile(path, () =>
    smallQuery(engine, `SELECT ${stamp('start')}, ${stamp('end')}, symbol, label FROM ${tableOf(path)} ORDER BY ALL`),
  );
  const windows = rows.flatMap((row, k) => {
    if (row.start === null || row.end === null)
      throw dataError(`${path}: row ${k} has no start or no end`, 'fill in both, in UTC');
    const symbol = typeof row.symbol === 'string' ? row.symbol : '';
    const name = symbol === '' ? ('all' as const) : symbols.indexOf(symbol);
    if (name === -1) return [];
    const offset = (value: unknown) => Number(BigInt(String(value)) - epochNs);
    return [{ startNs: offset(row.start), endNs: offset(row.end), name, label: String(row.label ?? '') }];
  });
  return { rows: rows.length, windows };
}
