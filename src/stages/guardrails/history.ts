import {
  type Comparison,
  GUARDRAILS,
  type Guardrail,
  type GuardrailHistory,
  type GuardrailRecord,
  type Level,
  type Segment,
} from '../../model/guardrails.js';
import { added, compareBucket, NO_BUCKETS } from './comparison.js';
import { type HistoricalDay, multiplierAt, outcomeOf } from './historicalDay.js';
import { DEMANDS } from './levels.js';
import { type GuardrailState, initialState, nextState, type Transition } from './machine.js';
import { ResidualMonitor } from './monitor.js';
import type { Observation } from './readings.js';
import type { Thresholds } from './thresholds.js';

/**
 * Runs the machine over days that have passed: every day from its initial state, as the artifact of a night does. Nothing is
 * known ahead: a bucket is decided with the residuals, flow and quotes of those before it, and the announced outages.
 */
export function guardrailHistory(days: readonly HistoricalDay[], thresholds: Thresholds): GuardrailHistory {
  const tally = new Tally();
  for (const day of days) walk(day, thresholds, tally);
  return tally.history(days.every(({ blockBps }) => blockBps) ? 'blocks' : 'own flow');
}

function walk(day: HistoricalDay, thresholds: Thresholds, tally: Tally): void {
  const monitor = new ResidualMonitor(day.residualVolBps, thresholds);
  let state = initialState(thresholds);
  tally.startDay(day.date);
  for (const { firstBucket, buckets } of day.replay.sessions) {
    monitor.startSession();
    for (let t = Math.max(firstBucket, day.fromBucket); t < firstBucket + buckets; t++) {
      const transition = nextState(state, observationAt(day, t, t > firstBucket, monitor), thresholds);
      tally.bucket(day, t, state, transition);
      state = transition.state;
      monitor.show(outcomeOf(day, t));
    }
  }
}

function observationAt(day: HistoricalDay, t: number, hasPast: boolean, monitor: ResidualMonitor): Observation {
  return {
    conditionNumber: day.conditionNumber,
    basketNorm: day.basketNorm,
    crossShare: monitor.crossShare,
    residualZ: monitor.residualZ,
    dataLagMs: hasPast ? (day.lagMs?.[t - 1] ?? Number.NaN) : Number.NaN,
    venueOutage: day.outage?.[t] === 1,
    multiplier: multiplierAt(day, t),
  };
}

/** What is added up on the way. */
class Tally {
  private readonly segments: Segment[] = [];
  private readonly records = new Map<Guardrail, GuardrailRecord>();
  private readonly inState = { full: 0, crossFrozen: 0, blockDiagonal: 0, diagonal: 0 };
  private readonly stretch = new Map<Guardrail, number>();
  private belowFull = NO_BUCKETS;
  private date = '';

  constructor() {
    for (const guardrail of GUARDRAILS)
      this.records.set(guardrail, { guardrail, fired: 0, demands: DEMANDS[guardrail], longest: 0, ...NO_BUCKETS });
  }

  startDay(date: string): void {
    this.date = date;
    this.stretch.clear();
  }

  bucket(day: HistoricalDay, t: number, before: GuardrailState, { state, action, reasons }: Transition): void {
    const causes = reasons.map(({ cause }) => cause);
    this.extend(t, state.level, causes);
    this.inState[state.level]++;
    if (state.level === 'full') return;
    const compare = (level: Level) => compareBucket(day, t, level, action.linkMultiplier);
    this.belowFull = added(this.belowFull, compare(state.level));
    for (const cause of causes)
      if (cause !== 'recovery') this.note(cause, before.active[cause] === undefined, compare(DEMANDS[cause]));
  }

  private note(guardrail: Guardrail, trips: boolean, comparison: Comparison): void {
    const record = this.records.get(guardrail)!;
    const stretch = trips ? 1 : this.stretch.get(guardrail)! + 1;
    this.stretch.set(guardrail, stretch);
    this.records.set(guardrail, {
      ...record,
      ...added(record, comparison),
      fired: record.fired + Number(trips),
      longest: Math.max(record.longest, stretch),
    });
  }

  private extend(t: number, state: Level, reasons: Segment['reasons']): void {
    const last = this.segments.at(-1);
    const goesOn =
      last?.date === this.date && last.toBucket === t && last.state === state && last.reasons.join() === reasons.join();
    if (goesOn) this.segments[this.segments.length - 1] = { ...last, toBucket: t + 1 };
    else this.segments.push({ date: this.date, fromBucket: t, toBucket: t + 1, state, reasons });
  }

  history(blocksScoredAs: GuardrailHistory['totals']['blocksScoredAs']): GuardrailHistory {
    const { segments, inState, belowFull } = this;
    const buckets = Object.values(inState).reduce((sum, count) => sum + count, 0);
    return {
      segments,
      guardrails: GUARDRAILS.map((guardrail) => this.records.get(guardrail)!),
      totals: { buckets, inState, belowFull, blocksScoredAs },
    };
  }
}
