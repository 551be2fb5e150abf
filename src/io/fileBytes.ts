import { readSync } from 'node:fs';

/** Bytes of an open file from a position on; what lies past its end is zero. */
export function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  readSync(file, buffer, 0, length, position);
  return buffer;
}
