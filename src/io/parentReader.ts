import type { FeedFile } from '../model/feed.js';
import type { ParentRow } from '../model/parentRow.js';
import { type Engine, smallQuery } from './duckdb.js';
import { nanosecondsAfter, openEvents, readFills, type ScanContext } from './eventReader.js';
import { type FeedContext, feedTables } from './feedTables.js';
import { refuseUnseen } from './smallTable.js';
import { type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

const PARENT_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'parent_id', kind: 'any' },
  { name: 'basket_id', kind: 'any', optional: true },
  { name: 'symbol', kind: 'text' },
  { name: 'side', kind: 'number' },
  { name: 'qty', kind: 'number' },
  { name: 'arrival_ts', kind: 'timestamp' },
  { name: 'deadline_ts', kind: 'timestamp' },
  { name: 'arm', kind: 'text', optional: true },
  { name: 'arrival_mid', kind: 'number', optional: true },
];

/** Parent orders of one day, in the order of files and rows. @throws data error naming a file and column. */
export async function readParents(
  engine: Engine,
  files: readonly FeedFile[],
  context: FeedContext,
): Promise<ParentRow[]> {
  const { scanned, types, dispose } = await feedTables(engine, 'parents', files, PARENT_COLUMNS, context);
  try {
    const parents: ParentRow[] = [];
    for (const [k, path] of scanned.entries()) {
      const sql = parentQuery(path, types[k], context.epochNs);
      const rows = await withFile(files[k].path, () => smallQuery(engine, sql));
      for (const row of rows) {
        const parent = storedParent(k, row);
        const { id, basket = '', symbol, arm = '' } = parent;
        refuseUnseen(files[k].path, `row ${parent.row}`, { parent_id: id, basket_id: basket, symbol, arm });
        parents.push(parent);
      }
    }
    return parents;
  } finally {
    dispose();
  }
}

function parentQuery(path: string, types: ReadonlyMap<string, string>, epochNs: bigint): string {
  const text = (column: string) => (types.has(column) ? `CAST(${column} AS VARCHAR)` : 'NULL');
  const number = (column: string) => (types.has(column) ? `CAST(${column} AS DOUBLE)` : 'NULL');
  const time = (column: string) => `CAST(${nanosecondsAfter(epochNs, types.get(column)!, column)} AS DOUBLE)`;
  return `SELECT file_row_number AS "row", ${text('parent_id')} AS id, ${text('basket_id')} AS basket,
    ${text('symbol')} AS symbol, ${number('side')} AS side, ${number('qty')} AS qty, ${time('arrival_ts')} AS arrival,
    ${time('deadline_ts')} AS deadline, ${text('arm')} AS arm, ${number('arrival_mid')} AS mid
    FROM ${tableOf(path, true)} ORDER BY file_row_number`;
}

function storedParent(file: number, row: Record<string, unknown>): ParentRow {
  const number = (value: unknown) => (value === null ? Number.NaN : Number(value));
  return {
    file,
    row: Number(row.row),
    id: String(row.id ?? ''),
    ...(row.basket === null ? {} : { basket: String(row.basket) }),
    symbol: String(row.symbol ?? ''),
    side: number(row.side),
    qty: number(row.qty),
    arrivalNs: number(row.arrival),
    deadlineNs: number(row.deadline),
    ...(row.arm === null ? {} : { arm: String(row.arm) }),
    arrivalMid: number(row.mid),
  };
}

const FILL_COLUMNS = ['file', 'row', 'timeNs', 'name', 'venue', 'side', 'size', 'price', 'identity', 'parent'] as const;
const CODES: ReadonlySet<string> = new Set(['file', 'name', 'venue']);

/**
 * Own fills of one day in order of time, as columns, with the venues that their codes stand for; `parent` is a place in
 * `parentIds`. Fills that go back in time within their file are sorted in: what was paid was paid.
 * @throws data error naming a file and column.
 */
export async function readOwnFills(
  engine: Engine,
  files: readonly FeedFile[],
  context: ScanContext,
  parentIds: readonly string[],
) {
  const scan = { ...context, acceptLate: true };
  const source = await openEvents(engine, 'fills', files, scan);
  try {
    const parts = Object.fromEntries(FILL_COLUMNS.map((column) => [column, [] as number[]]));
    for await (const chunk of readFills(engine, source, scan, parentIds))
      for (const column of FILL_COLUMNS) for (let k = 0; k < chunk.rows; k++) parts[column].push(chunk[column][k]);
    const { size, ...columns } = Object.fromEntries(
      FILL_COLUMNS.map((column) => [
        column,
        CODES.has(column) ? Int32Array.from(parts[column]) : Float64Array.from(parts[column]),
      ]),
    );
    return { venues: source.venues, rows: { ...columns, qty: size } as unknown as StoredFills };
  } finally {
    source.dispose();
  }
}

/** Columns of one length; NaN, or −1 for a symbol outside the universe, where a value cannot be used. */
export interface StoredFills {
  readonly file: Int32Array;
  readonly row: Float64Array;
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly venue: Int32Array;
  readonly side: Float64Array;
  readonly qty: Float64Array;
  readonly price: Float64Array;
  readonly identity: Float64Array;
  readonly parent: Float64Array;
}
