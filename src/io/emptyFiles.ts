import { isCsv } from './csvScan.js';
import { type Engine, smallQuery } from './duckdb.js';
import { escapedIdentifier, escapedString, literalPath } from './sql.js';
import { type ColumnKind, type ExpectedColumn, withFile } from './tableSchema.js';

/** Parquet files without a row: they hold nothing, whatever types a writer gave columns that it had no value for. */

export async function hasNoRows(engine: Engine, path: string): Promise<boolean> {
  if (isCsv(path)) return false;
  const sql = `SELECT num_rows::DOUBLE AS n FROM parquet_file_metadata(${literalPath(path)})`;
  const [{ n }] = await withFile(path, () => smallQuery(engine, sql));
  return Number(n) === 0;
}

const TYPES: Readonly<Record<ColumnKind, string>> = {
  timestamp: 'TIMESTAMP_NS',
  number: 'DOUBLE',
  text: 'VARCHAR',
  any: 'VARCHAR',
};

/** A table of the contract without a row, written to `copy`. */
export async function writeEmptyTable(engine: Engine, columns: readonly ExpectedColumn[], copy: string): Promise<void> {
  const list = columns.map(({ name, kind }) => `CAST(NULL AS ${TYPES[kind]}) AS ${escapedIdentifier(name)}`);
  await engine.connection.run(
    `COPY (SELECT ${list.join(', ')} WHERE false) TO ${escapedString(copy)} (FORMAT parquet)`,
  );
}
