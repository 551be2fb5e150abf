import { methodConfig } from '../../config/methodConfig.js';
import type { Config } from '../../config/schema.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import { type CachePlace, holdsStage } from '../../store/stageCaches.js';
import { stageKey } from '../../store/store.js';
import { type AlignContext, alignKey } from './alignKey.js';
import { cachedJson } from './cachedFiles.js';
import type { Inputs } from './inputs.js';

/**
 * A mark in the store says that a window was once gone through with all sums of a day. It saves looking for them, which
 * would need every choice of the window made again; a later window that chooses otherwise sums the day anew.
 */
const placeOf = (config: Config, inputs: Inputs, date: string): CachePlace => ({
  stage: 'summed',
  key: stageKey({ METHOD_VERSION, align: alignKey({ config, inputs }, date), config: methodConfig(config) }),
});

export const isSummed = (config: Config, inputs: Inputs, date: string): boolean =>
  inputs.byDate.has(date) && holdsStage(config.store, placeOf(config, inputs, date));

/**
 * How often what is summed of a day waits for a choice that the whole window makes: γ and the shape of impact, then time constants.
 * Without any, a day is made alone.
 */
export function choicesOfWindow({ flow, fit }: Config): number {
  const shape = flow.liquidity === 'auto' || flow.concavity === 'auto' || fit.kernel.concave === 'auto';
  return [shape, fit.kernel.tau === 'auto'].filter(Boolean).length;
}

/** Of the one day that is made here, or of all of the window. */
export async function markSummed(context: AlignContext): Promise<void> {
  const { config, inputs } = context;
  for (const date of inputs.only === undefined ? inputs.dates : [inputs.only])
    await cachedJson(context, placeOf(config, inputs, date), async () => ({ date }));
}
