import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XimError } from '../model/failure.js';

/** What describes the numbers of one fold, and the numbers. */
export interface FoldContent<H> {
  readonly header: H;
  readonly arrays: readonly Float64Array[];
}

/** A fold whose numbers are read when they are asked for. */
export interface FoldFile<H> {
  readonly header: H;
  /** All numbers, one array after the other. */
  readonly read: () => Float64Array;
}

/** What folds of a day are called: their files, and the words for them. */
export interface FoldKind {
  readonly file: string;
  readonly words: string;
}

const headersOf = ({ file }: FoldKind): string => `${file}.json`;
const fileOf = ({ file }: FoldKind, k: number): string => `${file}-${k}.f64`;

/** Files that hold sums of a day: headers of its folds, and their numbers one after the other. */
export function encodeFolds<H>(
  kind: FoldKind,
  folds: readonly FoldContent<H>[],
): { readonly name: string; readonly bytes: Uint8Array }[] {
  const headers = folds.map(({ header }) => header);
  return [
    ...folds.map(({ arrays }, k) => ({ name: fileOf(kind, k), bytes: joined(arrays) })),
    { name: headersOf(kind), bytes: Buffer.from(`${JSON.stringify(headers, null, 1)}\n`) },
  ];
}

function joined(arrays: readonly Float64Array[]): Uint8Array {
  const out = new Float64Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return new Uint8Array(out.buffer);
}

/**
 * @param lengthOf how many numbers a fold with this header has
 * @throws XimError `corrupt` when the folder holds something else, now or when numbers are read
 */
export function storedFolds<H>(folder: string, kind: FoldKind, lengthOf: (header: H) => number): FoldFile<H>[] {
  const undamaged = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw new XimError(
        'corrupt',
        `${folder} does not hold ${kind.words} of a day: ${(error as Error).message}`,
        'remove the caches with "xim gc --stages" and run again',
      );
    }
  };
  const headers = undamaged(() => JSON.parse(readFileSync(join(folder, headersOf(kind)), 'utf8')) as H[]);
  return headers.map((header, k) => ({
    header,
    read: () =>
      undamaged(() => {
        const bytes = readFileSync(join(folder, fileOf(kind, k)));
        if (bytes.byteLength !== 8 * lengthOf(header))
          throw new Error(`${fileOf(kind, k)} has ${bytes.byteLength} bytes`);
        return new Float64Array(new Uint8Array(bytes).buffer);
      }),
  }));
}
