import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CachePlace } from '../../store/stageCaches.js';
import type { AlignContext } from './alignKey.js';

export interface CachedFile {
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

/** The folder of a cache, with the files that were made when it was last needed, or that are made now, one after the other. */
export const cachedFiles = (
  { caches }: Pick<AlignContext, 'caches'>,
  place: CachePlace,
  make: () => Promise<Iterable<CachedFile>>,
): Promise<string> =>
  caches.open(place, async (temporary) => {
    for (const { name, bytes } of await make()) writeFileSync(join(temporary, name), bytes);
  });

/** How values that JSON lacks are written and read. */
export interface JsonForm {
  readonly replacer?: (key: string, value: unknown) => unknown;
  readonly reviver?: (key: string, value: unknown) => unknown;
}

/** A document from the cache, as JSON gives it back, whether it was there or is made now. */
export async function cachedJson<T>(
  context: Pick<AlignContext, 'caches'>,
  place: CachePlace,
  make: () => Promise<T>,
  { replacer, reviver }: JsonForm = {},
): Promise<T> {
  const name = `${place.stage}.json`;
  const folder = await cachedFiles(context, place, async () => [
    { name, bytes: `${JSON.stringify(await make(), replacer)}\n` },
  ]);
  return JSON.parse(readFileSync(join(folder, name), 'utf8'), reviver) as T;
}
