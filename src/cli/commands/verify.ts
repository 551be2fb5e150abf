import { Argument } from 'commander';
import { readAlias, readVersion, requireStore, resolveReference, versionNames } from '../../store/store.js';
import { defineVerb } from '../verb.js';

interface VerifyArguments {
  readonly ref?: string;
}

export const verb = defineVerb<VerifyArguments>({
  name: 'verify',
  description: 'check digests and compute certificates anew from the stored bytes',
  arguments: [new Argument('[ref]', 'version; all of them by default')],
  action: async ({ config: { store } }, { ref }) => {
    requireStore(store);
    const { verifyVersion } = await import('../../run/versions/verifyVersion.js');
    const versions =
      ref === undefined ? versionNames(store).map((name) => readVersion(store, name)) : [resolveReference(store, ref)];
    const results = versions.map((version) => verifyVersion(store, version));
    followAliases(store);
    const lines = results.map(
      (r) => `${r.version}: ${r.objects} objects intact, certificate ${r.certificates.full.status}`,
    );
    return {
      text: lines.length === 0 ? `no versions in ${store}` : lines.join('\n'),
      json: { versions: results },
    };
  },
});

/** @throws XimError `corrupt` when an alias points at a version that cannot be read. */
function followAliases(store: string): void {
  for (const alias of ['candidate', 'champion'] as const)
    if (readAlias(store, alias) !== undefined) resolveReference(store, alias);
}
