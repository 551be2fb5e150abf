import type { FeedFile, FeedTable } from '../model/feed.js';
import { type Engine, smallQuery } from './duckdb.js';
import { sourceOf } from './feedTables.js';
import { withFile } from './tableSchema.js';

/** A value as the feed's own file has it. */
export interface FeedValue {
  /** Column of the feed, and which of ours it is. */
  readonly column: string;
  readonly ours: string;
  readonly text: string;
  /** Row of the file, from zero. */
  readonly row: number;
}

/** The values of one row that are text in the file, by the columns of ours that they are made into. */
export async function textsOf(
  engine: Engine,
  file: FeedFile,
  table: FeedTable,
  { row, columns }: { readonly row: number; readonly columns: readonly string[] },
): Promise<FeedValue[]> {
  const { from, types } = await sourceOf(engine, file, table);
  const sql = `SELECT * FROM ${from} WHERE source_row = ${row}`;
  const [found] = await withFile(file.path, () => smallQuery(engine, sql));
  return columns.flatMap((ours) => {
    const column = table.columns[ours]?.column ?? ours;
    const value = found?.[column];
    return types.get(column) === 'VARCHAR' && typeof value === 'string' ? [{ column, ours, text: value, row }] : [];
  });
}
