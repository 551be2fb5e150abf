import { XimError } from '../../model/failure.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'unlock',
  description: 'remove the lock of a process that is gone; with --force of any',
  action: async ({ config: { store }, options, effects }) => {
    const { requireStore } = await import('../../store/store.js');
    const { breakLock, isHeld, readLock } = await import('../../store/lock.js');
    requireStore(store);
    const current = readLock(store);
    if (current && isHeld(store, effects) && !options.force && !options.dryRun)
      throw new XimError(
        'locked',
        `process ${current.pid}, which holds the lock of ${store} since ${current.since}, is running`,
        'wait for it or end it; --force removes its lock all the same, and two writers may meet',
      );
    const holder = options.dryRun ? current : breakLock(store);
    return {
      text: holder
        ? `${options.dryRun ? 'would remove' : 'removed'} the lock of process ${holder.pid} on ${holder.host}`
        : 'the store was not locked',
      json: { holder: holder ?? null },
    };
  },
});
