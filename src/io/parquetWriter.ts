import {
  ARRAY_TABLE,
  type ColumnArray,
  type EntryArray,
  runOverArrays,
  sqlTypeOf,
  type TableColumn,
} from './arrayTable.js';
import type { Engine } from './duckdb.js';
import { escapedIdentifier, escapedString } from './sql.js';

/** What becomes a column of the file. */
export type OutputColumn = StoredColumn | EntryColumn;

/** Doubles (NaN is written as NULL) or integers, and how they appear in the file. */
export interface StoredColumn {
  readonly name: string;
  readonly values: ColumnArray;
  /** SQL for what is written, given the SQL of the raw value: text and stamps. */
  readonly as?: (value: string) => string;
}

/** Texts or stamps by row. */
export interface EntryColumn extends EntryArray {
  readonly name: string;
}

const FORMAT = {
  /** What leaves the program: digests of such files are kept. */
  lasting: 'FORMAT parquet, COMPRESSION zstd',
  /**
   * What is written every day, to be read by the program. Doubles repeat too seldom for a dictionary, which costs as much
   * time as all else: only few texts have one. The lowest level of zstd then makes files of about the same size.
   */
  cache: 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2000',
} as const;

/** Writes columns of one length as Parquet (zstd); the bytes do not depend on the number of threads. */
export async function writeParquet(
  engine: Engine,
  path: string,
  columns: readonly OutputColumn[],
  purpose: keyof typeof FORMAT = 'lasting',
): Promise<void> {
  const rows = Math.max(0, ...columns.map((column) => ('values' in column ? column.values.length : 0)));
  const table: TableColumn[] = [];
  const projection = columns.map((column) => {
    const sql = 'placeOf' in column ? `c${table.push(column) - 1}` : sqlOf(column, table);
    return `${sql} AS ${escapedIdentifier(column.name)}`;
  });
  const rowsOfFile = `SELECT ${projection.join(', ')} FROM ${ARRAY_TABLE}`;
  await runOverArrays(engine, rows, table, `COPY (${rowsOfFile}) TO ${escapedString(path)} (${FORMAT[purpose]})`);
}

/** SQL of a column of the table, which it joins; or of the one value that it has. */
function sqlOf({ values, as = (value) => value }: StoredColumn, table: TableColumn[]): string {
  if (!isConstant(values)) return as(`c${table.push(values) - 1}`);
  return as(`CAST(${Number.isNaN(values[0]) ? 'NULL' : values[0]} AS ${sqlTypeOf(values)})`);
}

/** Columns that a source lacks are the same in every row and need not be handed over. */
function isConstant(values: ColumnArray): boolean {
  if (values.length === 0) return false;
  const [first] = values;
  if (Number.isNaN(first)) return isMissing(values);
  if (Object.is(first, -0) || !Number.isFinite(first)) return false;
  for (let k = 1; k < values.length; k++) if (values[k] !== first || Object.is(values[k], -0)) return false;
  return true;
}

function isMissing(values: ColumnArray): boolean {
  for (let k = 0; k < values.length; k++) if (!Number.isNaN(values[k])) return false;
  return true;
}
