import type { DayFlow, DayMoves } from '../../model/buckets.js';
import { concaveFlow } from '../../model/kernel.js';
import {
  combine,
  type DenseMatrix,
  diagonalOf,
  minusProduct,
  multiply,
  scaleBoth,
  submatrix,
  transpose,
  zeros,
} from '../../numerics/dense.js';
import { scaledFlowCoefficients } from '../defactor/controls.js';
import { haltChanges } from '../fit/accumulate.js';
import { bucketUse } from '../fit/bucketUse.js';
import type { TrainedModel } from '../validate/walkForward.js';

export interface ReplayParams {
  readonly decay: Float64Array;
  readonly concavity: number;
  /** First bucket to score; earlier ones only fill the filter state. */
  readonly fromBucket: number;
}

/** Moves and their predictions, buckets × names, time-major; NaN where the move is missing or the bucket is not scored. */
export interface PredictedMoves {
  readonly names: number;
  /** First bucket of each row's session is where windows start anew. */
  readonly sessions: readonly { readonly firstBucket: number; readonly buckets: number }[];
  /** Move that the factors leave, bps. */
  readonly residualBps: Float64Array;
  readonly predictedBps: Float64Array;
}

export interface Replay extends PredictedMoves {
  /** Filtered flow that the factors leave, millions. */
  readonly residualFlow: Float64Array;
  /** The part of the prediction that comes from the name's own flow. */
  readonly ownBps: Float64Array;
}

/** Buckets that are predicted together, in a few products. */
const TILE = 256;

/** Predicts every bucket of a day from its flow, with a model that has not seen it. */
export function replayDay(day: DayMoves, model: TrainedModel, params: ReplayParams): Replay {
  const cells = day.grid.buckets * day.symbols.length;
  const replay: Replay = {
    ...noMoves(day),
    residualFlow: new Float64Array(cells).fill(Number.NaN),
    ownBps: new Float64Array(cells),
  };
  fill(day, model, params, replay, (place, flow, own) => {
    replay.residualFlow.set(flow, place);
    replay.ownBps.set(own, place);
  });
  return replay;
}

/** The same without what only the last day is asked for: half of the memory. */
export function predictMoves(day: DayMoves, model: TrainedModel, params: ReplayParams): PredictedMoves {
  const moves = noMoves(day);
  fill(day, model, params, moves);
  return moves;
}

function noMoves({ grid, symbols }: DayMoves): PredictedMoves {
  const cells = grid.buckets * symbols.length;
  return {
    names: symbols.length,
    sessions: grid.sessions,
    residualBps: new Float64Array(cells).fill(Number.NaN),
    predictedBps: new Float64Array(cells),
  };
}

/** Takes the row of a bucket: where it starts, the flow that factors leave, and what each name's own flow does. */
type FurtherRows = (place: number, flow: Float64Array, own: Float64Array) => void;

function fill(
  day: DayMoves,
  model: TrainedModel,
  params: ReplayParams,
  moves: PredictedMoves,
  further: FurtherRows = () => {},
): void {
  const n = day.symbols.length;
  const predict = predictor(day, model, moves, further);
  const { leftOut } = bucketUse(day);
  let tile = emptyTile(n, params.decay.length, 1 + day.factors.names.length);
  eachFilteredBucket(day, params, (t, bases) => {
    if (t < params.fromBucket || leftOut[t]) return;
    tile.controls.data.set(controlRow(day, t), tile.buckets.length * tile.controls.cols);
    bases.forEach((v, p) => {
      tile.flow[p].data.set(v, tile.buckets.length * n);
    });
    tile.buckets.push(t);
    if (tile.buckets.length < TILE) return;
    predict(tile);
    tile = emptyTile(n, params.decay.length, tile.controls.cols);
  });
  if (tile.buckets.length > 0) predict(tile);
}

interface Tile {
  readonly buckets: number[];
  /** TILE × (1+F), and per basis TILE × N: filtered flow before scaling. */
  readonly controls: DenseMatrix;
  readonly flow: readonly DenseMatrix[];
}

const emptyTile = (names: number, bases: number, controls: number): Tile => ({
  buckets: [],
  controls: zeros(TILE, controls),
  flow: Array.from({ length: bases }, () => zeros(TILE, names)),
});

/** Fills the rows of a tile's buckets. */
function predictor(
  day: DayMoves,
  model: TrainedModel,
  moves: PredictedMoves,
  further: FurtherRows,
): (tile: Tile) => void {
  const { names: n } = moves;
  const { controls } = model.factorModel;
  const [loadings, flowLoadings] = [transpose(controls.moves), transpose(scaledFlowCoefficients(controls))];
  const respond = response(model);
  return (tile) => {
    const flow = minusProduct(merge(tile.flow, model), tile.controls, flowLoadings);
    const explained = multiply(tile.controls, loadings);
    const { all, own } = respond(flow, tile);
    tile.buckets.forEach((t, row) => {
      const rows = row * n;
      for (let i = 0; i < n; i++)
        moves.residualBps[t * n + i] = day.market.moveBps[i * day.grid.buckets + t] - explained.data[rows + i];
      moves.predictedBps.set(all.data.subarray(rows, rows + n), t * n);
      further(t * n, flow.data.subarray(rows, rows + n), own.data.subarray(rows, rows + n));
    });
  };
}

/** What the flow of a tile does to every name, and what each name's own flow does to it: TILE × N. */
type Respond = (merged: DenseMatrix, tile: Tile) => { readonly all: DenseMatrix; readonly own: DenseMatrix };

/** One matrix on the merged flow, or one per basis on the flow of each. */
function response({ K, parts, factorModel }: TrainedModel): Respond {
  if (!parts) return (merged) => impactOf(K, merged);
  const n = K.rows;
  const flowLoadings = transpose(scaledFlowCoefficients(parts.factorModel.controls));
  const { flowScale } = factorModel.controls;
  return (_merged, tile) =>
    parts.matrices
      .map((matrix, p) => {
        const own = submatrix(flowLoadings, range(flowLoadings.rows), range(n, p * n));
        return impactOf(matrix, minusProduct(scaleBoth(tile.flow[p], ones(TILE), flowScale), tile.controls, own));
      })
      .reduce((sum, next) => ({ all: combine(sum.all, 1, next.all, 1), own: combine(sum.own, 1, next.own, 1) }));
}

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, k) => from + k);
const ones = (length: number): Float64Array => new Float64Array(length).fill(1);

function impactOf(K: DenseMatrix, flow: DenseMatrix) {
  return { all: multiply(flow, transpose(K)), own: scaleBoth(flow, ones(flow.rows), diagonalOf(K)) };
}

/** `v̄ = Σ_p a_p v^p`, scaled. */
function merge(flow: readonly DenseMatrix[], { weights, factorModel }: TrainedModel): DenseMatrix {
  const sum = flow.reduce((total, v, p) => combine(total, 1, v, weights[p]), zeros(flow[0].rows, flow[0].cols));
  return scaleBoth(sum, ones(sum.rows), factorModel.controls.flowScale);
}

/** Walks a day: `v^p_t` of every basis, before scaling. The vectors are used again for the next bucket. */
export function eachFilteredBucket(
  day: DayFlow,
  { decay, concavity }: Pick<ReplayParams, 'decay' | 'concavity'>,
  visit: (t: number, bases: readonly Float64Array[]) => void,
): void {
  const n = day.symbols.length;
  const { bucket, name, signedNotional } = day.flow;
  const flow = new Float64Array(n);
  const bases = Array.from(decay, () => new Float64Array(n));
  const halts = haltChanges(day);
  let entry = 0;
  for (const { firstBucket, buckets } of day.grid.sessions) {
    const states = Array.from(decay, () => new Float64Array(n));
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      for (const i of halts.get(t) ?? []) for (const state of states) state[i] = 0;
      flow.fill(0);
      for (; entry < bucket.length && bucket[entry] === t; entry++) flow[name[entry]] += signedNotional[entry];
      if (concavity !== 1) for (let i = 0; i < n; i++) flow[i] = concaveFlow(flow[i], concavity);
      for (let p = 0; p < decay.length; p++) filterBucket(flow, decay[p], states[p], bases[p]);
      visit(t, bases);
    }
  }
}

function filterBucket(flow: Float64Array, decay: number, state: Float64Array, out: Float64Array): void {
  for (let i = 0; i < flow.length; i++) {
    out[i] = flow[i] - (1 - decay) * state[i];
    if (decay < 1) state[i] = decay * state[i] + flow[i];
  }
}

function controlRow({ factors }: DayMoves, t: number): Float64Array {
  const width = factors.names.length;
  const row = new Float64Array(1 + width);
  row[0] = 1;
  row.set(factors.moveBps.subarray(t * width, (t + 1) * width), 1);
  return row;
}

/** By name, of the residual moves that are scored; 0 for a name without any. */
export function inverseVariance({ names, residualBps }: PredictedMoves): Float64Array {
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
