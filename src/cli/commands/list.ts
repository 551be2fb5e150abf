import { XimError } from '../../model/failure.js';
import { isFailing } from '../../model/gate.js';
import { EXIT } from '../process/exitCodes.js';
import type { LabelledVersion } from '../steps/aliases.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'list',
  description: 'versions in the store',
  action: async ({ config: { store }, effects }) => {
    const { requireStore } = await import('../../store/store.js');
    const { labelledVersions } = await import('../steps/aliases.js');
    requireStore(store);
    const { versions, failures } = labelledVersions(store);
    for (const { message } of failures) effects.warn(message);
    return {
      text: versions.length === 0 ? `no versions in ${store}` : versionTable(versions),
      json: { versions: versions.map(described) },
      // What only a newer program reads is whole.
      ...(failures.some(({ kind }) => kind === 'corrupt') ? { exitCode: EXIT.corrupt } : {}),
    };
  },
});

function described({ folder, version, aliases }: LabelledVersion) {
  const alias = aliases.at(-1) ?? null;
  if (version instanceof XimError) {
    const { kind, message, hint } = version;
    return { version: folder, error: { kind, message, hint }, alias };
  }
  const { asof, model, certificate } = version.manifest;
  return { id: version.id, version: folder, asof, model, certificate: certificate.status, alias };
}

function versionTable(versions: readonly LabelledVersion[]): string {
  const rows = versions.map(({ folder, version, aliases }) => [folder, ...cellsOf(version), aliases.join(', ')]);
  return textTable(['version', 'model', 'names', 'certificate', 'gates', 'alias'], rows);
}

function cellsOf(version: LabelledVersion['version']): (string | number)[] {
  if (version instanceof XimError) return [version.kind === 'corrupt' ? 'corrupt' : 'of a newer program', '', '', ''];
  const { model, universe, certificate, gates } = version.manifest;
  return [model, universe.names.length, certificate.status, gates.some(isFailing) ? 'failed' : 'passed'];
}
