import { Option } from 'commander';
import { defineVerb } from '../verb.js';

interface CollectArguments {
  readonly stages?: boolean;
}

export const verb = defineVerb<CollectArguments>({
  name: 'gc',
  description: 'remove what no version refers to',
  options: [new Option('--stages', 'remove the stage caches too')],
  action: async ({ config, effects, lockTimeoutMs, options }, { stages = false }) => {
    const { requireStore } = await import('../../store/store.js');
    const { collectGarbage } = await import('../../store/collect.js');
    const { withLock } = await import('../../run/pipeline.js');
    requireStore(config.store);
    const dryRun = options.dryRun ?? false;
    return withLock(config, lockTimeoutMs, effects, async () => {
      const { removed, bytes } = collectGarbage(config.store, stages, dryRun);
      return {
        text: `${dryRun ? 'would remove' : 'removed'} ${removed.length} entries, ${bytes} bytes`,
        json: { removed, bytes, dryRun },
      };
    });
  },
});
