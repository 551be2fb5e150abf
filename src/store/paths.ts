import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { XimError } from '../model/failure.js';
import { isPlainName } from '../model/plainText.js';
import { corrupt } from './documents.js';

/** What lies in the root of a store. */
const FOLDERS = ['objects', 'stages', 'versions', 'aliases', 'runs'] as const;
const FILES = ['history.jsonl'] as const;

/**
 * Path of something in a store, which need not exist. Every path below a store is made here: no part may climb, and no
 * existing part may be a symbolic link, through which another's file would be read, replaced or removed. The store itself
 * may be one.
 * @throws XimError `corrupt` naming the path; `config` where the store is a file
 */
export function storePath(store: string, ...parts: readonly string[]): string {
  let path = store;
  for (const part of parts) {
    if (!isPlainName(part)) throw corrupt(`${store} has no place for the name ${JSON.stringify(part)}`);
    path = join(path, part);
    if (found(store, path)?.isSymbolicLink())
      throw corrupt(`${path} is a symbolic link, and a store has none`, LINK_HINT);
  }
  return path;
}

function found(store: string, path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR' && lstatSync(store).isFile()) throw storeIsFile(store);
    throw error;
  }
}

export const storeIsFile = (store: string): XimError =>
  new XimError('config', `the store ${store} is a file`, 'name a folder');

const LINK_HINT = 'move what it leads to into its place; only the store itself may be a link';

/** Paths of what a folder of a store holds, in order of names; none where there is no such folder. @throws as {@link storePath} */
export function storeEntries(store: string, ...parts: readonly string[]): string[] {
  const folder = storePath(store, ...parts);
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => storePath(store, ...parts, name));
}

/** Before a store is written: its rooms lie in it. @throws XimError `corrupt` naming what does not. */
export function checkRooms(store: string): void {
  for (const name of FOLDERS) {
    const path = storePath(store, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && !found.isDirectory()) throw corrupt(`${path} is no folder`, 'move it out of the store');
  }
  for (const name of FILES) storePath(store, name);
  storeEntries(store, 'stages');
  storeEntries(store, 'aliases');
}
