import { type DayFlow, type DayMoves, FLAG } from '../../model/buckets.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { addMoments, emptyMoments, type FoldMoments, type MomentShape } from '../../model/moments.js';
import { mirrorUpper } from '../../numerics/dense.js';
import { type BucketUse, bucketUse } from './bucketUse.js';
import { netFlow } from './netFlow.js';
import { accumulateRun } from './recursion/recursion.js';
import { type FilterState, type NetFlow, newState } from './recursion/run.js';
import { runRows } from './runRows.js';

export interface AccumulateParams {
  /** Decay per bucket of every kernel basis; 1 is permanent. */
  readonly decay: Float64Array;
  /** The scale of concave flow, and the depth that is usual, are left at one million and applied to the moments later. */
  readonly transform: FlowTransform;
  /** Buckets per fold inside a session, or one fold for the day. */
  readonly foldBuckets: number | 'day';
}

/**
 * Moments of one day, fold by fold (MODEL §3). The filter state starts at zero in every session and, for a name, after a
 * halt; it runs on over fold edges inside a session.
 */
export const accumulateDay = (day: DayMoves, params: AccumulateParams): FoldMoments[] => [...foldsOfDay(day, params)];

/** The same, one fold at a time: each is summed when it is asked for. */
export function* foldsOfDay(day: DayMoves, params: AccumulateParams): Generator<FoldMoments> {
  const shape: MomentShape = {
    names: day.symbols.length,
    factors: day.factors.names.length,
    bases: params.decay.length,
  };
  const folds = sessionFolds(day, params, shape);
  if (params.foldBuckets === 'day') yield merged(day.grid.date, shape, folds);
  else yield* folds;
}

function* sessionFolds(day: DayMoves, params: AccumulateParams, shape: MomentShape): Generator<FoldMoments> {
  const flow = netFlow(day, params.transform);
  const source = { day, halts: haltChanges(day), use: bucketUse(day), flow, params };
  for (const [s, session] of day.grid.sessions.entries()) {
    const state = newState(params.decay.length, shape.names);
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    for (let start = 0; start < session.buckets; start += length) {
      const fold = emptyMoments(`${day.grid.date}/${s}/${start}`, shape);
      const end = Math.min(start + length, session.buckets);
      const span = { from: session.firstBucket + start, to: session.firstBucket + end };
      accumulateSpan(source, span, state, fold);
      // Only the upper triangle is summed.
      for (const { data, cols } of [fold.zz, fold.rr, fold.jointlyObserved]) mirrorUpper(data, cols);
      yield fold;
    }
  }
}

/** Sessions in their order, into the arrays of the first. */
function merged(label: string, shape: MomentShape, folds: Iterable<FoldMoments>): FoldMoments {
  let total: FoldMoments | undefined;
  for (const fold of folds) {
    if (total) addMoments(total, fold);
    else total = { ...fold, label };
  }
  return total ?? emptyMoments(label, shape);
}

/** A day ready to be summed. */
interface Accumulated {
  readonly day: DayMoves;
  readonly halts: ReadonlyMap<number, readonly number[]>;
  readonly use: BucketUse;
  readonly flow: NetFlow;
  readonly params: AccumulateParams;
}

interface Span {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Runs between halts: a name's state is cleared where its halt begins and where it ends. */
function accumulateSpan(
  { day, halts, use, flow, params }: Accumulated,
  { from, to }: Span,
  state: FilterState,
  fold: FoldMoments,
): void {
  let start = from;
  for (let t = from; t <= to; t++) {
    const changed = (t < to && halts.get(t)) || [];
    if (t < to && changed.length === 0) continue;
    if (t > start) accumulateRun(flow, runRows(day, use, start, t), state, params.decay, fold);
    start = t;
    for (const name of changed) for (const s of state) s[name] = 0;
  }
}

/** Names whose halt begins or ends with a bucket, inside a session; buckets in which none does are not there. */
export function haltChanges({ symbols, grid, market }: DayFlow): ReadonlyMap<number, readonly number[]> {
  const changes = new Map<number, number[]>();
  if (!anyHalted(market.flags)) return changes;
  for (let i = 0; i < symbols.length; i++) {
    for (const { firstBucket, buckets } of grid.sessions) {
      for (let t = firstBucket + 1; t < firstBucket + buckets; t++) {
        const cell = i * grid.buckets + t;
        if (((market.flags[cell] ^ market.flags[cell - 1]) & FLAG.halted) === 0) continue;
        const names = changes.get(t);
        if (names) names.push(i);
        else changes.set(t, [i]);
      }
    }
  }
  return changes;
}

/** Eight flags at a time: most days have no halt. */
function anyHalted(flags: Uint8Array): boolean {
  const whole = flags.byteOffset % 8 === 0 ? flags.length >> 3 : 0;
  const words = new Uint32Array(flags.buffer, flags.byteOffset, 2 * whole);
  let all = 0;
  for (let k = 0; k < words.length; k++) all |= words[k];
  for (let k = 8 * whole; k < flags.length; k++) all |= flags[k];
  return (all & (FLAG.halted * 0x01010101)) !== 0;
}
