import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeFolder, TEMPORARY_PREFIX } from './atomic.js';
import { storeEntries, storePath } from './paths.js';
import { expiredVersions, type Retention } from './retention.js';
import { lastUse } from './stageCaches.js';
import { objectPath, readVersion, versionNames } from './store.js';

export interface Collection {
  /** Remove all caches of stages. */
  readonly stages?: boolean;
  /** Remove caches, those first that were used longest ago, until the rest has at most so many bytes. */
  readonly cacheBytes?: number;
  /** Remove versions that it does not keep. */
  readonly retention?: Retention;
  readonly dryRun: boolean;
  /** Half-written caches that are young then are left: days are made without the lock. All are removed where it is left out. */
  readonly now?: Date;
}

export interface Collected {
  /** Folders of versions, among what is removed. */
  readonly versions: readonly string[];
  readonly removed: readonly string[];
  readonly bytes: number;
}

/**
 * Removes versions that are not to be kept, then what no version refers to: objects, temporary files and, when asked, caches of
 * stages. In this order, each whole or gone: killed at any instant, every version that is left has its objects. The lock
 * must be held.
 * @throws XimError `corrupt`, before anything is removed, where a manifest cannot be read: its objects are not known
 */
export function collectGarbage(store: string, { retention, stages, cacheBytes, dryRun, now }: Collection): Collected {
  const expired = new Set(retention ? expiredVersions(store, retention) : []);
  const versions = [...expired].map((name) => storePath(store, 'versions', name));
  const caches = storeEntries(store, 'stages').flatMap((stage) => storeEntries(store, 'stages', basename(stage)));
  const doomed = [
    ...versions,
    ...strayObjects(store, expired),
    ...temporaryFiles(store),
    ...caches.filter((path) => (isTemporary(path) ? !isYoung(path, now) : stages)),
    ...(cacheBytes === undefined || stages ? [] : leastUsed(caches, cacheBytes)),
  ];
  const bytes = doomed.reduce((sum, path) => sum + sizeOf(path), 0);
  if (!dryRun) for (const path of doomed) remove(path);
  return { versions, removed: doomed, bytes };
}

const remove = (path: string): void =>
  lstatSync(path).isDirectory() ? removeFolder(path) : rmSync(path, { force: true });

/** What lies beside the objects of versions that stay. */
function strayObjects(store: string, expired: ReadonlySet<string>): string[] {
  const kept = new Set(
    versionNames(store)
      .map((name) => ({ name, objects: readVersion(store, name).manifest.objects }))
      .filter(({ name }) => !expired.has(name))
      .flatMap(({ objects }) => objects.map((object) => objectPath(store, object))),
  );
  return storeEntries(store, 'objects').filter((path) => !kept.has(path));
}

const temporaryFiles = (store: string): string[] => [
  ...readdirSync(store)
    .sort()
    .filter(isTemporary)
    .map((name) => storePath(store, name)),
  ...['versions', 'aliases'].flatMap((room) => storeEntries(store, room).filter(isTemporary)),
];

/** A folder is as old as the last file that began in it. */
const YOUNG_MS = 3_600_000;
const isYoung = (path: string, now: Date | undefined): boolean =>
  now !== undefined && now.getTime() - lstatSync(path).mtimeMs < YOUNG_MS;

const isTemporary = (path: string): boolean => basename(path).startsWith(TEMPORARY_PREFIX);

/** Stages whose caches are a few bytes that save a calibration. */
const UNCOUNTED = new Set(['run']);

function leastUsed(caches: readonly string[], bytes: number): string[] {
  const counted = caches
    .filter((path) => !isTemporary(path) && !UNCOUNTED.has(basename(join(path, '..'))))
    .map((path) => ({ path, used: lastUse(path), size: sizeOf(path) }))
    .sort((a, b) => a.used - b.used);
  let left = counted.reduce((sum, { size }) => sum + size, 0);
  const doomed: string[] = [];
  for (const { path, size } of counted) {
    if (left <= bytes) break;
    doomed.push(path);
    left -= size;
  }
  return doomed;
}

function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
