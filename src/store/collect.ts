import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORARY_PREFIX } from './atomic.js';
import { objectPath, readVersion, versionNames } from './store.js';

export interface Collected {
  readonly removed: readonly string[];
  readonly bytes: number;
}

/** Removes what no version refers to: stray objects, temporary files and, when asked, stage caches. The lock must be held. */
export function collectGarbage(store: string, includeStages: boolean, dryRun: boolean): Collected {
  const kept = new Set(
    versionNames(store).flatMap((name) =>
      readVersion(store, name).manifest.objects.map((object) => objectPath(store, object)),
    ),
  );
  const doomed = [
    ...children(join(store, 'objects')).filter((path) => !kept.has(path)),
    ...['.', 'versions', 'aliases'].flatMap((folder) => children(join(store, folder)).filter(isTemporary)),
    ...children(join(store, 'stages')).flatMap((stage) =>
      children(stage).filter((path) => includeStages || isTemporary(path)),
    ),
  ];
  const bytes = doomed.reduce((sum, path) => sum + sizeOf(path), 0);
  if (!dryRun) for (const path of doomed) rmSync(path, { recursive: true, force: true });
  return { removed: doomed, bytes };
}

const isTemporary = (path: string): boolean => path.split('/').at(-1)!.startsWith(TEMPORARY_PREFIX);

function children(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

function sizeOf(path: string): number {
  const stat = statSync(path);
  return stat.isDirectory() ? children(path).reduce((sum, child) => sum + sizeOf(child), 0) : stat.size;
}
