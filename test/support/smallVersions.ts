import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../src/model/manifest.js';
import { moveAlias, readVersion, type StoredVersion, writeObject, writeVersion } from '../../src/store/store.js';
import { ximJson } from './cli.js';

/** A store with one version of a small matrix, made by the program in a second, and the version. */
export function smallStore(folder: string): { readonly store: string; readonly version: StoredVersion } {
  mkdirSync(folder, { recursive: true });
  const matrix = join(folder, 'matrix.csv');
  writeFileSync(matrix, ',AAPL,MSFT\nAAPL,1,0.2\nMSFT,0.2,1\n');
  const store = join(folder, 'store');
  const { document } = ximJson(['constrain', '--matrix', matrix, '--store', store]);
  return { store, version: readVersion(store, document.version) };
}

/** Another version like it, with other fields and an object of its own beside those that it shares. */
export function likeVersion(
  store: string,
  { manifest }: StoredVersion,
  fields: Partial<Manifest>,
): Promise<StoredVersion> {
  const own = writeObject(store, 'own.txt', Buffer.from(JSON.stringify(fields)));
  return writeVersion(store, { ...manifest, ...fields, objects: [...manifest.objects, own] });
}

export const pointAt = (store: string, alias: 'candidate' | 'champion', version: StoredVersion): boolean =>
  moveAlias(store, alias, version, { when: '2024-01-01T00:00:00Z', who: 'test', action: 'test', why: 'test' });
