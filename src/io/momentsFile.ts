import { readFileSync } from 'node:fs';
import { Field, Float64, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import { XimError } from '../model/failure.js';
import { emptyMoments, type FoldMoments, momentArrays } from '../model/moments.js';

/** Header of a fold; its numbers follow in one column of doubles, field by field. */
interface FoldHeader {
  readonly label: string;
  readonly names: number;
  readonly factors: number;
  readonly bases: number;
  readonly buckets: number;
}

const METADATA_KEY = 'xim.moments';

/** Moments of one day's folds as an Arrow IPC file with a single column. */
export function encodeMoments(folds: readonly FoldMoments[]): Uint8Array {
  const total = folds.reduce((sum, fold) => sum + momentArrays(fold).reduce((s, a) => s + a.length, 0), 0);
  const values = new Float64Array(total);
  let at = 0;
  for (const fold of folds) {
    for (const array of momentArrays(fold)) {
      values.set(array, at);
      at += array.length;
    }
  }
  const headers: FoldHeader[] = folds.map(({ label, names, factors, bases, buckets }) => ({
    label,
    names,
    factors,
    bases,
    buckets,
  }));
  const fields = [new Field('value', new Float64(), false)];
  const schema = new Schema(fields, new Map([[METADATA_KEY, JSON.stringify(headers)]]));
  const data = makeData({ type: new Float64(), length: total, data: values });
  const batch = new RecordBatch(schema, makeData({ type: new Struct(fields), length: total, children: [data] }));
  return tableToIPC(new Table(schema, [batch]), 'file');
}

/** @throws XimError `corrupt` when the file is not what {@link encodeMoments} wrote. */
export function readMoments(path: string): FoldMoments[] {
  try {
    const table = tableFromIPC(readFileSync(path));
    const headers = JSON.parse(table.schema.metadata.get(METADATA_KEY) ?? '') as FoldHeader[];
    const values = table.getChild('value')!.toArray() as Float64Array;
    let at = 0;
    return headers.map((header) => {
      const fold = emptyMoments(header.label, header);
      fold.buckets = header.buckets;
      for (const array of momentArrays(fold)) {
        array.set(values.subarray(at, at + array.length));
        at += array.length;
      }
      return fold;
    });
  } catch {
    throw new XimError('corrupt', `${path} is damaged`, 'remove it with "xim gc --stages" and run again');
  }
}
