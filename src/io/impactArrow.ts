import { Bool, DataType, tableFromIPC, vectorFromArray } from 'apache-arrow';
import type { ConcaveTerms } from '../model/concave.js';
import { XimError } from '../model/failure.js';
import { type DenseMatrix, mapEntries, zeros } from '../numerics/dense.js';
import {
  arrowFile,
  doubles,
  type NamedData,
  nullableDoubles,
  positiveRowLists,
  rowLists,
  rowOf,
  utf8,
} from './arrowColumns.js';

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
  const columns: NamedData[] = [
    ['symbol', utf8(table.symbols)],
    ['block', utf8(table.blocks)],
    ['K', rowLists(table.K, 'K')],
    ['K_raw', rowLists(table.rawK, 'K_raw')],
    ['K_shrunk', rowLists(table.shrunkK, 'K_shrunk')],
    ...(table.standardErrors ? [['K_se', positiveRowLists(table.standardErrors, 'K_se')] as NamedData] : []),
    ['K_block', rowLists(table.blockK, 'K_block')],
    ...(table.parts ?? []).map((part, p): NamedData => [`K_${p + 1}`, rowLists(part, `K_${p + 1}`)]),
    ...(table.shrunkParts ?? []).map(
      (part, p): NamedData => [`K_shrunk_${p + 1}`, rowLists(part, `K_shrunk_${p + 1}`)],
    ),
    ...(table.concave ? concaveColumns(table.concave) : []),
    ['K_diag', doubles(table.diagonalK)],
    ...(table.loadings.cols > 0 ? [['beta', rowLists(table.loadings, 'beta')] as NamedData] : []),
    ...(table.residualVolBps ? [['resid_vol_bps', doubles(table.residualVolBps)] as NamedData] : []),
    ['floor', doubles(table.floors)],
    ['adv', nullableDoubles(table.adv)],
    ['canary', vectorFromArray([...table.canary], new Bool()).data[0]],
    ...(table.depthMedian ? [['depth_median', nullableDoubles(table.depthMedian)] as NamedData] : []),
  ];
  const metadataOf = new Map([
    ['xim.schema', metadata.schemaVersion],
    ['xim.asof', metadata.asof],
    ['xim.units', metadata.units],
  ]);
  return arrowFile(columns, n, metadataOf, NULLABLE);
}

function concaveColumns({
  linear,
  terms: { own, scales, typical, modes },
}: NonNullable<ImpactTable['concave']>): NamedData[] {
  const directions = mapEntries(zeros(scales.length, modes.length), (_, i, m) => modes[m].direction[i]);
  return [
    ['K_linear', rowLists(linear, 'K_linear')],
    ...Array.from(
      { length: own.rows },
      (_, q): NamedData => [`g_${q + 1}`, doubles(own.data.subarray(q * own.cols, (q + 1) * own.cols))],
    ),
    ['h_scale', doubles(scales)],
    ['typical_flow', doubles(typical)],
    ...(modes.length > 0 ? [['modes', rowLists(directions, 'modes')] as NamedData] : []),
  ];
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
