import { statSync } from 'node:fs';
import { dataError, refusalOfMachine, XimError } from '../model/failure.js';
import { csvFault } from './csvFault.js';
import { isCsv as isTextTable } from './csvScan.js';
import { declaredTypes, NO_VALUES, whyUnusable } from './declaredTypes.js';
import { type Engine, smallQuery } from './duckdb.js';
import { checkParquetFile } from './files.js';
import { escapedIdentifier, literalPath } from './sql.js';

/** What a column must hold; how a file stores it is the writer's choice. */
export type ColumnKind = 'timestamp' | 'number' | 'text' | 'any';

export interface ExpectedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly optional?: boolean;
}

const ACCEPTED: Readonly<Record<ColumnKind, RegExp>> = {
  timestamp: /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/,
  number: /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL(\(\d+,\s*\d+\))?)$/,
  text: /^(VARCHAR|ENUM(\(.*\))?)$/,
  any: /./,
};
/** Whether the engine's type holds such values. */
export const isOfKind = (kind: ColumnKind, type: string): boolean => ACCEPTED[kind].test(type);

const ADVICE: Readonly<Record<ColumnKind, string>> = {
  timestamp: 'write it as a Parquet timestamp in UTC',
  number: 'write it as an integer, a decimal or a floating-point number',
  text: 'write it as a string',
  any: '',
};

/** Table function of a file, Parquet or CSV; `rowNumber` adds `file_row_number`. */
export function tableOf(path: string, rowNumber = false): string {
  if (path.endsWith('.csv'))
    return `read_csv(${literalPath(path)}, header = true, all_varchar = true, hive_partitioning = false)`;
  return `read_parquet(${literalPath(path)}, hive_partitioning = false${rowNumber ? ', file_row_number = true' : ''})`;
}

/**
 * Column types of a file as the engine names them, `NULL` for a column that is declared to hold none, and a type that
 * {@link checkColumns} refuses where the engine would read other numbers than the file declares; `named`: the file that
 * messages speak of, where `path` is a copy.
 * @throws data error when it cannot be read.
 */
export async function columnTypes(engine: Engine, path: string, named = path): Promise<Map<string, string>> {
  const isCsv = path.endsWith('.csv');
  if (!isCsv) {
    checkParquetFile(path);
    // A copy has the pages of its original, or what the engine made of them.
    if (!isTextTable(named)) await engine.probe?.passed(named);
  }
  const rows = await withFile(named, () => smallQuery(engine, `DESCRIBE SELECT * FROM ${tableOf(path)}`));
  const columns = rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  return isCsv ? new Map(columns.map(({ name, type }) => [name, type])) : declaredTypes(path, columns);
}

/**
 * The columns that are there, by type. An optional one without a single value whose type nobody chose is absent: writers
 * give such a column a type of their own.
 * @throws data error naming the file and the first column that is missing or of the wrong type.
 */
export async function checkColumns(
  engine: Engine,
  path: string,
  expected: readonly ExpectedColumn[],
  named = path,
): Promise<Map<string, string>> {
  const types = await columnTypes(engine, path, named);
  for (const column of expected) {
    const { name, optional } = column;
    const type = types.get(name);
    if (type === undefined) {
      if (optional) continue;
      throw dataError(
        `${named} has no column "${name}"; it has ${[...types.keys()].join(', ')}`,
        'rename or add the column, or map it in data.columns',
      );
    }
    // A CSV file has only text; its values are cast one by one.
    if (path.endsWith('.csv')) continue;
    const isFit = await checkColumn(engine, { path, named }, column, type);
    if (!isFit) types.delete(name);
  }
  return types;
}

/** A table and the file that messages speak of. */
interface TablePath {
  readonly path: string;
  readonly named: string;
}

export const hasNoValue = (engine: Engine, path: string, name: string): Promise<boolean> =>
  countWhere(engine, path, `${escapedIdentifier(name)} IS NOT NULL`).then((n) => n === 0);

/** Whether the column can be read; false for an optional one without values. */
async function checkColumn(
  engine: Engine,
  { path, named }: TablePath,
  { name, kind, optional }: ExpectedColumn,
  type: string,
): Promise<boolean> {
  refuseUnusable(named, name, type);
  if (optional && type === NO_VALUES) return false;
  if (kind === 'any') await refuseRoundedIdentifiers(engine, { path, named }, name, type);
  if (ACCEPTED[kind].test(type)) return true;
  const isEmpty = await hasNoValue(engine, path, name);
  if (isEmpty && optional) return false;
  if (isEmpty) throw dataError(`${named}: column "${name}" has no value in any row`, `fill it in: ${ADVICE[kind]}`);
  const advice =
    type === 'BLOB' && kind === 'text' ? 'write it as a string: its bytes have no UTF8 mark' : ADVICE[kind];
  throw dataError(`${named}: column "${name}" is ${type}, not a ${kind}`, advice);
}

/** @throws data error for a column that would be read as something else than the file declares. */
export function refuseUnusable(path: string, name: string, type: string): void {
  const why = whyUnusable(type);
  if (why !== undefined)
    throw dataError(
      `${path}: column "${name}" ${why}`,
      'write it once, as a decimal of at most 38 digits by a current writer, or as a double',
    );
}

/** Integers beyond these are no longer told apart. */
const EXACT_BELOW: Readonly<Record<string, number>> = { DOUBLE: 0x20_0000_0000_0000, FLOAT: 0x100_0000 };

/** An identifier that was made a floating-point number: what was rounded may be that of another row. */
async function refuseRoundedIdentifiers(
  engine: Engine,
  { path, named }: TablePath,
  name: string,
  type: string,
): Promise<void> {
  const limit = EXACT_BELOW[type];
  if (limit === undefined) return;
  const column = escapedIdentifier(name);
  const rounded = await countWhere(engine, path, `isnan(${column}) OR abs(${column}) >= ${limit}`);
  if (rounded > 0)
    throw dataError(
      `${named}: column "${name}" is ${type}, and ${rounded} of its values are not a number or too large to be exact`,
      'write identifiers as integers or as strings',
    );
}

/** Rows of a Parquet file by its footer, of a CSV file by its lines. */
export const rowsIn = (engine: Engine, path: string): Promise<number> => countWhere(engine, path, 'true');

async function countWhere(engine: Engine, path: string, condition: string): Promise<number> {
  const sql = `SELECT count(*)::DOUBLE AS n FROM ${tableOf(path)} WHERE ${condition}`;
  const [{ n }] = await withFile(path, () => smallQuery(engine, sql));
  return Number(n);
}

/** Turns whatever the engine says of a broken file into a data error that names it. */
export async function withFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw fileError(path, error);
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
/** A page of Parquet has its size in 31 bits; and a file that holds so many times itself at once is none of market data. */
const LARGEST_PAGE = 0x8000_0000;
const LARGEST_EXPANSION = 1000;

/** A damaged length makes the engine ask for memory that no machine has: that is the file's fault, not the machine's. */
function askedBeyondSense(path: string, error: unknown): XimError | undefined {
  const found = /failed to allocate data of size ([\d.]+) ([KMGTPE]iB)/.exec(String((error as Error)?.message));
  const file = statSync(path, { throwIfNoEntry: false });
  if (!found || !file) return undefined;
  let bytes = Number(found[1]);
  for (let k = UNITS.indexOf(found[2]); k > 0; k--) bytes *= 1024;
  if (bytes <= Math.max(LARGEST_PAGE, LARGEST_EXPANSION * file.size)) return undefined;
  return dataError(
    `${path} is damaged: at one place it says that it holds ${found[1]} ${found[2]}, and the file has ${file.size} bytes`,
    'copy or write the file again',
  );
}

export function fileError(path: string, error: unknown): XimError {
  if (error instanceof XimError) return error;
  const asked = askedBeyondSense(path, error);
  if (asked) return asked;
  const refusal = refusalOfMachine(error);
  if (refusal) return new XimError(refusal.kind, `while ${path} was read: ${refusal.message}`, refusal.hint);
  const message = error instanceof Error ? error.message : String(error);
  const fault = csvFault(path, message);
  if (fault) return fault;
  const firstLine = message.split('\n')[0];
  return dataError(`${path} cannot be read: ${firstLine}`, 'copy or write the file again');
}
