import type { Name } from '../model/buckets.js';
import type { EventWindow, FactorRows } from '../model/events.js';
import { dataError } from '../model/failure.js';
import { streamColumns } from './chunkReader.js';
import { type Engine, literals, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { refuseBadStamps, smallTable } from './smallTable.js';
import { escapedIdentifier } from './sql.js';
import { checkColumns, columnTypes, type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const OPTIONAL_NUMBERS = ['adv', 'tick_size', 'multiplier', 'fx'] as const;
const UNIVERSE_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'symbol', kind: 'text' },
  { name: 'block', kind: 'text' },
  ...OPTIONAL_NUMBERS.map((name) => ({ name, kind: 'number' as const, optional: true })),
];

/** The names of the universe in file order. @throws data error for a duplicate, an empty symbol or a bad number. */
export async function readUniverse(engine: Engine, path: string): Promise<Name[]> {
  const table = await smallTable(engine, path, UNIVERSE_COLUMNS);
  const columns = ['symbol', 'block', ...OPTIONAL_NUMBERS.filter(table.has)];
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

function parseName(path: string, place: string, row: Record<string, unknown>): Name {
  const text = (column: string) => (typeof row[column] === 'string' ? (row[column] as string) : '');
  if (text('symbol') === '') throw dataError(`${path}: ${place} has no symbol`, 'fill it in or remove the row');
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
  const table = await smallTable(engine, path, EVENT_COLUMNS);
  for (const column of ['start', 'end']) await refuseBadStamps(engine, table, column);
  // An open end may be written as a year that nanoseconds cannot hold. The bounds take the place of NULL, which is asked first.
  const stamp = (column: string) => {
    const bounded = `least(greatest(CAST("${column}" AS TIMESTAMPTZ), TIMESTAMPTZ '1970-01-01'), TIMESTAMPTZ '2200-01-01')`;
    return `CASE WHEN "${column}" IS NOT NULL THEN CAST(epoch_ns(${bounded}) AS VARCHAR) END AS "${column}"`;
  };
  const rows = await withFile(path, () =>
    smallQuery(
      engine,
      `SELECT ${stamp('start')}, ${stamp('end')}, symbol, label, file_row_number::DOUBLE AS "row"
       FROM ${table.from} ORDER BY ALL`,
    ),
  );
  const windows = rows.flatMap((row) => {
    if (row.start === null || row.end === null)
      throw dataError(`${path}: ${table.placeOf(Number(row.row))} has no start or no end`, 'fill in both, in UTC');
    const symbol = typeof row.symbol === 'string' ? row.symbol : '';
    const name = symbol === '' ? ('all' as const) : symbols.indexOf(symbol);
    if (name === -1) return [];
    const offset = (value: unknown) => Number(BigInt(String(value)) - epochNs);
    return [{ startNs: offset(row.start), endNs: offset(row.end), name, label: String(row.label ?? '') }];
  });
  return { rows: rows.length, windows };
}

/** Factor moves of one day, from long (`ts, factor, ret_bps`) or wide (`ts, <factor>…`) files. */
export async function readFactors(engine: Engine, files: readonly string[], epochNs: bigint): Promise<FactorRows> {
  const perFile: { path: string; long: boolean; names: string[] }[] = [];
  for (const path of files) perFile.push(await factorLayout(engine, path));
  const names = [...new Set(perFile.flatMap((file) => file.names))].sort();
  const rows: FactorRows = {
    names,
    timeNs: new Float64Array(0),
    factor: new Int32Array(0),
    moveBps: new Float64Array(0),
  };
  const parts = { timeNs: [] as number[], factor: [] as number[], moveBps: [] as number[] };
  for (const file of perFile) await appendFactors(engine, file, { all: names, epochNs, ...parts });
  return {
    ...rows,
    timeNs: Float64Array.from(parts.timeNs),
    factor: Int32Array.from(parts.factor),
    moveBps: Float64Array.from(parts.moveBps),
  };
}

async function factorLayout(engine: Engine, path: string) {
  const types = await columnTypes(engine, path);
  await checkColumns(engine, path, [{ name: 'ts', kind: 'timestamp' }]);
  const long = types.has('factor') && types.has('ret_bps');
  if (long) {
    await checkColumns(engine, path, [
      { name: 'factor', kind: 'text' },
      { name: 'ret_bps', kind: 'number' },
    ]);
    const rows = await withFile(path, () =>
      smallQuery(
        engine,
        `SELECT DISTINCT CAST(factor AS VARCHAR) AS factor FROM ${tableOf(path)} WHERE factor IS NOT NULL`,
      ),
    );
    return { path, long, names: rows.map((row) => String(row.factor)) };
  }
  const names = [...types.keys()].filter((column) => column !== 'ts' && column !== 'date');
  await checkColumns(
    engine,
    path,
    names.map((name) => ({ name, kind: 'number' as const })),
  );
  if (names.length === 0)
    throw dataError(`${path} has no factor column`, 'write ts, factor, ret_bps or a column per factor');
  return { path, long, names };
}

/** Rows of the factors of a day, and the names that their codes stand for. */
interface ListedFactors {
  readonly all: readonly string[];
  readonly epochNs: bigint;
  readonly timeNs: number[];
  readonly factor: number[];
  readonly moveBps: number[];
}

async function appendFactors(
  engine: Engine,
  { path, long, names: own }: Awaited<ReturnType<typeof factorLayout>>,
  { all, epochNs, ...parts }: ListedFactors,
): Promise<void> {
  const time = nanosecondsAfter(epochNs, (await columnTypes(engine, path)).get('ts')!);
  const code = `list_position([${literals(all)}], CAST(factor AS VARCHAR)) - 1`;
  for (const column of long ? ['ret_bps'] : own) {
    const factor = long ? code : String(all.indexOf(column));
    const stream = streamColumns(
      engine,
      { timeNs: 'DOUBLE', factor: 'INTEGER', moveBps: 'DOUBLE' } as const,
      { timeNs: time, factor, moveBps: escapedIdentifier(column) },
      `FROM ${tableOf(path)}`,
    );
    await withFile(path, async () => {
      for await (const { rows, columns } of stream) {
        for (let k = 0; k < rows; k++) {
          parts.timeNs.push(columns.timeNs[k]);
          parts.factor.push(columns.factor[k]);
          parts.moveBps.push(columns.moveBps[k]);
        }
      }
    });
  }
}
