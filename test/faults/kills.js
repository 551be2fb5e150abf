// kill -9 after every operation on a file of the store in turn, and at instants that have nothing to do with files.
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes, shareOf, spread } from './lanes.js';
import { countOperations, endedAfter } from './operations.js';
import { stream } from './random.js';
import { complaintAfter, emptyStore, nightly, start, xim } from './world.js';

export async function kills({ golden, short, seed, part, judge, note }) {
  const operations = await countOperations(emptyStore('counted'));
  note(`a run does ${operations} operations on files of its store`);
  const moments = Array.from({ length: operations }, (_, k) => k + 1);
  await inLanes(short ? spread(moments, 4) : shareOf(moments, part), async (at) => {
    const store = emptyStore(`killed-${at}`);
    const { signal } = await endedAfter(store, at, 'kill');
    // A run does one or two operations fewer when another thread was slower.
    const complaint =
      signal === 'SIGKILL' || at > operations - 3 ? await complaintAfter(store, golden) : 'was not killed';
    judge(`killed after operation ${at}`, complaint);
    emptyStore(`killed-${at}`);
  });
  const wholeMs = await timeOf(emptyStore('timed'));
  const draw = stream(seed);
  const instants = Array.from({ length: short ? 2 : 60 }, () => draw(wholeMs));
  await inLanes(shareOf(instants, short ? undefined : part), async (afterMs, k) => {
    const store = emptyStore(`instant-${k}`);
    const run = start(nightly(store));
    await Promise.race([sleep(afterMs), run.ended]);
    run.kill();
    await run.ended;
    judge(`killed after ${afterMs} ms`, await complaintAfter(store, golden));
    emptyStore(`instant-${k}`);
  });
}

async function timeOf(store) {
  const began = Date.now();
  await xim(nightly(store));
  return Date.now() - began;
}
