import { readAt } from './fileBytes.js';
import type { ColumnChunk, StoredColumn } from './parquetFooter.js';
import { COMPACT, type Cursor, readInteger, readStruct } from './thriftCompact.js';

/** What the header of a page says, by the numbers of parquet.thrift. */
export interface PageHeader {
  /** Of the header itself. */
  readonly bytes: number;
  readonly kind: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly crc?: number;
  readonly encoding: number;
  /** Nulls included; 0 for a page that holds no data. */
  readonly values: number;
  /** Of a data page of version 2. */
  readonly second?: SecondHeader;
}

interface SecondHeader {
  readonly nulls: number;
  readonly rows: number;
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly isCompressed: boolean;
}

export interface OpenFile {
  readonly path: string;
  readonly file: number;
  readonly size: number;
}

/** Field numbers of PageHeader, and of the headers of pages that it may hold. */
const HEADER = { kind: 1, uncompressed: 2, compressed: 3, crc: 4, data: 5, dictionary: 7, second: 8 } as const;
const DATA = { values: 1, encoding: 2 } as const;
const SECOND = { values: 1, nulls: 2, rows: 3, encoding: 4, definition: 5, repetition: 6, isCompressed: 7 } as const;
/** The kind that goes with each of the headers. */
const KIND = { data: 0, dictionary: 2, second: 3 } as const;

/** Bytes that hold most page headers; statistics can make one longer. */
const HEADER_BYTES = 256;
const LONGEST_HEADER_BYTES = 1 << 24;

/** `undefined` where no header can stand. */
export function readHeader({ file, size }: OpenFile, at: number): PageHeader | undefined {
  if (!(at >= 0 && at < size)) return undefined;
  for (let length = HEADER_BYTES; length <= LONGEST_HEADER_BYTES; length *= 4) {
    const bytes = readAt(file, at, Math.max(0, Math.min(length, size - at)));
    try {
      const header = parseHeader(bytes);
      const fits = header.compressedBytes >= 0 && header.values >= 0;
      return fits && at + header.bytes + header.compressedBytes <= size ? header : undefined;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (bytes.length < length) return undefined;
    }
  }
  return undefined;
}

function parseHeader(bytes: Buffer): PageHeader {
  const cursor = { at: 0 };
  const found = { kind: -1, compressed: -1, uncompressed: -1, encoding: -1, values: 0 };
  let crc: number | undefined;
  let second: SecondHeader | undefined;
  readStruct(bytes, cursor, (field, type) => {
    if (field === HEADER.kind && type === COMPACT.i32) found.kind = readInteger(bytes, cursor);
    else if (field === HEADER.uncompressed && type === COMPACT.i32) found.uncompressed = readInteger(bytes, cursor);
    else if (field === HEADER.compressed && type === COMPACT.i32) found.compressed = readInteger(bytes, cursor);
    else if (field === HEADER.crc && type === COMPACT.i32) crc = readInteger(bytes, cursor) >>> 0;
    else if (type !== COMPACT.struct) return false;
    else if (field === HEADER.data) Object.assign(found, readData(bytes, cursor), ofKind(found.kind, KIND.data));
    else if (field === HEADER.dictionary) {
      const { encoding } = readData(bytes, cursor);
      Object.assign(found, { encoding }, ofKind(found.kind, KIND.dictionary));
    } else if (field === HEADER.second) {
      const { values, encoding, ...rest } = readSecond(bytes, cursor);
      Object.assign(found, { values, encoding }, ofKind(found.kind, KIND.second));
      second = rest;
    } else return false;
    return true;
  });
  const { kind, compressed, uncompressed, encoding, values } = found;
  return {
    bytes: cursor.at,
    kind,
    compressedBytes: compressed,
    uncompressedBytes: uncompressed,
    encoding,
    values,
    ...(crc === undefined ? {} : { crc }),
    ...(second ? { second } : {}),
  };
}

/** A page whose kind is another than its header's has none. */
const ofKind = (kind: number, wanted: number) => ({ kind: kind === wanted ? kind : -1 });

function readData(bytes: Buffer, cursor: Cursor) {
  const data = { values: 0, encoding: -1 };
  readStruct(bytes, cursor, (field, type) => {
    if (field === DATA.values && type === COMPACT.i32) data.values = readInteger(bytes, cursor);
    else if (field === DATA.encoding && type === COMPACT.i32) data.encoding = readInteger(bytes, cursor);
    else return false;
    return true;
  });
  return data;
}

function readSecond(bytes: Buffer, cursor: Cursor) {
  const found = { values: 0, nulls: -1, rows: -1, encoding: -1, definition: -1, repetition: -1 };
  let isCompressed = true;
  readStruct(bytes, cursor, (field, type) => {
    if (field === SECOND.isCompressed) {
      isCompressed = type === COMPACT.true;
      return false;
    }
    const name = SECOND_NUMBERS.find((one) => SECOND[one] === field);
    if (!name || type !== COMPACT.i32) return false;
    found[name] = readInteger(bytes, cursor);
    return true;
  });
  const { definition, repetition, ...rest } = found;
  return { ...rest, definitionBytes: definition, repetitionBytes: repetition, isCompressed };
}

const SECOND_NUMBERS = ['values', 'nulls', 'rows', 'encoding', 'definition', 'repetition'] as const;

const UNCOMPRESSED = 0;
/** Of the values of a dictionary; columns need not list them. */
const DICTIONARIES = [0, 2];
/** Places in a dictionary had two numbers, of which the older stood for plain values in the dictionary itself. */
const PLAIN_DICTIONARY = 2;
const PLACES_IN_DICTIONARY = 8;
const sameEncoding = (encoding: number): number => (encoding === PLAIN_DICTIONARY ? PLACES_IN_DICTIONARY : encoding);

/**
 * What in a page's header does not agree with what else its file says, as a sentence; a checksum covers the bytes after the
 * header alone.
 */
export function headerFault(header: PageHeader, chunk: ColumnChunk, leaf: StoredColumn): string | undefined {
  const { kind, encoding, compressedBytes, uncompressedBytes, values, second } = header;
  if (kind < 0) return 'its header is of another kind of page';
  const known = (kind === KIND.dictionary ? DICTIONARIES : chunk.encodings).map(sameEncoding);
  if (known.length > 0 && !known.includes(sameEncoding(encoding)))
    return `its encoding ${encoding} is none of its column's`;
  const isPacked = chunk.codec !== UNCOMPRESSED && second?.isCompressed !== false;
  if (!isPacked && compressedBytes !== uncompressedBytes)
    return `it is not compressed and has ${compressedBytes} bytes, not ${uncompressedBytes}`;
  if (!second || !leaf.isFlat) return undefined;
  if (second.rows !== values || second.repetitionBytes !== 0 || second.nulls < 0 || second.nulls > values)
    return 'its header counts rows and nulls that cannot be';
  return undefined;
}

/**
 * The same of the definition levels of a page of version 2, one bit a value: their length and the nulls that they count.
 * @param levels the bytes that the header says are the levels
 */
export function levelsFault({ values, second }: PageHeader, levels: Buffer): string | undefined {
  if (!second) return undefined;
  const counted = { values: 0, set: 0, at: 0 };
  try {
    while (counted.values < values) countRun(levels, counted, values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return 'its levels end before their last value';
  }
  if (counted.at !== levels.length) return `its levels take ${counted.at} bytes, not ${levels.length}`;
  const nulls = values - counted.set;
  return nulls === second.nulls ? undefined : `its levels have ${nulls} nulls, its header ${second.nulls}`;
}

/** One run of Parquet's hybrid of repeated and packed bits. */
function countRun(levels: Buffer, counted: { values: number; set: number; at: number }, all: number): void {
  let run = 0;
  let scale = 1;
  for (let byte = 0x80; byte >= 0x80; scale *= 128) {
    byte = levels.readUInt8(counted.at++);
    run += (byte & 0x7f) * scale;
  }
  const length = Math.floor(run / 2);
  if (run % 2 === 0) {
    const here = Math.min(length, all - counted.values);
    counted.set += (levels.readUInt8(counted.at++) & 1) * here;
    counted.values += here;
    if (length === 0) throw new RangeError('a run without a value');
    return;
  }
  for (let k = 0; k < length; k++) {
    const byte = levels.readUInt8(counted.at++);
    for (let bit = 0; bit < 8 && counted.values < all; bit++) {
      counted.set += (byte >> bit) & 1;
      counted.values++;
    }
  }
}
