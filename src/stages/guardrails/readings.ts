import type { Guardrail } from '../../model/guardrails.js';
import type { Thresholds } from './thresholds.js';

/** What is known when a bucket opens. A value that is absent or NaN is unknown: it neither trips nor releases anything. */
export interface Observation {
  /** Of normalised K; `Infinity` where its smallest eigenvalue is not positive. */
  readonly conditionNumber?: number;
  /** |cross| / (self + |cross|) of predicted cost. */
  readonly crossShare?: number;
  /** ‖D^−½ K_off D^−½‖₂. */
  readonly basketNorm?: number;
  /** z-score of residual moves in the direction of the prediction; either sign is a break. */
  readonly residualZ?: number;
  readonly dataLagMs?: number;
  readonly venueOutage?: boolean;
  /** Overrides what the artifact says of its links; `false` is a desk that trusts them all the same. */
  readonly linksAreFrozen?: boolean;
  /** For a machine that watches one symbol: whether it may use links yet. */
  readonly isCanary?: boolean;
  /** Multiplier of the regime, positive; 1 where it is unknown. */
  readonly multiplier?: number;
}

/** One guardrail's view of an observation: it trips above `enter` and calms down at or below `leave`. */
export interface Reading {
  /** NaN where unknown. */
  readonly value: number;
  readonly enter: number;
  readonly leave: number;
}

export function readingsOf(observation: Observation, thresholds: Thresholds): Readonly<Record<Guardrail, Reading>> {
  const { capRelease, residualRelease } = thresholds;
  const capped = (value: number | undefined, cap: number, release = capRelease): Reading => ({
    value: value ?? Number.NaN,
    enter: cap,
    leave: release * cap,
  });
  const alarm = (isOn: boolean | undefined): Reading => ({
    value: isOn === undefined ? Number.NaN : Number(isOn),
    enter: 0,
    leave: 0,
  });
  const { isCanary, residualZ } = observation;
  return {
    conditionNumber: capped(observation.conditionNumber, thresholds.conditionCap),
    crossShare: capped(observation.crossShare, thresholds.crossShareCap),
    basketNorm: capped(observation.basketNorm, thresholds.basketCap),
    regimeBreak: capped(
      residualZ === undefined ? undefined : Math.abs(residualZ),
      thresholds.residualZ,
      residualRelease,
    ),
    dataLag: capped(observation.dataLagMs, thresholds.dataLagMs),
    venueOutage: alarm(observation.venueOutage),
    canary: alarm(isCanary === undefined ? undefined : !isCanary),
    frozenLinks: alarm(observation.linksAreFrozen ?? (thresholds.linksAreFrozen ? true : undefined)),
  };
}

const MEANINGS: Readonly<Record<Guardrail, string>> = {
  conditionNumber: 'condition number of normalised K',
  crossShare: 'share of predicted cost that comes from links',
  basketNorm: 'most that links can multiply the self cost of a basket',
  regimeBreak: 'size of the z-score of residual moves',
  dataLag: 'age of the data in milliseconds',
  venueOutage: 'a venue is out',
  canary: 'the symbol is not a canary',
  frozenLinks: 'the links of this version are not told apart from an unrecorded factor',
};

/** One sentence for a log or a report. */
export function sentence(guardrail: Guardrail, { value, enter, leave }: Reading, calmBuckets: number): string {
  const meaning = MEANINGS[guardrail];
  if (Number.isNaN(value)) return `${meaning}: not known in this bucket, so what was decided stays`;
  if (value > enter) return enter === 0 && value === 1 ? meaning : `${meaning}: ${shown(value)}, above ${shown(enter)}`;
  return value > leave
    ? `${meaning}: ${shown(value)}, not yet back to ${shown(leave)}`
    : `${meaning}: back to ${shown(value)} for ${calmBuckets} buckets`;
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));
