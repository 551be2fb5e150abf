import { closeSync, fstatSync, openSync } from 'node:fs';
import { dataError, type XimError } from '../model/failure.js';
import { crc32 } from './crc32.js';
import { readAt } from './fileBytes.js';
import { type ColumnChunk, type ParquetFooter, readFooter } from './parquetFooter.js';
import { COMPACT, readInteger, readStruct } from './thriftCompact.js';

/** Pages of a Parquet file whose bytes match the checksum that they carry, and pages that carry none. */
export interface PageCounts {
  readonly verified: number;
  readonly without: number;
}

/** Field numbers of parquet.thrift: of PageHeader, and of the headers of data pages that it may hold. */
const HEADER = { compressedBytes: 3, crc: 4, dataPage: 5, dataPageV2: 8 } as const;
const DATA_PAGE = { values: 1 } as const;

/** Bytes that hold most page headers; statistics can make one longer. */
const HEADER_BYTES = 256;
const LONGEST_HEADER_BYTES = 1 << 24;
const BLOCK_BYTES = 1 << 20;

/**
 * Compares every page of a file with its CRC-32, which the engine does not do: a bit that flips in an uncompressed page is a
 * wrong price and no error. Pages without a checksum are counted; of their bytes only the headers are read.
 * @throws data error naming file, column, row group and page.
 */
export function verifyPages(path: string): PageCounts {
  const { chunks } = footerOf(path);
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const counts = { verified: 0, without: 0 };
    for (const chunk of chunks) {
      if (chunk.isEncrypted)
        throw dataError(`${path}: column "${chunk.column}" is encrypted`, 'write it without encryption');
      const { verified, without } = verifyChunk({ path, file, size }, chunk);
      counts.verified += verified;
      counts.without += without;
    }
    return counts;
  } finally {
    closeSync(file);
  }
}

function footerOf(path: string): ParquetFooter {
  try {
    return readFooter(path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw dataError(`${path} cannot be read: its footer is damaged`, REMEDY);
  }
}

const REMEDY = 'copy or write the file again';

interface OpenFile {
  readonly path: string;
  readonly file: number;
  readonly size: number;
}

function verifyChunk(open: OpenFile, chunk: ColumnChunk): PageCounts {
  const counts = { verified: 0, without: 0 };
  let at = chunk.start;
  let values = 0;
  for (let page = 1; values < chunk.values; page++) {
    const header = readHeader(open, at);
    if (header === undefined) throw damaged(open.path, chunk, page, 'its header is damaged');
    if (header.crc === undefined) counts.without++;
    else {
      const found = checksumOf(open.file, at + header.bytes, header.compressedBytes);
      if (found !== header.crc)
        throw damaged(open.path, chunk, page, `its checksum is ${hex(header.crc)}, that of its bytes ${hex(found)}`);
      counts.verified++;
    }
    values += header.values;
    at += header.bytes + header.compressedBytes;
  }
  if (values > chunk.values)
    throw damaged(
      open.path,
      chunk,
      undefined,
      `its pages hold ${values} values, not the ${chunk.values} of the footer`,
    );
  return counts;
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

function damaged(path: string, { column, rowGroup }: ColumnChunk, page: number | undefined, what: string): XimError {
  const place = `column "${column}", row group ${rowGroup + 1}${page === undefined ? '' : `, page ${page}`}`;
  return dataError(`${path} cannot be read: ${place}: ${what}`, REMEDY);
}

interface PageHeader {
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly crc?: number;
  /** Nulls included; 0 for a page that holds no data. */
  readonly values: number;
}

/** `undefined` where no header can stand. */
function readHeader({ file, size }: OpenFile, at: number): PageHeader | undefined {
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
  let compressedBytes = -1;
  let crc: number | undefined;
  let values = 0;
  readStruct(bytes, cursor, (field, type) => {
    if (field === HEADER.compressedBytes && type === COMPACT.i32) compressedBytes = readInteger(bytes, cursor);
    else if (field === HEADER.crc && type === COMPACT.i32) crc = readInteger(bytes, cursor) >>> 0;
    else if ((field === HEADER.dataPage || field === HEADER.dataPageV2) && type === COMPACT.struct)
      readStruct(bytes, cursor, (member, memberType) => {
        if (member !== DATA_PAGE.values || memberType !== COMPACT.i32) return false;
        values = readInteger(bytes, cursor);
        return true;
      });
    else return false;
    return true;
  });
  return { bytes: cursor.at, compressedBytes, values, ...(crc === undefined ? {} : { crc }) };
}

function checksumOf(file: number, start: number, length: number): number {
  let crc = 0;
  for (let done = 0; done < length; done += BLOCK_BYTES)
    crc = crc32(readAt(file, start + done, Math.min(BLOCK_BYTES, length - done)), crc);
  return crc;
}
