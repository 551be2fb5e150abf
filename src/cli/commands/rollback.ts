import { XimError } from '../../model/failure.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'rollback',
  description: 'make the champion before this one champion again',
  action: async (session) => {
    const { readAlias, readHistory, readVersion } = await import('../../store/store.js');
    const { makeChampion } = await import('../steps/champion.js');
    const { store } = session.config;
    const current = readAlias(store, 'champion');
    const arrival = readHistory(store).findLast(
      (e) => e.alias === 'champion' && e.to === current && e.action !== 'rollback',
    );
    if (!arrival || arrival.from === null)
      throw new XimError(
        'notFound',
        `there is no champion before ${current ?? 'any'} in ${store}`,
        'promote a version by name: xim promote REF',
      );
    return makeChampion(session, readVersion(store, arrival.from), { action: 'rollback', why: `back from ${current}` });
  },
});
