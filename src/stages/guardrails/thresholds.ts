import { durationNs } from '../../model/duration.js';
import type { GuardrailSettings } from '../../model/guardrails.js';
import type { LinkState } from '../../model/verdict.js';

/** {@link GuardrailSettings} in the units of the machine. */
export interface Thresholds {
  readonly conditionCap: number;
  readonly crossShareCap: number;
  readonly basketCap: number;
  /** Share of a cap, or of the lag, that a value must come back to. */
  readonly capRelease: number;
  readonly residualZ: number;
  /** The same share for the residual z-score. */
  readonly residualRelease: number;
  readonly dataLagMs: number;
  /** Calm buckets in a row that release a guardrail, and buckets from one level to the next on the way back. At least 1. */
  readonly recoveryBuckets: number;
  /** Buckets that the residual z-score and the cross share look back on. */
  readonly windowBuckets: number;
  /** Symbols whose links are in use; empty once all are. */
  readonly canary: readonly string[];
  /** Whether the version starts with its links frozen, and keeps them so. */
  readonly linksAreFrozen: boolean;
  /** Largest growth of a multiplier from bucket to bucket, at least 1 (`growthBound` of a model); absent: any. */
  readonly multiplierGrowth?: number;
}

/** Fewer observations give no standard error worth a z-score of 4: Student's t with 29 degrees is beyond it once in 2500. */
export const LEAST_OBSERVATIONS = 30;

/** What a version says beside its settings. */
export interface VersionThresholds {
  /** What `basket_cap: auto` stands for. */
  readonly basketCap: number;
  readonly links: LinkState;
}

/** @param bucketMs width of the buckets that the machine will be shown */
export function thresholdsOf(
  settings: GuardrailSettings,
  bucketMs: number,
  { basketCap, links }: VersionThresholds,
): Thresholds {
  const bucketsOf = (duration: string) => Math.max(1, Math.round(durationNs(duration) / (1e6 * bucketMs)));
  return {
    conditionCap: settings.condition_cap,
    crossShareCap: settings.cross_share_cap,
    basketCap: settings.basket_cap === 'auto' ? basketCap : settings.basket_cap,
    capRelease: settings.cap_release,
    residualZ: settings.residual_z,
    residualRelease: settings.residual_release,
    dataLagMs: durationNs(settings.data_lag) / 1e6,
    recoveryBuckets: bucketsOf(settings.recovery),
    windowBuckets: Math.max(LEAST_OBSERVATIONS, bucketsOf(settings.residual_window)),
    canary: settings.canary,
    linksAreFrozen: links === 'frozen',
  };
}

/** @throws RangeError naming a threshold that no machine can work with. */
export function checkThresholds(thresholds: Thresholds): void {
  const { capRelease, residualRelease, recoveryBuckets, windowBuckets } = thresholds;
  const { conditionCap, crossShareCap, basketCap, residualZ, dataLagMs } = thresholds;
  for (const [name, value] of Object.entries({ conditionCap, crossShareCap, basketCap, residualZ, dataLagMs }))
    if (!(value >= 0)) throw new RangeError(`${name} is ${value}: give a number that is not negative`);
  for (const [name, value] of Object.entries({ capRelease, residualRelease }))
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}: give a share between 0 and 1`);
  const { multiplierGrowth = 1 } = thresholds;
  if (!(multiplierGrowth >= 1))
    throw new RangeError(`multiplierGrowth is ${multiplierGrowth}: give a factor per bucket, at least 1`);
  for (const [name, value] of Object.entries({ recoveryBuckets, windowBuckets }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new RangeError(`${name} is ${value}: give a whole number of buckets, at least 1`);
}
