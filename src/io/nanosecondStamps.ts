import { closeSync, constants, copyFileSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * The engine reads a Parquet timestamp of nanoseconds as its microsecond type when the file marks it as adjusted to UTC,
 * and the last three digits are gone; without the mark it keeps them. The two files differ in one bit of the footer.
 * This module finds that bit, so that a scan of a patched copy keeps every nanosecond.
 */

const MAGIC_BYTES = 4;
const TRAILER_BYTES = 8;

/** File offsets of the `isAdjustedToUTC = true` bytes that belong to nanosecond timestamps; empty for most files. */
export function adjustedNanosecondFlags(path: string): number[] {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const trailer = readAt(file, size - TRAILER_BYTES, TRAILER_BYTES);
    const footerBytes = trailer.readUInt32LE(0);
    if (footerBytes + TRAILER_BYTES + MAGIC_BYTES > size) return [];
    const start = size - TRAILER_BYTES - footerBytes;
    return flagsInFooter(readAt(file, start, footerBytes)).map((offset) => start + offset);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  } finally {
    closeSync(file);
  }
}

/** The file, or where its stamps would lose their last digits a patched copy of it, put where `copy` says. */
export function keepNanoseconds(file: string, copy: () => string): string {
  const flags = adjustedNanosecondFlags(file);
  if (flags.length === 0) return file;
  const path = copy();
  copyWithLocalStamps(file, path, flags);
  return path;
}

/** Copies the file (by reference where the file system can) and clears the marks in the copy. */
export function copyWithLocalStamps(path: string, copy: string, flags: readonly number[]): void {
  copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  const file = openSync(copy, 'r+');
  try {
    for (const offset of flags) {
      const header = readAt(file, offset, 1)[0];
      writeSync(file, Buffer.of((header & 0xf0) | COMPACT.false), 0, 1, offset);
    }
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  readSync(file, buffer, 0, length, position);
  return buffer;
}

/** Type codes of Thrift's compact protocol. */
const COMPACT = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** Field numbers of parquet.thrift: FileMetaData.schema, SchemaElement.logicalType, LogicalType.TIMESTAMP and its parts. */
const FIELD = { schema: 2, logicalType: 10, timestamp: 8, adjustedToUtc: 1, unit: 2, nanos: 3 } as const;

function flagsInFooter(footer: Buffer): number[] {
  const cursor = { at: 0 };
  const flags: number[] = [];
  readStruct(footer, cursor, (field, type) => {
    if (field !== FIELD.schema || type !== COMPACT.list) return false;
    const { count } = readListHeader(footer, cursor);
    for (let k = 0; k < count; k++) readSchemaElement(footer, cursor, flags);
    return true;
  });
  return flags;
}

function readSchemaElement(footer: Buffer, cursor: Cursor, flags: number[]): void {
  readStruct(footer, cursor, (field, type) => {
    if (field !== FIELD.logicalType || type !== COMPACT.struct) return false;
    readStruct(footer, cursor, (member, memberType) => {
      if (member !== FIELD.timestamp || memberType !== COMPACT.struct) return false;
      readTimestampType(footer, cursor, flags);
      return true;
    });
    return true;
  });
}

function readTimestampType(footer: Buffer, cursor: Cursor, flags: number[]): void {
  let adjustedAt = -1;
  let nanoseconds = false;
  readStruct(footer, cursor, (field, type, headerAt) => {
    if (field === FIELD.adjustedToUtc && type === COMPACT.true) adjustedAt = headerAt;
    if (field !== FIELD.unit || type !== COMPACT.struct) return false;
    readStruct(footer, cursor, (unit) => {
      nanoseconds ||= unit === FIELD.nanos;
      return false;
    });
    return true;
  });
  if (nanoseconds && adjustedAt >= 0) flags.push(adjustedAt);
}

interface Cursor {
  at: number;
}

/** Visits the fields of a struct; a visitor that returns false leaves the value to be skipped. */
function readStruct(
  bytes: Buffer,
  cursor: Cursor,
  visit: (field: number, type: number, headerAt: number) => boolean,
): void {
  let field = 0;
  for (;;) {
    const headerAt = cursor.at;
    const header = bytes.readUInt8(cursor.at++);
    const type = header & 0x0f;
    if (type === COMPACT.stop) return;
    field = header >> 4 ? field + (header >> 4) : zigzag(readVarint(bytes, cursor));
    if (!visit(field, type, headerAt)) skip(bytes, cursor, type);
  }
}

function skip(bytes: Buffer, cursor: Cursor, type: number): void {
  if (type === COMPACT.true || type === COMPACT.false) return;
  if (type === COMPACT.byte) cursor.at += 1;
  else if (type === COMPACT.i16 || type === COMPACT.i32 || type === COMPACT.i64) readVarint(bytes, cursor);
  else if (type === COMPACT.double) cursor.at += 8;
  else if (type === COMPACT.binary) {
    const length = readVarint(bytes, cursor);
    cursor.at += length;
  } else if (type === COMPACT.struct) readStruct(bytes, cursor, () => false);
  else if (type === COMPACT.list || type === COMPACT.set) skipList(bytes, cursor);
  else throw new RangeError(`unexpected Thrift type ${type}`);
}

function skipList(bytes: Buffer, cursor: Cursor): void {
  const { count, type } = readListHeader(bytes, cursor);
  for (let k = 0; k < count; k++) {
    if (type === COMPACT.true || type === COMPACT.false) cursor.at += 1;
    else skip(bytes, cursor, type);
  }
}

function readListHeader(bytes: Buffer, cursor: Cursor): { count: number; type: number } {
  const header = bytes.readUInt8(cursor.at++);
  const short = header >> 4;
  return { type: header & 0x0f, count: short < 15 ? short : readVarint(bytes, cursor) };
}

/** Values beyond 2^53 occur only in fields that are skipped. */
function readVarint(bytes: Buffer, cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes.readUInt8(cursor.at++);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
}

const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
