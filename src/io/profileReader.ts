import { dataError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { checkParquetFile } from './files.js';
import type { DataFile } from './folderListing.js';
import { escapedIdentifier, escapedString } from './sql.js';
import { withFile } from './tableSchema.js';

/** What a look into somebody's files asks of them. Types of CSV columns are those that the engine guesses. */

export interface Column {
  readonly name: string;
  /** As the engine names it. */
  readonly type: string;
}

async function openParquet(engine: Engine, path: string): Promise<void> {
  checkParquetFile(path);
  await engine.probe?.passed(path);
}

/** @throws data error for a file that cannot be read. */
export async function columnsOf(engine: Engine, file: DataFile): Promise<Column[]> {
  if (file.format === 'parquet') await openParquet(engine, file.path);
  const rows = await withFile(file.path, () => smallQuery(engine, `DESCRIBE SELECT * FROM ${tableOfFiles([file])}`));
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

/** Rows of Parquet files by their footers; a CSV file has none, so its rows are not counted. */
export async function rowsOfFooters(
  engine: Engine,
  files: readonly Pick<DataFile, 'path' | 'format'>[],
): Promise<number | undefined> {
  if (files.some(({ format }) => format !== 'parquet')) return undefined;
  let rows = 0;
  for (const { path } of files) {
    await openParquet(engine, path);
    const sql = `SELECT num_rows::DOUBLE AS n FROM parquet_file_metadata(${literalPath(path)})`;
    const [found] = await withFile(path, () => smallQuery(engine, sql));
    rows += Number(found.n);
  }
  return rows;
}

/** SQL of one column of a set of files. */
export interface ColumnOfFiles {
  readonly files: readonly DataFile[];
  readonly expression: string;
}

/** Distinct texts of a column, sorted, at most `limit` of them; what is null or empty is left out and counted. */
export async function distinctTexts(engine: Engine, { files, expression }: ColumnOfFiles, limit = 100_000) {
  const sql = `SELECT CAST(${expression} AS VARCHAR) AS value, count(*)::DOUBLE AS n FROM ${tableOfFiles(files)} GROUP BY 1 LIMIT ${limit + 1}`;
  const rows = await withFile(files[0].path, () => smallQuery(engine, sql));
  const isText = ({ value }: (typeof rows)[number]) => typeof value === 'string' && value !== '';
  return {
    texts: rows
      .filter(isText)
      .map(({ value }) => String(value))
      .sort(),
    empty: rows.filter((row) => !isText(row)).reduce((sum, { n }) => sum + Number(n), 0),
    isWhole: rows.length <= limit,
  };
}

/** Smallest and largest value and the median of a numeric column; undefined where it holds no number. */
export async function numericRange(engine: Engine, { files, expression }: ColumnOfFiles) {
  const value = `TRY_CAST(${expression} AS DOUBLE)`;
  const sql = `SELECT min(${value}) AS low, max(${value}) AS high, median(${value}) AS middle FROM ${tableOfFiles(files)}`;
  const [{ low, high, middle }] = await withFile(files[0].path, () => smallQuery(engine, sql));
  const numbers = [low, high, middle].map(Number);
  if ([low, high, middle].includes(null) || !numbers.every(Number.isFinite)) return undefined;
  return { low: numbers[0], high: numbers[1], middle: numbers[2] };
}

/** Rows by minute since 1970, UTC, for an expression that gives seconds; rows without a stamp are left out. */
export async function rowsByMinute(engine: Engine, { files, expression }: ColumnOfFiles) {
  const sql = `SELECT floor((${expression}) / 60)::DOUBLE AS minute, count(*)::DOUBLE AS n FROM ${tableOfFiles(files)} WHERE (${expression}) IS NOT NULL GROUP BY 1 ORDER BY 1`;
  const rows = await withFile(files[0].path, () => smallQuery(engine, sql));
  return new Map(rows.map(({ minute, n }) => [Number(minute), Number(n)]));
}

export function tableOfFiles(files: readonly DataFile[]): string {
  const formats = new Set(files.map(({ format }) => format));
  if (formats.size > 1)
    throw dataError(`${files[0].name} and others are Parquet and CSV mixed`, 'keep one format per dataset');
  const paths = `[${files.map(({ path }) => literalPath(path)).join(', ')}]`;
  return formats.has('csv')
    ? `read_csv(${paths}, union_by_name = true, hive_partitioning = false)`
    : `read_parquet(${paths}, union_by_name = true, hive_partitioning = false)`;
}

/** The engine takes these characters for patterns unless they stand in brackets. */
const literalPath = (path: string): string => escapedString(path.replace(/[*?[]/g, '[$&]'));

export const column = (name: string): string => escapedIdentifier(name);
