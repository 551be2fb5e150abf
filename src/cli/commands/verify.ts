import { Argument, Option } from 'commander';
import { XimError } from '../../model/failure.js';
import type { Verification } from '../../run/versions/verifyVersion.js';
import { defineVerb } from '../verb.js';

interface VerifyArguments {
  readonly ref?: string;
  readonly key?: string;
}

export const verb = defineVerb<VerifyArguments>({
  name: 'verify',
  description: 'check digests and compute certificates anew from the stored bytes',
  arguments: [new Argument('[ref]', 'version; all of them by default')],
  options: [new Option('--key <file>', 'public key (PEM, ed25519) that each version must be signed by')],
  computes: true,
  action: async ({ config: { store } }, { ref, key: file }) => {
    const { readVersion, requireStore, resolveReference, versionNames } = await import('../../store/store.js');
    const { checkSignature, verifyingKey } = await import('../../store/signatures.js');
    const { keyText } = await import('../steps/keyFile.js');
    requireStore(store);
    const { verifyVersion } = await import('../../run/versions/verifyVersion.js');
    const key = file === undefined ? undefined : verifyingKey(keyText(file), file);
    const open =
      ref === undefined
        ? versionNames(store).map((name) => () => readVersion(store, name))
        : [() => resolveReference(store, ref)];
    const results = allOf(
      open.map((read) => () => {
        const version = read();
        if (key) checkSignature(store, version, key);
        return verifyVersion(store, version);
      }),
    );
    await followAliases(store);
    return {
      text: results.length === 0 ? `no versions in ${store}` : results.map((each) => lineOf(each, key)).join('\n'),
      json: { versions: results.map((each) => ({ ...each, ...(key ? { signed: true } : {}) })) },
    };
  },
});

const lineOf = ({ version, objects, certificates }: Verification, key: unknown): string =>
  `${version}: ${objects} objects intact, certificate ${certificates.full.status}${key ? ', signed' : ''}`;

/** What every one gives. @throws XimError `corrupt` naming all that fail, not the first alone */
function allOf<T>(works: readonly (() => T)[]): T[] {
  const results: T[] = [];
  const failures: XimError[] = [];
  for (const work of works) {
    try {
      results.push(work());
    } catch (error) {
      if (!(error instanceof XimError && error.kind === 'corrupt')) throw error;
      failures.push(error);
    }
  }
  if (failures.length === 0) return results;
  if (failures.length === 1) throw failures[0];
  const said = failures.map(({ message }) => message).join('; ');
  throw new XimError('corrupt', `${failures.length} of ${works.length} versions: ${said}`, failures[0].hint);
}

/** @throws XimError `corrupt` when an alias points at a version that cannot be read, or at another than it says. */
async function followAliases(store: string): Promise<void> {
  const { aliasedVersion } = await import('../../store/store.js');
  for (const alias of ['candidate', 'champion'] as const) aliasedVersion(store, alias);
}
