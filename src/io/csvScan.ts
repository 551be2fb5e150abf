import { closeSync, openSync, readSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { dataError } from '../model/failure.js';
import { escapedString, literalPath } from './sql.js';

/** CSV files of any size as tables of text: their first line is looked at here, the rest is the engine's. */

const CSV = /\.[ct]sv(\.gz)?$/i;
export const isCsv = (path: string): boolean => CSV.test(path);

/** Enough for any header. */
const HEAD_BYTES = 1 << 16;
const DELIMITERS = [',', '\t', ';', '|'] as const;

export interface CsvScan {
  readonly columns: readonly string[];
  /** Table function with every column as text. */
  readonly table: string;
}

/** @param headers names of the columns where the file has no header. @throws data error for what is no table of text. */
export function csvScan(path: string, headers?: readonly string[]): CsvScan {
  const line = firstLine(path);
  const delimiter = DELIMITERS.reduce((best, sign) =>
    fieldsOf(line, sign).length > fieldsOf(line, best).length ? sign : best,
  );
  const fields = fieldsOf(line, delimiter);
  if (headers && headers.length !== fields.length)
    throw dataError(
      `${path} has ${fields.length} columns, and data.headers names ${headers.length}`,
      `the first line is ${JSON.stringify(line.slice(0, 200))}`,
    );
  const columns = headers ?? fields;
  refuseRepeated(path, columns);
  const settings = [
    `header = ${headers === undefined}`,
    'auto_detect = false',
    `delim = ${escapedString(delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    `compression = ${/\.gz$/i.test(path) ? "'gzip'" : "'none'"}`,
    `columns = {${columns.map((column) => `${escapedString(column)}: 'VARCHAR'`).join(', ')}}`,
  ];
  return { columns, table: `read_csv(${literalPath(path)}, ${settings.join(', ')})` };
}

function refuseRepeated(path: string, columns: readonly string[]): void {
  const seen = new Set<string>();
  for (const [k, column] of columns.entries()) {
    if (column === '')
      throw dataError(`${path}: column ${k + 1} has no name`, 'name every column, or set data.headers');
    // The engine does not tell names apart by case.
    if (seen.has(column.toLowerCase()))
      throw dataError(`${path} has two columns "${column}"`, 'rename one of them, or set data.headers');
    seen.add(column.toLowerCase());
  }
}

/** Fields of a line; a quote inside a quoted field is written twice. */
function fieldsOf(line: string, delimiter: string): string[] {
  const fields = [''];
  let quoted = false;
  for (let k = 0; k < line.length; k++) {
    const sign = line[k];
    if (sign === '"' && quoted && line[k + 1] === '"') fields[fields.length - 1] += line[k++];
    else if (sign === '"') quoted = !quoted;
    else if (sign === delimiter && !quoted) fields.push('');
    else fields[fields.length - 1] += sign;
  }
  return fields;
}

function firstLine(path: string): string {
  const bytes = head(path);
  if (bytes.length === 0) throw dataError(`${path} is empty (0 bytes)`, 'write the file again or remove it');
  refuseOtherEncodings(path, bytes);
  const [line] = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/, 1);
  if (line === '') throw dataError(`${path} begins with an empty line`, 'begin it with the names of its columns');
  return line;
}

function refuseOtherEncodings(path: string, bytes: Buffer): void {
  if (bytes.readUInt8(0) === 0x1f && bytes.length > 1 && bytes.readUInt8(1) === 0x8b)
    throw dataError(`${path} is gzipped`, 'name it .csv.gz');
  const mark = bytes.readUInt8(0) * 256 + (bytes.length > 1 ? bytes.readUInt8(1) : 0);
  if (mark === 0xfffe || mark === 0xfeff || bytes.subarray(0, 200).includes(0))
    throw dataError(`${path} is UTF-16, not UTF-8`, 'save it as UTF-8');
}

function head(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const found = bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    return /\.gz$/i.test(path) ? unpacked(path, found) : found;
  } finally {
    closeSync(file);
  }
}

/** Of a part of a gzip file as much as it holds. */
function unpacked(path: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    throw dataError(`${path} is not a gzip file`, 'write it again, or remove the ending .gz');
  }
}
