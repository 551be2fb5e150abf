import { extname } from 'node:path';
import { dataError } from '../model/failure.js';
import { isPlain, quoted, WRITE_PLAIN } from '../model/plainText.js';
import { type DenseMatrix, zeros } from '../numerics/dense.js';
import { registerCodecs } from './arrowCompression.js';
import { hasDecimalComma, readCsvRows } from './csvTable.js';
import type { Engine } from './duckdb.js';
import { columnTypes, refuseUnusable, rowsIn, tableOf, withFile } from './tableSchema.js';
import { LARGEST_MATRIX, MOST_NAMES, refuseRows, wholeFile } from './wholeFile.js';

/** A square matrix from a user's file. */
export interface NamedMatrix {
  /** Absent where the file has none. */
  readonly names?: readonly string[];
  readonly matrix: DenseMatrix;
}

/** Cells as a file gives them: text, numbers, lists of either, or nothing. */
type Cell = unknown;

/**
 * Reads an N×N matrix: CSV with or without a row of names and with or without a column of them; Parquet or Arrow with a
 * column per name, or with one list per row (the column `K` where there are several), and names in the first text column.
 * @throws data error naming file, row, column and the value found.
 */
export async function readMatrix(engine: () => Promise<Engine>, path: string): Promise<NamedMatrix> {
  const kind = extname(path).toLowerCase();
  if (kind === '.csv' || kind === '.txt') return fromText(path, csvCells(path));
  if (kind === '.parquet') return fromTable(path, await parquetRows(await engine(), path));
  if (kind === '.arrow' || kind === '.feather' || kind === '.ipc') return fromTable(path, await arrowRows(path));
  throw dataError(`${path} is neither .csv, .parquet nor .arrow`, 'write the matrix as one of them, N×N');
}

interface RawTable {
  readonly columns: readonly { readonly name: string; readonly kind: 'text' | 'list' | 'other' }[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Short rows are filled up: what is missing is then named by its row and column. */
function csvCells(path: string): string[][] {
  const rows = readCsvRows(path, LARGEST_MATRIX);
  const width = rows[0]?.cells.length ?? 0;
  const long = rows.find(({ cells }) => cells.length > width);
  if (long)
    throw dataError(
      `${path}, line ${long.line} has ${long.cells.length} fields, the first row ${width}`,
      'give every row the same number of fields; over row names the first field is empty',
    );
  return rows.map(({ cells }) => Array.from({ length: width }, (_, k) => (cells[k] ?? '').trim()));
}

async function parquetRows(engine: Engine, path: string): Promise<RawTable> {
  const types = [...(await columnTypes(engine, path))];
  for (const [name, type] of types) refuseUnusable(path, name, type);
  refuseRows(path, await rowsIn(engine, path), MOST_NAMES, 'rows, one for each name');
  const reader = await withFile(path, () => engine.connection.runAndReadAll(`SELECT * FROM ${tableOf(path)}`));
  const kindOf = (type: string) => (/^(VARCHAR|ENUM)/.test(type) ? 'text' : /\[\d*\]$/.test(type) ? 'list' : 'other');
  return {
    columns: types.map(([name, type]) => ({ name, kind: kindOf(type) })),
    rows: reader.getRowsJson() as Cell[][],
  };
}

async function arrowRows(path: string): Promise<RawTable> {
  const { DataType, tableFromIPC } = await import('apache-arrow');
  await registerCodecs(path);
  return withFile(path, async () => {
    const bytes = wholeFile(path, LARGEST_MATRIX);
    if (bytes.toString('latin1', 0, 4) === 'FEA1')
      throw dataError(`${path} is Feather of version 1`, 'write it with a current version of pyarrow or pandas');
    const table = tableFromIPC(bytes);
    const kindOf = (type: unknown) => {
      if (DataType.isFixedSizeList(type) || DataType.isList(type)) return 'list';
      return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isDictionary(type) ? 'text' : 'other';
    };
    const columns = table.schema.fields.map(({ name, type }) => ({ name, kind: kindOf(type) }) as const);
    const vectors = columns.map(({ name }) => table.getChild(name)!);
    const plain = (cell: Cell): Cell =>
      cell !== null && typeof cell === 'object' && Symbol.iterator in cell ? Array.from(cell as Iterable<Cell>) : cell;
    const rows = Array.from({ length: table.numRows }, (_, i) => vectors.map((vector) => plain(vector.get(i))));
    return { columns, rows };
  });
}

/** What a number looks like in text; an empty cell is none. */
function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return Number(cell);
  return typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN;
}

/** Which of the first row and the first column are names follows from the shape; where it does not, from what they hold. */
function fromText(path: string, lines: readonly (readonly string[])[]): NamedMatrix {
  if (lines.length === 0) throw dataError(`${path} is empty`, 'write N rows of N numbers');
  const [height, width] = [lines.length, lines[0].length];
  const framed = height === width && height > 1 && hasFrame(lines);
  const onTop = height === width + 1 && lines[0].every(isName);
  const onLeft = width === height + 1 && lines.every((line) => isName(line[0]));
  const first = framed || onLeft ? 1 : 0;
  const top = framed || onTop ? 1 : 0;
  const body = lines.slice(top);
  return square(
    path,
    body.map((line) => line.slice(first)),
    first === 1 ? body.map((line) => line[0]) : undefined,
    top === 1 ? lines[0].slice(first) : undefined,
  );
}

/** Words, and codes of digits as some exchanges use them; a number with fewer digits, a point or a sign is a number. */
const isName = (cell: string): boolean => isWord(cell) || /^\d{4,}$/.test(cell);

const isWord = (cell: string): boolean =>
  Number.isNaN(numberOf(cell)) && !/^([+-]?(nan|inf|infinity)|null|na|)$/i.test(cell);

/** Whether a square of cells has names on top and on the left. */
function hasFrame(lines: readonly (readonly string[])[]): boolean {
  const names = [...lines[0].slice(1), ...lines.slice(1).map((line) => line[0])];
  return names.every(isName) && (names.some(isWord) || lines[0][0] === '' || isWord(lines[0][0]));
}

function fromTable(path: string, { columns, rows }: RawTable): NamedMatrix {
  const kept = columns.map((column, c) => ({ ...column, c }));
  const label = kept.find(({ kind }) => kind === 'text');
  const rowNames = label ? rows.map((row) => String(row[label.c] ?? '')) : undefined;
  const lists = kept.filter(({ kind }) => kind === 'list');
  const list = lists.find(({ name }) => name === 'K') ?? (lists.length === 1 ? lists[0] : undefined);
  if (lists.length > 0 && !list)
    throw dataError(
      `${path} has several list columns: ${lists.map(({ name }) => name).join(', ')}`,
      'call the one that holds the matrix K',
    );
  const cells = (row: readonly Cell[]): readonly Cell[] =>
    Array.isArray(row[list!.c]) ? (row[list!.c] as Cell[]) : [];
  if (list) return square(path, rows.map(cells), rowNames, undefined);
  const numbers = kept.filter(({ kind }) => kind === 'other');
  return square(
    path,
    rows.map((row) => numbers.map(({ c }) => row[c])),
    rowNames,
    numbers.map(({ name }) => name),
  );
}

const shown = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? 'empty' : JSON.stringify(cell);

const advice = (cell: Cell): string =>
  typeof cell === 'string' && hasDecimalComma(cell)
    ? 'write numbers with a decimal point and without separators of thousands'
    : 'fill it in: an unknown link is 0, an unknown self impact needs --floor';

/** Puts the cells together. @throws data error when it is not square, a cell is no number, or names do not match. */
function square(
  path: string,
  rows: readonly (readonly Cell[])[],
  rowNames: readonly string[] | undefined,
  columnNames: readonly string[] | undefined,
): NamedMatrix {
  const n = rows.length;
  const wide = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (wide !== n || n === 0)
    throw dataError(
      `${path} is not square: it has ${n} rows and ${wide} columns of numbers`,
      'give one row and one column per name',
    );
  const names = agreedNames(path, rowNames, columnNames);
  const place = (i: number) => (names ? `${i + 1} (${names[i]})` : String(i + 1));
  const matrix = zeros(n);
  rows.forEach((row, i) => {
    for (let j = 0; j < n; j++) {
      const value = numberOf(row[j]);
      if (!Number.isFinite(value))
        throw dataError(
          `${path}: row ${place(i)}, column ${place(j)} is ${shown(row[j])}, not a finite number`,
          advice(row[j]),
        );
      matrix.data[i * n + j] = value;
    }
  });
  return { ...(names ? { names } : {}), matrix };
}

function agreedNames(
  path: string,
  rowNames: readonly string[] | undefined,
  columnNames: readonly string[] | undefined,
): readonly string[] | undefined {
  const names = rowNames ?? columnNames;
  if (!names) return undefined;
  if (rowNames && columnNames) {
    const at = rowNames.findIndex((name, i) => name !== columnNames[i]);
    if (at >= 0)
      throw dataError(
        `${path}: row ${at + 1} is "${rowNames[at]}", but column ${at + 1} is "${columnNames[at]}"`,
        'list the names in the same order in rows and columns',
      );
  }
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    if (name === '') throw dataError(`${path}: name ${i + 1} is empty`, 'name every row and column');
    if (!isPlain(name)) throw dataError(`${path}: name ${i + 1} is ${quoted(name)}`, WRITE_PLAIN);
    const before = seen.get(name);
    if (before !== undefined)
      throw dataError(
        `${path}: "${name}" is the name of ${before + 1} and of ${i + 1}`,
        'keep one row and column per name',
      );
    seen.set(name, i);
  });
  return names;
}
