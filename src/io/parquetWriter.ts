import duckdb from '@duckdb/node-bindings';
import type { Engine } from './duckdb.js';
import { escapedIdentifier, escapedString } from './sql.js';

/** What becomes a column of the file. */
export type OutputColumn = StoredColumn | DerivedColumn;

/** Doubles (NaN is written as NULL) or 32-bit integers, and how they appear in the file. */
export interface StoredColumn {
  readonly name: string;
  readonly values: Float64Array | Int32Array;
  /** SQL for what is written, given the SQL of the raw value: text and stamps. */
  readonly as?: (value: string) => string;
}

/** SQL of a value that follows from the number of its row, given the SQL of that number. */
export interface DerivedColumn {
  readonly name: string;
  readonly ofRow: (row: string) => string;
}

const VECTOR_ROWS = 2048;

/** Writes columns of one length as Parquet (zstd); the bytes do not depend on the number of threads. */
export async function writeParquet(engine: Engine, path: string, columns: readonly OutputColumn[]): Promise<void> {
  const table = 'xim_output';
  const rows = Math.max(0, ...columns.map((column) => ('values' in column ? column.values.length : 0)));
  const stored = columns.map((column) => ('values' in column && !isConstant(column.values) ? column : undefined));
  await fillTable(
    engine,
    table,
    rows,
    stored.filter((column) => column !== undefined),
  );
  let at = 0;
  const projection = columns.map((column, k) => {
    const sql = 'ofRow' in column ? column.ofRow('rowid') : sqlOf(column, stored[k] ? `c${at++}` : undefined);
    return `${sql} AS ${escapedIdentifier(column.name)}`;
  });
  const source = at > 0 ? table : `range(${rows}) AS numbers(rowid)`;
  await engine.connection.run(
    `COPY (SELECT ${projection.join(', ')} FROM ${source}) TO ${escapedString(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await engine.connection.run(`DROP TABLE IF EXISTS ${table}`);
}

/** SQL of a column of the table, or of the one value that a column has. */
function sqlOf({ values, as = (value) => value }: StoredColumn, cell: string | undefined): string {
  if (cell !== undefined) return as(cell);
  const type = sqlTypeOf(values);
  return as(Number.isNaN(values[0]) ? `CAST(NULL AS ${type})` : `CAST(${values[0]} AS ${type})`);
}

const sqlTypeOf = (values: Float64Array | Int32Array) => (values instanceof Float64Array ? 'DOUBLE' : 'INTEGER');

/** Columns that a source lacks are the same in every row and need no room in the table. */
function isConstant(values: Float64Array | Int32Array): boolean {
  if (values.length === 0) return false;
  for (let k = 1; k < values.length; k++) if (!Object.is(values[k], values[0])) return false;
  return !Object.is(values[0], -0) && (Number.isFinite(values[0]) || Number.isNaN(values[0]));
}

async function fillTable(engine: Engine, table: string, rows: number, columns: readonly StoredColumn[]): Promise<void> {
  if (columns.length === 0) return;
  const { DuckDBDataChunk, DOUBLE, INTEGER } = await import('@duckdb/node-api');
  const definition = columns.map(({ values }, k) => `c${k} ${sqlTypeOf(values)}`).join(', ');
  await engine.connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${definition})`);
  const appender = await engine.connection.createAppender(table);
  const types = columns.map(({ values }) => (values instanceof Float64Array ? DOUBLE : INTEGER));
  for (let from = 0; from < rows; from += VECTOR_ROWS) {
    const count = Math.min(VECTOR_ROWS, rows - from);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach(({ values }, k) => {
      fillVector(duckdb.data_chunk_get_vector(chunk.chunk, k), values.subarray(from, from + count));
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function fillVector(vector: duckdb.Vector, values: Float64Array | Int32Array): void {
  duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  const mask = values instanceof Float64Array ? validityMask(values) : undefined;
  if (!mask) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer as ArrayBuffer, 0, mask.byteLength);
}

/** A bit per value, 0 for NaN; `undefined` where there is none. */
function validityMask(values: Float64Array): Uint8Array | undefined {
  let mask: Uint8Array | undefined;
  for (let k = 0; k < values.length; k++) {
    if (!Number.isNaN(values[k])) continue;
    mask ??= new Uint8Array(Math.ceil(values.length / 64) * 8).fill(255);
    mask[k >> 3] &= ~(1 << (k & 7));
  }
  return mask;
}
