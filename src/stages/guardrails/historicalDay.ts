import type { MoveUnit } from '../../model/units.js';
import type { Replay } from '../replay/replay.js';
import type { BucketOutcome } from './monitor.js';

/**
 * A day that was replayed with a model that had not seen it, and what a live system would have known of its inputs.
 * Moves, predictions and flow are buckets × names, time-major; NaN is missing.
 */
export interface HistoricalDay {
  readonly date: string;
  readonly replay: Replay;
  /** First bucket that the replay scored. */
  readonly fromBucket: number;
  /** N: of the model's training window. */
  readonly residualVolBps: Float64Array;
  /** Prediction with the links inside blocks alone; without it a fallback to blocks is scored as own flow. */
  readonly blockBps?: Float64Array;
  /** Of the model: `Infinity` where normalised K is not positive definite. */
  readonly conditionNumber: number;
  readonly basketNorm: number;
  /** By bucket: multiplier of the regime that holds in it; 1 without. */
  readonly multiplier?: Float64Array;
  /** By bucket: age of the data at its end, milliseconds; NaN unknown. `feedLagMs` makes it of quotes. */
  readonly lagMs?: Float64Array;
  /** By bucket: 1 where a venue is announced to be out. */
  readonly outage?: Uint8Array;
  /** Of the moves; bps where absent. */
  readonly units?: MoveUnit;
}

/**
 * Age of the freshest quote over all names, by bucket. The feed is what lags: a single name that nobody quotes says nothing
 * of it, and the oldest of a few quotes is often minutes old on a quiet day.
 * @param quoteAgeMs names × buckets, name-major, as a day of buckets holds it; NaN where a name has no quote
 */
export function feedLagMs(quoteAgeMs: Float64Array, buckets: number): Float64Array {
  const freshest = new Float64Array(buckets).fill(Number.NaN);
  for (let first = 0; first < quoteAgeMs.length; first += buckets) takeFresher(freshest, quoteAgeMs, first);
  return freshest;
}

function takeFresher(freshest: Float64Array, ages: Float64Array, first: number): void {
  for (let t = 0; t < freshest.length; t++) {
    const age = ages[first + t];
    if (!Number.isNaN(age) && !(age >= freshest[t])) freshest[t] = age;
  }
}

/** What the full model said of bucket t and what came of it, at the multiplier of the regime. */
export function outcomeOf(day: HistoricalDay, t: number): BucketOutcome {
  const { replay } = day;
  const { names } = replay;
  const row = (values: Float64Array) => values.subarray(t * names, (t + 1) * names);
  const multiplier = multiplierAt(day, t);
  return {
    residualBps: row(replay.residualBps),
    predictedBps: scaled(row(replay.predictedBps), multiplier),
    ownBps: scaled(row(replay.ownBps), multiplier),
    flow: row(replay.residualFlow),
  };
}

function scaled(values: Float64Array, by: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = by * values[i];
  return out;
}

export function multiplierAt({ multiplier }: HistoricalDay, t: number): number {
  const value = multiplier?.[t] ?? 1;
  return Number.isNaN(value) ? 1 : value;
}
