import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configError, dataError } from '../model/failure.js';
import type { FeedDataset, FeedFile, FeedTable } from '../model/feed.js';
import { csvScan, isCsv } from './csvScan.js';
import { type Engine, literals, smallQuery } from './duckdb.js';
import { hasNoRows, writeEmptyTable } from './emptyFiles.js';
import { codeText, columnExpression, type FeedPlace } from './feedColumns.js';
import { addSides, sidesOf } from './feedSides.js';
import { refuseContradiction } from './folderColumns.js';
import { keepNanoseconds } from './nanosecondStamps.js';
import { escapedIdentifier, escapedString } from './sql.js';
import {
  checkColumns,
  columnTypes,
  type ExpectedColumn,
  hasNoValue,
  isOfKind,
  refuseUnusable,
  tableOf,
  withFile,
} from './tableSchema.js';

/** How the files of a day are to be read. */
export interface FeedContext {
  readonly feed: (dataset: FeedDataset) => FeedTable;
  /** UTC nanoseconds of midnight at the venue. */
  readonly epochNs: bigint;
  readonly timezone: string;
  readonly temporaryFolder: string;
}

/** The files of a dataset as tables of the contract. */
export interface FeedTables {
  /** What is scanned for each file: itself, or a copy in the form of the contract. */
  readonly scanned: readonly string[];
  /** Types of the columns of each, as the engine names them. */
  readonly types: readonly ReadonlyMap<string, string>[];
  /** Rows that `data.rows` leaves out. */
  readonly deselected: number;
  /** Files without a row. */
  readonly empty: readonly string[];
  /** Removes the copies. */
  dispose(): void;
}

/** Columns of a table, which may depend on what the file and its folders have. */
export type ExpectedColumns =
  | readonly ExpectedColumn[]
  | ((found: readonly string[], folders: readonly string[]) => readonly ExpectedColumn[]);

/**
 * Files as they can be scanned by the names of the contract and without loss of nanoseconds: most stand for themselves; what
 * is CSV, named or coded otherwise, or says something by its folders, is copied once into the contract's form, row by row.
 * @throws data error naming file and column
 */
export async function feedTables(
  engine: Engine,
  dataset: FeedDataset,
  files: readonly FeedFile[],
  expected: ExpectedColumns,
  context: FeedContext,
): Promise<FeedTables> {
  let folder: string | undefined;
  const dispose = () => folder && rmSync(folder, { recursive: true, force: true });
  const place = (k: number) => {
    folder ??= mkdtempSync(join(context.temporaryFolder, 'feed-'));
    return join(folder, `${k}.parquet`);
  };
  try {
    const scanned: string[] = [];
    const types: ReadonlyMap<string, string>[] = [];
    const empty: string[] = [];
    let deselected = 0;
    for (const [k, file] of files.entries()) {
      const source = await sourceOf(engine, file, context.feed(dataset), () => place(k + files.length));
      if (await hasNoRows(engine, source.path)) {
        const columns = typeof expected === 'function' ? expected([], []) : expected;
        await writeEmptyTable(engine, columns, place(k));
        scanned.push(place(k));
        types.push(await columnTypes(engine, place(k), file.path));
        empty.push(file.path);
        continue;
      }
      const columns = columnsOf(source, expected);
      const translation = translationOf(dataset, await usable(engine, source, columns), columns, context);
      await refuseContradiction(engine, source, columns);
      if (translation) {
        scanned.push(place(k));
        deselected += await translate(engine, file.path, translation, place(k));
      } else scanned.push(source.path);
      types.push(await checkColumns(engine, scanned[k], columns, file.path));
    }
    return { scanned, types, deselected, empty, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** A file before it is brought into form. */
export interface Source {
  readonly file: FeedFile;
  readonly table: FeedTable;
  /** The file, or a copy whose stamps keep their nanoseconds. */
  readonly path: string;
  /** Table function without and with the number of each row as `source_row`. */
  readonly from: string;
  readonly types: ReadonlyMap<string, string>;
}

export async function sourceOf(engine: Engine, file: FeedFile, table: FeedTable, copy?: () => string): Promise<Source> {
  if (isCsv(file.path)) {
    const { columns, table: from } = csvScan(file.path, table.headers);
    const types = new Map(columns.map((column) => [column, 'VARCHAR']));
    return {
      file,
      table,
      path: file.path,
      from: `(SELECT row_number() OVER () - 1 AS source_row, * FROM ${from})`,
      types,
    };
  }
  const path = copy ? keepNanoseconds(file.path, copy) : file.path;
  const types = await columnTypes(engine, path, file.path);
  const from = `(SELECT file_row_number AS source_row, * EXCLUDE (file_row_number) FROM ${tableOf(path, true)})`;
  return { file, table, path, from, types };
}

const columnsOf = ({ file, types }: Source, expected: ExpectedColumns): readonly ExpectedColumn[] =>
  typeof expected === 'function' ? expected([...types.keys()], Object.keys(file.folders)) : expected;

/** A source without the optional columns that have no value: writers give such a column a type of their own. */
async function usable(engine: Engine, source: Source, columns: readonly ExpectedColumn[]): Promise<Source> {
  if (isCsv(source.file.path)) return source;
  const { file, table, path } = source;
  const types = new Map(source.types);
  for (const ours of columns) {
    const name = table.columns[ours.name]?.column ?? ours.name;
    const type = types.get(name);
    if (type === undefined) continue;
    refuseUnusable(file.path, name, type);
    const isEmpty = ours.optional && !isOfKind(ours.kind, type) && (await hasNoValue(engine, path, name));
    if (isEmpty) types.delete(name);
  }
  return { ...source, types };
}

/** The query that brings a file into form; `undefined` where it is. */
interface Translation {
  readonly query: string;
  /** Counts the rows that the query leaves out. */
  readonly deselected: string | undefined;
}

function translationOf(
  dataset: FeedDataset,
  { file, table, from, types }: Source,
  columns: readonly ExpectedColumn[],
  { epochNs, timezone }: FeedContext,
): Translation | undefined {
  refuseUnknown(dataset, table, columns);
  const fromFolders = columns.filter(({ name }) => !types.has(name) && !table.columns[name] && name in file.folders);
  const hasSides = columns.some(({ name }) => name === SIDE.name);
  const sides = hasSides ? sidesOf(dataset, file, table, types) : undefined;
  const isPlain = Object.keys(table.columns).length + Object.keys(table.rows).length === 0 && !sides;
  if (isPlain && !isCsv(file.path) && fromFolders.length === 0) return undefined;
  const place: FeedPlace = { path: file.path, key: `data.columns.${dataset}`, epochNs, timezone };
  const given = (ours: ExpectedColumn) => givenColumn(ours, file, table, types, place);
  const expressions = new Map<string, string>();
  for (const ours of columns) {
    if (ours.name === 'side' && sides) continue;
    const source = given(ours);
    if (source) expressions.set(ours.name, columnExpression(source, place));
    else if (!ours.optional) throw missingColumn(file.path, ours.name, types);
  }
  if (hasSides && sides !== 'signed' && !given(SIDE)) throw missingColumn(file.path, 'side', types);
  if (sides) addSides(sides, columns, expressions, given);
  const where = selection(table, file.path, types);
  const list = [...expressions].map(([name, sql]) => `${sql} AS ${escapedIdentifier(name)}`);
  return {
    query: `SELECT ${[...list, 'source_row'].join(', ')} FROM ${from}${where ? ` WHERE ${where}` : ''}`,
    deselected: where && `SELECT count(*)::DOUBLE AS n FROM ${from} WHERE NOT (${where})`,
  };
}

const missingColumn = (path: string, name: string, types: ReadonlyMap<string, string>) =>
  dataError(
    `${path} has no column "${name}"; it has ${[...types.keys()].join(', ')}`,
    'rename or add the column, or map it in data.columns',
  );

/** A mapping of a column that the dataset does not have would change nothing. */
function refuseUnknown(dataset: FeedDataset, { columns }: FeedTable, expected: readonly ExpectedColumn[]): void {
  const names = expected.map(({ name }) => name);
  const unknown = Object.keys(columns).find((ours) => !names.includes(ours));
  if (unknown !== undefined)
    throw configError(
      `data.columns.${dataset}: ${dataset} has no column "${unknown}"`,
      `map one of ${names.join(', ')}: ours first, then theirs`,
    );
}

const SIDE: ExpectedColumn = { name: 'side', kind: 'any' };

type Given = (
  ours: ExpectedColumn,
) => { ours: ExpectedColumn; source: FeedTable['columns'][string]; type: string | undefined } | undefined;

/** Where a column of ours comes from: the mapping, the file, its folders. */
function givenColumn(
  ours: ExpectedColumn,
  { path, folders }: FeedFile,
  { columns }: FeedTable,
  types: ReadonlyMap<string, string>,
  { key }: FeedPlace,
): ReturnType<Given> {
  const mapped = columns[ours.name];
  if (mapped?.file_name !== undefined)
    return { ours, source: { value: inFileName(path, mapped.file_name, `${key}.${ours.name}`) }, type: undefined };
  if (mapped?.column !== undefined && !types.has(mapped.column)) {
    if (mapped.column in folders) return { ours, source: { value: folders[mapped.column] }, type: undefined };
    throw dataError(
      `${path} has no column "${mapped.column}", which ${key}.${ours.name} names; it has ${[...types.keys()].join(', ')}`,
      'correct the mapping',
    );
  }
  if (mapped) return { ours, source: mapped, type: mapped.column && types.get(mapped.column) };
  if (types.has(ours.name)) return { ours, source: { column: ours.name }, type: types.get(ours.name) };
  if (ours.name in folders) return { ours, source: { value: folders[ours.name] }, type: undefined };
  return undefined;
}

function inFileName(path: string, pattern: string, key: string): string {
  const value = new RegExp(pattern).exec(basename(path))?.[1];
  if (value === undefined)
    throw dataError(`${path}: its name does not match ${key}.file_name = ${pattern}`, 'correct the pattern');
  return value;
}

function selection({ rows }: FeedTable, path: string, types: ReadonlyMap<string, string>): string | undefined {
  const conditions = Object.entries(rows).map(([column, values]) => {
    const type = types.get(column);
    if (type === undefined)
      throw dataError(
        `${path} has no column "${column}", which data.rows names; it has ${[...types.keys()].join(', ')}`,
        'correct data.rows',
      );
    return `coalesce(${codeText(escapedIdentifier(column), type)}, '') IN (${literals(values)})`;
  });
  return conditions.length > 0 ? conditions.join(' AND ') : undefined;
}

async function translate(
  engine: Engine,
  path: string,
  { query, deselected }: Translation,
  copy: string,
): Promise<number> {
  return withFile(path, async () => {
    await engine.connection.run(`COPY (${query}) TO ${escapedString(copy)} (FORMAT parquet, COMPRESSION snappy)`);
    if (!deselected) return 0;
    const [{ n }] = await smallQuery(engine, deselected);
    return Number(n);
  });
}

/** Table function of a file as its writer wrote it, the number of each row as `source_row`. */
export const rowsAsWritten = async (engine: Engine, file: FeedFile, table: FeedTable): Promise<string> =>
  (await sourceOf(engine, file, table)).from;

const MOST_CODES = 12;

/** What a dataset's files have for sides, as the feed writes it, commonest first. */
export async function sidesFound(engine: Engine, files: readonly string[], table: FeedTable): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const path of files) {
    const file = { path, folders: {} };
    const { from, types } = await sourceOf(engine, file, table);
    const column = table.columns.side?.column ?? 'side';
    const type = types.get(column);
    if (type === undefined) continue;
    const code = `coalesce(${codeText(escapedIdentifier(column), type)}, '')`;
    const sql = `SELECT ${code} AS code, count(*)::DOUBLE AS n FROM ${from} GROUP BY code ORDER BY n DESC, code LIMIT ${MOST_CODES}`;
    for (const { code, n } of await withFile(path, () => smallQuery(engine, sql)))
      counts.set(String(code), (counts.get(String(code)) ?? 0) + Number(n));
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([code]) => code);
}
