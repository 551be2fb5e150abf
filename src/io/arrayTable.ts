import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { type Engine, smallQuery } from './duckdb.js';

export type ColumnArray = Float64Array | Int32Array | Uint8Array;

/** A list of texts, or of stamps in UTC nanoseconds, of which each row has one: no text is made, or told from others, by row. */
export interface EntryArray {
  readonly entries: readonly string[] | BigInt64Array;
  /** Place of a row's entry in the list. */
  readonly placeOf: (row: number) => number;
}

export type TableColumn = ColumnArray | EntryArray;

/** Types of the columns that arrays become; NaN becomes NULL. */
export function sqlTypeOf(values: ColumnArray): 'DOUBLE' | 'INTEGER' | 'UTINYINT' {
  if (values instanceof Float64Array) return 'DOUBLE';
  return values instanceof Int32Array ? 'INTEGER' : 'UTINYINT';
}

/** SQL of a table whose columns come from arrays, `c0`, `c1`, … and `row`, the number of the row; see {@link runOverArrays}. */
export const ARRAY_TABLE = 'xim_arrays()';

/** Arrays that a query of an engine reads as a table, and the row from which it goes on. */
interface Feed {
  columns: readonly TableColumn[];
  /** Of the columns, and of the number of the row. */
  sources: readonly RowSource[];
  rows: number;
  at: number;
}

const NOTHING = { columns: [], sources: [], rows: 0 } as const;

/** A table function stays with its connection for good, so that there is one, fed with other arrays each time. */
const feeds = new WeakMap<Engine, Feed>();

/**
 * Runs a query over {@link ARRAY_TABLE}. The engine takes rows straight from the arrays, in order and a vector at a time:
 * a table filled before would hold them all a second time. One such query at a time.
 */
export async function runOverArrays(
  engine: Engine,
  rows: number,
  columns: readonly TableColumn[],
  query: string,
): Promise<DuckDBResult> {
  const feed = feeds.get(engine) ?? (await register(engine));
  const numbers = integerSource(new Int32Array(duckdb.vector_size()), (row) => row);
  Object.assign(feed, { columns, sources: [...columns.map(sourceOf), numbers], rows });
  try {
    return await withOwnThread(engine, () => runOnOwnThread(engine, query));
  } finally {
    Object.assign(feed, NOTHING);
  }
}

/** One thread of the engine is the caller's, any other its own. */
async function withOwnThread<T>(engine: Engine, run: () => Promise<T>): Promise<T> {
  const [{ threads }] = await smallQuery(engine, `SELECT current_setting('threads')::INTEGER AS threads`);
  if (Number(threads) > 1) return run();
  await engine.connection.run('SET threads = 2');
  try {
    return await run();
  } finally {
    await engine.connection.run(`SET threads = ${threads}`);
  }
}

const POLL_MS = 1;

/**
 * The thread that runs the query waits for this one at every vector. One of Node's must not, as it does in `run`: Node waits
 * for its own at the end of the process, and an interrupt would hang.
 */
async function runOnOwnThread({ connection }: Engine, query: string): Promise<DuckDBResult> {
  const prepared = await connection.prepare(query);
  try {
    const pending = prepared.start();
    // biome-ignore lint/complexity/useLiteralKeys: private to the API, which can only ask by working along
    while (isRunning(duckdb.pending_execute_check_state(pending['pending_result'])))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return await pending.getResult();
  } finally {
    prepared.destroySync();
  }
}

const isRunning = (state: duckdb.PendingState): boolean =>
  state !== duckdb.PendingState.RESULT_READY && state !== duckdb.PendingState.ERROR;

async function register(engine: Engine): Promise<Feed> {
  const { DuckDBTableFunction, DOUBLE, ENUM, INTEGER, TIMESTAMP_NS, UTINYINT } = await import('@duckdb/node-api');
  const types = { DOUBLE, INTEGER, UTINYINT };
  const typeOf = (column: TableColumn) => {
    if (!('placeOf' in column)) return types[sqlTypeOf(column)];
    return column.entries instanceof BigInt64Array ? TIMESTAMP_NS : ENUM(column.entries);
  };
  const feed: Feed = { ...NOTHING, at: 0 };
  const table = DuckDBTableFunction.create({
    name: ARRAY_TABLE.slice(0, -2),
    bindFunction: (info) => {
      feed.columns.forEach((column, k) => {
        info.addResultColumn(`c${k}`, typeOf(column));
      });
      info.addResultColumn('row', INTEGER);
      info.setCardinality(feed.rows, true);
    },
    initFunction: () => {
      feed.at = 0;
    },
    mainFunction: (_info, chunk) => fillChunk(chunk, feed),
  });
  engine.connection.registerTableFunction(table);
  feeds.set(engine, feed);
  return feed;
}

function fillChunk(output: DuckDBDataChunk, feed: Feed): void {
  const from = feed.at;
  const count = Math.min(duckdb.vector_size(), feed.rows - from);
  feed.at += count;
  output.rowCount = count;
  if (count === 0) return;
  feed.sources.forEach((valuesOf, k) => {
    fillVector(duckdb.data_chunk_get_vector(output.chunk, k), valuesOf(from, count));
  });
}

type RowValues = ColumnArray | BigInt64Array | Uint16Array | Uint32Array;

/** Values of a column for no more rows than a vector has, in memory that the next call takes again. */
type RowSource = (from: number, count: number) => RowValues;

function sourceOf(column: TableColumn): RowSource {
  if (!('placeOf' in column)) return (from, count) => column.subarray(from, from + count);
  const { entries, placeOf } = column;
  if (entries instanceof BigInt64Array) return stampSource(entries, placeOf);
  return integerSource(new (codeArray(entries.length))(duckdb.vector_size()), placeOf);
}

function stampSource(entries: BigInt64Array, placeOf: (row: number) => number): RowSource {
  const stamps = new BigInt64Array(duckdb.vector_size());
  return (from, count) => {
    for (let k = 0; k < count; k++) stamps[k] = entries[placeOf(from + k)];
    return stamps.subarray(0, count);
  };
}

function integerSource<A extends Exclude<RowValues, BigInt64Array>>(out: A, ofRow: (row: number) => number): RowSource {
  return (from, count) => {
    for (let k = 0; k < count; k++) out[k] = ofRow(from + k);
    return out.subarray(0, count);
  };
}

/** Of an enumeration the engine holds codes that are as short as can be. */
function codeArray(texts: number): typeof Uint8Array | typeof Uint16Array | typeof Uint32Array {
  if (texts < 0x100) return Uint8Array;
  return texts < 0x10000 ? Uint16Array : Uint32Array;
}

function fillVector(vector: duckdb.Vector, values: RowValues): void {
  duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  const mask = values instanceof Float64Array ? validityMask(values) : undefined;
  if (!mask) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer as ArrayBuffer, 0, mask.byteLength);
}

/** A bit per value, 0 for NaN; `undefined` where there is none. */
function validityMask(values: Float64Array): Uint8Array | undefined {
  let mask: Uint8Array | undefined;
  for (let k = 0; k < values.length; k++) {
    if (!Number.isNaN(values[k])) continue;
    mask ??= new Uint8Array(Math.ceil(values.length / 64) * 8).fill(255);
    mask[k >> 3] &= ~(1 << (k & 7));
  }
  return mask;
}
