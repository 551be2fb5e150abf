import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export const TEMPORARY_PREFIX = '.tmp-';

/** A name in the same folder that no reader looks at and that `gc` removes. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}-${basename(path)}`);
}

/** Writes a file so that at every instant it is absent, old or whole: temp file, fsync, rename, fsync of the folder. */
export function writeAtomically(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    // A disk that is full keeps nothing of what did not fit.
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Appends one line and makes it durable. A last line that a crash cut off is ended first. */
export function appendLine(path: string, line: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const torn = existsSync(path) && endsMidLine(path);
  const file = openSync(path, 'a');
  try {
    writeSync(file, `${torn ? '\n' : ''}${line}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function endsMidLine(path: string): boolean {
  const content = readFileSync(path);
  return content.length > 0 && content[content.length - 1] !== 0x0a;
}

/**
 * Fills a folder through `fill` and moves it into place whole. When another process was faster, its folder stays: both
 * hold the same content under the same key.
 */
export async function publishFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = temporaryBeside(folder);
  mkdirSync(temporary);
  try {
    await fill(temporary);
    syncFolder(temporary);
    if (!existsSync(folder)) renameSync(temporary, folder);
    syncFolder(dirname(folder));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
