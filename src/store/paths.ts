import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainName } from '../model/plainText.js';
import { corrupt } from './documents.js';

/** What lies in the root of a store. */
const FOLDERS = ['objects', 'stages', 'versions', 'aliases', 'runs'] as const;
const FILES = ['history.jsonl'] as const;

/**
 * Path of something in a store, which need not exist. Every path below a store is made here: no part may climb, and no
 * existing part may be a symbolic link, through which another's file would be read, replaced or removed. The store itself
 * may be one.
 * @throws XimError `corrupt` naming the path
 */
export function storePath(store: string, ...parts: readonly string[]): string {
  let path = store;
  for (const part of parts) {
    if (!isPlainName(part)) throw corrupt(`${store} has no place for the name ${JSON.stringify(part)}`);
    path = join(path, part);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw corrupt(`${path} is a symbolic link, and a store has none`, LINK_HINT);
  }
  return path;
}

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
