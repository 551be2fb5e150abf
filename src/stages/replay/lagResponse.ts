import type { DayMoves } from '../../model/buckets.js';
import { atReferenceDepth } from '../../model/flowTransform.js';
import type { Interval } from '../../model/interval.js';
import { zeros } from '../../numerics/dense.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { jackknifeInterval } from '../fit/jackknife.js';
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
  const flow = partialledFlow(atReferenceDepth(day, transform), replay);
  const names = mostFlow(flow, replay.names);
  cumulate(flow, replay);
  const edges = binEdges(replay);
  const stretch = Math.max(1, Math.round(STRETCH_NS / day.grid.bucketNs));
  const sums = new Map<number, Stretch>();
  const scale = inverseVariance(replay);
  const row = new Float64Array(edges.length - 1);
  for (const { firstBucket, buckets } of replay.sessions) {
    for (const i of names) {
      if (!(selfImpact[i] > 0 && scale[i] > 0)) continue;
      const own = { flow, names: replay.names, name: i, firstBucket, selfImpact: selfImpact[i], edges };
      for (let t = Math.max(firstBucket, fromBucket); t < firstBucket + buckets; t++) {
        const move = ownMove(replay, t * replay.names + i);
        if (Number.isNaN(move)) continue;
        fillLags(row, own, t);
        add(sums, Math.floor(t / stretch), row, move, scale[i]);
      }
    }
  }
  return summarise([...sums.values()], edges);
}

/** A replay of a market that does what the model says, where the day has a move: what the model has in place of the data. */
export function asPredicted(replay: Replay): Replay {
  const { residualBps, predictedBps } = replay;
  return { ...replay, residualBps: residualBps.map((move, k) => (Number.isNaN(move) ? move : predictedBps[k])) };
}

/** The move that factors and links leave. */
const ownMove = ({ residualBps, predictedBps, ownBps }: Replay, at: number): number =>
  residualBps[at] - (predictedBps[at] - ownBps[at]);

/** Names in their order, those with the most flow where there are many. */
function mostFlow(flow: Float64Array, names: number): number[] {
  const square = new Float64Array(names);
  flow.forEach((u, k) => {
    square[k % names] += u * u;
  });
  const byFlow = [...square.keys()].sort((a, b) => square[b] - square[a] || a - b);
  return byFlow.slice(0, MOST_NAMES).sort((a, b) => a - b);
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

/** Flow less what follows the controls of the day, millions, time-major. */
function partialledFlow(day: DayMoves, { names }: Replay): Float64Array {
  const { grid, factors } = day;
  const flow = new Float64Array(grid.buckets * names);
  for (let k = 0; k < day.flow.bucket.length; k++)
    flow[day.flow.bucket[k] * names + day.flow.name[k]] += day.flow.signedNotional[k];
  const width = factors.names.length;
  if (width === 0) return flow;
  const known = Array.from({ length: grid.buckets }, (_, t) => t).filter(
    (t) => !factors.moveBps.subarray(t * width, (t + 1) * width).some(Number.isNaN),
  );
  const xx = zeros(width);
  const xu = zeros(width, names);
  for (const t of known) {
    for (let a = 0; a < width; a++) {
      const x = factors.moveBps[t * width + a];
      for (let b = 0; b < width; b++) xx.data[a * width + b] += x * factors.moveBps[t * width + b];
      for (let i = 0; i < names; i++) xu.data[a * names + i] += x * flow[t * names + i];
    }
  }
  const loadings = solveGram(xx, xu, gramInverse(xx).inverse);
  for (const t of known) {
    for (let a = 0; a < width; a++) {
      const x = factors.moveBps[t * width + a];
      for (let i = 0; i < names; i++) flow[t * names + i] -= x * loadings.data[a * names + i];
    }
  }
  return flow;
}

/** Running sums over each session, so that the flow of any stretch is a difference. */
function cumulate(flow: Float64Array, { names, sessions }: Replay): void {
  for (const { firstBucket, buckets } of sessions) {
    for (let t = firstBucket + 1; t < firstBucket + buckets; t++)
      for (let i = 0; i < names; i++) flow[t * names + i] += flow[(t - 1) * names + i];
  }
}

/** One name in one session, with the running sums of all flow. */
interface OwnLags {
  readonly flow: Float64Array;
  readonly names: number;
  readonly name: number;
  readonly firstBucket: number;
  readonly selfImpact: number;
  readonly edges: readonly number[];
}

/** Flow of each bin of lags, times the self impact, from running sums; flow before the session counts nothing. */
function fillLags(row: Float64Array, own: OwnLags, t: number): void {
  const { flow, names, name, firstBucket, selfImpact, edges } = own;
  for (let b = 0; b < row.length; b++) {
    const [last, before] = [t - edges[b], t - edges[b + 1]];
    const upTo = last >= firstBucket ? flow[last * names + name] : 0;
    row[b] = selfImpact * (before >= firstBucket ? upTo - flow[before * names + name] : upTo);
  }
}

function add(sums: Map<number, Stretch>, key: number, row: Float64Array, move: number, weight: number): void {
  const size = row.length;
  const into = sums.get(key) ?? { square: new Float64Array(size * size), cross: new Float64Array(size), count: 0 };
  sums.set(key, into);
  for (let a = 0; a < size; a++) {
    if (row[a] === 0) continue;
    into.cross[a] += weight * row[a] * move;
    for (let b = 0; b < size; b++) into.square[a * size + b] += weight * row[a] * row[b];
  }
  into.count++;
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
