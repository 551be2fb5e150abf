import { isFailing } from '../../model/gate.js';
import type { LabelledVersion } from '../steps/aliases.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'list',
  description: 'versions in the store',
  action: async ({ config: { store } }) => {
    const { requireStore } = await import('../../store/store.js');
    const { labelledVersions } = await import('../steps/aliases.js');
    requireStore(store);
    const versions = labelledVersions(store);
    return {
      text: versions.length === 0 ? `no versions in ${store}` : versionTable(versions),
      json: {
        versions: versions.map(({ id, folder, manifest, aliases }) => ({
          id,
          version: folder,
          asof: manifest.asof,
          model: manifest.model,
          certificate: manifest.certificate.status,
          alias: aliases.at(-1) ?? null,
        })),
      },
    };
  },
});

function versionTable(versions: readonly LabelledVersion[]): string {
  const rows = versions.map(({ folder, manifest, aliases }) => [
    folder,
    manifest.model,
    manifest.universe.names.length,
    manifest.certificate.status,
    manifest.gates.some(isFailing) ? 'failed' : 'passed',
    aliases.join(', '),
  ]);
  return textTable(['version', 'model', 'names', 'certificate', 'gates', 'alias'], rows);
}
