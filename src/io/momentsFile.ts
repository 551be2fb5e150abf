import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Field, Float64, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import { XimError } from '../model/failure.js';
import {
  type FoldMoments,
  type MomentShape,
  momentArrays,
  momentLengths,
  momentsFrom,
  type StoredFold,
} from '../model/moments.js';

interface FoldHeader extends MomentShape {
  readonly label: string;
  readonly buckets: number;
}

/**
 * Files that hold the folds of a day: a file of numbers for each, and a list of their headers. A fold is asked for when its file is
 * made and forgotten after it: of many names and short folds a day does not fit into memory as a whole.
 */
export function* encodeMoments(
  folds: Iterable<FoldMoments>,
): Generator<{ readonly name: string; readonly bytes: Uint8Array }> {
  const headers: FoldHeader[] = [];
  for (const fold of folds) {
    const { label, names, factors, bases, buckets } = fold;
    yield { name: fileOfFold(headers.length), bytes: encodeFold(fold) };
    headers.push({ label, names, factors, bases, buckets });
  }
  yield { name: HEADERS, bytes: Buffer.from(`${JSON.stringify(headers, null, 1)}\n`) };
}

const HEADERS = 'folds.json';
const fileOfFold = (k: number): string => `fold-${k}.arrow`;

/** The numbers of a fold, field by field, as an Arrow IPC file with a single column. */
function encodeFold(fold: FoldMoments): Uint8Array {
  const arrays = momentArrays(fold);
  const values = new Float64Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    values.set(array, at);
    at += array.length;
  }
  const fields = [new Field('value', new Float64(), false)];
  const schema = new Schema(fields);
  const { length } = values;
  const data = makeData({ type: new Float64(), length, data: values });
  const batch = new RecordBatch(schema, makeData({ type: new Struct(fields), length, children: [data] }));
  return tableToIPC(new Table(schema, [batch]), 'file');
}

/**
 * The folds of a folder, read whenever their numbers are used.
 * @throws XimError `corrupt` when the folder holds something else.
 */
export function storedMoments(folder: string): StoredFold[] {
  const headers = undamaged(folder, () => JSON.parse(readFileSync(join(folder, HEADERS), 'utf8')) as FoldHeader[]);
  return headers.map((header, k) => ({
    ...header,
    use: (visit) => {
      const path = join(folder, fileOfFold(k));
      const length = undamaged(folder, () => statSync(path).size);
      return withBytes(length, (bytes) => visit(undamaged(folder, () => decodeFold(header, readInto(path, bytes)))));
    },
  }));
}

/** Buffers that no visitor holds, one for each depth of visits: memory that is there already is read into three times as fast. */
const spare: Uint8Array[] = [];

function withBytes<T>(length: number, visit: (bytes: Uint8Array) => T): T {
  const last = spare.pop();
  const whole = last && last.length >= length ? last : new Uint8Array(length);
  try {
    return visit(whole.subarray(0, length));
  } finally {
    spare.push(whole);
  }
}

function readInto(path: string, bytes: Uint8Array): Uint8Array {
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, bytes.length - at, at);
      if (count === 0) throw new RangeError('the file became shorter');
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function decodeFold({ label, buckets, ...shape }: FoldHeader, bytes: Uint8Array): FoldMoments {
  const values = tableFromIPC(bytes).getChild('value')!.toArray() as Float64Array;
  let at = 0;
  const arrays = momentLengths(shape).map((length) => {
    at += length;
    return values.subarray(at - length, at);
  });
  if (at !== values.length) throw new RangeError('numbers are missing');
  return momentsFrom(label, shape, buckets, arrays);
}

function undamaged<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new XimError(
      'corrupt',
      `the cached moments in ${folder} are damaged`,
      'remove the caches with "xim gc --stages" and run again',
    );
  }
}
