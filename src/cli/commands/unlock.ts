import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'unlock',
  description: 'remove the lock of a process that is gone',
  action: async ({ config: { store }, options }) => {
    const { requireStore } = await import('../../store/store.js');
    const { breakLock, readLock } = await import('../../store/lock.js');
    requireStore(store);
    const holder = options.dryRun ? readLock(store) : breakLock(store);
    return {
      text: holder
        ? `${options.dryRun ? 'would remove' : 'removed'} the lock of process ${holder.pid} on ${holder.host}`
        : 'the store was not locked',
      json: { holder: holder ?? null },
    };
  },
});
