/**
 * Thrift's compact protocol, as Parquet writes its footer and its page headers: enough of it to find the fields that are
 * wanted and to step over the rest. Bytes that are none end in a RangeError.
 */

/** Type codes of Thrift's compact protocol. */
export const COMPACT = {
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

export interface Cursor {
  at: number;
}

/** Visits the fields of a struct; a visitor that returns false leaves the value to be skipped. */
export function readStruct(
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

export function readListHeader(bytes: Buffer, cursor: Cursor): { count: number; type: number } {
  const header = bytes.readUInt8(cursor.at++);
  const short = header >> 4;
  const count = short < 15 ? short : readVarint(bytes, cursor);
  // Every element takes a byte at least: damaged bytes must not make a reader count to 2^53.
  if (count > bytes.length - cursor.at) throw new RangeError(`a list of ${count} elements goes past the end`);
  return { type: header & 0x0f, count };
}

/** Values beyond 2^53 occur only in fields that are skipped. */
export function readVarint(bytes: Buffer, cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes.readUInt8(cursor.at++);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
}

export const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

export const readInteger = (bytes: Buffer, cursor: Cursor): number => zigzag(readVarint(bytes, cursor));

export function readText(bytes: Buffer, cursor: Cursor): string {
  const length = readVarint(bytes, cursor);
  if (length > bytes.length - cursor.at) throw new RangeError('a text goes past the end');
  cursor.at += length;
  return bytes.toString('utf8', cursor.at - length, cursor.at);
}

/** Reads every element of a list of structs, lists or texts. */
export function readList(bytes: Buffer, cursor: Cursor, element: () => void): void {
  const { count } = readListHeader(bytes, cursor);
  for (let k = 0; k < count; k++) element();
}
