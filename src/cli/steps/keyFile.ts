import { readFileSync, statSync } from 'node:fs';
import { XimError } from '../../model/failure.js';

/** Text of a key's file. @throws XimError `usage` where there is none. */
export function keyText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new XimError('usage', `there is no key at ${path}`, 'make one: openssl genpkey -algorithm ed25519 -out FILE');
  }
}

/** Whether others than its owner may read a file. */
export const isReadByOthers = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;
