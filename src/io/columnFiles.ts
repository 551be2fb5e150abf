import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { XimError } from '../model/failure.js';
import type { ColumnArray } from './arrayTable.js';

/**
 * Arrays as the bytes that they are in memory, one after the other: what most stages read of a day comes without the engine
 * then, at the speed of the disk. Numbers are little-endian, as on every machine that the program runs on; NaN is missing. What
 * is in a file follows from what is known of its day, and whether its bytes are those that were written, from the index of its
 * folder.
 */
export async function writeColumns(path: string, arrays: readonly ColumnArray[]): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const array of arrays) {
      const bytes = bytesOf(array);
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

/**
 * Fills arrays in the order in which they were written.
 * @param arrays what is to be filled, given the bytes of the file; a number passes over so many of them
 * @throws XimError `corrupt` for a file of another length
 */
export function readColumns<A extends readonly (ColumnArray | number)[]>(
  path: string,
  arraysFor: (bytes: number) => A,
): A {
  return withFile(path, (file, size) => {
    const arrays = arraysFor(size);
    refuseLength(
      path,
      size,
      arrays.reduce<number>((sum, each) => sum + lengthOf(each), 0),
    );
    let position = 0;
    for (const each of arrays) {
      if (typeof each !== 'number') fill(file, position, bytesOf(each), path);
      position += lengthOf(each);
    }
    return arrays;
  });
}

/**
 * Stretch by stretch the same: every array is a stretch of its column, filled again and again.
 * @param count of the stretches that each column has
 * @throws XimError `corrupt` for a file of another length
 */
export function eachStretch(
  path: string,
  arrays: readonly ColumnArray[],
  count: number,
  visit: (stretch: number) => void,
): void {
  withFile(path, (file, size) => {
    refuseLength(path, size, count * arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
    for (let k = 0; k < count; k++) {
      let column = 0;
      for (const each of arrays) {
        fill(file, column + k * each.byteLength, bytesOf(each), path);
        column += count * each.byteLength;
      }
      visit(k);
    }
  });
}

function withFile<T>(path: string, use: (file: number, size: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function refuseLength(path: string, size: number, expected: number): void {
  if (expected === size) return;
  throw new XimError(
    'corrupt',
    `${path} has ${size} bytes, not ${expected}`,
    'remove the caches with "xim gc --stages" and run again',
  );
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ColumnArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const lengthOf = (each: ColumnArray | number): number => (typeof each === 'number' ? each : each.byteLength);

function fill(file: number, position: number, bytes: Uint8Array, path: string): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(file, bytes, at, bytes.length - at, position + at);
    if (count === 0) throw new XimError('corrupt', `${path} became shorter while it was read`, 'run again');
    at += count;
  }
}
