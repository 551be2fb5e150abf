import { type DayMoves, FLAG } from '../../model/buckets.js';
import { concaveFlow } from '../../model/kernel.js';
import { addMoments, emptyMoments, type FoldMoments, type MomentShape } from '../../model/moments.js';
import { mirrorUpper } from '../../numerics/dense.js';
import { accumulateRun, type FilterState, type NetFlow, newState, type RunRows } from './recursion.js';

export interface AccumulateParams {
  /** Decay per bucket of every kernel basis; 1 is permanent. */
  readonly decay: Float64Array;
  /** c of MODEL §2; the scale of the concave flow is left at one million and applied to the moments later. */
  readonly concavity: number;
  /** Buckets per fold inside a session, or one fold for the day. */
  readonly foldBuckets: number | 'day';
}

/** A bucket is left out for every name when a factor, or more than this share of its moves, is missing. */
const MAX_MISSING_SHARE = 0.5;

/**
 * Moments of one day, fold by fold (MODEL §3). The filter state starts at zero in every session and, for a name, after a
 * halt; it runs on over fold edges inside a session.
 */
export function accumulateDay(day: DayMoves, params: AccumulateParams): FoldMoments[] {
  const flow = netFlow(day, params.concavity);
  const shape: MomentShape = {
    names: day.symbols.length,
    factors: day.factors.names.length,
    bases: params.decay.length,
  };
  const halts = haltChanges(day);
  const folds = day.grid.sessions.flatMap((session, s) => {
    const state = newState(params.decay.length, shape.names);
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    const starts = Array.from({ length: Math.ceil(session.buckets / length) }, (_, k) => k * length);
    return starts.map((start) => {
      const fold = emptyMoments(`${day.grid.date}/${s}/${start}`, shape);
      const end = Math.min(start + length, session.buckets);
      accumulateSpan(day, halts, flow, state, session.firstBucket + start, session.firstBucket + end, params, fold);
      // Only the upper triangle is summed.
      for (const { data, cols } of [fold.rr, fold.jointlyObserved]) mirrorUpper(data, cols);
      return fold;
    });
  });
  return params.foldBuckets === 'day' ? [merged(day.grid.date, shape, folds)] : folds;
}

function merged(label: string, shape: MomentShape, folds: readonly FoldMoments[]): FoldMoments {
  if (folds.length === 1) return { ...folds[0], label };
  const total = emptyMoments(label, shape);
  for (const fold of folds) addMoments(total, fold);
  return total;
}

/** Runs between halts: a name's state is cleared where its halt begins and where it ends. */
function accumulateSpan(
  day: DayMoves,
  halts: ReadonlyMap<number, readonly number[]>,
  flow: NetFlow,
  state: FilterState,
  from: number,
  to: number,
  params: AccumulateParams,
  fold: FoldMoments,
) {
  let start = from;
  for (let t = from; t <= to; t++) {
    const changed = (t < to && halts.get(t)) || [];
    if (t < to && changed.length === 0) continue;
    if (t > start) accumulateRun(flow, runRows(day, start, t), state, params, fold);
    start = t;
    for (const name of changed) for (const s of state) s[name] = 0;
  }
}

/** Names whose halt begins or ends with a bucket, inside a session; buckets in which none does are not there. */
export function haltChanges({ symbols, grid, market }: DayMoves): ReadonlyMap<number, readonly number[]> {
  const changes = new Map<number, number[]>();
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

/** Flow over venues, concave if so configured; one entry per bucket and name. */
function netFlow({ flow, grid }: DayMoves, concavity: number): NetFlow {
  const bucketStart = new Int32Array(grid.buckets + 1);
  const name: number[] = [];
  const linear: number[] = [];
  for (let k = 0; k < flow.bucket.length; k++) {
    const repeats = k > 0 && flow.bucket[k] === flow.bucket[k - 1] && flow.name[k] === flow.name[k - 1];
    if (repeats) linear[linear.length - 1] += flow.signedNotional[k];
    else {
      name.push(flow.name[k]);
      linear.push(flow.signedNotional[k]);
      bucketStart[flow.bucket[k] + 1] = name.length;
    }
  }
  for (let t = 1; t <= grid.buckets; t++) bucketStart[t] = Math.max(bucketStart[t], bucketStart[t - 1]);
  return {
    bucketStart,
    name: Int32Array.from(name),
    linear: Float64Array.from(linear),
    value: Float64Array.from(linear, (u) => concaveFlow(u, concavity)),
  };
}

/** Buckets that are turned together. */
const TRANSPOSED = 16;

/** Rows `[1, x, r]` of a run of buckets, time-major; missing moves are zero and rows left out are all zero. */
function runRows({ symbols, grid, market, factors }: DayMoves, from: number, to: number): RunRows {
  const names = symbols.length;
  const width = 1 + factors.names.length + names;
  const rows = new Float64Array((to - from) * width);
  const present = new Uint8Array((to - from) * names);
  const used = new Uint8Array(to - from);
  const observed = new Int32Array(to - from);
  // Moves lie name by name: a few buckets at a time, so that neither side walks through memory in strides for long.
  for (let start = from; start < to; start += TRANSPOSED) {
    const end = Math.min(to, start + TRANSPOSED);
    for (let i = 0; i < names; i++) {
      const column = i * grid.buckets;
      for (let t = start; t < end; t++) {
        const move = market.retBps[column + t];
        if (Number.isNaN(move)) continue;
        rows[(t - from + 1) * width - names + i] = move;
        present[(t - from) * names + i] = 1;
        observed[t - from]++;
      }
    }
  }
  for (let t = from; t < to; t++) {
    const at = (t - from) * width;
    const x = factors.moveBps.subarray(t * factors.names.length, (t + 1) * factors.names.length);
    if (isLeftOut(x, names, observed[t - from])) {
      rows.fill(0, at, at + width);
      present.fill(0, (t - from) * names, (t - from + 1) * names);
      continue;
    }
    rows[at] = 1;
    rows.set(x, at + 1);
    used[t - from] = 1;
  }
  return { from, count: to - from, width, rows, present, used };
}

function isLeftOut(x: Float64Array, names: number, observed: number): boolean {
  return x.some(Number.isNaN) || names - observed > MAX_MISSING_SHARE * names;
}

/** The buckets that the sums leave out for every name: 1 for those. */
export function leftOut({ symbols, grid, market, factors }: DayMoves): Uint8Array {
  const observed = new Int32Array(grid.buckets);
  for (let i = 0; i < symbols.length; i++)
    for (let t = 0; t < grid.buckets; t++) if (!Number.isNaN(market.retBps[i * grid.buckets + t])) observed[t]++;
  const width = factors.names.length;
  return Uint8Array.from(observed, (count, t) =>
    isLeftOut(factors.moveBps.subarray(t * width, (t + 1) * width), symbols.length, count) ? 1 : 0,
  );
}
