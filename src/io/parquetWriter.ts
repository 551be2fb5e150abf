import duckdb from '@duckdb/node-bindings';
import type { Engine } from './duckdb.js';
import { escapedIdentifier, escapedString } from './sql.js';

/** A column of doubles (NaN is written as NULL) or of 32-bit integers, and how it appears in the file. */
export interface OutputColumn {
  readonly name: string;
  readonly values: Float64Array | Int32Array;
  /** SQL for what is written, given the SQL of the raw value: text and stamps. */
  readonly as?: (value: string) => string;
}

const VECTOR_ROWS = 2048;

/** Writes columns of one length as Parquet (zstd); the bytes do not depend on the number of threads. */
export async function writeParquet(engine: Engine, path: string, columns: readonly OutputColumn[]): Promise<void> {
  const { DuckDBDataChunk, DOUBLE, INTEGER } = await import('@duckdb/node-api');
  const sqlType = (column: OutputColumn) => (column.values instanceof Float64Array ? 'DOUBLE' : 'INTEGER');
  const table = 'xim_output';
  const definition = columns.map((column, k) => `c${k} ${sqlType(column)}`).join(', ');
  await engine.connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${definition})`);
  const appender = await engine.connection.createAppender(table);
  const types = columns.map((column) => (column.values instanceof Float64Array ? DOUBLE : INTEGER));
  const rows = columns[0]?.values.length ?? 0;
  for (let from = 0; from < rows; from += VECTOR_ROWS) {
    const count = Math.min(VECTOR_ROWS, rows - from);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach(({ values }, k) => {
      fillVector(duckdb.data_chunk_get_vector(chunk.chunk, k), values.subarray(from, from + count));
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  const projection = columns.map(
    ({ name, as }, k) => `${as === undefined ? `c${k}` : as(`c${k}`)} AS ${escapedIdentifier(name)}`,
  );
  await engine.connection.run(
    `COPY (SELECT ${projection.join(', ')} FROM ${table}) TO ${escapedString(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await engine.connection.run(`DROP TABLE ${table}`);
}

function fillVector(vector: duckdb.Vector, values: Float64Array | Int32Array): void {
  const bytes = values.slice();
  duckdb.copy_data_to_vector(vector, 0, bytes.buffer as ArrayBuffer, 0, bytes.byteLength);
  if (!(values instanceof Float64Array) || !values.some(Number.isNaN)) return;
  duckdb.vector_ensure_validity_writable(vector);
  const mask = new Uint8Array(Math.ceil(values.length / 64) * 8).fill(255);
  values.forEach((value, k) => {
    if (Number.isNaN(value)) mask[k >> 3] &= ~(1 << (k & 7));
  });
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer, 0, mask.byteLength);
}
