import { type DayFlow, type DayMoves, FLAG } from '../../model/buckets.js';
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
  const source = { day, halts: haltChanges(day), use: bucketUse(day), flow, params };
  const folds = day.grid.sessions.flatMap((session, s) => {
    const state = newState(params.decay.length, shape.names);
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    const starts = Array.from({ length: Math.ceil(session.buckets / length) }, (_, k) => k * length);
    return starts.map((start) => {
      const fold = emptyMoments(`${day.grid.date}/${s}/${start}`, shape);
      const end = Math.min(start + length, session.buckets);
      const span = { from: session.firstBucket + start, to: session.firstBucket + end };
      accumulateSpan(source, span, state, fold);
      // Only the upper triangle is summed.
      for (const { data, cols } of [fold.zz, fold.rr, fold.jointlyObserved]) mirrorUpper(data, cols);
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
    if (t > start) accumulateRun(flow, runRows(day, use, start, t), state, params, fold);
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

/** Flow over venues, concave if so configured; one entry per bucket and name. */
function netFlow({ flow, grid }: DayMoves, concavity: number): NetFlow {
  const entries = flow.bucket.length;
  const bucketStart = new Int32Array(grid.buckets + 1);
  const name = new Int32Array(entries);
  const linear = new Float64Array(entries);
  let count = 0;
  for (let k = 0; k < entries; k++) {
    const repeats = k > 0 && flow.bucket[k] === flow.bucket[k - 1] && flow.name[k] === flow.name[k - 1];
    if (!repeats) name[count++] = flow.name[k];
    linear[count - 1] += flow.signedNotional[k];
    bucketStart[flow.bucket[k] + 1] = count;
  }
  for (let t = 1; t <= grid.buckets; t++) bucketStart[t] = Math.max(bucketStart[t], bucketStart[t - 1]);
  const net = linear.subarray(0, count);
  const value = concavity === 1 ? net : net.map((u) => concaveFlow(u, concavity));
  return { bucketStart, name: name.subarray(0, count), linear: net, value };
}

/** Buckets that are turned together: moves lie name by name, and neither side is walked in strides for long. */
const TURNED = 64;

/** What the sums need of a run of buckets, in rows. */
function runRows(day: DayMoves, use: BucketUse, from: number, to: number): RunRows {
  const { symbols, grid, market, factors } = day;
  const names = symbols.length;
  const controls = 1 + factors.names.length;
  const width = controls + names;
  const used = Uint8Array.from(use.leftOut.subarray(from, to), (left) => 1 - left);
  const complete = Uint8Array.from(use.observed.subarray(from, to), (count) => (count === names ? 1 : 0));
  const controlsOf = (row: number) => {
    const x = new Float64Array(controls).fill(1);
    x.set(factors.moveBps.subarray((from + row) * (controls - 1), (from + row + 1) * (controls - 1)), 1);
    return x;
  };
  const load = (first: number, count: number, into: Float64Array, place: number) => {
    for (let top = first; top < first + count; top += TURNED) {
      const bottom = Math.min(first + count, top + TURNED);
      for (let i = 0; i < names; i++) {
        const moves = i * grid.buckets + from;
        let at = place + (top - first) * width + controls + i;
        for (let row = top; row < bottom; row++, at += width) {
          const move = market.moveBps[moves + row];
          into[at] = Number.isNaN(move) ? 0 : move;
        }
      }
    }
    for (let row = first; row < first + count; row++) {
      const at = place + (row - first) * width;
      if (used[row]) into.set(controlsOf(row), at);
      else into.fill(0, at, at + width);
    }
  };
  const present = complete.includes(0) ? presence(day, from, to) : undefined;
  return { from, count: to - from, width, load, controls: controlsOf, complete, used, present };
}

/** Buckets × names: 1 where the move is there. */
function presence({ symbols, grid, market }: DayMoves, from: number, to: number): Uint8Array {
  const names = symbols.length;
  const present = new Uint8Array((to - from) * names).fill(1);
  for (let i = 0; i < names; i++)
    for (let t = from; t < to; t++)
      if (Number.isNaN(market.moveBps[i * grid.buckets + t])) present[(t - from) * names + i] = 0;
  return present;
}

/** By bucket: how many moves there are, and whether the sums leave it out for every name (1). */
export interface BucketUse {
  readonly observed: Int32Array;
  readonly leftOut: Uint8Array;
}

export function bucketUse({ symbols, grid, market, factors }: DayMoves): BucketUse {
  const observed = new Int32Array(grid.buckets);
  for (let i = 0; i < symbols.length; i++)
    for (let t = 0; t < grid.buckets; t++) if (!Number.isNaN(market.moveBps[i * grid.buckets + t])) observed[t]++;
  const width = factors.names.length;
  const leftOut = Uint8Array.from(observed, (count, t) =>
    isLeftOut(factors.moveBps.subarray(t * width, (t + 1) * width), symbols.length, count) ? 1 : 0,
  );
  return { observed, leftOut };
}

function isLeftOut(x: Float64Array, names: number, observed: number): boolean {
  return x.some(Number.isNaN) || names - observed > MAX_MISSING_SHARE * names;
}
