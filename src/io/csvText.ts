import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dataError } from '../model/failure.js';

/** A row of a small text table, with the line on which it begins as an editor counts them. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

/**
 * A small CSV file with a header, plain or gzipped, as trimmed text: separated by commas, semicolons, tabs or bars,
 * whichever the header has most of, with quoted cells. Empty lines are passed over.
 * @throws data error naming the line that is not like the header.
 */
export function readCsvTable(path: string): CsvTable {
  const text = textOf(path);
  const separator = separatorOf(text);
  const [header, ...rows] = [...records(path, text, separator)];
  if (!header) throw dataError(`${path} is empty`, 'write a header and a line per row');
  for (const { line, cells } of rows)
    if (cells.length !== header.cells.length)
      throw dataError(
        `${path}: line ${line} has ${cells.length} cells, the header has ${header.cells.length}`,
        'write as many as the header has; quote a cell that holds the separator',
      );
  return { header: header.cells, rows };
}

function textOf(path: string): string {
  const stored = readFileSync(path);
  const isGzip = stored[0] === 0x1f && stored[1] === 0x8b;
  const bytes = isGzip ? unzipped(path, stored) : stored;
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw dataError(`${path} is no text in UTF-8`, 'write it as CSV in UTF-8');
  }
}

function unzipped(path: string, stored: Uint8Array): Uint8Array {
  try {
    return gunzipSync(stored);
  } catch {
    throw dataError(`${path} is a damaged gzip file`, 'copy or write the file again');
  }
}

const SEPARATORS = [',', ';', '\t', '|'];

function separatorOf(text: string): string {
  const header = text.trimStart().split(/[\r\n]/, 1)[0];
  const counts = SEPARATORS.map((separator) => header.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}

function* records(path: string, text: string, separator: string): Generator<CsvRow> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const record = oneRecord(text, at, separator);
    if (record.isOpen)
      throw dataError(
        `${path}: a quoted cell of line ${line} does not end`,
        'close the quote, or double it inside a cell',
      );
    if (record.cells.some((cell) => cell !== '')) yield { line, cells: record.cells };
    line += record.lines;
    at = record.next;
  }
}

/** One record from a position on, to the line break that ends it. */
function oneRecord(text: string, from: number, separator: string) {
  const cells: string[] = [];
  let [cell, quoted, lines, at] = ['', false, 0, from];
  for (; at < text.length; at++) {
    const char = text[at];
    if (char === '\n' || (char === '\r' && text[at + 1] !== '\n')) lines++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[at++];
      else quoted = false;
    } else if (char === '"' && cell.trim() === '') [quoted, cell] = [true, ''];
    else if (char === separator) {
      cells.push(cell.trim());
      cell = '';
    } else if (lines > 0 && (char === '\n' || char === '\r')) break;
    else cell += char;
  }
  return { cells: [...cells, cell.trim()], lines, next: at + 1, isOpen: quoted };
}
