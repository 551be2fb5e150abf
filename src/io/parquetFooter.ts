import { closeSync, fstatSync, openSync } from 'node:fs';
import { readAt } from './fileBytes.js';
import { annotationFault, CONVERTED, type LogicalType, readLogicalType } from './parquetTypes.js';
import { COMPACT, type Cursor, readInteger, readList, readStruct, readText } from './thriftCompact.js';

/** What the footer of a Parquet file says of its columns and of where their pages lie. */
export interface ParquetFooter {
  /** Of the whole file, and of each of its row groups. */
  readonly rows: number;
  readonly groupRows: readonly number[];
  readonly columns: readonly DeclaredColumn[];
  /** Columns as they are stored: the leaves of the schema, in the order of the chunks of a row group. */
  readonly leaves: readonly StoredColumn[];
  readonly chunks: readonly ColumnChunk[];
}

/** A column as it is stored. */
export interface StoredColumn {
  /** With its parents, `quote.bid`. */
  readonly path: string;
  /** Physical type, by its number in parquet.thrift. */
  readonly type: number;
  /** Neither part of another column nor a list: a value, or a null, in every row. */
  readonly isFlat: boolean;
  readonly isOptional: boolean;
  /** Where its two annotations of type contradict each other, how. */
  readonly contradiction?: string;
}

/** A column that is no part of another, as the file declares it. */
export interface DeclaredColumn {
  readonly name: string;
  /** Digits of a decimal number; absent for anything else. */
  readonly decimal?: { readonly precision: number; readonly scale: number };
  readonly isUnsigned: boolean;
  /** Declared to hold nothing but nulls. */
  readonly isNull: boolean;
}

/** The pages of one column in one row group. */
export interface ColumnChunk {
  /** From 0. */
  readonly rowGroup: number;
  /** With its parents, `quote.bid`. */
  readonly column: string;
  /** Where the first page starts. */
  readonly start: number;
  /** Values of all data pages together, nulls included. */
  readonly values: number;
  readonly isEncrypted: boolean;
  /** By their numbers in parquet.thrift. */
  readonly type: number;
  readonly encodings: readonly number[];
  readonly codec: number;
  /** Of all pages together, with their headers. */
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
}

const TRAILER_BYTES = 8;

/** Field numbers of parquet.thrift, by struct. */
const FILE = { schema: 2, rows: 3, rowGroups: 4 } as const;
const ELEMENT = {
  type: 1,
  repetition: 3,
  name: 4,
  children: 5,
  convertedType: 6,
  scale: 7,
  precision: 8,
  logicalType: 10,
} as const;
/** How often a value may stand in a row. */
const REPETITION = { required: 0, optional: 1 } as const;
const ROW_GROUP = { columns: 1, rows: 3 } as const;
const CHUNK = { metadata: 3, encryption: 8 } as const;
const METADATA = {
  type: 1,
  encodings: 2,
  path: 3,
  codec: 4,
  values: 5,
  uncompressed: 6,
  compressed: 7,
  dataPage: 9,
  dictionaryPage: 11,
} as const;

/** @throws RangeError for a footer that is none. */
export function readFooter(path: string): ParquetFooter {
  const bytes = footerBytes(path);
  const cursor = { at: 0 };
  let elements: Element[] = [];
  const chunks: ColumnChunk[] = [];
  const groupRows: number[] = [];
  let rows = 0;
  const group = () => groupRows.push(readRowGroup(bytes, cursor, groupRows.length, chunks));
  readStruct(bytes, cursor, (field, type) => {
    if (field === FILE.rows && type === COMPACT.i64) rows = readInteger(bytes, cursor);
    else if (type !== COMPACT.list) return false;
    else if (field === FILE.schema) elements = readSchema(bytes, cursor);
    else if (field === FILE.rowGroups) readList(bytes, cursor, group);
    else return false;
    return true;
  });
  return { rows, groupRows, columns: columnsOf(elements), leaves: leavesOf(elements), chunks };
}

function footerBytes(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const length = readAt(file, size - TRAILER_BYTES, TRAILER_BYTES).readUInt32LE(0);
    if (length + TRAILER_BYTES > size) throw new RangeError('the footer is longer than the file');
    return readAt(file, size - TRAILER_BYTES - length, length);
  } finally {
    closeSync(file);
  }
}

interface Element extends DeclaredColumn {
  readonly children: number;
  readonly type: number;
  readonly repetition: number;
  readonly contradiction?: string;
}

/** The schema is a tree in depth-first order whose first element is the root. */
function readSchema(bytes: Buffer, cursor: Cursor): Element[] {
  const elements: Element[] = [];
  readList(bytes, cursor, () => elements.push(readElement(bytes, cursor)));
  return elements;
}

function columnsOf(elements: readonly Element[]): DeclaredColumn[] {
  const columns: DeclaredColumn[] = [];
  // Elements of a nested column that are still to come.
  let inside = 0;
  for (const { children, type: _type, repetition: _repetition, contradiction: _, ...column } of elements.slice(1)) {
    if (inside === 0) columns.push(column);
    else inside--;
    inside += children;
  }
  return columns;
}

function leavesOf(elements: readonly Element[]): StoredColumn[] {
  const leaves: StoredColumn[] = [];
  // Names of the parents, each with the children that are still to come.
  const parents: { readonly name: string; left: number }[] = [];
  for (const { name, children, type, repetition, contradiction } of elements.slice(1)) {
    const path = [...parents.map((parent) => parent.name), name].join('.');
    const isFlat = parents.length === 0 && repetition <= REPETITION.optional;
    const isOptional = repetition === REPETITION.optional;
    if (children === 0) leaves.push({ path, type, isFlat, isOptional, ...(contradiction ? { contradiction } : {}) });
    const inside = parents.at(-1);
    if (inside) inside.left--;
    if (children > 0) parents.push({ name, left: children });
    while (parents.at(-1)?.left === 0) parents.pop();
  }
  return leaves;
}

function readElement(bytes: Buffer, cursor: Cursor): Element {
  const found = { name: '', children: 0, convertedType: -1, scale: 0, precision: 0, type: -1, repetition: 0 };
  let logical: LogicalType = {};
  readStruct(bytes, cursor, (field, type) => {
    if (field === ELEMENT.name) found.name = readText(bytes, cursor);
    else if (field === ELEMENT.type) found.type = readInteger(bytes, cursor);
    else if (field === ELEMENT.repetition) found.repetition = readInteger(bytes, cursor);
    else if (field === ELEMENT.children) found.children = readInteger(bytes, cursor);
    else if (field === ELEMENT.convertedType) found.convertedType = readInteger(bytes, cursor);
    else if (field === ELEMENT.scale) found.scale = readInteger(bytes, cursor);
    else if (field === ELEMENT.precision) found.precision = readInteger(bytes, cursor);
    else if (field === ELEMENT.logicalType && type === COMPACT.struct) logical = readLogicalType(bytes, cursor);
    else return false;
    return true;
  });
  const { name, children, convertedType, scale, precision, type, repetition } = found;
  const contradiction = annotationFault(found, logical);
  // Where a file has both annotations, the newer one holds.
  const decimal = logical.decimal ?? (convertedType === CONVERTED.decimal ? { scale, precision } : undefined);
  const isUnsigned = logical.isUnsigned ?? (convertedType >= CONVERTED.uint8 && convertedType <= CONVERTED.uint64);
  return {
    name,
    children,
    type,
    repetition,
    isUnsigned,
    isNull: logical.isNull === true,
    ...(decimal ? { decimal } : {}),
    ...(contradiction ? { contradiction } : {}),
  };
}

/** Appends its chunks and returns its number of rows. */
function readRowGroup(bytes: Buffer, cursor: Cursor, rowGroup: number, chunks: ColumnChunk[]): number {
  let rows = 0;
  readStruct(bytes, cursor, (field, type) => {
    if (field === ROW_GROUP.rows && type === COMPACT.i64) rows = readInteger(bytes, cursor);
    else if (field === ROW_GROUP.columns && type === COMPACT.list)
      readList(bytes, cursor, () => chunks.push(readChunk(bytes, cursor, rowGroup)));
    else return false;
    return true;
  });
  return rows;
}

const NUMBERS = ['type', 'codec', 'values', 'uncompressed', 'compressed', 'dataPage', 'dictionaryPage'] as const;

function readChunk(bytes: Buffer, cursor: Cursor, rowGroup: number): ColumnChunk {
  const found = { type: -1, codec: -1, values: 0, uncompressed: 0, compressed: 0, dataPage: 0, dictionaryPage: 0 };
  const path: string[] = [];
  const encodings: number[] = [];
  const number = (member: number) => NUMBERS.find((name) => METADATA[name] === member);
  let isEncrypted = false;
  readStruct(bytes, cursor, (field, type) => {
    isEncrypted ||= field === CHUNK.encryption;
    if (field !== CHUNK.metadata || type !== COMPACT.struct) return false;
    readStruct(bytes, cursor, (member) => {
      const name = number(member);
      if (name) found[name] = readInteger(bytes, cursor);
      else if (member === METADATA.path) readList(bytes, cursor, () => path.push(readText(bytes, cursor)));
      else if (member === METADATA.encodings) readList(bytes, cursor, () => encodings.push(readInteger(bytes, cursor)));
      else return false;
      return true;
    });
    return true;
  });
  const { type, codec, values, uncompressed, compressed, dataPage, dictionaryPage } = found;
  // Some writers give no dictionary page the offset 0, others let the data page's point to it.
  const start = dictionaryPage > 0 ? Math.min(dictionaryPage, dataPage) : dataPage;
  const bytesOf = { compressedBytes: compressed, uncompressedBytes: uncompressed };
  return { rowGroup, column: path.join('.'), start, values, isEncrypted, type, encodings, codec, ...bytesOf };
}
