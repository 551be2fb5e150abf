import { Argument, Option } from 'commander';
import { defineVerb } from '../verb.js';

interface SignArguments {
  readonly ref: string;
  readonly key: string;
}

export const verb = defineVerb<SignArguments>({
  name: 'sign',
  description: 'sign the manifest of a version, which is verified first',
  arguments: [new Argument('[ref]', 'version id, prefix, date or alias').default('candidate')],
  options: [
    new Option('--key <file>', 'private key: openssl genpkey -algorithm ed25519 -out FILE').makeOptionMandatory(),
  ],
  action: async ({ config, effects, lockTimeoutMs, options }, { ref, key: file }) => {
    const { store } = config;
    const { resolveReference } = await import('../../store/store.js');
    const { keyId, signingKey, signVersion } = await import('../../store/signatures.js');
    const { verifyVersion } = await import('../../run/versions/verifyVersion.js');
    const { withLock } = await import('../../run/pipeline.js');
    const { isReadByOthers, keyText } = await import('../steps/keyFile.js');
    const key = signingKey(keyText(file), file);
    if (isReadByOthers(file)) effects.warn(`the private key ${file} can be read by others: chmod 600 ${file}`);
    const version = resolveReference(store, ref);
    verifyVersion(store, version);
    const result = (words: string, signed: boolean) => ({
      text: `${version.folder} ${words} key ${keyId(key).slice(0, 16)}`,
      json: { id: version.id, version: version.folder, key: keyId(key), signed },
    });
    if (options.dryRun) return result('would be signed by', false);
    const signed = await withLock(config, lockTimeoutMs, effects, async () => signVersion(store, version, key));
    return result(signed ? 'is now signed by' : 'is already signed by', signed);
  },
});
