import { Option } from 'commander';
import { type BackfillArguments, clusterOptions, refuseClusterOptions } from '../options/cluster.js';
import { rangeOfDays } from '../options/dates.js';
import { positiveCount } from '../options/parsers.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb<BackfillArguments>({
  name: 'backfill',
  description: 'the versions that a range of trading days lacks; days are made several at a time',
  options: [
    ...rangeOfDays,
    new Option('--jobs <n>', 'days at the same time (default: cores, as far as engine.memory goes)').argParser(
      positiveCount,
    ),
    ...clusterOptions,
  ],
  computes: true,
  action: async (session, args) => {
    const { backfillHere, backfillOnCluster } = await import('../steps/backfill.js');
    refuseClusterOptions(args);
    return args.executor === 'local' ? backfillHere(session, args) : backfillOnCluster(session, args);
  },
});
