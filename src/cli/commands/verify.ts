import { Argument } from 'commander';
import { defineVerb } from '../verb.js';

interface VerifyArguments {
  readonly ref?: string;
}

export const verb = defineVerb<VerifyArguments>({
  name: 'verify',
  description: 'check digests and compute certificates anew from the stored bytes',
  arguments: [new Argument('[ref]', 'version; all of them by default')],
  computes: true,
  action: async ({ config: { store } }, { ref }) => {
    const { readVersion, requireStore, resolveReference, versionNames } = await import('../../store/store.js');
    requireStore(store);
    const { verifyVersion } = await import('../../run/versions/verifyVersion.js');
    const versions =
      ref === undefined ? versionNames(store).map((name) => readVersion(store, name)) : [resolveReference(store, ref)];
    const results = versions.map((version) => verifyVersion(store, version));
    await followAliases(store);
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
async function followAliases(store: string): Promise<void> {
  const { readAlias, resolveReference } = await import('../../store/store.js');
  for (const alias of ['candidate', 'champion'] as const)
    if (readAlias(store, alias) !== undefined) resolveReference(store, alias);
}
