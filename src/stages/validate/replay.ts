import type { DayMoves } from '../../model/buckets.js';
import { concaveFlow } from '../../model/kernel.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { scaledFlowCoefficients } from '../defactor/controls.js';
import { haltChanges, leavesOut } from '../fit/accumulate.js';
import type { TrainedModel } from './walkForward.js';

export interface ReplayParams {
  readonly decay: Float64Array;
  readonly concavity: number;
  /** First bucket to score; earlier ones only fill the filter state. */
  readonly fromBucket: number;
}

/** Moves and their predictions, buckets × names, time-major; NaN where the move is missing or the bucket is not scored. */
export interface Replay {
  readonly names: number;
  /** First bucket of each row's session is where windows start anew. */
  readonly sessions: readonly { readonly firstBucket: number; readonly buckets: number }[];
  /** Move that the factors leave, bps. */
  readonly residualBps: Float64Array;
  readonly predictedBps: Float64Array;
  /** Filtered flow that the factors leave, millions. */
  readonly residualFlow: Float64Array;
  /** The part of the prediction that comes from the name's own flow. */
  readonly ownBps: Float64Array;
}

/** Predicts every bucket of a day from its flow, with a model that has not seen it. */
export function replayDay(day: DayMoves, model: TrainedModel, params: ReplayParams): Replay {
  const { grid, symbols } = day;
  const n = symbols.length;
  const residualBps = new Float64Array(grid.buckets * n).fill(Number.NaN);
  const predictedBps = new Float64Array(grid.buckets * n);
  const residualFlow = new Float64Array(grid.buckets * n).fill(Number.NaN);
  const ownBps = new Float64Array(grid.buckets * n);
  const flowOnControls = scaledFlowCoefficients(model.factorModel.controls);
  const respond = response(model);
  eachFilteredBucket(day, params, (t, bases) => {
    if (t < params.fromBucket || leavesOut(day, t)) return;
    const controls = controlRow(day, t);
    const v = merge(bases, model);
    for (let i = 0; i < n; i++) v[i] -= product(flowOnControls, i, controls);
    residualFlow.set(v, t * n);
    for (let i = 0; i < n; i++) {
      residualBps[t * n + i] =
        day.market.retBps[i * grid.buckets + t] - product(model.factorModel.controls.moves, i, controls);
    }
    respond(v, bases, controls, predictedBps.subarray(t * n, (t + 1) * n), ownBps.subarray(t * n, (t + 1) * n));
  });
  return { names: n, sessions: grid.sessions, residualBps, predictedBps, residualFlow, ownBps };
}

/** Adds what flow does to every name, and what its own flow does, to rows of zeros. */
type Respond = (
  merged: Float64Array,
  bases: readonly Float64Array[],
  controls: Float64Array,
  all: Float64Array,
  own: Float64Array,
) => void;

/** One matrix on the merged flow, or one per basis on the flow of each. */
function response({ K, parts, factorModel }: TrainedModel): Respond {
  if (!parts) return (merged, _bases, _controls, all, own) => addResponse(K, merged, all, own);
  const n = K.rows;
  const flowOnControls = scaledFlowCoefficients(parts.factorModel.controls);
  const scale = factorModel.controls.flowScale;
  return (_merged, bases, controls, all, own) => {
    parts.matrices.forEach((matrix, p) => {
      const v = bases[p].map((value, i) => value * scale[i] - product(flowOnControls, p * n + i, controls));
      addResponse(matrix, v, all, own);
    });
  };
}

function addResponse(K: DenseMatrix, v: Float64Array, all: Float64Array, own: Float64Array): void {
  const n = v.length;
  for (let i = 0; i < n; i++) {
    own[i] += K.data[i * n + i] * v[i];
    for (let j = 0; j < n; j++) all[i] += K.data[i * n + j] * v[j];
  }
}

/** `v̄ = Σ_p a_p v^p`, scaled. */
function merge(bases: readonly Float64Array[], { weights, factorModel }: TrainedModel): Float64Array {
  const { flowScale } = factorModel.controls;
  return bases[0].map((_, i) => bases.reduce((sum, v, p) => sum + weights[p] * v[i], 0) * flowScale[i]);
}

/** Walks a day: `v^p_t` of every basis, before scaling. The vectors are used again for the next bucket. */
function eachFilteredBucket(
  day: DayMoves,
  { decay, concavity }: ReplayParams,
  visit: (t: number, bases: readonly Float64Array[]) => void,
): void {
  const n = day.symbols.length;
  const flow = new Float64Array(day.grid.buckets * n);
  for (let k = 0; k < day.flow.bucket.length; k++)
    flow[day.flow.bucket[k] * n + day.flow.name[k]] += day.flow.signedNotional[k];
  const bases = Array.from(decay, () => new Float64Array(n));
  for (const { firstBucket, buckets } of day.grid.sessions) {
    const states = Array.from(decay, () => new Float64Array(n));
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      for (const i of haltChanges(day, t)) for (const state of states) state[i] = 0;
      for (let i = 0; i < n; i++) {
        const u = concaveFlow(flow[t * n + i], concavity);
        for (let p = 0; p < decay.length; p++) {
          bases[p][i] = u - (1 - decay[p]) * states[p][i];
          if (decay[p] < 1) states[p][i] = decay[p] * states[p][i] + u;
        }
      }
      visit(t, bases);
    }
  }
}

function controlRow({ factors }: DayMoves, t: number): Float64Array {
  const width = factors.names.length;
  const row = new Float64Array(1 + width);
  row[0] = 1;
  for (let f = 0; f < width; f++) row[1 + f] = factors.moveBps[t * width + f];
  return row;
}

function product(matrix: DenseMatrix, row: number, vector: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < vector.length; a++) sum += matrix.data[row * matrix.cols + a] * vector[a];
  return sum;
}

/** By name, of the residual moves that are scored; 0 for a name without any. */
export function inverseVariance({ names, residualBps }: Replay): Float64Array {
  const square = new Float64Array(names);
  const count = new Float64Array(names);
  residualBps.forEach((move, k) => {
    if (Number.isNaN(move)) return;
    square[k % names] += move * move;
    count[k % names]++;
  });
  return square.map((s, i) => (s > 0 ? count[i] / s : 0));
}

export interface HorizonScore {
  readonly label: string;
  readonly buckets: number;
  /** R² of moves summed over windows of the horizon, names weighted by inverse variance. */
  readonly fitted: number;
  /** The same with own flow alone. */
  readonly own: number;
  /** Slope of realised on predicted moves: 1 when the size of impact is right. */
  readonly calibrationSlope: number;
  readonly windows: number;
}

/** Scores by markout horizon: non-overlapping windows inside sessions; a window with a missing move is left out. */
export function scoreHorizons(
  replay: Replay,
  fromBucket: number,
  horizons: readonly { label: string; buckets: number }[],
): HorizonScore[] {
  return horizons.map(({ label, buckets }) => {
    const tally = Array.from({ length: replay.names }, () => ({
      move: 0,
      fitted: 0,
      own: 0,
      cross: 0,
      square: 0,
      windows: 0,
    }));
    for (const session of replay.sessions) {
      const start = Math.max(session.firstBucket, fromBucket);
      for (let t = start; t + buckets <= session.firstBucket + session.buckets; t += buckets)
        addWindow(replay, t, buckets, tally);
    }
    return summariseHorizon(label, buckets, tally);
  });
}

interface WindowTally {
  move: number;
  fitted: number;
  own: number;
  cross: number;
  square: number;
  windows: number;
}

function addWindow(
  { names, residualBps, predictedBps, ownBps }: Replay,
  from: number,
  buckets: number,
  tally: WindowTally[],
): void {
  for (let i = 0; i < names; i++) {
    let [move, predicted, own] = [0, 0, 0];
    for (let t = from; t < from + buckets; t++) {
      move += residualBps[t * names + i];
      predicted += predictedBps[t * names + i];
      own += ownBps[t * names + i];
    }
    if (Number.isNaN(move)) continue;
    const into = tally[i];
    into.move += move * move;
    into.fitted += (move - predicted) ** 2;
    into.own += (move - own) ** 2;
    into.cross += move * predicted;
    into.square += predicted * predicted;
    into.windows++;
  }
}

function summariseHorizon(label: string, buckets: number, tally: readonly WindowTally[]): HorizonScore {
  let [fitted, own, weight, cross, square, windows] = [0, 0, 0, 0, 0, 0];
  for (const t of tally) {
    if (!(t.move > 0)) continue;
    const scale = t.windows / t.move;
    fitted += t.fitted * scale;
    own += t.own * scale;
    cross += t.cross * scale;
    square += t.square * scale;
    weight += t.windows;
    windows += t.windows;
  }
  const r2 = (error: number) => (weight > 0 ? 1 - error / weight : 0);
  return {
    label,
    buckets,
    fitted: r2(fitted),
    own: r2(own),
    calibrationSlope: square > 0 ? cross / square : 0,
    windows,
  };
}
