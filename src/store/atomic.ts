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
import { basename, dirname, join, resolve } from 'node:path';

export const TEMPORARY_PREFIX = '.tmp-';

/** A name in the same folder that no reader looks at and that `gc` removes. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}-${basename(path)}`);
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
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
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
  } finally {
    closeSync(file);
  }
  if (isNew) syncFolder(dirname(path));
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
    syncFolder(dirname(folder));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
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
  syncFolder(dirname(folder));
  rmSync(aside, { recursive: true, force: true });
}

/** Makes a folder and those above it that are missing, and their names durable. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(folder); made.length >= resolve(first).length; made = dirname(made))
    syncFolder(dirname(made));
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

const syncFolder = (folder: string): void => sync(folder);

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
