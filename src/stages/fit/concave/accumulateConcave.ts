import type { DayMoves } from '../../../model/buckets.js';
import type { ConcaveBasis } from '../../../model/concaveLevels.js';
import { addConcave, type ConcaveMoments, emptyConcave } from '../../../model/concaveMoments.js';
import type { DenseMatrix } from '../../../numerics/dense.js';
import { type AccumulateParams, haltChanges } from '../accumulate.js';
import { type BucketUse, bucketUse } from '../bucketUse.js';
import { netFlow } from '../netFlow.js';
import { type FilterState, type NetFlow, newState } from '../recursion/run.js';
import { concaveRun } from './concaveRows.js';
import { ownLags } from './ownLags.js';
import { addResponses } from './responses.js';

/** How a day is summed, and the decays of the grid that shows how terms fade. */
export interface ConcaveAccumulation extends AccumulateParams {
  readonly lagDecay: Float64Array;
}

/** Concave moments of one day by the folds of `accumulateDay`: the same buckets, sessions, halts and fold edges. */
export function accumulateConcave(day: DayMoves, params: ConcaveAccumulation, basis: ConcaveBasis): ConcaveMoments[] {
  const names = day.symbols.length;
  const terms = basis.decay.length;
  const shape = {
    names,
    terms,
    modes: basis.modes.length,
    lags: params.lagDecay.length,
    regressors: 1 + day.factors.names.length + names * params.decay.length,
  };
  const source: Source = {
    day,
    use: bucketUse(day),
    flow: netFlow(day, params.transform),
    halts: haltChanges(day),
    decay: params.decay,
    basis,
  };
  const folds = day.grid.sessions.flatMap((session, s) => {
    const state = { filter: newState(params.decay.length, names), decayed: new Float64Array(terms * names) };
    const own = ownLags(source, params.lagDecay);
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    return Array.from({ length: Math.ceil(session.buckets / length) }, (_, k) => {
      const fold = emptyConcave(`${day.grid.date}/${s}/${k * length}`, shape);
      const from = session.firstBucket + k * length;
      const to = session.firstBucket + Math.min((k + 1) * length, session.buckets);
      addSpan(source, { from, to }, state, fold);
      own.add({ from, to }, fold);
      return fold;
    });
  });
  return params.foldBuckets === 'day' ? [merged(day.grid.date, folds)] : folds;
}

function merged(label: string, folds: readonly ConcaveMoments[]): ConcaveMoments {
  const total = emptyConcave(label, folds[0]);
  for (const fold of folds) addConcave(total, fold);
  return total;
}

export interface Source {
  readonly day: DayMoves;
  readonly use: BucketUse;
  readonly flow: NetFlow;
  readonly halts: ReadonlyMap<number, readonly number[]>;
  readonly decay: Float64Array;
  readonly basis: ConcaveBasis;
}

/** Of the linear filter, and Q·N decayed flow of the concave terms. */
interface States {
  readonly filter: FilterState;
  readonly decayed: Float64Array;
}

/** Runs between halts: a name's states are cleared where its halt begins and where it ends. */
function addSpan(source: Source, { from, to }: Span, state: States, fold: ConcaveMoments): void {
  let start = from;
  for (let t = from; t <= to; t++) {
    const changed = (t < to && source.halts.get(t)) || [];
    if (t < to && changed.length === 0) continue;
    if (t > start) addRun(source, { from: start, to: t }, state, fold);
    start = t;
    for (const name of changed) {
      for (const s of state.filter) s[name] = 0;
      for (let k = name; k < state.decayed.length; k += fold.names) state.decayed[k] = 0;
    }
  }
}

export interface Span {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

function addRun(source: Source, { from, to }: Span, state: States, fold: ConcaveMoments): void {
  const { day, flow, decay, basis } = source;
  const run = concaveRun(flow, { from, count: to - from }, basis, state.decayed);
  const { names } = fold;
  const controls = 1 + day.factors.names.length;
  const load = (first: number, count: number, into: Float64Array, place: number) => {
    run.load(first, count, into, place);
    for (let row = 0; row < count; row++) {
      const at = place + row * run.width;
      addBucket(source, from + first + row, into.subarray(at, at + run.width), fold);
    }
  };
  const rows = { from, count: to - from, width: run.width, load };
  addResponses({ flow, rows, names, decay }, state.filter, (p, products) => {
    for (let j = 0; j < names; j++)
      scatter(products.subarray(j * run.width, (j + 1) * run.width), controls + p * names + j, fold);
  });
}

/** Products of one regressor with a row. */
function scatter(
  products: Float64Array,
  regressor: number,
  { names, terms, withRegressors, modeRegressors }: ConcaveMoments,
) {
  for (let q = 0; q < terms; q++) {
    const { data } = withRegressors[q];
    for (let i = 0; i < names; i++) data[regressor * names + i] += products[q * names + i];
  }
  const { cols, data } = modeRegressors;
  for (let k = 0; k < cols; k++) data[regressor * cols + k] += products[terms * names + k];
}

/** Sums of one bucket with the controls, the moves and one another; clears own terms where the move is missing. */
function addBucket({ day, use }: Source, t: number, w: Float64Array, fold: ConcaveMoments): void {
  if (use.leftOut[t]) {
    w.fill(0);
    return;
  }
  const { names, terms, withRegressors, withMoves, squares } = fold;
  const { factors, market, grid } = day;
  const width = factors.names.length;
  const x = factors.moveBps.subarray(t * width, (t + 1) * width);
  for (let i = 0; i < names; i++) {
    const move = market.moveBps[i * grid.buckets + t];
    const isMissing = Number.isNaN(move);
    for (let q = 0; q < terms; q++) {
      const k = q * names + i;
      if (isMissing) w[k] = 0;
      if (w[k] === 0) continue;
      withMoves.data[k] += w[k] * move;
      const { data } = withRegressors[q];
      data[i] += w[k];
      for (let f = 0; f < width; f++) data[(1 + f) * names + i] += w[k] * x[f];
    }
    for (let q = 0; q < terms; q++)
      for (let s = 0; s < terms; s++) squares.data[(q * terms + s) * names + i] += w[q * names + i] * w[s * names + i];
    if (!isMissing) addProducts(w.subarray(terms * names), move, i, fold.modeMoves);
  }
  addModes(w, x, fold);
}

/** Column i of the sums of modes with moves. */
function addProducts(modes: Float64Array, move: number, i: number, { cols, data }: DenseMatrix): void {
  for (let k = 0; k < modes.length; k++) data[k * cols + i] += modes[k] * move;
}

function addModes(
  w: Float64Array,
  x: Float64Array,
  { names, terms, modeRegressors, modeOwn, modeSquares }: ConcaveMoments,
) {
  const own = w.subarray(0, terms * names);
  const modes = w.subarray(terms * names);
  const width = modes.length;
  for (let k = 0; k < width; k++) {
    if (modes[k] === 0) continue;
    modeRegressors.data[k] += modes[k];
    for (let f = 0; f < x.length; f++) modeRegressors.data[(1 + f) * width + k] += modes[k] * x[f];
    for (let i = 0; i < own.length; i++) modeOwn.data[k * own.length + i] += modes[k] * own[i];
    for (let s = 0; s < width; s++) modeSquares.data[k * width + s] += modes[k] * modes[s];
  }
}
