import { dataError } from '../model/failure.js';
import { isPlain, quoted, WRITE_PLAIN } from '../model/plainText.js';
import { columnOf, hasDecimalComma, readCsvTable } from './csvTable.js';
import { type Engine, smallQuery } from './duckdb.js';
import { escapedIdentifier, escapedString } from './sql.js';
import { checkColumns, type ExpectedColumn, rowsIn, tableOf, withFile } from './tableSchema.js';
import { MOST_ROWS, refuseLargeTable, refuseRows } from './wholeFile.js';

/** A table that a person may have written, as Parquet or as CSV, ready for a query. */
export interface SmallTable {
  readonly path: string;
  /** Which of the expected columns it has. */
  readonly has: (column: string) => boolean;
  /**
   * SQL of the expected columns, and of `file_row_number` from 0. Those of a CSV file are texts, NULL where they are empty.
   */
  readonly from: string;
  /** Where a row stands, as its file counts: `line 4`, or `row 2` of a Parquet file. */
  readonly placeOf: (row: number) => string;
}

/** Rows that a table may have, and what they are. */
export interface RowLimit {
  readonly most: number;
  readonly what: string;
}

/** @throws data error naming file, line and column, or the limit of rows. */
export async function smallTable(
  engine: Engine,
  path: string,
  expected: readonly ExpectedColumn[],
  { most, what }: RowLimit = { most: MOST_ROWS, what: 'rows' },
): Promise<SmallTable> {
  if (/\.(csv|txt)(\.gz)?$/i.test(path)) return tableOfCsv(path, expected, { most, what });
  refuseLargeTable(path);
  const types = await checkColumns(engine, path, expected);
  refuseRows(path, await rowsIn(engine, path), most, what);
  return { path, has: (column) => types.has(column), from: tableOf(path, true), placeOf: (row) => `row ${row}` };
}

function tableOfCsv(path: string, expected: readonly ExpectedColumn[], { most, what }: RowLimit): SmallTable {
  const { header, rows } = readCsvTable(path);
  refuseRows(path, rows.length, most, what);
  const columns = expected.flatMap(({ name, kind, optional }) => {
    const at = columnOf(path, header, name);
    if (at >= 0) return [{ name, kind, at }];
    if (optional) return [];
    throw dataError(`${path} has no column "${name}"; it has ${header.join(', ')}`, 'rename or add the column');
  });
  for (const { line, cells } of rows)
    for (const { name, kind, at } of columns)
      if (kind === 'number' && hasDecimalComma(cells[at]))
        throw dataError(
          `${path}, line ${line}: ${name} is ${JSON.stringify(cells[at])}, a number with a comma`,
          'write numbers with a decimal point and without separators of thousands',
        );
  const cell = (text: string) => (text === '' ? 'NULL' : escapedString(text));
  const valuesOf = (cells: readonly string[]) => columns.map(({ at }) => cell(cells[at]));
  const values = rows.map(({ cells }, k) => `(${[k, ...valuesOf(cells)].join(', ')})`);
  const names = ['file_row_number', ...columns.map(({ name }) => name)].map(escapedIdentifier);
  const casts = columns.map(({ name }) => `CAST(${escapedIdentifier(name)} AS VARCHAR) AS ${escapedIdentifier(name)}`);
  const nothing = `(${names.map(() => 'NULL').join(', ')})`;
  const list = `(VALUES ${values.length > 0 ? values.join(', ') : nothing}) t(${names.join(', ')})`;
  return {
    path,
    has: (column) => columns.some(({ name }) => name === column),
    from: `(SELECT file_row_number, ${casts.join(', ')} FROM ${list}${values.length > 0 ? '' : ' WHERE false'})`,
    placeOf: (row) => `line ${rows[row].line}`,
  };
}

/** @throws data error for a text that no table of a report could show */
export function refuseUnseen(path: string, place: string, texts: Readonly<Record<string, string>>): void {
  for (const [column, text] of Object.entries(texts))
    if (!isPlain(text)) throw dataError(`${path}, ${place}: ${column} is ${quoted(text)}`, WRITE_PLAIN);
}

/** @throws data error for the first stamp that is none. */
export async function refuseBadStamps(
  engine: Engine,
  { path, from, placeOf }: SmallTable,
  column: string,
): Promise<void> {
  const name = escapedIdentifier(column);
  const [bad] = await withFile(path, () =>
    smallQuery(
      engine,
      `SELECT file_row_number::DOUBLE AS "row", CAST(${name} AS VARCHAR) AS stamp FROM ${from}
       WHERE ${name} IS NOT NULL AND TRY_CAST(${name} AS TIMESTAMPTZ) IS NULL ORDER BY file_row_number LIMIT 1`,
    ),
  );
  if (bad)
    throw dataError(
      `${path}, ${placeOf(Number(bad.row))}: ${column} is ${JSON.stringify(bad.stamp)}, not a time`,
      'write it as 2024-03-13 14:30:00, in UTC',
    );
}
