import {
  Bool,
  DataType,
  Field,
  FixedSizeList,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { ConcaveTerms } from '../model/concave.js';
import { XimError } from '../model/failure.js';
import { type DenseMatrix, isFiniteMatrix, mapEntries, zeros } from '../numerics/dense.js';

/** Rows of `impact.arrow` (CONTRACT §5), one per name. Matrices are N×N, bps per million. */
export interface ImpactTable {
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  readonly K: DenseMatrix;
  /** K_1 … K_P, where the kernel is not scalar. */
  readonly parts?: readonly DenseMatrix[];
  readonly rawK: DenseMatrix;
  /** What was projected: after penalty, shrinkage and tail. */
  readonly shrunkK: DenseMatrix;
  readonly shrunkParts?: readonly DenseMatrix[];
  /** Beside them what is linear alone: K then holds the secants at typical flow. No columns where impact is linear. */
  readonly concave?: { readonly linear: DenseMatrix; readonly terms: ConcaveTerms };
  /** 0, which is written as null, where nothing was estimated; absent, and without a column, for a matrix without data. */
  readonly standardErrors?: DenseMatrix;
  readonly blockK: DenseMatrix;
  readonly diagonalK: Float64Array;
  /** N×F; no column where F = 0. */
  readonly loadings: DenseMatrix;
  /** Absent as standardErrors are. */
  readonly residualVolBps?: Float64Array;
  readonly floors: Float64Array;
  /** NaN where the universe has none. */
  readonly adv: Float64Array;
  readonly canary: readonly boolean[];
  /** D̄, millions; NaN for a name without depth. Absent, and without a column, where flow is not scaled by depth. */
  readonly depthMedian?: Float64Array;
}

export interface ImpactMetadata {
  readonly schemaVersion: string;
  readonly asof: string;
  readonly units: string;
}

const NULLABLE: ReadonlySet<string> = new Set(['adv', 'depth_median']);

/** Bytes of the Arrow IPC file. @throws RangeError when a matrix is not finite. */
export function writeImpactArrow(table: ImpactTable, metadata: ImpactMetadata): Uint8Array {
  const n = table.symbols.length;
  const columns: [string, ReturnType<typeof makeData>][] = [
    ['symbol', utf8(table.symbols)],
    ['block', utf8(table.blocks)],
    ['K', rowLists(table.K, 'K')],
    ['K_raw', rowLists(table.rawK, 'K_raw')],
    ['K_shrunk', rowLists(table.shrunkK, 'K_shrunk')],
    ...(table.standardErrors
      ? [['K_se', positiveRowLists(table.standardErrors, 'K_se')] as [string, ReturnType<typeof makeData>]]
      : []),
    ['K_block', rowLists(table.blockK, 'K_block')],
    ...(table.parts ?? []).map((part, p): [string, ReturnType<typeof makeData>] => [
      `K_${p + 1}`,
      rowLists(part, `K_${p + 1}`),
    ]),
    ...(table.shrunkParts ?? []).map((part, p): [string, ReturnType<typeof makeData>] => [
      `K_shrunk_${p + 1}`,
      rowLists(part, `K_shrunk_${p + 1}`),
    ]),
    ...(table.concave ? concaveColumns(table.concave) : []),
    ['K_diag', doubles(table.diagonalK)],
    ...(table.loadings.cols > 0
      ? [['beta', rowLists(table.loadings, 'beta')] as [string, ReturnType<typeof makeData>]]
      : []),
    ...(table.residualVolBps
      ? [['resid_vol_bps', doubles(table.residualVolBps)] as [string, ReturnType<typeof makeData>]]
      : []),
    ['floor', doubles(table.floors)],
    ['adv', nullableDoubles(table.adv)],
    ['canary', vectorFromArray([...table.canary], new Bool()).data[0]],
    ...(table.depthMedian
      ? [['depth_median', nullableDoubles(table.depthMedian)] as [string, ReturnType<typeof makeData>]]
      : []),
  ];
  const fields = columns.map(([name, data]) => new Field(name, data.type, NULLABLE.has(name)));
  const schema = new Schema(
    fields,
    new Map([
      ['xim.schema', metadata.schemaVersion],
      ['xim.asof', metadata.asof],
      ['xim.units', metadata.units],
    ]),
  );
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(fields), length: n, children: columns.map(([, data]) => data) }),
  );
  return tableToIPC(new Table(schema, [batch]), 'file');
}

function concaveColumns({
  linear,
  terms: { own, scales, typical, modes },
}: NonNullable<ImpactTable['concave']>): [string, ReturnType<typeof makeData>][] {
  const directions = mapEntries(zeros(scales.length, modes.length), (_, i, m) => modes[m].direction[i]);
  return [
    ['K_linear', rowLists(linear, 'K_linear')],
    ...Array.from({ length: own.rows }, (_, q): [string, ReturnType<typeof makeData>] => [
      `g_${q + 1}`,
      doubles(own.data.subarray(q * own.cols, (q + 1) * own.cols)),
    ]),
    ['h_scale', doubles(scales)],
    ['typical_flow', doubles(typical)],
    ...(modes.length > 0 ? [['modes', rowLists(directions, 'modes')] as [string, ReturnType<typeof makeData>]] : []),
  ];
}

/** Plain UTF-8: ids of a dictionary would depend on what the process wrote before. */
function utf8(values: readonly string[]) {
  return vectorFromArray([...values], new Utf8()).data[0];
}

function doubles(values: Float64Array) {
  if (!values.every(Number.isFinite)) throw new RangeError('a column of impact.arrow is not finite');
  return makeData({ type: new Float64(), length: values.length, data: values.slice() });
}

function nullableDoubles(values: Float64Array) {
  return vectorFromArray(
    Array.from(values, (v) => (Number.isNaN(v) ? null : v)),
    new Float64(),
  ).data[0];
}

function rowLists(matrix: DenseMatrix, name: string) {
  if (!isFiniteMatrix(matrix)) throw new RangeError(`${name} is not finite`);
  const type = new FixedSizeList(matrix.cols, new Field('item', new Float64(), false));
  // A copy: of neighbouring columns that share their memory the writer stores only one.
  const child = makeData({ type: new Float64(), length: matrix.data.length, data: matrix.data.slice() });
  return makeData({ type, length: matrix.rows, child });
}

/** Rows whose entries are null where they are not positive. */
function positiveRowLists(matrix: DenseMatrix, name: string) {
  if (!isFiniteMatrix(matrix)) throw new RangeError(`${name} is not finite`);
  const type = new FixedSizeList(matrix.cols, new Field('item', new Float64(), true));
  const child = nullableDoubles(matrix.data.map((value) => (value > 0 ? value : Number.NaN)));
  return makeData({ type, length: matrix.rows, child });
}

export interface StoredImpact {
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  /** NaN where an entry is null. */
  readonly matrices: ReadonlyMap<string, DenseMatrix>;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Reads back an artifact. @throws XimError `corrupt` when the bytes are no such table. */
export function readImpactArrow(bytes: Uint8Array): StoredImpact {
  const table = parse(bytes);
  const n = table.numRows;
  const text = (name: string) => Array.from({ length: n }, (_, i) => String(table.getChild(name)?.get(i)));
  const matrices = new Map<string, DenseMatrix>();
  const columns = new Map<string, Float64Array>();
  for (const field of table.schema.fields) {
    const vector = table.getChild(field.name)!;
    if (DataType.isFixedSizeList(field.type)) {
      const matrix = zeros(n, field.type.listSize);
      for (let i = 0; i < n; i++) matrix.data.set(rowOf(vector.get(i)), i * matrix.cols);
      matrices.set(field.name, matrix);
    } else if (DataType.isFloat(field.type)) {
      columns.set(
        field.name,
        Float64Array.from({ length: n }, (_, i) => vector.get(i) ?? Number.NaN),
      );
    }
  }
  return { symbols: text('symbol'), blocks: text('block'), matrices, columns };
}

/** The values of a list; those of null entries are not what the file says. */
function rowOf(row: Vector<Float64>): ArrayLike<number> {
  return row.nullCount === 0 ? row.toArray() : Array.from(row, (value) => value ?? Number.NaN);
}

/** An empty or cut-off file would read as a table without rows, so length and content are checked here. */
function parse(bytes: Uint8Array) {
  const damaged = (why: string) =>
    new XimError('corrupt', `impact.arrow is damaged: ${why}`, 'restore the store from a backup, or run again');
  if (bytes.byteLength < 16) throw damaged(`it has ${bytes.byteLength} bytes`);
  try {
    const table = tableFromIPC(bytes);
    if (table.numRows === 0 || !table.getChild('K')) throw damaged('it holds no matrix');
    return table;
  } catch (error) {
    throw error instanceof XimError ? error : damaged(error instanceof Error ? error.message : String(error));
  }
}
