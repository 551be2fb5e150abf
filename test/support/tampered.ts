import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import { objectPath, sha256, versionName } from '../../src/store/store.js';
import { readJson } from './cli.js';

/** As it lies on disk: tests break it in every way. */
// biome-ignore lint/suspicious/noExplicitAny: the tests are what checks the shape
export type StoredManifest = any;

export interface Tampering {
  readonly manifest?: (manifest: StoredManifest) => void;
  /** Values of a column of impact.arrow, row by row, changed where they lie. */
  readonly column?: { readonly name: string; readonly change: (values: Float64Array) => void };
}

let copies = 0;

/**
 * A copy of a store, below `folder`, whose version says something else, with every digest made anew: what one who knows the
 * format could do. Returns the folder of the version.
 */
export function tampered(folder: string, store: string, version: string, { manifest, column }: Tampering): string {
  const target = join(folder, `tampered-${copies++}`);
  cpSync(join(store, 'objects'), join(target, 'objects'), { recursive: true });
  const stored = readJson(join(store, 'versions', version, 'manifest.json'));
  manifest?.(stored);
  if (column) {
    const object = stored.objects.find(({ name }: { name: string }) => name === 'impact.arrow');
    const bytes = new Uint8Array(readFileSync(objectPath(store, object)));
    const [data] = tableFromIPC(bytes).getChild(column.name)!.data;
    // The table is a view of the bytes.
    column.change((data.children[0] ?? data).values as Float64Array);
    object.sha256 = sha256(bytes);
    const path = objectPath(target, object);
    writeFileSync(path, bytes);
    chmodSync(path, 0o444);
  }
  const content = canonicalJson(stored);
  const own = join(target, 'versions', versionName(stored.asof, sha256(content)));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'manifest.json'), content);
  return own;
}
