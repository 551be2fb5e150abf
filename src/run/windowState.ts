import type { Config } from '../config/schema.js';
import { type CacheWorld, holdsStage } from '../store/stageCaches.js';
import type { StoredVersion } from '../store/store.js';
import { knownVersion, type RunOptions, runKey, windowInputs } from './pipeline.js';
import { alignKey } from './window/alignKey.js';
import { choicesOfWindow, isSummed } from './window/summedDays.js';

/** What the store has of a window, told without reading any data. */
export interface WindowState {
  readonly dates: readonly string[];
  /** The version, where it is there already. */
  readonly version?: StoredVersion | undefined;
  /** Days that have no buckets yet, as far as is known. */
  readonly missing: readonly string[];
  /** Days that no window was gone through with, those among them. */
  readonly unsummed: readonly string[];
}

/** A file that has never been read counts as one of a day that is missing. @throws as {@link windowInputs} */
export async function windowState(
  { config, date, packageVersion, force }: RunOptions,
  world: CacheWorld,
): Promise<WindowState> {
  const inputs = await windowInputs(config, date, NONE);
  const { dates, byDate } = inputs;
  const hasBuckets = (day: string) =>
    byDate.has(day) && holdsStage(config.store, { stage: 'align', key: alignKey({ config, inputs }, day) });
  const isKnown = !force && dates.every((day) => byDate.has(day));
  return {
    dates,
    version: isKnown ? knownVersion(config.store, runKey(config, inputs, packageVersion), world) : undefined,
    missing: dates.filter((day) => !hasBuckets(day)),
    unsummed: dates.filter((day) => !hasBuckets(day) || !isSummed(config, inputs, day)),
  };
}

const NONE = '';

/**
 * Days that are made before a run, all of a round at the same time: first their buckets and what is summed of a day alone; then,
 * where the configuration leaves it to the window, what waits for γ and the shape of impact, and what waits for the time
 * constants. A single day finds all others there.
 */
export function roundsOf(config: Config, { missing, unsummed }: Pick<WindowState, 'missing' | 'unsummed'>): string[][] {
  const waits = choicesOfWindow(config);
  if (unsummed.length < 2 || waits === 0) return unsummed.length > 0 ? [[...unsummed]] : [];
  const later = Array.from({ length: waits }, () => [...unsummed]);
  return missing.length > 0 ? [[...missing], ...later] : later;
}
