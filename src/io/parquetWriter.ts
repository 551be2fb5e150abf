import { ARRAY_TABLE, type ColumnArray, runOverArrays, sqlTypeOf, type TableColumn } from './arrayTable.js';
import type { Engine } from './duckdb.js';
import { escapedIdentifier, escapedString } from './sql.js';

/** What becomes a column of the file. */
export interface OutputColumn {
  readonly name: string;
  /** Doubles (NaN is written as NULL), integers, or a list that each row has an entry of. */
  readonly values: TableColumn;
  /** SQL for what is written, given the SQL of the raw value: text and stamps. */
  readonly as?: (value: string) => string;
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
  const rows = Math.max(0, ...columns.map(({ values }) => ('placeOf' in values ? 0 : values.length)));
  const table: TableColumn[] = [];
  const sqlOf = (values: TableColumn) =>
    'placeOf' in values || !isConstant(values) ? `c${table.push(values) - 1}` : constantSql(values);
  // Columns that a source lacks share their array, which is looked through once.
  const known = new Map<TableColumn, string>();
  const projection = columns.map(({ name, values, as = (value) => value }) => {
    const value = known.get(values) ?? sqlOf(values);
    known.set(values, value);
    return `${as(value)} AS ${escapedIdentifier(name)}`;
  });
  const rowsOfFile = `SELECT ${projection.join(', ')} FROM ${ARRAY_TABLE}`;
  await runOverArrays(engine, rows, table, `COPY (${rowsOfFile}) TO ${escapedString(path)} (${FORMAT[purpose]})`);
}

const constantSql = (values: ColumnArray): string =>
  `CAST(${Number.isNaN(values[0]) ? 'NULL' : values[0]} AS ${sqlTypeOf(values)})`;

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
