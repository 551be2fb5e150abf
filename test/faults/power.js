// A power cut after operations on files of the store: what was written and not made durable is truncated, names that were
// changed and not made durable are changed back, each by chance.
import { inLanes, shareOf, spread } from './lanes.js';
import { countOperations, endedAfter } from './operations.js';
import { complaintAfter, copyOf, emptyStore } from './world.js';

export async function power({ golden, short, part, judge }) {
  const operations = await countOperations(emptyStore('counted'));
  const moments = Array.from({ length: operations }, (_, k) => k + 1);
  await inLanes(short ? spread(moments, 4) : shareOf(moments, part), async (at) => {
    const store = emptyStore(`dark-${at}`);
    await endedAfter(store, at, 'power');
    judge(`power cut after operation ${at}`, await complaintAfter(store, golden));
    emptyStore(`dark-${at}`);
  });
  // Once more over a store that has versions: what was published before is there after any cut.
  const again = short ? [3] : shareOf(spread(moments, 20), part);
  await inLanes(again, async (at) => {
    const store = copyOf(golden.store, `dark-again-${at}`);
    await endedAfter(store, at, 'power', ['--force']);
    judge(`power cut after operation ${at} of a second run`, await complaintAfter(store, golden));
    emptyStore(`dark-again-${at}`);
  });
}
