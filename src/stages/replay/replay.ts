import type { DayMoves } from '../../model/buckets.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { combine, minusProduct, multiply, transpose } from '../../numerics/dense.js';
import { scaledFlowCoefficients } from '../defactor/controls.js';
import { bucketUse } from '../fit/bucketUse.js';
import type { TrainedModel } from '../validate/trainedModels.js';
import { eachFilteredBucket } from './filteredFlow.js';
import { emptyTile, mergeBucket, type Respond, remainderOf, response, TILE, type Tile } from './tileResponse.js';

export interface ReplayParams {
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
  /** First bucket to score; earlier ones only fill the filter state. */
  readonly fromBucket: number;
}

/** Moves and their predictions, buckets × names, time-major. */
export interface PredictedMoves {
  readonly names: number;
  /** First bucket of each row's session is where windows start anew. */
  readonly sessions: readonly { readonly firstBucket: number; readonly buckets: number }[];
  /** Move that the factors leave, bps; NaN where it is missing or the bucket is not scored. */
  readonly residualBps: Float64Array;
  /** 0 where the bucket is not scored. */
  readonly predictedBps: Float64Array;
}

export interface Replay extends PredictedMoves {
  /** Filtered flow that the factors leave, millions. */
  readonly residualFlow: Float64Array;
  /** The part of the prediction that comes from the name's own flow. */
  readonly ownBps: Float64Array;
}

/**
 * Predicts every bucket of a day from its flow, with a model that has not seen it.
 * @param room moves of another day that are no longer needed: their arrays are used again
 */
export function replayDay(day: DayMoves, model: TrainedModel, params: ReplayParams, room?: PredictedMoves): Replay {
  const cells = day.grid.buckets * day.symbols.length;
  const replay: Replay = {
    ...noMoves(day, room),
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
export function predictMoves(
  day: DayMoves,
  model: TrainedModel,
  params: ReplayParams,
  room?: PredictedMoves,
): PredictedMoves {
  const moves = noMoves(day, room);
  fill(day, model, params, moves);
  return moves;
}

function noMoves({ grid, symbols }: DayMoves, room?: PredictedMoves): PredictedMoves {
  const cells = grid.buckets * symbols.length;
  const fits = room?.residualBps.length === cells;
  return {
    names: symbols.length,
    sessions: grid.sessions,
    residualBps: (fits ? room.residualBps : new Float64Array(cells)).fill(Number.NaN),
    predictedBps: fits ? room.predictedBps.fill(0) : new Float64Array(cells),
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
  // One for the whole day: rows beyond those that are filled hold what was there before, and nobody looks at them.
  const tile = emptyTile(model, 1 + day.factors.names.length);
  const walk = { ...params, concave: model.concave?.terms };
  eachFilteredBucket(day, walk, (t, bases, concave) => {
    if (t < params.fromBucket || leftOut[t]) return;
    const row = tile.buckets.length * n;
    tile.controls.data.set(controlRow(day, t), tile.buckets.length * tile.controls.cols);
    mergeBucket(bases, model, tile.merged.data.subarray(row, row + n));
    tile.flow.forEach(({ data }, p) => {
      data.set(bases[p], row);
    });
    if (concave) {
      tile.concave.all.data.set(concave.all, row);
      tile.concave.own.data.set(concave.own, row);
    }
    tile.buckets.push(t);
    if (tile.buckets.length < TILE) return;
    predict(tile);
    tile.buckets.length = 0;
  });
  if (tile.buckets.length > 0) predict(tile);
}

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
  const [respond, remainder] = [response(model), remainderOf(model)];
  return (tile) => {
    const flow = minusProduct(tile.merged, tile.controls, flowLoadings);
    const explained = multiply(tile.controls, loadings);
    const { all, own } = withRemainder(respond(flow, tile), remainder?.(tile));
    fillResiduals(moves.residualBps, day, tile.buckets, explained.data);
    tile.buckets.forEach((t, row) => {
      const rows = row * n;
      moves.predictedBps.set(all.data.subarray(rows, rows + n), t * n);
      further(t * n, flow.data.subarray(rows, rows + n), own.data.subarray(rows, rows + n));
    });
  };
}

/** Names whose moves are turned from name-major to time-major together: a line of the cache. */
const NAMES_AT_ONCE = 8;

function fillResiduals(
  residualBps: Float64Array,
  { grid, market, symbols }: DayMoves,
  buckets: readonly number[],
  explained: Float64Array,
): void {
  const n = symbols.length;
  for (let first = 0; first < n; first += NAMES_AT_ONCE) {
    const end = Math.min(n, first + NAMES_AT_ONCE);
    for (let row = 0; row < buckets.length; row++) {
      const t = buckets[row];
      for (let i = first; i < end; i++)
        residualBps[t * n + i] = market.moveBps[i * grid.buckets + t] - explained[row * n + i];
    }
  }
}

function withRemainder(linear: ReturnType<Respond>, remainder: ReturnType<Respond> | undefined): ReturnType<Respond> {
  if (!remainder) return linear;
  return { all: combine(linear.all, 1, remainder.all, 1), own: combine(linear.own, 1, remainder.own, 1) };
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
  for (let row = 0; row < residualBps.length; row += names) addSquares(square, count, residualBps, row);
  return square.map((s, i) => (s > 0 ? count[i] / s : 0));
}

function addSquares(square: Float64Array, count: Float64Array, moves: Float64Array, row: number): void {
  for (let i = 0; i < square.length; i++) {
    const move = moves[row + i];
    if (Number.isNaN(move)) continue;
    square[i] += move * move;
    count[i]++;
  }
}
