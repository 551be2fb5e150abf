import { encodeFolds, type FoldKind, storedFolds } from '../../io/foldFiles.js';
import type { DayStates } from '../../model/buckets.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import { type MarketStates, marketStates } from '../../stages/replay/marketStates.js';
import { stageKey } from '../../store/store.js';
import type { AlignContext } from './alignKey.js';
import { cachedFiles } from './cachedFiles.js';

/** Of the cached files. */
const STATES_LAYOUT = 1;
const STATES: FoldKind = { file: 'states', words: 'the states of the market' };

interface StatesHeader {
  readonly buckets: number;
}

/** Market columns that states are made of. */
export const STATE_FIELDS = ['moveBps', 'spreadBps', 'volume', 'marketFlow'] as const;

/**
 * States of the market of a day, from the cache or from its buckets. A day is replayed on several nights, and its states are three
 * numbers a bucket where the columns that they come from are three a name and bucket.
 * @param align key of the day's buckets
 */
export async function dayStates(
  context: AlignContext,
  align: string,
  buckets: () => Promise<DayStates>,
): Promise<MarketStates> {
  const key = stageKey({ METHOD_VERSION, layout: STATES_LAYOUT, align });
  const folder = await cachedFiles(context, { stage: 'states', key }, async () => {
    const { spread, volatility, crowding } = marketStates(await buckets());
    const header: StatesHeader = { buckets: spread.length };
    return encodeFolds(STATES, [{ header, arrays: [spread, volatility, crowding] }]);
  });
  const [{ header, read }] = storedFolds<StatesHeader>(folder, STATES, (of) => 3 * of.buckets);
  const numbers = read();
  const [spread, volatility, crowding] = [0, 1, 2].map((k) =>
    numbers.subarray(k * header.buckets, (k + 1) * header.buckets),
  );
  return { spread, volatility, crowding };
}
