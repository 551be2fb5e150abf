import { closeSync, constants, copyFileSync, fstatSync, openSync, writeSync } from 'node:fs';
import { readAt } from './fileBytes.js';
import { COMPACT, type Cursor, readListHeader, readStruct } from './thriftCompact.js';

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
