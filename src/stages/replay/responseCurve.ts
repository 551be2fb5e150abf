import type { DayFlow } from '../../model/buckets.js';
import { concaveLevel } from '../../model/concaveShape.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { concaveFlow } from '../../model/kernel.js';
import { diagonalOf } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { linearPart } from '../fit/concave/concaveFit.js';
import { netFlow } from '../fit/netFlow.js';
import type { NetFlow } from '../fit/recursion/run.js';
import type { TrainedModel } from '../validate/trainedModels.js';
import type { Replay } from './replay.js';

/** How far one name moves at once by the size of its own flow in a bucket: what a model says, and what happened. */
export interface ResponseCurve {
  readonly name: number;
  /** From no flow to the largest size shown. */
  readonly curve: readonly ResponsePoint[];
  /** By size: bins of a tenth of the buckets, the last one in three. */
  readonly points: readonly ObservedResponse[];
}

export interface ResponsePoint {
  /** Millions, at the usual depth where flow is scaled by it. */
  readonly flow: number;
  /** bps, in the direction of the flow. */
  readonly move: number;
}

export interface ObservedResponse extends ResponsePoint {
  /** Standard error of the move. */
  readonly error: number;
  readonly buckets: number;
}

/** Names that are shown: those that trade in most buckets. */
const MOST_NAMES = 6;
/** Quantiles of size that bins end at: tenths, the last one in three, for most of the money is there. */
const EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1];
/** Fewer buckets do not place a point. */
const LEAST_BUCKETS = 30;
const CURVE_STEPS = 40;
/** Larger sizes are too rare to draw the curve for. */
const LARGEST_QUANTILE = 0.995;

/**
 * The curve is what flow x does at once to a market at rest: `(K_ii − S_ii) h₀(x) + Σ_q g_qi h_i(x)` and what modes have of it,
 * `h₀` the power of `flow.concavity`. A point is the curve at the mean size of its bin plus the mean misfit there,
 * `sign(u)·(r − r̂)`: the own move less what the model says links and earlier own flow did, where a right model has the curve.
 * Names that trade too rarely for two points are left out.
 */
export function responseCurves(
  day: DayFlow,
  replay: Replay,
  model: TrainedModel,
  transform: FlowTransform,
): ResponseCurve[] {
  const flow = netFlow(day, transform);
  const linear = diagonalOf(model.concave ? linearPart(model.K, model.concave) : model.K);
  const shown = mostTrading(flow, replay);
  const samples = samplesOf(flow, replay, shown);
  return shown.map((name, k) => {
    const sizes = samples[k];
    const atOnce = responseOf(model, linear[name], name, transform);
    const points = binned(sizes).map((bin) => observed(bin, atOnce));
    const largest = Math.max(quantileOf(sizes), points[points.length - 1].flow);
    const steps = Array.from({ length: CURVE_STEPS + 1 }, (_, k) => (largest * k) / CURVE_STEPS);
    return { name, curve: steps.map((x) => ({ flow: x, move: atOnce(x) })), points };
  });
}

/** Names with the most buckets in which they trade and move, in the order of the universe. */
function mostTrading(flow: NetFlow, replay: Replay): number[] {
  const buckets = new Int32Array(replay.names);
  eachTraded(flow, replay, (_t, i) => buckets[i]++);
  return [...buckets.keys()]
    .filter((i) => buckets[i] >= 2 * LEAST_BUCKETS)
    .sort((a, b) => buckets[b] - buckets[a] || a - b)
    .slice(0, MOST_NAMES)
    .sort((a, b) => a - b);
}

/** Buckets that are scored and in which a name has flow. */
function eachTraded(
  { bucketStart, name, linear }: NetFlow,
  { names, residualBps }: Replay,
  visit: (t: number, name: number, flow: number) => void,
): void {
  for (let t = 0; t + 1 < bucketStart.length; t++)
    for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++)
      if (linear[e] !== 0 && !Number.isNaN(residualBps[t * names + name[e]])) visit(t, name[e], linear[e]);
}

/** A bucket in which a name trades. */
interface Sample {
  /** Of its flow, millions. */
  readonly size: number;
  /** Move beyond the prediction, in the direction of the flow. */
  readonly misfit: number;
}

/** Of each name that is shown, in the order of size; the order of the day where sizes are the same. */
function samplesOf(flow: NetFlow, replay: Replay, shown: readonly number[]): Sample[][] {
  const { names, residualBps, predictedBps } = replay;
  const samples = shown.map((): Sample[] => []);
  const of = new Map(shown.map((name, k) => [name, samples[k]]));
  eachTraded(flow, replay, (t, i, u) => {
    const at = t * names + i;
    of.get(i)?.push({ size: Math.abs(u), misfit: Math.sign(u) * (residualBps[at] - predictedBps[at]) });
  });
  for (const own of samples) own.sort((a, b) => a.size - b.size);
  return samples;
}

/** bps at once by a size of own flow, on a market at rest. */
function responseOf(
  { weights, concave, factorModel }: TrainedModel,
  self: number,
  i: number,
  { concavity }: FlowTransform,
): (flow: number) => number {
  const linear = self * weights.reduce((sum, a) => sum + a, 0) * factorModel.controls.flowScale[i];
  const terms = concave ? bendsOf(concave.terms, i) : [];
  return (flow) =>
    terms.reduce(
      (sum, { weight, scale, power }) => sum + weight * concaveLevel(flow, scale, power),
      linear * concaveFlow(flow, concavity),
    );
}

/** `λ q h_s(q x) = λ q² h_{s/|q|}(x)`: a mode on one name's flow alone is a term of its own. */
function bendsOf({ own, scales, power, modes }: NonNullable<TrainedModel['concave']>['terms'], i: number) {
  const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
  const ownWeight = total(Array.from({ length: own.rows }, (_, q) => own.data[q * own.cols + i]));
  const shared = modes
    .filter(({ direction }) => direction[i] !== 0)
    .map(({ direction, scale, weights }) => ({
      weight: total(weights) * squared(direction[i]),
      scale: scale / Math.abs(direction[i]),
      power,
    }));
  return [{ weight: ownWeight, scale: scales[i], power }, ...shared];
}

function binned(sizes: readonly Sample[]): Sample[][] {
  const ends = EDGES.map((q) => Math.round(q * sizes.length));
  const bins: Sample[][] = [];
  let from = 0;
  for (const end of ends) {
    const left = sizes.length - end;
    if (end - from < LEAST_BUCKETS || (left > 0 && left < LEAST_BUCKETS)) continue;
    bins.push(sizes.slice(from, end));
    from = end;
  }
  return bins;
}

function observed(bin: readonly Sample[], atOnce: (flow: number) => number): ObservedResponse {
  const mean = (of: (sample: Sample) => number) => bin.reduce((sum, sample) => sum + of(sample), 0) / bin.length;
  const flow = mean(({ size }) => size);
  const misfit = mean((sample) => sample.misfit);
  const variance = (mean((sample) => squared(sample.misfit - misfit)) * bin.length) / (bin.length - 1);
  return { flow, move: atOnce(flow) + misfit, error: Math.sqrt(variance / bin.length), buckets: bin.length };
}

const quantileOf = (sizes: readonly Sample[]): number =>
  sizes[Math.min(sizes.length - 1, Math.floor(LARGEST_QUANTILE * sizes.length))].size;
