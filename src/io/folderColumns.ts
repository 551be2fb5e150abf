import { dataError } from '../model/failure.js';
import type { FeedFile, FeedTable } from '../model/feed.js';
import { type Engine, smallQuery } from './duckdb.js';
import { codeText } from './feedColumns.js';
import { escapedIdentifier, escapedString } from './sql.js';
import { type ExpectedColumn, withFile } from './tableSchema.js';

/** A file whose columns can be asked for. */
interface Described {
  readonly file: FeedFile;
  readonly table: FeedTable;
  /** As a table function. */
  readonly from: string;
  readonly types: ReadonlyMap<string, string>;
}

/** @throws data error where a folder says another thing of the rows than their own column. */
export async function refuseContradiction(
  engine: Engine,
  { file, table, from, types }: Described,
  expected: readonly ExpectedColumn[],
): Promise<void> {
  const { path, folders } = file;
  for (const { name } of expected) {
    const mapped = table.columns[name];
    const column = mapped ? mapped.column : name;
    if (column === undefined || !(column in folders) || !types.has(column)) continue;
    const text = codeText(escapedIdentifier(column), types.get(column)!);
    const said = folderCode(name, folders[column]);
    const sql = `SELECT ${text} AS value FROM ${from} WHERE ${text} NOT IN (${said.map(escapedString).join(', ')}) LIMIT 1`;
    const [other] = await withFile(path, () => smallQuery(engine, sql));
    if (other)
      throw dataError(
        `${path} lies in ${column}=${folders[column]}, but its own column "${column}" has ${String(other.value)}`,
        'correct the name of the folder, or the file',
      );
  }
}

/** The folders of sides may be words where the column has the numbers of the contract. */
function folderCode(name: string, value: string): string[] {
  if (name !== 'side') return [value];
  return [value, ...(value === 'buy' ? ['1', '+1'] : value === 'sell' ? ['-1'] : [])];
}
