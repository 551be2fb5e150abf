import { dataError, refusalOfMachine, XimError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { checkParquetFile } from './files.js';
import { literalPath } from './sql.js';

/** What a column must hold; how a file stores it is the writer's choice. */
export type ColumnKind = 'timestamp' | 'number' | 'text' | 'any';

export interface ExpectedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly optional?: boolean;
}

const ACCEPTED: Readonly<Record<ColumnKind, RegExp>> = {
  timestamp: /^TIMESTAMP/,
  number: /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/,
  text: /^(VARCHAR|ENUM.*)$/,
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
 * Column types of a file as the engine names them; `named`: the file that messages speak of, where `path` is a copy.
 * @throws data error when it cannot be read
 */
export async function columnTypes(engine: Engine, path: string, named = path): Promise<Map<string, string>> {
  if (!path.endsWith('.csv')) checkParquetFile(path);
  const rows = await withFile(named, () => smallQuery(engine, `DESCRIBE SELECT * FROM ${tableOf(path)}`));
  return new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]));
}

/** @throws data error naming the file and the first column that is missing or of the wrong type. */
export async function checkColumns(
  engine: Engine,
  path: string,
  expected: readonly ExpectedColumn[],
  named = path,
): Promise<Map<string, string>> {
  const types = await columnTypes(engine, path, named);
  for (const { name, kind, optional } of expected) {
    const type = types.get(name);
    if (type === undefined) {
      if (optional) continue;
      throw dataError(
        `${named} has no column "${name}"; it has ${[...types.keys()].join(', ')}`,
        'rename or add the column, or map it in data.columns',
      );
    }
    // A CSV file has only text; its values are cast one by one.
    if (!path.endsWith('.csv') && !ACCEPTED[kind].test(type))
      throw dataError(`${named}: column "${name}" is ${type}, not a ${kind}`, ADVICE[kind]);
  }
  return types;
}

/** Turns whatever the engine says of a broken file into a data error that names it. */
export async function withFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw fileError(path, error);
  }
}

export function fileError(path: string, error: unknown): XimError {
  if (error instanceof XimError) return error;
  const refusal = refusalOfMachine(error);
  if (refusal) return new XimError(refusal.kind, `while ${path} was read: ${refusal.message}`, refusal.hint);
  const firstLine = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  return dataError(`${path} cannot be read: ${firstLine}`, 'copy or write the file again');
}
