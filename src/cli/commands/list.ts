import { isFailing } from '../../model/verdict.js';
import {
  type Alias,
  readAlias,
  readVersion,
  requireStore,
  type StoredVersion,
  versionNames,
} from '../../store/store.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'list',
  description: 'versions in the store',
  action: ({ config: { store } }) => {
    requireStore(store);
    const versions = versionNames(store).map((name) => readVersion(store, name));
    return {
      text: versions.length === 0 ? `no versions in ${store}` : versionTable(store, versions),
      json: {
        versions: versions.map(({ id, folder, manifest }) => ({
          id,
          version: folder,
          asof: manifest.asof,
          model: manifest.model,
          certificate: manifest.certificate.status,
          alias: aliasesOf(store, folder).at(-1) ?? null,
        })),
      },
    };
  },
});

/** Every version, oldest first. */
function versionTable(store: string, versions: readonly StoredVersion[]): string {
  const rows = versions.map(({ folder, manifest }) => [
    folder,
    manifest.model,
    manifest.universe.names.length,
    manifest.certificate.status,
    (manifest.gates as { verdict: string }[]).some(isFailing) ? 'failed' : 'passed',
    aliasesOf(store, folder).join(', '),
  ]);
  return textTable(['version', 'model', 'names', 'certificate', 'gates', 'alias'], rows);
}

function aliasesOf(store: string, folder: string): Alias[] {
  return (['candidate', 'champion'] as const).filter((alias) => readAlias(store, alias) === folder);
}
