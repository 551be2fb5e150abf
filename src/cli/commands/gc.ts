import { Option } from 'commander';
import { byteCount, wholeNumber } from '../options/parsers.js';
import { defineVerb } from '../verb.js';

interface CollectArguments {
  readonly stages?: boolean;
  readonly cacheBudget?: number;
  readonly keepDaily?: number;
  readonly keepMonthly?: number;
  readonly yes?: boolean;
}

export const verb = defineVerb<CollectArguments>({
  name: 'gc',
  description: 'remove what no version refers to; with --keep-… versions too',
  options: [
    new Option('--stages', 'remove the stage caches too'),
    new Option('--cache-budget <size>', 'remove stage caches, least used first, beyond so much: 20GB').argParser(
      byteCount,
    ),
    new Option('--keep-daily <n>', 'remove versions but the last of each of n days').argParser(wholeNumber),
    new Option('--keep-monthly <n>', 'remove versions but the last of each of n months').argParser(wholeNumber),
    new Option('--yes', 'do what --keep-… only says without it'),
  ],
  action: async ({ config, effects, lockTimeoutMs, options }, args) => {
    const { requireStore } = await import('../../store/store.js');
    const { collectGarbage } = await import('../../store/collect.js');
    const { withLock } = await import('../../run/pipeline.js');
    requireStore(config.store);
    const { stages = false, cacheBudget, keepDaily, keepMonthly } = args;
    const isRetained = keepDaily !== undefined || keepMonthly !== undefined;
    const dryRun = (options.dryRun ?? false) || (isRetained && !args.yes);
    const collect = async () => {
      const { versions, removed, bytes } = collectGarbage(config.store, {
        stages,
        ...(cacheBudget === undefined ? {} : { cacheBytes: cacheBudget }),
        ...(isRetained ? { retention: { daily: keepDaily ?? 0, monthly: keepMonthly ?? 0 } } : {}),
        dryRun,
        now: effects.now(),
      });
      const words = dryRun ? 'would remove' : 'removed';
      return {
        text: [
          ...versions.map((path) => `${words} ${path}`),
          `${words} ${removed.length} entries, ${bytes} bytes`,
          ...(isRetained && dryRun && !options.dryRun ? ['nothing was removed: add --yes'] : []),
        ].join('\n'),
        json: { versions, removed, bytes, dryRun },
      };
    };
    return withLock(config, lockTimeoutMs, effects, collect, dryRun ? 'kept' : 'cleared');
  },
});
