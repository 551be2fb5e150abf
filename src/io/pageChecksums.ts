import { closeSync, fstatSync, openSync } from 'node:fs';
import { dataError, type XimError } from '../model/failure.js';
import { crc32 } from './crc32.js';
import { readAt } from './fileBytes.js';
import { columnsFault, rowsFault } from './footerChecks.js';
import { headerFault, levelsFault, type OpenFile, type PageHeader, readHeader } from './pageHeaders.js';
import { type ColumnChunk, type ParquetFooter, readFooter, type StoredColumn } from './parquetFooter.js';

/** Pages of a Parquet file whose bytes match the checksum that they carry, and pages that carry none. */
export interface PageCounts {
  readonly verified: number;
  readonly without: number;
}

const BLOCK_BYTES = 1 << 20;

/**
 * Compares every page of a file with its CRC-32, which the engine does not do: a bit that flips in an uncompressed page is a
 * wrong price and no error. Where pages carry one, what no checksum covers, headers and footer, is held against each other.
 * Pages without a checksum are counted; of their bytes only the headers are read.
 * @throws data error naming file, column, row group and page.
 */
export function verifyPages(path: string): PageCounts {
  const footer = footerOf(path);
  const { chunks, leaves } = footer;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const counts = { verified: 0, without: 0 };
    for (const [k, chunk] of chunks.entries()) {
      if (chunk.isEncrypted)
        throw dataError(`${path}: column "${chunk.column}" is encrypted`, 'write it without encryption');
      const { verified, without } = verifyChunk({ path, file, size }, chunk, leaves[k % leaves.length]);
      counts.verified += verified;
      counts.without += without;
    }
    const fault = counts.verified > 0 ? columnsFault(footer) : undefined;
    if (fault) throw dataError(`${path} cannot be read: ${fault}`, REMEDY);
    return counts;
  } finally {
    closeSync(file);
  }
}

function footerOf(path: string): ParquetFooter {
  try {
    const footer = readFooter(path);
    const fault = rowsFault(footer);
    if (fault) throw dataError(`${path} cannot be read: ${fault}`, REMEDY);
    return footer;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw dataError(`${path} cannot be read: its footer is damaged`, REMEDY);
  }
}

const REMEDY = 'copy or write the file again';

function verifyChunk(open: OpenFile, chunk: ColumnChunk, leaf: StoredColumn): PageCounts {
  const counts = { verified: 0, without: 0 };
  const sizes = { compressed: 0, uncompressed: 0 };
  let at = chunk.start;
  let values = 0;
  for (let page = 1; values < chunk.values; page++) {
    const header = readHeader(open, at);
    if (header === undefined) throw damaged(open.path, chunk, page, 'its header is damaged');
    if (header.crc === undefined) counts.without++;
    else {
      const fault =
        pageFault(open, at + header.bytes, header, header.crc) ?? faultOfHeader(open, at, header, chunk, leaf);
      if (fault) throw damaged(open.path, chunk, page, fault);
      counts.verified++;
    }
    values += header.values;
    sizes.compressed += header.bytes + header.compressedBytes;
    sizes.uncompressed += header.bytes + header.uncompressedBytes;
    at += header.bytes + header.compressedBytes;
  }
  const fault = valuesFault(chunk, values) ?? (counts.verified > 0 ? sizesFault(chunk, sizes) : undefined);
  if (fault) throw damaged(open.path, chunk, undefined, fault);
  return counts;
}

function pageFault({ file }: OpenFile, at: number, { compressedBytes }: PageHeader, crc: number): string | undefined {
  const found = checksumOf(file, at, compressedBytes);
  return found === crc ? undefined : `its checksum is ${hex(crc)}, that of its bytes ${hex(found)}`;
}

/** @param at of the header */
function faultOfHeader(open: OpenFile, at: number, header: PageHeader, chunk: ColumnChunk, leaf: StoredColumn) {
  const fault = headerFault(header, chunk, leaf);
  if (fault || !header.second || !leaf.isFlat) return fault;
  const { definitionBytes } = header.second;
  const length = Math.min(Math.max(0, definitionBytes), header.compressedBytes);
  if (length !== definitionBytes) return 'its levels are longer than the page';
  if (!leaf.isOptional) return length === 0 ? undefined : 'it has levels, and its column no nulls';
  return levelsFault(header, readAt(open.file, at + header.bytes, length));
}

const valuesFault = (chunk: ColumnChunk, values: number): string | undefined =>
  values > chunk.values ? `its pages hold ${values} values, not the ${chunk.values} of the footer` : undefined;

function sizesFault(chunk: ColumnChunk, sizes: { readonly compressed: number; readonly uncompressed: number }) {
  const { compressedBytes, uncompressedBytes } = chunk;
  const agree = sizes.compressed === compressedBytes && sizes.uncompressed === uncompressedBytes;
  const found = `${sizes.compressed} bytes (${sizes.uncompressed} unpacked)`;
  return agree ? undefined : `its pages take ${found}, not the ${compressedBytes} (${uncompressedBytes}) of the footer`;
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

function damaged(path: string, { column, rowGroup }: ColumnChunk, page: number | undefined, what: string): XimError {
  const place = `column "${column}", row group ${rowGroup + 1}${page === undefined ? '' : `, page ${page}`}`;
  return dataError(`${path} cannot be read: ${place}: ${what}`, REMEDY);
}

function checksumOf(file: number, start: number, length: number): number {
  let crc = 0;
  for (let done = 0; done < length; done += BLOCK_BYTES)
    crc = crc32(readAt(file, start + done, Math.min(BLOCK_BYTES, length - done)), crc);
  return crc;
}
