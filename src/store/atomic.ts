import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder, sync } from './folders.js';

export const TEMPORARY_PREFIX = '.tmp-';

/** Whose temporary files these are, so that those of a process that was killed can be told; nobody's when empty. */
let mark = '';

/** From now on the names of temporary files say who makes them, as of `markOf`. */
export function markTemporaries(own: string): void {
  mark = own;
}

/** Characters of the name that a temporary file is for: a name that is as long as it may be has room for no more. */
const SHOWN = 40;

/** A name in the same folder that no reader looks at and that is removed when its process is gone. */
export function temporaryBeside(path: string): string {
  const unique = [...(mark === '' ? [] : [mark]), randomBytes(6).toString('hex')].join('.');
  return join(dirname(path), `${TEMPORARY_PREFIX}${unique}-${basename(path).slice(-SHOWN)}`);
}

/** Writes a file so that at every instant it is absent, old or whole: temp file, fsync, rename, fsync of the folder. */
export function writeAtomically(path: string, content: string | Uint8Array, mode = 0o644): void {
  makeFolder(dirname(path));
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
    discard(temporary);
    throw namingFile(error, path);
  }
  sync(dirname(path));
}

/** Appends one line and makes it durable. A last line that a crash cut off is ended first. */
export function appendLine(path: string, line: string): void {
  makeFolder(dirname(path));
  const isNew = !existsSync(path);
  const torn = !isNew && endsMidLine(path);
  const file = openSync(path, 'a');
  try {
    writeSync(file, `${torn ? '\n' : ''}${line}\n`);
    fsyncSync(file);
  } catch (error) {
    throw namingFile(error, path);
  } finally {
    closeSync(file);
  }
  if (isNew) sync(dirname(path));
}

function endsMidLine(path: string): boolean {
  const content = readFileSync(path);
  return content.length > 0 && content[content.length - 1] !== 0x0a;
}

/**
 * Fills a folder through `fill` and moves it into place whole, when everything in it is durable. When another process was
 * faster, its folder stays where it is whole: both hold the same content under the same key.
 * @param isWhole what makes a folder that is there already stay
 */
export async function publishFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  isWhole: (folder: string) => boolean = () => true,
): Promise<void> {
  makeFolder(dirname(folder));
  const temporary = temporaryBeside(folder);
  mkdirSync(temporary);
  try {
    await fill(temporary);
    syncTree(temporary);
    if (existsSync(folder) && !isWhole(folder)) removeFolder(folder);
    if (!existsSync(folder)) renameUnlessThere(temporary, folder);
    sync(dirname(folder));
  } catch (error) {
    throw namingFile(error, folder);
  } finally {
    discard(temporary);
  }
}

function renameUnlessThere(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Removes a folder, or a file, so that at every instant it is whole or gone; another process may be faster. */
export function removeFolder(folder: string): void {
  const aside = temporaryBeside(folder);
  try {
    renameSync(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  sync(dirname(folder));
  rmSync(aside, { recursive: true, force: true });
}

/** The first failure is the one to tell: what cannot be removed now is swept later. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { recursive: true, force: true });
  } catch {}
}

/** What the system refuses of an open file does not say which one it is. */
function namingFile(error: unknown, path: string): unknown {
  if (error instanceof Error && 'code' in error && !('path' in error)) Object.assign(error, { path });
  return error;
}

/** Makes what a folder holds durable: whoever wrote it, a file first and then the folder that has its name. */
function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else sync(path);
  }
  sync(folder);
}
