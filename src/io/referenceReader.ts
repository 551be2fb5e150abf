import type { Name } from '../model/buckets.js';
import type { EventWindow, FactorRows } from '../model/events.js';
import { dataError } from '../model/failure.js';
import { streamColumns } from './chunkReader.js';
import { type Engine, literals, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { escapedIdentifier } from './sql.js';
import { nameIndex, type SymbolCodes } from './symbolCodes.js';
import { checkColumns, columnTypes, type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

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
  const types = await checkColumns(engine, path, UNIVERSE_COLUMNS);
  const optional = [...OPTIONAL_NUMBERS, ...OPTIONAL_TEXTS].filter((name) => types.has(name));
  const columns = ['symbol', 'block', ...optional];
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

const EVENT_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'start', kind: 'timestamp' },
  { name: 'end', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
  { name: 'label', kind: 'text' },
];

/** An event of a symbol that is no name of the universe. */
export interface StrangeEvent {
  readonly symbol: string;
  readonly startNs: number;
  readonly endNs: number;
}

/** Event windows relative to `epochNs`; those of symbols outside the universe apart. */
export async function readEventWindows(
  engine: Engine,
  path: string,
  codes: SymbolCodes,
  epochNs: bigint,
): Promise<{ rows: number; windows: EventWindow[]; strangers: StrangeEvent[] }> {
  await checkColumns(engine, path, EVENT_COLUMNS);
  // An open end may be written as a year that nanoseconds cannot hold.
  const stamp = (column: string) =>
    `CAST(epoch_ns(least(greatest(CAST("${column}" AS TIMESTAMPTZ), TIMESTAMPTZ '1970-01-01'), TIMESTAMPTZ '2200-01-01')) AS VARCHAR) AS "${column}"`;
  const rows = await withFile(path, () =>
    smallQuery(engine, `SELECT ${stamp('start')}, ${stamp('end')}, symbol, label FROM ${tableOf(path)} ORDER BY ALL`),
  );
  const index = nameIndex(codes);
  const strangers: StrangeEvent[] = [];
  const windows = rows.flatMap((row, k) => {
    if (row.start === null || row.end === null)
      throw dataError(`${path}: row ${k} has no start or no end`, 'fill in both, in UTC');
    const symbol = typeof row.symbol === 'string' ? row.symbol : '';
    const name = symbol === '' ? ('all' as const) : index(symbol);
    const offset = (value: unknown) => Number(BigInt(String(value)) - epochNs);
    const window = { startNs: offset(row.start), endNs: offset(row.end) };
    if (name !== -1) return [{ ...window, name, label: String(row.label ?? '') }];
    strangers.push({ symbol, ...window });
    return [];
  });
  return { rows: rows.length, windows, strangers };
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
