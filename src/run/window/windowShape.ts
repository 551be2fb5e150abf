import type { Config } from '../../config/schema.js';
import { durationNs } from '../../model/duration.js';
import { type KernelBasis, kernelGrid } from '../../model/kernel.js';
import { gridOf } from './alignKey.js';

/** With fewer days than this, folds are stretches of time inside each session. */
const MIN_DAYS_FOR_DAY_FOLDS = 5;

/** Seconds of each configured time constant; `undefined` where they are to be chosen. */
export function configuredTaus({ tau }: Config['fit']['kernel']): number[] | undefined {
  if (tau === 'auto') return undefined;
  const special = { temporary: 0, permanent: Number.POSITIVE_INFINITY };
  return tau.map((t) => (t === 'temporary' || t === 'permanent' ? special[t] : durationNs(t) / 1e9));
}

export function configuredBasis(config: Config): KernelBasis | undefined {
  const tauSeconds = configuredTaus(config.fit.kernel);
  return tauSeconds && { bucketMs: bucketMsOf(config), tauSeconds };
}

export const bucketMsOf = ({ align }: Config): number => durationNs(align.bucket) / 1e6;

/** All that `tau: auto` chooses from: up to the longest session of the window, whichever day is short. */
export function gridBasis(config: Config, dates: readonly string[]): KernelBasis {
  return kernelGrid(bucketMsOf(config), longestSession(config, dates));
}

/** Buckets of the longest session of the days. */
export const longestSession = (config: Config, dates: readonly string[]): number =>
  Math.max(...dates.flatMap((date) => gridOf(config, date).sessions.map(({ buckets }) => buckets)));

/** Fewer groups of folds than this leave nothing to jackknife, or to walk forward over. */
const MIN_FOLDS = 10;
/** A fold needs so many buckets to say anything. */
const MIN_FOLD_BUCKETS = 30;

/** Folds of `fit.fold`, shorter where the window would otherwise have too few: a short day is judged where it can be. */
export function foldBuckets(config: Config, dates: readonly string[]): number | 'day' {
  if (dates.length >= MIN_DAYS_FOR_DAY_FOLDS) return 'day';
  const configured = Math.max(1, Math.round(durationNs(config.fit.fold) / durationNs(config.align.bucket)));
  const buckets = dates.reduce((sum, date) => sum + gridOf(config, date).buckets, 0);
  return Math.min(configured, Math.max(MIN_FOLD_BUCKETS, Math.floor(buckets / MIN_FOLDS)));
}
