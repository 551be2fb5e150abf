// Thrift's compact protocol as a tree that can be changed and written again; apart from the product's own reader.

const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, , STRUCT] = Array.from(
  { length: 13 },
  (_, k) => k,
);
export const TYPE = { TRUE, BYTE, I32, STRUCT };

/** @returns the fields `[{ id, type, value }]` of the struct at `at`, and where it ends */
export function parseStruct(bytes, at) {
  const cursor = { at };
  return { fields: struct(bytes, cursor), end: cursor.at };
}

function varint(bytes, cursor) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[cursor.at++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
const unzigzag = (value) => (value >> 1n) ^ -(value & 1n);
const zigzag = (value) => (value < 0n ? -value * 2n - 1n : value * 2n);

function struct(bytes, cursor) {
  const fields = [];
  let id = 0;
  for (;;) {
    const head = bytes[cursor.at++];
    const type = head & 15;
    if (type === STOP) return fields;
    id = head >> 4 ? id + (head >> 4) : Number(unzigzag(varint(bytes, cursor)));
    fields.push({ id, type, value: readValue(bytes, cursor, type) });
  }
}

function take(bytes, cursor, length) {
  cursor.at += length;
  return bytes.subarray(cursor.at - length, cursor.at);
}

function readValue(bytes, cursor, type) {
  if (type === TRUE || type === FALSE) return type === TRUE;
  if (type === BYTE) return bytes[cursor.at++];
  if (type === I16 || type === I32 || type === I64) return unzigzag(varint(bytes, cursor));
  if (type === DOUBLE) return take(bytes, cursor, 8);
  if (type === BINARY) return take(bytes, cursor, Number(varint(bytes, cursor)));
  if (type === STRUCT) return struct(bytes, cursor);
  if (type !== LIST && type !== SET) throw new Error(`Thrift type ${type}`);
  const head = bytes[cursor.at++];
  const of = head & 15;
  const count = head >> 4 === 15 ? Number(varint(bytes, cursor)) : head >> 4;
  const items = Array.from({ length: count }, () =>
    of === TRUE || of === FALSE ? bytes[cursor.at++] : readValue(bytes, cursor, of),
  );
  return { of, items };
}

function varintBytes(value) {
  const out = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...out, Number(rest)]);
    out.push(Number(rest & 127n) | 128);
  }
}

export function writeStruct(fields) {
  const parts = [];
  let before = 0;
  for (const { id, type, value } of fields) {
    const code = type === TRUE || type === FALSE ? (value ? TRUE : FALSE) : type;
    const delta = id - before;
    if (delta > 0 && delta < 16) parts.push(Buffer.from([(delta << 4) | code]));
    else parts.push(Buffer.from([code]), varintBytes(zigzag(BigInt(id))));
    if (code !== TRUE && code !== FALSE) parts.push(bytesOf(type, value));
    before = id;
  }
  return Buffer.concat([...parts, Buffer.from([STOP])]);
}

function bytesOf(type, value) {
  if (type === BYTE) return Buffer.from([value]);
  if (type === I16 || type === I32 || type === I64) return varintBytes(zigzag(BigInt(value)));
  if (type === DOUBLE) return value;
  if (type === BINARY) return Buffer.concat([varintBytes(BigInt(value.length)), value]);
  if (type === STRUCT) return writeStruct(value);
  const { of, items } = value;
  const head =
    items.length < 15
      ? Buffer.from([(items.length << 4) | of])
      : Buffer.concat([Buffer.from([0xf0 | of]), varintBytes(BigInt(items.length))]);
  return Buffer.concat([
    head,
    ...items.map((item) => (of === TRUE || of === FALSE ? Buffer.from([item]) : bytesOf(of, item))),
  ]);
}

export const fieldOf = (fields, id) => fields.find((field) => field.id === id)?.value;
