import type { DayMoves } from '../../model/buckets.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { type OwnMoments, ownMomentsFrom, ownWidth, sumOwn } from '../../model/ownMoments.js';
import { blas } from '../../numerics/blas/blas.js';
import type { Blas } from '../../numerics/blas/interface.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type AccumulateParams, haltChanges } from './accumulate.js';
import { bucketUse } from './bucketUse.js';
import { type FactorControls, factorControls } from './factorControls.js';
import { netFlow } from './netFlow.js';

/** Buckets that are multiplied together, and names whose products with the controls are one: both stay in the cache. */
const PANEL = 128;
const NAMES_AT_ONCE = 16;

/**
 * Own moments of one day by the folds of `accumulateDay`: the same buckets, sessions, halts and fold edges. Controls are the
 * same for all names: their products among themselves are summed once, those with flow and moves of many names at once, and
 * what a name adds of its own is a few columns. Every entry is summed panel by panel, in the order of time.
 */
export function accumulateOwn(day: DayMoves, params: AccumulateParams): OwnMoments[] {
  const { grid, symbols } = day;
  const controls = factorControls(day);
  const shape = { names: symbols.length, factors: controls.width, bases: params.decay.length };
  const own = {
    day,
    controls,
    decay: params.decay,
    leftOut: bucketUse(day).leftOut,
    clears: clearedBuckets(day),
    flow: flowByName(day, params.transform),
    state: new Float64Array(shape.names * shape.bases),
  };
  const folds = grid.sessions.flatMap((session, s) => {
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    own.state.fill(0);
    return Array.from({ length: Math.ceil(session.buckets / length) }, (_, k) => {
      const from = session.firstBucket + k * length;
      const to = session.firstBucket + Math.min(session.buckets, (k + 1) * length);
      return ownMomentsFrom(`${grid.date}/${s}/${k * length}`, shape, sumSpan(own, from, to));
    });
  });
  return params.foldBuckets === 'day' ? [{ ...sumOwn(folds), label: grid.date }] : folds;
}

/** A day ready to be summed; the state of the filters moves on with the spans. */
interface OwnDay {
  readonly day: DayMoves;
  readonly controls: FactorControls;
  readonly decay: Float64Array;
  readonly leftOut: Uint8Array;
  readonly clears: ReadonlyMap<number, readonly number[]>;
  /** By name and bucket, h(u). */
  readonly flow: readonly Float64Array[];
  /** Names × bases. */
  readonly state: Float64Array;
}

/** By name, the buckets before which its filters are cleared, ascending; names without a halt are not there. */
function clearedBuckets(day: DayMoves): Map<number, number[]> {
  const clears = new Map<number, number[]>();
  for (const [t, names] of [...haltChanges(day)].sort(([a], [b]) => a - b))
    for (const name of names) clears.set(name, [...(clears.get(name) ?? []), t]);
  return clears;
}

/** What a span is summed with: places in the kernels' memory, and what single names lack. */
interface OwnWork {
  readonly set: Blas;
  readonly memory: Float64Array;
  /** Controls, the constant among them, and columns of a name: bases and its move. */
  readonly controls: number;
  readonly columns: number;
  readonly at: {
    /** PANEL × controls, row by row; PANEL numbers for each column of the names at once. */
    readonly rows: number;
    readonly own: number;
    /** controls²; controls × (names × columns), names at once after each other. */
    readonly square: number;
    readonly mixed: number;
    /** As many numbers as a name has columns. */
    readonly dots: number;
    readonly scratch: number;
  };
  /** By name, controls²: products of controls in buckets that lack its move; names that lack none have none. */
  readonly lacking: (Float64Array | undefined)[];
  /** By bucket of the panel, 1 where the move of the name at hand is there. */
  readonly isThere: Uint8Array;
  /** Names × width². */
  readonly sums: Float64Array;
}

function workspace({ day, controls: { width }, decay }: OwnDay): OwnWork {
  const names = day.symbols.length;
  const [controls, columns] = [1 + width, decay.length + 1];
  const even = (doubles: number) => doubles + (doubles % 2);
  const own = even(PANEL * controls);
  const square = own + PANEL * columns * NAMES_AT_ONCE;
  const mixed = square + even(squared(controls));
  const dots = mixed + even(controls * columns * names);
  const scratch = dots + even(columns);
  const set = blas();
  const memory = set.reserve(scratch + set.gemmScratch(Math.max(controls, columns * NAMES_AT_ONCE)));
  memory.fill(0, square, scratch);
  return {
    set,
    memory,
    controls,
    columns,
    at: { rows: 0, own, square, mixed, dots, scratch },
    lacking: day.symbols.map(() => undefined),
    isThere: new Uint8Array(PANEL),
    sums: new Float64Array(names * squared(ownWidth({ factors: width, bases: decay.length }))),
  };
}

/** So many buckets from one on. */
interface Panel {
  readonly top: number;
  readonly count: number;
}

/** Sums of every name over the buckets from one on up to another, which is not included. */
function sumSpan(own: OwnDay, from: number, to: number): Float64Array {
  const work = workspace(own);
  const { set, controls, columns, at } = work;
  const names = own.day.symbols.length;
  const turned = { at: at.rows, row: 1, column: controls };
  for (let top = from; top < to; top += PANEL) {
    const count = Math.min(PANEL, to - top);
    const panel = { top, count };
    loadControls(own, work, panel);
    const rows = { at: at.rows, row: controls, column: 1 };
    set.gemm(controls, controls, count, 1, turned, rows, { at: at.square, row: controls }, at.scratch);
    for (let first = 0; first < names; first += NAMES_AT_ONCE) {
      const block = Math.min(NAMES_AT_ONCE, names - first);
      for (let k = 0; k < block; k++)
        addName(own, work, panel, { name: first + k, place: at.own + k * columns * PANEL });
      const into = { at: at.mixed + controls * columns * first, row: columns * block };
      const those = { at: at.own, row: 1, column: PANEL };
      set.gemm(controls, columns * block, count, 1, turned, those, into, at.scratch);
    }
  }
  collect(work);
  return work.sums;
}

/** `[1, x]` of a panel, zero in buckets that are left out. */
function loadControls(
  { controls: { values, width }, leftOut }: OwnDay,
  { memory, controls, at }: OwnWork,
  { top, count }: Panel,
): void {
  for (let t = 0; t < count; t++) {
    const row = at.rows + t * controls;
    if (leftOut[top + t]) memory.fill(0, row, row + controls);
    else {
      memory[row] = 1;
      for (let f = 0; f < width; f++) memory[row + 1 + f] = values[(top + t) * width + f];
    }
  }
}

/** Columns of a name in a panel, filtered flow and move, zero where the move is missing; their own products are summed. */
function addName(
  { day, decay, leftOut, clears, flow, state }: OwnDay,
  work: OwnWork,
  { top, count }: Panel,
  { name, place }: { readonly name: number; readonly place: number },
): void {
  const { memory, columns, sums, controls, at } = work;
  const bases = decay.length;
  const moves = day.market.moveBps.subarray(name * day.grid.buckets + top, name * day.grid.buckets + top + count);
  const present = loadMoves(moves, leftOut.subarray(top, top + count), work, place + bases * PANEL);
  const ends = [...(clears.get(name)?.filter((t) => t >= top && t < top + count) ?? []), top + count];
  for (let p = 0; p < bases; p++) {
    let [s, start] = [state[name * bases + p], top];
    for (const end of ends) {
      s = filterColumn(flow[name], { from: start, to: end }, decay[p], s, memory, place + p * PANEL + start - top);
      if (end < top + count) s = 0;
      start = end;
    }
    state[name * bases + p] = s;
  }
  if (present < count) clearMissing(work, name, place, count);
  const width = controls + columns;
  const corner = name * squared(width) + controls * (width + 1);
  for (let a = 0; a < columns; a++) {
    const own = place + a * PANEL;
    // The columns from this one on are the rows of a matrix that multiplies it.
    work.set.matvec(columns - a, count, own, PANEL, own, at.dots);
    for (let b = a; b < columns; b++) sums[corner + a * width + b] += memory[at.dots + b - a];
  }
}

/** Moves of a panel, zero where they do not count; returns how many do. */
function loadMoves(moves: Float64Array, leftOut: Uint8Array, { memory, isThere }: OwnWork, place: number): number {
  let present = 0;
  for (let t = 0; t < moves.length; t++) {
    const here = leftOut[t] || Number.isNaN(moves[t]) ? 0 : 1;
    isThere[t] = here;
    memory[place + t] = here ? moves[t] : 0;
    present += here;
  }
  return present;
}

/** `v_t = u_t − (1−d) s`, `s ← d s + u_t`, from a state on; returns the state at the end. */
function filterColumn(
  flow: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
  decay: number,
  state: number,
  memory: Float64Array,
  place: number,
): number {
  let s = state;
  const fade = 1 - decay;
  for (let t = from, at = place; t < to; t++, at++) {
    const u = flow[t];
    memory[at] = u - fade * s;
    s = decay * s + u;
  }
  return s;
}

/** A bucket without the move counts for no column, and its controls are remembered where they have been summed for all. */
function clearMissing(work: OwnWork, name: number, place: number, count: number): void {
  const { memory, columns, controls, isThere, at, lacking } = work;
  for (let t = 0; t < count; t++) {
    if (isThere[t]) continue;
    for (let c = 0; c < columns; c++) memory[place + c * PANEL + t] = 0;
    const row = at.rows + t * controls;
    // The constant is zero where a bucket is left out for all.
    if (memory[row] === 0) continue;
    lacking[name] ??= new Float64Array(squared(controls));
    const square = lacking[name];
    for (let a = 0; a < controls; a++)
      for (let b = 0; b < controls; b++) square[a * controls + b] += memory[row + a] * memory[row + b];
  }
}

/** Products of the controls, alone and with its columns, go beside those that each name has of its own. */
function collect({ memory, controls, columns, at, lacking, sums }: OwnWork): void {
  const width = controls + columns;
  lacking.forEach((missing, name) => {
    const corner = name * squared(width);
    const first = name - (name % NAMES_AT_ONCE);
    const block = columns * Math.min(NAMES_AT_ONCE, lacking.length - first);
    const mixed = at.mixed + controls * columns * first + columns * (name - first);
    // A name that never moves has no bucket, and of its controls not the rounding that subtraction leaves.
    const isSilent = missing !== undefined && missing[0] === memory[at.square];
    for (let a = 0; a < controls; a++) {
      for (let b = 0; b < controls && !isSilent; b++)
        sums[corner + a * width + b] = memory[at.square + a * controls + b] - (missing?.[a * controls + b] ?? 0);
      for (let c = 0; c < columns; c++) sums[corner + a * width + controls + c] = memory[mixed + a * block + c];
    }
    for (let a = controls; a < width; a++)
      for (let b = 0; b < a; b++) sums[corner + a * width + b] = sums[corner + b * width + a];
  });
}

/** h(u) of every name by bucket. */
function flowByName(day: DayMoves, transform: FlowTransform): Float64Array[] {
  const rows = day.symbols.map(() => new Float64Array(day.grid.buckets));
  const { bucketStart, name, value } = netFlow(day, transform);
  for (let t = 0; t < day.grid.buckets; t++)
    for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++) rows[name[e]][t] = value[e];
  return rows;
}
