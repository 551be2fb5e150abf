import { readCsvTable } from '../../io/csvTable.js';
import { type Engine, smallQuery } from '../../io/duckdb.js';
import { literalPath } from '../../io/sql.js';
import { columnTypes, rowsIn, withFile } from '../../io/tableSchema.js';
import { LARGEST_TABLE, MOST_ROWS, refuseLargeTable, refuseRows, wholeFile } from '../../io/wholeFile.js';
import { dataError } from '../../model/failure.js';

/** A line of a table that a person or a program wrote, by the names of its columns; empty cells are absent. */
export interface TableRow {
  /** `line 4`, `row 2`, `entry 3`. */
  readonly place: string;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Rows of a CSV, Parquet or JSON file (an array of objects), as texts: what they mean is for one parser to say.
 * @throws data error naming the file, and the line where there is one
 */
export async function tableRows(path: string, engine: () => Promise<Engine>): Promise<TableRow[]> {
  if (/\.json$/i.test(path)) return jsonRows(path);
  if (/\.parquet$/i.test(path)) return parquetRows(path, await engine());
  if (/\.(csv|txt)(\.gz)?$/i.test(path)) return csvRows(path);
  throw dataError(
    `${path} is no table that is read: its name ends in none of .csv, .parquet, .json`,
    'name it by its kind',
  );
}

function csvRows(path: string): TableRow[] {
  const { header, rows } = readCsvTable(path);
  return rows.map(({ line, cells }) => ({
    place: `${path}, line ${line}`,
    cells: Object.fromEntries(header.flatMap((name, k) => (cells[k] === '' ? [] : [[name, cells[k]]]))),
  }));
}

function jsonRows(path: string): TableRow[] {
  const entries = parsed(path);
  if (!Array.isArray(entries))
    throw dataError(
      `${path} holds no list`,
      'write an array of objects: [{"symbol": "AAPL", "side": "buy", "qty": 100}]',
    );
  return entries.map((entry, k) => {
    const place = `${path}, entry ${k + 1}`;
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw dataError(`${place} is ${JSON.stringify(entry)}, no object`, 'write {"symbol": …, "side": …, "qty": …}');
    const cells = Object.entries(entry).filter(([, value]) => value !== null && value !== '');
    const bad = cells.find(([, value]) => typeof value === 'object');
    if (bad) throw dataError(`${place}: ${bad[0]} is ${JSON.stringify(bad[1])}`, 'give a number or a text');
    return { place, cells: Object.fromEntries(cells.map(([name, value]) => [name, String(value)])) };
  });
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(wholeFile(path, LARGEST_TABLE).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw dataError(`${path} is no JSON: ${error.message}`, 'write an array of objects');
  }
}

async function parquetRows(path: string, engine: Engine): Promise<TableRow[]> {
  refuseLargeTable(path);
  await columnTypes(engine, path);
  refuseRows(path, await rowsIn(engine, path), MOST_ROWS);
  const sql = `SELECT COLUMNS(*)::VARCHAR FROM read_parquet(${literalPath(path)}, file_row_number = true) ORDER BY file_row_number`;
  const rows = await withFile(path, () => smallQuery(engine, sql));
  return rows.map((row, k) => ({
    place: `${path}, row ${k}`,
    cells: Object.fromEntries(
      Object.entries(row)
        .filter(([name, value]) => name !== 'file_row_number' && value !== null && value !== '')
        .map(([name, value]) => [name, String(value)]),
    ),
  }));
}
