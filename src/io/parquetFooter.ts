import { closeSync, fstatSync, openSync } from 'node:fs';
import { readAt } from './fileBytes.js';
import { COMPACT, type Cursor, readInteger, readList, readStruct, readText } from './thriftCompact.js';

/** What the footer of a Parquet file says of its columns and of where their pages lie. */
export interface ParquetFooter {
  readonly columns: readonly DeclaredColumn[];
  readonly chunks: readonly ColumnChunk[];
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
}

const TRAILER_BYTES = 8;

/** Field numbers of parquet.thrift, by struct. */
const FILE = { schema: 2, rowGroups: 4 } as const;
const ELEMENT = { name: 4, children: 5, convertedType: 6, scale: 7, precision: 8, logicalType: 10 } as const;
const LOGICAL = { decimal: 5, integer: 10, unknown: 11 } as const;
const DECIMAL = { scale: 1, precision: 2 } as const;
const INTEGER = { isSigned: 2 } as const;
/** Values of the older annotation; unsigned integers are four in a row. */
const CONVERTED = { decimal: 5, uint8: 11, uint64: 14 } as const;
const ROW_GROUP = { columns: 1 } as const;
const CHUNK = { metadata: 3, encryption: 8 } as const;
const METADATA = { path: 3, values: 5, dataPage: 9, dictionaryPage: 11 } as const;

/** @throws RangeError for a footer that is none. */
export function readFooter(path: string): ParquetFooter {
  const bytes = footerBytes(path);
  const cursor = { at: 0 };
  let columns: DeclaredColumn[] = [];
  const chunks: ColumnChunk[] = [];
  let rowGroup = 0;
  readStruct(bytes, cursor, (field, type) => {
    if (type !== COMPACT.list) return false;
    if (field === FILE.schema) columns = readSchema(bytes, cursor);
    else if (field === FILE.rowGroups) readList(bytes, cursor, () => readRowGroup(bytes, cursor, rowGroup++, chunks));
    else return false;
    return true;
  });
  return { columns, chunks };
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
}

/** The schema is a tree in depth-first order whose first element is the root. */
function readSchema(bytes: Buffer, cursor: Cursor): DeclaredColumn[] {
  const elements: Element[] = [];
  readList(bytes, cursor, () => elements.push(readElement(bytes, cursor)));
  const columns: DeclaredColumn[] = [];
  // Elements of a nested column that are still to come.
  let inside = 0;
  for (const { children, ...column } of elements.slice(1)) {
    if (inside === 0) columns.push(column);
    else inside--;
    inside += children;
  }
  return columns;
}

function readElement(bytes: Buffer, cursor: Cursor): Element {
  const found = { name: '', children: 0, convertedType: -1, scale: 0, precision: 0 };
  let logical: LogicalType = {};
  readStruct(bytes, cursor, (field, type) => {
    if (field === ELEMENT.name) found.name = readText(bytes, cursor);
    else if (field === ELEMENT.children) found.children = readInteger(bytes, cursor);
    else if (field === ELEMENT.convertedType) found.convertedType = readInteger(bytes, cursor);
    else if (field === ELEMENT.scale) found.scale = readInteger(bytes, cursor);
    else if (field === ELEMENT.precision) found.precision = readInteger(bytes, cursor);
    else if (field === ELEMENT.logicalType && type === COMPACT.struct) logical = readLogicalType(bytes, cursor);
    else return false;
    return true;
  });
  const { name, children, convertedType, scale, precision } = found;
  // Where a file has both annotations, the newer one holds.
  const decimal = logical.decimal ?? (convertedType === CONVERTED.decimal ? { scale, precision } : undefined);
  const isUnsigned = logical.isUnsigned ?? (convertedType >= CONVERTED.uint8 && convertedType <= CONVERTED.uint64);
  return { name, children, isUnsigned, isNull: logical.isNull === true, ...(decimal ? { decimal } : {}) };
}

type LogicalType = Partial<Pick<DeclaredColumn, 'decimal' | 'isUnsigned' | 'isNull'>>;

function readLogicalType(bytes: Buffer, cursor: Cursor): LogicalType {
  let found: LogicalType = {};
  readStruct(bytes, cursor, (member, type) => {
    if (type !== COMPACT.struct) return false;
    if (member === LOGICAL.decimal) found = { decimal: readDecimal(bytes, cursor) };
    else if (member === LOGICAL.integer) found = { isUnsigned: readIsUnsigned(bytes, cursor) };
    else {
      if (member === LOGICAL.unknown) found = { isNull: true };
      return false;
    }
    return true;
  });
  return found;
}

function readDecimal(bytes: Buffer, cursor: Cursor) {
  const decimal = { precision: 0, scale: 0 };
  readStruct(bytes, cursor, (field) => {
    if (field === DECIMAL.scale) decimal.scale = readInteger(bytes, cursor);
    else if (field === DECIMAL.precision) decimal.precision = readInteger(bytes, cursor);
    else return false;
    return true;
  });
  return decimal;
}

function readIsUnsigned(bytes: Buffer, cursor: Cursor): boolean {
  let isUnsigned = false;
  readStruct(bytes, cursor, (field, type) => {
    if (field === INTEGER.isSigned) isUnsigned = type === COMPACT.false;
    return false;
  });
  return isUnsigned;
}

function readRowGroup(bytes: Buffer, cursor: Cursor, rowGroup: number, chunks: ColumnChunk[]): void {
  readStruct(bytes, cursor, (field, type) => {
    if (field !== ROW_GROUP.columns || type !== COMPACT.list) return false;
    readList(bytes, cursor, () => chunks.push(readChunk(bytes, cursor, rowGroup)));
    return true;
  });
}

function readChunk(bytes: Buffer, cursor: Cursor, rowGroup: number): ColumnChunk {
  const found = { path: [] as string[], values: 0, dataPage: 0, dictionaryPage: 0 };
  let isEncrypted = false;
  readStruct(bytes, cursor, (field, type) => {
    isEncrypted ||= field === CHUNK.encryption;
    if (field !== CHUNK.metadata || type !== COMPACT.struct) return false;
    readStruct(bytes, cursor, (member) => {
      if (member === METADATA.path) readList(bytes, cursor, () => found.path.push(readText(bytes, cursor)));
      else if (member === METADATA.values) found.values = readInteger(bytes, cursor);
      else if (member === METADATA.dataPage) found.dataPage = readInteger(bytes, cursor);
      else if (member === METADATA.dictionaryPage) found.dictionaryPage = readInteger(bytes, cursor);
      else return false;
      return true;
    });
    return true;
  });
  const { path, values, dataPage, dictionaryPage } = found;
  // Some writers give no dictionary page the offset 0, others let the data page's point to it.
  const start = dictionaryPage > 0 ? Math.min(dictionaryPage, dataPage) : dataPage;
  return { rowGroup, column: path.join('.'), start, values, isEncrypted };
}
