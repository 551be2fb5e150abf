import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRow } from '../model/events.js';
import { type EventTime, parseEventTime, utcText } from '../model/eventTime.js';
import { dataError } from '../model/failure.js';
import { columnOf, readCsvTable } from './csvTable.js';
import { type Engine, smallQuery } from './duckdb.js';
import { keepNanoseconds } from './nanosecondStamps.js';
import { refuseUnseen } from './smallTable.js';
import { escapedIdentifier } from './sql.js';
import { checkColumns, columnTypes, rowsIn, tableOf, withFile } from './tableSchema.js';
import { MOST_ROWS, refuseLargeTable, refuseRows } from './wholeFile.js';

const COLUMNS = ['start', 'end', 'symbol', 'label'] as const;
type Cells = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Rows of the events dataset, in the order of the file. @throws data error naming the row and the value. */
export async function readEventRows(engine: Engine, path: string, temporaryFolder: string): Promise<EventRow[]> {
  if (path.endsWith('.parquet')) return parquetRows(engine, path, temporaryFolder);
  const { header, rows } = await withFile(path, async () => readCsvTable(path));
  refuseRows(path, rows.length, MOST_ROWS);
  const missing = COLUMNS.find((column) => columnOf(path, header, column) < 0);
  if (missing)
    throw dataError(`${path} has no column "${missing}"; it has ${header.join(', ')}`, 'rename or add the column');
  return rows.map(({ line, cells }) => {
    const of = (column: keyof Cells) => cells[columnOf(path, header, column)].trim();
    return parsedRow(path, `line ${line}`, {
      start: of('start'),
      end: of('end'),
      symbol: of('symbol'),
      label: of('label'),
    });
  });
}

function parsedRow(path: string, place: string, { start, end, symbol, label: written }: Cells): EventRow {
  // A sentence may be broken; a table of the report shows it in one line.
  const label = written.replace(/[\r\n\t]+/g, ' ');
  refuseUnseen(path, place, { symbol, label });
  if (start === '') throw dataError(`${path}: ${place} has no start`, 'fill it in; an end may be left open');
  return {
    place,
    start: timeOf(path, place, 'start', start),
    ...(end === '' ? {} : { end: timeOf(path, place, 'end', end) }),
    symbol,
    label,
  };
}

function timeOf(path: string, place: string, column: 'start' | 'end', text: string): EventTime {
  const time = parseEventTime(text);
  if (time) return time;
  throw dataError(
    `${path}: ${column} of ${place} is "${text}", no time that is understood`,
    `write 2024-03-13T14:30:00Z, with an offset, or a date for the whole day${column === 'end' ? '; leave an open end empty' : ''}`,
  );
}

const OUT_OF_RANGE = ["TIMESTAMP '1900-01-01'", "TIMESTAMP '2250-01-01'"] as const;

/** SQL that gives a column of times as text: digits are nanoseconds since 1970, everything else is as people write it. */
async function timeColumn(engine: Engine, path: string, column: string, type: string): Promise<string> {
  const name = escapedIdentifier(column);
  if (/^TIMESTAMP_NS$/.test(type)) return `'ns' || CAST(epoch_ns(${name}) AS VARCHAR)`;
  if (/^TIMESTAMP/.test(type)) {
    // An open end may be written as a year that nanoseconds cannot hold.
    const [first, last] = OUT_OF_RANGE;
    return `'ns' || CAST(epoch_ns(least(greatest(CAST(${name} AS TIMESTAMP), ${first}), ${last})) AS VARCHAR)`;
  }
  if (/^(DATE|VARCHAR|ENUM.*)$/.test(type)) return `CAST(${name} AS VARCHAR)`;
  await refuseValues(engine, path, column, `${type}, not a timestamp`);
  return 'NULL';
}

async function textColumn(engine: Engine, path: string, column: string, type: string): Promise<string> {
  if (!/^(VARCHAR|ENUM.*)$/.test(type)) await refuseValues(engine, path, column, `${type}, not a text`);
  return `CAST(${escapedIdentifier(column)} AS VARCHAR)`;
}

/** A column without any value has whatever type its writer chose, and says nothing. */
async function refuseValues(engine: Engine, path: string, column: string, what: string): Promise<void> {
  const sql = `SELECT count(${escapedIdentifier(column)})::INTEGER AS n FROM ${tableOf(path)}`;
  const [{ n }] = await withFile(path, () => smallQuery(engine, sql));
  if (Number(n) > 0)
    throw dataError(`${path}: column "${column}" is ${what}`, 'write times as timestamps or dates, names as strings');
}

async function parquetRows(engine: Engine, path: string, temporaryFolder: string): Promise<EventRow[]> {
  refuseLargeTable(path);
  await checkColumns(
    engine,
    path,
    COLUMNS.map((name) => ({ name, kind: 'any' as const })),
  );
  refuseRows(path, await rowsIn(engine, path), MOST_ROWS);
  const folder = mkdtempSync(join(temporaryFolder, 'events-'));
  const scanned = keepNanoseconds(path, () => join(folder, 'events.parquet'));
  try {
    const types = await columnTypes(engine, scanned);
    const expressions = [];
    for (const column of COLUMNS) {
      const expression = column === 'start' || column === 'end' ? timeColumn : textColumn;
      expressions.push(
        `${await expression(engine, scanned, column, types.get(column)!)} AS ${escapedIdentifier(column)}`,
      );
    }
    const sql = `SELECT ${expressions.join(', ')} FROM ${tableOf(scanned, true)} ORDER BY file_row_number`;
    const rows = await withFile(path, () => smallQuery(engine, sql));
    return rows.map((row, k) => {
      const of = (column: keyof Cells) => (typeof row[column] === 'string' ? row[column].trim() : '');
      return parsedRow(path, `row ${k}`, {
        start: asWritten(of('start')),
        end: asWritten(of('end')),
        symbol: of('symbol'),
        label: of('label'),
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A stamp of the file as text with its zone: Parquet stamps are UTC. */
const asWritten = (text: string): string => (/^ns-?\d+$/.test(text) ? utcText(BigInt(text.slice(2))) : text);
