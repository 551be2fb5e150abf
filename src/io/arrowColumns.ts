import {
  Field,
  FixedSizeList,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { type DenseMatrix, isFiniteMatrix } from '../numerics/dense.js';

/** Columns of the Arrow files of an artifact. Their bytes depend on the values alone. */
export type NamedData = [string, ReturnType<typeof makeData>];

/** Bytes of an Arrow IPC file with one batch. */
export function arrowFile(
  columns: readonly NamedData[],
  rows: number,
  metadata: Map<string, string>,
  nullable: ReadonlySet<string>,
): Uint8Array {
  const fields = columns.map(([name, data]) => new Field(name, data.type, nullable.has(name)));
  const schema = new Schema(fields, metadata);
  const type = new Struct(fields);
  const batch = new RecordBatch(schema, makeData({ type, length: rows, children: columns.map(([, data]) => data) }));
  return tableToIPC(new Table(schema, [batch]), 'file');
}

/** Plain UTF-8: ids of a dictionary would depend on what the process wrote before. */
export function utf8(values: readonly string[]) {
  return vectorFromArray([...values], new Utf8()).data[0];
}

export function doubles(values: Float64Array) {
  if (!values.every(Number.isFinite)) throw new RangeError('a column is not finite');
  return makeData({ type: new Float64(), length: values.length, data: values.slice() });
}

export function nullableDoubles(values: Float64Array) {
  return vectorFromArray(
    Array.from(values, (v) => (Number.isNaN(v) ? null : v)),
    new Float64(),
  ).data[0];
}

export function rowLists(matrix: DenseMatrix, name: string) {
  if (!isFiniteMatrix(matrix)) throw new RangeError(`${name} is not finite`);
  const type = new FixedSizeList(matrix.cols, new Field('item', new Float64(), false));
  // A copy: of neighbouring columns that share their memory the writer stores only one.
  const child = makeData({ type: new Float64(), length: matrix.data.length, data: matrix.data.slice() });
  return makeData({ type, length: matrix.rows, child });
}

/** Rows whose entries are null where they are not positive. */
export function positiveRowLists(matrix: DenseMatrix, name: string) {
  if (!isFiniteMatrix(matrix)) throw new RangeError(`${name} is not finite`);
  const type = new FixedSizeList(matrix.cols, new Field('item', new Float64(), true));
  const child = nullableDoubles(matrix.data.map((value) => (value > 0 ? value : Number.NaN)));
  return makeData({ type, length: matrix.rows, child });
}

/** The values of a list; those of null entries are not what the file says. */
export function rowOf(row: Vector<Float64>): ArrayLike<number> {
  return row.nullCount === 0 ? row.toArray() : Array.from(row, (value) => value ?? Number.NaN);
}
