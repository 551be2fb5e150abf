import type { Validation } from '../stages/validate/walkForward.js';
import { stageCaches } from '../store/stageCaches.js';
import type { ValidationTask } from './effects.js';
import { windowInputs } from './pipeline.js';

/**
 * Walk-forward validation of a window by itself, one decay for all links where its form is left to the data. It needs nothing of
 * the fit, so that both can be done at the same time. Sums come from the caches; those that were lost meanwhile are made again from
 * the buckets that are stored, as by any run, and what would need the engine is an error.
 */
export async function validateStored({
  config,
  date,
  names,
  events,
  reference,
}: ValidationTask): Promise<Validation | undefined> {
  const { familyWindow } = await import('./window/familyWindow.js');
  const { walkOf } = await import('./calibration/walk.js');
  const { validate } = await import('../stages/validate/walkForward.js');
  const context = {
    ...{ config, names, events, reference, temporaryFolder: '' },
    inputs: await windowInputs(config, date),
    // Damage is said, and healed, by the thread that made the caches.
    made: {},
    caches: stageCaches(config.store, { warn: () => {}, now: () => new Date() }),
    engine: async () => {
      throw new Error('the store lacks what it had');
    },
  };
  const window = await familyWindow(context, () => {});
  return validate(window.folds, walkOf(config, names, window));
}
