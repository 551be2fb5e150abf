import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XimError } from '../model/failure.js';
import { type OwnMoments, ownLength } from '../model/ownMoments.js';

/** Files that hold the own moments of a day: headers of its folds, and their numbers one after the other. */
export function encodeOwnMoments(
  folds: readonly OwnMoments[],
): { readonly name: string; readonly bytes: Uint8Array }[] {
  const headers = folds.map(({ sums: _sums, ...header }) => header);
  return [
    ...folds.map(({ sums }, k) => ({
      name: fileOfFold(k),
      bytes: new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength),
    })),
    { name: HEADERS, bytes: Buffer.from(`${JSON.stringify(headers, null, 1)}\n`) },
  ];
}

const HEADERS = 'own.json';
const fileOfFold = (k: number): string => `own-${k}.f64`;

/** Whether a folder has everything that {@link encodeOwnMoments} made. */
export const holdsOwnMoments = (folder: string): boolean => existsSync(join(folder, HEADERS));

/** @throws XimError `corrupt` when the folder holds something else. */
export function readOwnMoments(folder: string): OwnMoments[] {
  try {
    const headers = JSON.parse(readFileSync(join(folder, HEADERS), 'utf8')) as Omit<OwnMoments, 'sums'>[];
    return headers.map((header, k) => {
      const bytes = readFileSync(join(folder, fileOfFold(k)));
      if (bytes.byteLength !== 8 * ownLength(header)) throw new Error(`${fileOfFold(k)} has ${bytes.byteLength} bytes`);
      return { ...header, sums: new Float64Array(new Uint8Array(bytes).buffer) };
    });
  } catch (error) {
    throw new XimError(
      'corrupt',
      `${folder} does not hold the own moments of a day: ${(error as Error).message}`,
      'remove the folder; it is a cache and is made again',
    );
  }
}
