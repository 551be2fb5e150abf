import type { FeedFile } from '../model/feed.js';
import { isPlain } from '../model/plainText.js';
import { streamColumns } from './chunkReader.js';
import { isCsv } from './csvScan.js';
import { codeOf, createEnum, type Engine, smallQuery } from './duckdb.js';
import { EVENT_COLUMNS, type EventDataset } from './eventColumns.js';
import { identityOf, placeholderIdentifiers, VENUE } from './eventIdentity.js';
import { type FeedContext, feedTables } from './feedTables.js';
import { escapedIdentifier, escapedString, literalPath } from './sql.js';
import { createSymbolEnum, nameCode, refuseBothSpellings, type SymbolCodes } from './symbolCodes.js';
import { checkColumns, fileError, tableOf, withFile } from './tableSchema.js';

/** One day of one dataset, checked and ready to stream. */
export interface EventSource {
  readonly dataset: EventDataset;
  readonly files: readonly string[];
  /** What is scanned for each file: itself, or a copy whose stamps keep their nanoseconds. */
  readonly scanned: readonly string[];
  readonly hasIdentity: boolean;
  /** By file, whether it has a column of identifiers. */
  readonly hasIdentifier: readonly boolean[];
  /** Identifiers that all rows of a file share: they identify nothing, and say nothing. */
  readonly placeholders: readonly string[];
  /** Whether files overlap in time, so that a row of one may stand in another too. */
  readonly mayRepeat: boolean;
  /** SQL type of `ts`, by file. */
  readonly stampTypes: readonly string[];
  /** Sorted; a single nameless venue when the dataset has none. */
  readonly venues: readonly string[];
  /** By file; the rows of one that has none are of a venue without a name. */
  readonly hasVenue: readonly boolean[];
  /** Files whose stamps are INT96, which the engine reads to the microsecond. */
  readonly microsecondFiles: readonly string[];
  /** Rows that `data.rows` leaves out. */
  readonly deselected: number;
  /** Files without a row. */
  readonly empty: readonly string[];
  dispose(): void;
}

export interface ScanContext extends FeedContext, SymbolCodes {
  /** Nanoseconds by which each venue's clock runs ahead. */
  readonly clockOffsetsNs: ReadonlyMap<string, number>;
  /** Whether rows that go back in time within their file are sorted in rather than marked late. */
  readonly acceptLate: boolean;
  /** Sessions as [start, end] after the epoch: rows outside them do not count when lateness is judged. */
  readonly sessionsNs: readonly (readonly [number, number])[];
}

/** Checks the files and learns their venues. @throws data error naming the file and column. */
export async function openEvents(
  engine: Engine,
  dataset: EventDataset,
  files: readonly FeedFile[],
  context: ScanContext,
): Promise<EventSource> {
  const { scanned, types, deselected, empty, dispose } = await feedTables(
    engine,
    dataset,
    files,
    EVENT_COLUMNS[dataset],
    context,
  );
  try {
    const stampColumn = context.feed(dataset).columns.ts?.column ?? 'ts';
    const microsecondFiles = [];
    for (const { path } of files) if (await storesInt96(engine, path, stampColumn)) microsecondFiles.push(path);
    const hasVenue = types.map((columns) => columns.has('venue'));
    const venues = await distinctVenues(engine, scanned, hasVenue);
    await createSymbolEnum(engine, context);
    await refuseBothSpellings(engine, symbolTables({ files: files.map(({ path }) => path), scanned }), context);
    await createEnum(engine, `xim_venue_${dataset}`, venues);
    const identifier = dataset === 'fills' ? 'child_id' : 'trade_id';
    const hasIdentifier = types.map((columns) => dataset !== 'quotes' && columns.has(identifier));
    const placeholders = await placeholderIdentifiers(engine, scanned, identifier, hasIdentifier);
    return {
      dataset,
      files: files.map(({ path }) => path),
      scanned,
      hasIdentity: hasIdentifier.every(Boolean),
      hasIdentifier,
      placeholders,
      mayRepeat: dataset !== 'quotes' && (await overlapInTime(engine, scanned)),
      stampTypes: types.map((columns) => columns.get('ts')!),
      venues,
      hasVenue,
      microsecondFiles,
      deselected,
      empty,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The files as {@link refuseBothSpellings} and a census of symbols read them. */
export const symbolTables = ({ files, scanned }: Pick<EventSource, 'files' | 'scanned'>) =>
  files.map((file, k) => ({ file, table: tableOf(scanned[k], true) }));

async function overlapInTime(engine: Engine, files: readonly string[]): Promise<boolean> {
  const spans: { first: number; last: number }[] = [];
  for (const file of files.length > 1 ? files : []) {
    const sql = `SELECT epoch(min(ts))::DOUBLE AS first, epoch(max(ts))::DOUBLE AS last FROM ${tableOf(file)}`;
    const [{ first, last }] = await withFile(file, () => smallQuery(engine, sql));
    if (typeof first === 'number' && typeof last === 'number') spans.push({ first, last });
  }
  spans.sort((a, b) => a.first - b.first);
  return spans.some(({ first }, k) => spans.slice(0, k).some(({ last }) => first <= last));
}

async function storesInt96(engine: Engine, file: string, stampColumn: string): Promise<boolean> {
  if (isCsv(file)) return false;
  const named = `name = ${escapedString(stampColumn)} AND type = 'INT96'`;
  const rows = await withFile(file, () =>
    smallQuery(engine, `SELECT count(*)::INTEGER AS n FROM parquet_schema(${literalPath(file)}) WHERE ${named}`),
  );
  return Number(rows[0].n) > 0;
}

async function distinctVenues(
  engine: Engine,
  files: readonly string[],
  hasVenue: readonly boolean[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const [k, file] of files.entries()) {
    if (!hasVenue[k]) found.add('');
    if (!hasVenue[k]) continue;
    const rows = await withFile(file, () =>
      smallQuery(engine, `SELECT DISTINCT CAST(venue AS VARCHAR) AS venue FROM ${tableOf(file)}`),
    );
    // A venue that cannot be shown is none: its rows are set aside.
    for (const { venue } of rows) if (typeof venue !== 'string' || isPlain(venue)) found.add(String(venue ?? ''));
  }
  return found.size > 0 ? [...found].sort() : [''];
}

const IN_EVENT = { timeNs: 'DOUBLE', name: 'INTEGER', venue: 'INTEGER' } as const;
const COMMON = { file: 'INTEGER', row: 'DOUBLE', ...IN_EVENT } as const;
const SORTED = { late: 'INTEGER' } as const;
const QUOTE = { bid: 'DOUBLE', ask: 'DOUBLE', bidSize: 'DOUBLE', askSize: 'DOUBLE' } as const;
const TRADE = { price: 'DOUBLE', size: 'DOUBLE', side: 'DOUBLE', identity: 'DOUBLE' } as const;

/** Streams quotes: in file order, or sorted by (time, file, row) with rows that go back in time marked late. */
export async function* readQuotes(engine: Engine, source: EventSource, context: ScanContext, sorted: boolean) {
  const values = { bid: 'bid', ask: 'ask', bidSize: 'bid_size', askSize: 'ask_size' };
  for await (const { rows, columns } of readRows(engine, { source, context, sorted }, QUOTE, values))
    yield { rows, ...columns };
}

/** Streams trades or fills, as {@link readQuotes} does. */
export async function* readTrades(engine: Engine, source: EventSource, context: ScanContext, sorted: boolean) {
  const values = {
    price: 'price',
    size: source.dataset === 'fills' ? 'qty' : 'size',
    side: 'side',
    identity: identityOf(source),
  };
  for await (const { rows, columns } of readRows(engine, { source, context, sorted }, TRADE, values))
    yield { rows, ...columns };
}

/** Streams own fills sorted by (time, file, row), each with the place of its parent among `parentIds`, NaN for none. */
export async function* readFills(
  engine: Engine,
  source: EventSource,
  context: ScanContext,
  parentIds: readonly string[],
) {
  for (const [k, file] of source.scanned.entries())
    await checkColumns(engine, file, [{ name: 'parent_id', kind: 'any' }], source.files[k]);
  await createEnum(engine, 'xim_parent', parentIds.length > 0 ? parentIds : ['']);
  const parent = codeOf('CAST(parent_id AS VARCHAR)', 'xim_parent');
  const values = { price: 'price', size: 'qty', side: 'side', identity: identityOf(source), parent };
  const types = { ...TRADE, parent: 'DOUBLE' } as const;
  for await (const { rows, columns } of readRows(engine, { source, context, sorted: true }, types, values))
    yield { rows, ...columns };
}

/** Nanoseconds after the epoch; NULL for a stamp that nanoseconds cannot hold, which would end the scan. */
export function nanosecondsAfter(epochNs: bigint, stampType: string, column = 'ts'): string {
  const [first, last] = ['1970-01-01', '2200-01-01'].map((date) => `CAST('${date}' AS ${stampType})`);
  return `CASE WHEN ${column} BETWEEN ${first} AND ${last} THEN epoch_ns(${column}) - (${epochNs}) END`;
}

interface EventScan {
  readonly source: EventSource;
  readonly context: ScanContext;
  /** In order of time over all files, rather than file by file. */
  readonly sorted: boolean;
}

async function* readRows<V extends Readonly<Record<string, 'DOUBLE'>>>(
  engine: Engine,
  { source, context, sorted }: EventScan,
  valueTypes: V,
  values: { readonly [K in keyof V]: string },
) {
  const common = (file: number) => ({
    file: String(file),
    row: 'file_row_number',
    timeNs: `(${nanosecondsAfter(context.epochNs, source.stampTypes[file])})${clockShift(source, context, file)}`,
    name: nameCode(context),
    venue: codeOf(source.hasVenue[file] ? VENUE : "''", `xim_venue_${source.dataset}`),
  });
  const types = { ...COMMON, ...SORTED, ...valueTypes };
  if (!sorted) {
    for (let k = 0; k < source.scanned.length; k++) {
      const { file: _file, row: _row, ...expressions } = common(k);
      const from = `FROM ${tableOf(source.scanned[k])}`;
      const stream = streamColumns(engine, { ...IN_EVENT, ...valueTypes }, { ...expressions, ...values }, from);
      yield* numbered(k, named(source.files[k], stream));
    }
    return;
  }
  const late = (file: number) => lateness(source, context, file);
  const perFile = source.scanned.map((file, k) =>
    selectAs({ ...common(k), late: late(k), ...values }, tableOf(file, true)),
  );
  const identity = Object.fromEntries(Object.keys(types).map((column) => [column, escapedIdentifier(column)])) as {
    [K in keyof typeof types]: string;
  };
  yield* named(
    source.files.join(', '),
    streamColumns(engine, types, identity, `FROM (${perFile.join(' UNION ALL ')}) ORDER BY "timeNs", file, "row"`),
  );
}

/** Rows in the order of their file, counted here: numbers that the engine need not hand over. The same arrays each time. */
async function* numbered<C>(file: number, stream: AsyncGenerator<{ rows: number; columns: C }>) {
  let before = 0;
  let same = { file: new Int32Array(0), row: new Float64Array(0) };
  for await (const { rows, columns } of stream) {
    if (rows > same.row.length) same = { file: new Int32Array(rows).fill(file), row: new Float64Array(rows) };
    for (let k = 0; k < rows; k++) same.row[k] = before + k;
    before += rows;
    yield { rows, columns: { ...same, ...columns } };
  }
}

/** Whether an earlier row of the same file, name and venue has a later stamp; rows outside the sessions do not count. */
function lateness(source: EventSource, { acceptLate, epochNs, sessionsNs }: ScanContext, file: number): string {
  if (acceptLate) return 'false';
  const time = nanosecondsAfter(epochNs, source.stampTypes[file]);
  const inSession = sessionsNs.map(([start, end]) => `(${time}) BETWEEN ${start} AND ${end}`).join(' OR ');
  const partition = `PARTITION BY symbol${source.hasVenue[file] ? ', venue' : ''} ORDER BY file_row_number`;
  const before = `max(CASE WHEN ${inSession} THEN ${time} END) OVER (${partition} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  return `coalesce((${time}) < ${before}, false)`;
}

function selectAs(expressions: Readonly<Record<string, string>>, table: string): string {
  const projection = Object.entries(expressions).map(
    ([column, expression]) => `${expression} AS ${escapedIdentifier(column)}`,
  );
  return `SELECT ${projection.join(', ')} FROM ${table}`;
}

function clockShift({ hasVenue }: EventSource, { clockOffsetsNs }: ScanContext, file: number): string {
  if (!hasVenue[file] || clockOffsetsNs.size === 0) return '';
  const cases = [...clockOffsetsNs].map(([venue, offset]) => `WHEN ${escapedString(venue)} THEN ${offset}`);
  return ` - (CASE CAST(venue AS VARCHAR) ${cases.join(' ')} ELSE 0 END)`;
}

async function* named<T>(file: string, stream: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    throw fileError(file, error);
  }
}

/** Whether rows come in order of time only when sorted: clock offsets shift venues differently, and files overlap. */
export const needsSorting = (source: EventSource, { clockOffsetsNs }: ScanContext): boolean =>
  source.mayRepeat || (source.hasVenue.some(Boolean) && clockOffsetsNs.size > 0);

/** The rows behind quarantine examples, as the file has them. */
export async function exampleRow(
  engine: Engine,
  source: EventSource,
  file: number,
  row: number,
): Promise<Record<string, unknown>> {
  const sql = `SELECT * EXCLUDE (file_row_number) FROM ${tableOf(source.scanned[file], true)} WHERE file_row_number = ${row}`;
  const rows = await withFile(source.files[file], () => smallQuery(engine, sql));
  return rows[0] ?? {};
}
