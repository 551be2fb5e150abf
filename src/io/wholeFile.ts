import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dataError, type XimError } from '../model/failure.js';

/** Files that are read whole, and what such a file may be. */

export const MEGABYTE = 0x10_0000;
/** Of a table that is read whole: universe, events, symbols, rates, baskets. */
export const LARGEST_TABLE = 64 * MEGABYTE;
/** Of a matrix as text: some 5 000 names. */
export const LARGEST_MATRIX = 512 * MEGABYTE;
/** Names of a universe: matrices of names × names of more would not fit any machine. */
export const MOST_NAMES = 20_000;
/** Rows of any other table that is read whole. */
export const MOST_ROWS = 1_000_000;

type Refusal = (message: string, hint: string) => XimError;

/**
 * The bytes of a file that is one: a pipe may never end, and a device may never stop.
 * @throws what `refuse` makes of something else, and of a file above the limit
 */
export function wholeFile(path: string, most: number, refuse: Refusal = dataError): Buffer {
  refuseNoFile(path, refuse);
  const file = openSync(path, 'r');
  try {
    refuseSize(path, fstatSync(file).size, most, refuse);
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const part = Buffer.alloc(MEGABYTE);
      const read = readSync(file, part, 0, part.length, null);
      if (read === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, read));
      size += read;
      // What grows while it is read, or hides its size, is bounded as well.
      refuseSize(path, size, most, refuse);
    }
  } finally {
    closeSync(file);
  }
}

/** @throws what `refuse` makes of a folder, a pipe, a socket or a device */
export function refuseNoFile(path: string, refuse: Refusal = dataError): void {
  const found = statSync(path);
  if (found.isFile()) return;
  const what = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device';
  throw refuse(`${path} is ${what}, not a file`, 'give the path of a regular file');
}

function refuseSize(path: string, size: number, most: number, refuse: Refusal): void {
  if (size <= most) return;
  const found = `${(size / MEGABYTE).toFixed(1)} MB`;
  throw refuse(`${path} has ${found}; the limit is ${most / MEGABYTE} MB`, 'check that it is the file that is meant');
}

/** @throws data error for a table of more rows than it may have */
export function refuseRows(path: string, rows: number, most: number, what = 'rows'): void {
  if (rows > most)
    throw dataError(`${path} has ${rows} ${what}; the limit is ${most}`, 'check that it is the file that is meant');
}

/** Before the engine reads a table whole. @throws data error for one above {@link LARGEST_TABLE} */
export const refuseLargeTable = (path: string): void => {
  refuseNoFile(path);
  refuseSize(path, statSync(path).size, LARGEST_TABLE, dataError);
};
