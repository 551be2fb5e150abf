import { dataError } from '../model/failure.js';
import { readText } from './csvText.js';
import { LARGEST_TABLE } from './wholeFile.js';

/**
 * Small tables of text, read whole: universe, events, matrices. Lines are counted as an editor counts them, so that a
 * message can be followed; nothing is guessed that could be meant in two ways.
 */

export interface CsvRow {
  /** Where it starts, from 1; the header is line 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly header: readonly string[];
  /** With as many cells as the header. */
  readonly rows: readonly CsvRow[];
}

/** A table with a header. @throws data error naming file and line. */
export function readCsvTable(path: string): CsvTable {
  const [first, ...rows] = readCsvRows(path);
  if (first === undefined) throw dataError(`${path} is empty`, 'write a header and a row per entry');
  const header = namedColumns(path, first, rows);
  for (const row of rows) {
    const extra = row.cells.slice(header.length).some((cell) => cell !== '');
    if (row.cells.length < header.length || extra) throw raggedRow(path, row, header.length);
  }
  return { header, rows: rows.map(({ line, cells }) => ({ line, cells: cells.slice(0, header.length) })) };
}

function raggedRow(path: string, { line, cells }: CsvRow, fields: number) {
  const few = cells.length < fields ? 'write empty fields too, with their separators' : 'put quotes around a field';
  return dataError(
    `${path}, line ${line} has ${cells.length} field${cells.length === 1 ? '' : 's'}, the header ${fields}`,
    cells.length < fields ? few : `${few} that holds a separator`,
  );
}

/** Names of the columns; what a spreadsheet adds on the right, nameless and empty, is nothing. */
function namedColumns(path: string, { line, cells }: CsvRow, rows: readonly CsvRow[]): readonly string[] {
  const width = cells.findLastIndex((name, k) => name !== '' || rows.some((row) => (row.cells[k] ?? '') !== '')) + 1;
  const header = cells.slice(0, width);
  const nameless = header.indexOf('');
  if (nameless >= 0)
    throw dataError(`${path}, line ${line}: column ${nameless + 1} has no name`, 'name it, or remove the column');
  const twice = header.find((name, k) => header.indexOf(name) !== k);
  if (twice !== undefined)
    throw dataError(`${path}, line ${line}: "${twice}" is the name of two columns`, 'keep one of them');
  return header;
}

/** What a name is taken for by a reader who overlooks blanks, case and how words are joined. */
const loosely = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_');

/** Place of a column by its exact name, −1 for none. @throws data error where only a name much like it is there. */
export function columnOf(path: string, header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  if (exact >= 0) return exact;
  const near = header.find((other) => loosely(other) === loosely(name));
  if (near !== undefined)
    throw dataError(`${path}, line 1: the column "${near}" is not called "${name}"`, 'rename it: names are exact');
  return -1;
}

/** Tried in this order; a later one wins where several fit, so that a decimal comma splits nothing. */
const SEPARATORS = [',', '|', ';', '\t'] as const;

/**
 * All rows, the first one too, split at commas, semicolons, tabs or bars, whichever the file is consistent with. Empty
 * lines, and rows of nothing but separators at the end, are no rows.
 * @param most bytes that the file may have
 * @throws data error naming file and line.
 */
export function readCsvRows(path: string, most = LARGEST_TABLE): readonly CsvRow[] {
  const text = readText(path, most);
  const { rows, fault } = bestReading(SEPARATORS.map((separator) => splitRows(text, separator)));
  if (fault) throw dataError(`${path}, line ${fault.line}: ${fault.what}`, 'write a quote inside of quotes twice');
  return rows;
}

/** A text split at one separator, with the first quote that is out of place. */
interface Reading {
  readonly rows: readonly CsvRow[];
  readonly fault?: { readonly line: number; readonly what: string };
}

/** Of the readings with one width throughout the last, else the one that splits the first row the most. */
function bestReading(readings: readonly Reading[]): Reading {
  const widthOf = ({ rows }: Reading) => rows[0]?.cells.length ?? 0;
  const isEven = (reading: Reading) =>
    widthOf(reading) > 1 && !reading.fault && reading.rows.every(({ cells }) => cells.length === widthOf(reading));
  const even = readings.filter(isEven);
  if (even.length > 0) return even[even.length - 1];
  return readings.reduce((best, reading) => (widthOf(reading) > widthOf(best) ? reading : best));
}

function splitRows(text: string, separator: string): Reading {
  const rows: CsvRow[] = [];
  const cursor: TextCursor = { at: 0, line: 1 };
  while (cursor.at < text.length) {
    const line = cursor.line;
    const cells = splitRow(text, separator, cursor);
    if (cells.length > 1 || cells[0] !== '') rows.push({ line, cells });
  }
  const last = rows.findLastIndex(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  return { rows: rows.slice(0, last + 1), ...(cursor.fault ? { fault: cursor.fault } : {}) };
}

interface TextCursor {
  at: number;
  line: number;
  fault?: { readonly line: number; readonly what: string };
}

/** Leaves the cursor at the start of the next line. */
function splitRow(text: string, separator: string, cursor: TextCursor): string[] {
  const cells: string[] = [];
  for (;;) {
    cells.push(text[cursor.at] === '"' ? quotedCell(text, separator, cursor) : plainCell(text, separator, cursor));
    if (text[cursor.at] === separator) cursor.at++;
    else {
      if (text[cursor.at] === '\r' && text[cursor.at + 1] === '\n') cursor.at++;
      cursor.at++;
      cursor.line++;
      return cells;
    }
  }
}

const isEnd = (character: string | undefined): boolean =>
  character === undefined || character === '\n' || character === '\r';

function plainCell(text: string, separator: string, cursor: TextCursor): string {
  const start = cursor.at;
  while (!isEnd(text[cursor.at]) && text[cursor.at] !== separator) cursor.at++;
  return text.slice(start, cursor.at);
}

/** A quote inside is written twice. */
function quotedCell(text: string, separator: string, cursor: TextCursor): string {
  const opened = cursor.line;
  let cell = '';
  for (cursor.at++; ; cursor.at++) {
    const character = text[cursor.at];
    if (character === undefined) {
      cursor.fault ??= { line: opened, what: 'a quote is opened and not closed' };
      return cell;
    }
    if (character === '"') {
      if (text[cursor.at + 1] !== '"') break;
      cursor.at++;
    }
    if (character === '\n' || (character === '\r' && text[cursor.at + 1] !== '\n')) cursor.line++;
    cell += character;
  }
  cursor.at++;
  if (isEnd(text[cursor.at]) || text[cursor.at] === separator) return cell;
  cursor.fault ??= { line: cursor.line, what: 'a quote is closed in the middle of a field' };
  return cell + plainCell(text, separator, cursor);
}

/** Whether a text is a number with a comma in it, for its decimals or its thousands: it could be meant either way. */
export const hasDecimalComma = (text: string): boolean =>
  /^\s*[+-]?\d{1,3}([. ]?\d{3})*,\d+(e[+-]?\d+)?\s*$/i.test(text);
