import type { DayMoves } from '../../model/buckets.js';
import { atReferenceDepth } from '../../model/flowTransform.js';
import type { Interval } from '../../model/interval.js';
import { zeros } from '../../numerics/dense.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { jackknifeInterval } from '../fit/jackknife.js';
import { type FlowOf, partialledFlow } from './partialledFlow.js';
import { inverseVariance, type Replay, type ReplayParams } from './replay.js';

/** What is left of a name's own impact some buckets after its flow, without any assumption on the shape of the decay. */
export interface LagPoint extends Omit<Interval, 'value'> {
  /** Lags of the bin, buckets. */
  readonly from: number;
  readonly to: number;
  /** Cumulated response at the end of the bin, as a share of the K_ii of the model. */
  readonly level: number;
}

/** First lags of the bins, out to an hour of seconds; a bin ends where the next begins. */
const BIN_EDGES = [0, 1, 2, 3, 6, 11, 21, 41, 81, 161, 321, 641, 1281, 2561, 3601];
const STRETCH_NS = 600e9;
/** Names with the most flow that are pooled: more of them tell no more of a shape that all share. */
const MOST_NAMES = 60;

/**
 * Moves on own lagged flow, lag by lag in bins that widen, names pooled in units of their self impact: the diagnostic beside
 * the fitted kernel. What links explain is taken out of the moves first: flow that comes together would count as own. Lags
 * reach to half of the longest session. Bands from stretches of ten minutes left out in turn. Nothing reaches over a session
 * edge.
 */
export function lagResponse(
  day: DayMoves,
  replay: Replay,
  selfImpact: Float64Array,
  { transform, fromBucket }: Omit<ReplayParams, 'decay'>,
): LagPoint[] {
  const flowOf = partialledFlow(atReferenceDepth(day, transform));
  const scale = inverseVariance(replay);
  const names = mostFlow(flowOf, replay).filter((i) => selfImpact[i] > 0 && scale[i] > 0);
  const edges = binEdges(replay);
  const stretch = Math.max(1, Math.round(STRETCH_NS / day.grid.bucketNs));
  const moves = ownMoves(replay, names);
  const flow = names.map((i) => cumulate(flowOf(i), replay));
  const sums = new Map<number, Stretch>();
  for (const { firstBucket, buckets } of replay.sessions) {
    const [from, to] = [Math.max(firstBucket, fromBucket), firstBucket + buckets];
    names.forEach((i, k) => {
      const own = { moves: moves[k], flow: flow[k], firstBucket, selfImpact: selfImpact[i], weight: scale[i], edges };
      for (let t = from; t < to; ) {
        const key = Math.floor(t / stretch);
        const end = Math.min(to, (key + 1) * stretch);
        addStretch(sums, key, own, t, end);
        t = end;
      }
    });
  }
  return summarise([...sums.values()], edges);
}

/** A replay of a market that does what the model says, where the day has a move: what the model has in place of the data. */
export function asPredicted(replay: Replay): Replay {
  const residualBps = replay.predictedBps.slice();
  forgetMissing(residualBps, replay.residualBps);
  return { ...replay, residualBps };
}

function forgetMissing(values: Float64Array, moves: Float64Array): void {
  for (let k = 0; k < values.length; k++) if (Number.isNaN(moves[k])) values[k] = moves[k];
}

/** By name, the moves that factors and links leave. */
function ownMoves({ names: n, residualBps, predictedBps, ownBps }: Replay, names: readonly number[]): Float64Array[] {
  const buckets = residualBps.length / n;
  const moves = names.map(() => new Float64Array(buckets));
  for (let t = 0; t < buckets; t++) {
    for (let k = 0; k < names.length; k++) {
      const at = t * n + names[k];
      moves[k][t] = residualBps[at] - (predictedBps[at] - ownBps[at]);
    }
  }
  return moves;
}

/** Names in their order, those with the most flow where there are many. */
function mostFlow(flowOf: FlowOf, { names, residualBps }: Replay): number[] {
  const scratch = new Float64Array(residualBps.length / names);
  const square = Float64Array.from({ length: names }, (_, i) => sumOfSquares(flowOf(i, scratch)));
  const byFlow = [...square.keys()].sort((a, b) => square[b] - square[a] || a - b);
  return byFlow.slice(0, MOST_NAMES).sort((a, b) => a - b);
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) sum += values[t] * values[t];
  return sum;
}

function binEdges({ sessions }: Replay): number[] {
  const longest = Math.max(1, ...sessions.map(({ buckets }) => buckets));
  return BIN_EDGES.filter((edge) => edge <= Math.max(1, longest / 2));
}

interface Stretch {
  readonly square: Float64Array;
  readonly cross: Float64Array;
  count: number;
}

/** Running sums over each session in place, so that the flow of any stretch is a difference. */
function cumulate(flow: Float64Array, { sessions }: Replay): Float64Array {
  for (const { firstBucket, buckets } of sessions)
    for (let t = firstBucket + 1; t < firstBucket + buckets; t++) flow[t] += flow[t - 1];
  return flow;
}

/** One name in one session, with the running sums of its flow. */
interface OwnLags {
  readonly moves: Float64Array;
  readonly flow: Float64Array;
  readonly firstBucket: number;
  readonly selfImpact: number;
  readonly weight: number;
  readonly edges: readonly number[];
}

/** Adds the buckets from `from` to before `to`, all of one stretch; one without any move leaves no sums behind. */
function addStretch(sums: Map<number, Stretch>, key: number, own: OwnLags, from: number, to: number): void {
  const size = own.edges.length - 1;
  const row = new Float64Array(size);
  const into = sums.get(key) ?? { square: new Float64Array(size * size), cross: new Float64Array(size), count: 0 };
  for (let t = from; t < to; t++) {
    const move = own.moves[t];
    if (Number.isNaN(move)) continue;
    fillLags(row, own, t);
    addLags(into, row, move, own.weight);
    into.count++;
  }
  if (into.count > 0) sums.set(key, into);
}

/** Flow of each bin of lags, times the self impact, from running sums; flow before the session counts nothing. */
function fillLags(row: Float64Array, { flow, firstBucket, selfImpact, edges }: OwnLags, t: number): void {
  for (let b = 0; b < row.length; b++) {
    const last = t - edges[b];
    const before = t - edges[b + 1];
    const upTo = last >= firstBucket ? flow[last] : 0;
    row[b] = selfImpact * (before >= firstBucket ? upTo - flow[before] : upTo);
  }
}

function addLags({ square, cross }: Stretch, row: Float64Array, move: number, weight: number): void {
  const size = row.length;
  for (let a = 0; a < size; a++) {
    if (row[a] === 0) continue;
    const weighted = weight * row[a];
    cross[a] += weighted * move;
    for (let b = 0; b < size; b++) square[a * size + b] += weighted * row[b];
  }
}

function summarise(stretches: readonly Stretch[], edges: readonly number[]): LagPoint[] {
  if (stretches.length === 0) return [];
  const all = levels(stretches, edges);
  const without =
    stretches.length > 1
      ? stretches.map((_, k) =>
          levels(
            stretches.filter((_unused, m) => m !== k),
            edges,
          ),
        )
      : [];
  const whole = stretches.reduce((sum, { count }) => sum + count, 0);
  const ratios = stretches.map(({ count }) => whole / count);
  return all.map((level, b) => {
    const { low, high } = jackknifeInterval({ whole: level, replicates: without.map((other) => other[b]), ratios });
    return {
      from: edges[b],
      to: edges[b + 1] - 1,
      level,
      ...(low === undefined || high === undefined ? {} : { low, high }),
    };
  });
}

/** Coefficients are per bucket of lag: a bin adds its width times its coefficient. */
function levels(stretches: readonly Stretch[], edges: readonly number[]): number[] {
  const size = edges.length - 1;
  const square = zeros(size);
  const cross = zeros(size, 1);
  for (const stretch of stretches) {
    stretch.square.forEach((value, k) => {
      square.data[k] += value;
    });
    stretch.cross.forEach((value, k) => {
      cross.data[k] += value;
    });
  }
  const coefficients = solveGram(square, cross, gramInverse(square).inverse).data;
  let level = 0;
  return Array.from(coefficients, (c, b) => {
    level += c * (edges[b + 1] - edges[b]);
    return level;
  });
}
