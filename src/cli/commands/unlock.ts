import { XimError } from '../../model/failure.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'unlock',
  description: 'remove the lock of a process that is gone; with --force of any',
  action: async ({ config: { store }, options, effects }) => {
    const { requireStore } = await import('../../store/store.js');
    const { breakLock, isHeld, lockFile, tornWords } = await import('../../store/lock.js');
    requireStore(store);
    const file = lockFile(store);
    const { holder } = file ?? {};
    const isElsewhere = holder !== undefined && holder.host !== effects.host;
    if (holder && (isElsewhere || isHeld(store, effects)) && !options.force && !options.dryRun)
      throw new XimError(
        'locked',
        `process ${holder.pid}${isElsewhere ? ` on ${holder.host}` : ''}, which holds the lock of ${store} since ${holder.since}, ${isElsewhere ? 'may be running: it cannot be seen from here' : 'is running'}`,
        `${isElsewhere ? `look on ${holder.host}` : 'wait for it or end it'}; --force removes its lock all the same, and two writers may meet`,
      );
    if (!options.dryRun) breakLock(store);
    const whose = holder
      ? `the lock of process ${holder.pid} on ${holder.host}`
      : file && `a lock that names no process (${tornWords(file)})`;
    return {
      text: whose ? `${options.dryRun ? 'would remove' : 'removed'} ${whose}` : 'the store was not locked',
      json: { holder: holder ?? null, removed: file !== undefined && !options.dryRun },
    };
  },
});
