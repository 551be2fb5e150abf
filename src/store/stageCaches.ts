import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { crc32 } from '../io/crc32.js';
import { isPlainName } from '../model/plainText.js';
import { publishFolder } from './atomic.js';
import { checkedJson, contentOf } from './checkedJson.js';
import { stageFolder } from './store.js';

/**
 * Caches of stages. A folder is published with an index of its files, their sizes and checksums, and is used only where it
 * holds what the index says. Any other is said, removed and made again: nothing is lost with a cache but time. Checksums are
 * CRC-32, which tells accidents and costs a third of a digest; see docs/store.md for what it does not tell.
 */
export interface StageCaches {
  /**
   * The folder of a key, whole: as it was found, or as `fill` makes it now.
   * @param files those whose bytes are checked now, others by their size alone; all where left out
   */
  readonly open: (place: CachePlace, fill: FillFolder, files?: readonly string[]) => Promise<string>;
  /** The folder of a key where it is whole; `undefined` where there is none or, which is said, a damaged one. Needs no lock. */
  readonly peek: (place: CachePlace) => string | undefined;
  /** Fills the folder of a key whatever is there. */
  readonly make: (place: CachePlace, fill: FillFolder) => Promise<string>;
}

export interface CachePlace {
  readonly stage: string;
  /** Digest of all that the content depends on; see `stageKey`. */
  readonly key: string;
}

export type FillFolder = (temporary: string) => Promise<void>;

/** What caches say, and the clock that their use is remembered by. */
export interface CacheWorld {
  readonly warn: (text: string) => void;
  readonly now: () => Date;
}

export const INDEX = 'files.json';
const FORMAT = 1;

const indexSchema = z.object({
  format: z.literal(FORMAT),
  files: z.array(z.object({ name: z.string().refine(isPlainName), bytes: z.int().min(0), crc32: z.int().min(0) })),
});
type FileIndex = z.output<typeof indexSchema>;

export function stageCaches(store: string, world: CacheWorld): StageCaches {
  /** Files of each folder that this process has read through. */
  const checked = new Map<string, Set<string>>();
  const said = new Set<string>();
  const damage = (folder: string, files?: readonly string[]): string | undefined => {
    const known = checked.get(folder) ?? new Set();
    checked.set(folder, known);
    return damageOf(folder, (name) => {
      if (known.has(name) || (files && !files.includes(name))) return false;
      known.add(name);
      return true;
    });
  };
  /** Whether a folder can be used; why not is said once. */
  const isWhole = (folder: string, files?: readonly string[]): boolean => {
    const why = damage(folder, files);
    if (why === undefined) return true;
    checked.delete(folder);
    if (!said.has(folder)) world.warn(`the cache ${folder} is damaged (${why}): it is made again`);
    said.add(folder);
    return false;
  };
  const publish = async (folder: string, fill: FillFolder, mayStay: (found: string) => boolean): Promise<string> => {
    let names: string[] = [];
    await publishFolder(
      folder,
      async (temporary) => {
        await fill(temporary);
        const index = indexOf(temporary);
        names = index.files.map(({ name }) => name);
        writeFileSync(join(temporary, INDEX), checkedJson(index));
        markUsed(temporary, world.now());
      },
      mayStay,
    );
    checked.set(folder, new Set(names));
    said.delete(folder);
    return folder;
  };
  return {
    open: async ({ stage, key }, fill, files) => {
      const folder = stageFolder(store, stage, key);
      if (!isThere(folder) || !isWhole(folder, files))
        return publish(folder, fill, (found) => damage(found) === undefined);
      markUsed(folder, world.now());
      return folder;
    },
    peek: ({ stage, key }) => {
      const folder = stageFolder(store, stage, key);
      return isThere(folder) && isWhole(folder) ? folder : undefined;
    },
    make: ({ stage, key }, fill) => publish(stageFolder(store, stage, key), fill, () => false),
  };
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Whether a folder is there and has all that its index lists, by size. */
export function holdsStage(store: string, { stage, key }: CachePlace): boolean {
  const folder = stageFolder(store, stage, key);
  return isThere(folder) && damageOf(folder, () => false) === undefined;
}

const USED_AGAIN_MS = 3_600_000;

/** The time of the index is that of the last use, to the hour: what `gc --cache-budget` goes by. */
function markUsed(folder: string, now: Date): void {
  if (Math.abs(now.getTime() - lastUse(folder)) <= USED_AGAIN_MS) return;
  try {
    utimesSync(join(folder, INDEX), now, now);
  } catch {
    // A folder of another user can be read all the same; it counts as used when it was made.
  }
}

/** When a cache was used last, in milliseconds; its age where it has no index. */
export function lastUse(folder: string): number {
  return (lstatSync(join(folder, INDEX), { throwIfNoEntry: false }) ?? lstatSync(folder)).mtimeMs;
}

function indexOf(folder: string): FileIndex {
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ name, ...checksumOf(join(folder, name)) }));
  return { format: FORMAT, files };
}

/**
 * What is wrong with a cache; nothing where it holds what its index says.
 * @param isRead which files are read through
 */
function damageOf(folder: string, isRead: (name: string) => boolean): string | undefined {
  const index = readIndex(folder);
  if (typeof index === 'string') return index;
  for (const { name, bytes, crc32: expected } of index.files) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isFile()) return `${name} is ${found ? 'no file' : 'missing'}`;
    if (found.size !== bytes) return `${name} has ${found.size} bytes, not ${bytes}`;
    if (isRead(name) && checksumOf(path).crc32 !== expected) return `${name} has another checksum`;
  }
  return undefined;
}

/** The index of a folder, or what is wrong with it. */
function readIndex(folder: string): FileIndex | string {
  if (!lstatSync(folder).isDirectory()) return 'it is no folder';
  const path = join(folder, INDEX);
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return `${INDEX} is missing`;
  const index = indexSchema.safeParse(contentOf(readFileSync(path, 'utf8')), { jitless: true });
  return index.success ? index.data : `${INDEX} is not what was written, or of another version`;
}

const CHUNK_BYTES = 1 << 20;

function checksumOf(path: string): { readonly bytes: number; readonly crc32: number } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, size)));
    let [bytes, checksum] = [0, 0];
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      checksum = crc32(chunk.subarray(0, count), checksum);
      bytes += count;
    }
    return { bytes, crc32: checksum };
  } finally {
    closeSync(file);
  }
}
