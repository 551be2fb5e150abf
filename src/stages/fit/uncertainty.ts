import { heldOutGroups } from '../../model/heldOut.js';
import type { Interval } from '../../model/interval.js';
import { kernelCurve } from '../../model/kernel.js';
import type { Fold, FoldMoments } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import type { Calibration } from './calibration.js';
import type { RegressionMoments } from './impactProblem.js';
import { type JackknifeSample, jackknifeInterval, mapSample } from './jackknife.js';
import { weightsGiven } from './kernelWeights.js';

/** Intervals of the decay and of what reference baskets cost. */
export interface Uncertainty {
  /** Bands of the fitted decay; empty for other forms than scalar and for plain estimators. */
  readonly kernelBands: readonly KernelBand[];
  readonly basketCosts: readonly BasketCost[];
}

interface UncertaintyInput {
  readonly folds: readonly Fold[];
  /** Sum of the folds, and its regression on the merged flow. */
  readonly total: FoldMoments;
  readonly impact: RegressionMoments;
  readonly calibration: Calibration;
  /** N×N, bps per million: what is published. */
  readonly published: DenseMatrix;
  readonly defactor: DefactorParams;
  readonly decay: Float64Array;
}

/** Groups of folds behind the bands of the kernel: they need the bases apart, which is dear for many names. */
const BAND_GROUPS = 10;

export function uncertainty(input: UncertaintyInput): Uncertainty {
  const { folds, total, impact, calibration, published, defactor, decay } = input;
  const { rawK, kernel } = calibration.estimate;
  const costs = basketCosts(referenceBaskets(impact), published, rawK);
  const hasBands = !calibration.parts && rawK.replicates.length >= 2 && total.bases >= 2;
  if (!hasBands) return { kernelBands: [], basketCosts: costs };
  const others = Array.from(heldOutGroups(folds, BAND_GROUPS, total), ({ rest, ratio }) => ({
    weights: weightsGiven(removeFactors(rest, fitFactors(rest, defactor)), calibration.K) ?? kernel.weights,
    ratio,
  }));
  const weights = {
    whole: kernel.weights,
    replicates: others.map((other) => other.weights),
    ratios: others.map((other) => other.ratio),
  };
  return { kernelBands: kernelBands(decay, weights), basketCosts: costs };
}

/** `value` and bounds are of the estimate without penalty, which has no bias that an interval could not know. */
export interface BasketCost extends Interval {
  readonly label: string;
  /** Cost under the published matrix. */
  readonly published: number;
}

/** `½ qᵀ K q` in bps of the basket's gross notional: what trading q (millions by name) in one bucket costs at once. */
export function basketCostBps(K: DenseMatrix, q: Float64Array): number {
  let money = 0;
  let gross = 0;
  for (let i = 0; i < q.length; i++) {
    gross += Math.abs(q[i]);
    for (let j = 0; j < q.length; j++) money += 0.5 * q[i] * K.data[i * q.length + j] * q[j];
  }
  return gross > 0 ? money / gross : 0;
}

/** A basket that every reader can picture, with the money of each name in proportion to its typical order. */
interface ReferenceBasket {
  readonly label: string;
  readonly q: Float64Array;
}

/**
 * Buying one typical bucket of flow in every name, and the same with the second half of the names sold: the first shows the
 * links at their dearest, the second at their kindest. Typical is the root mean square of a name's filtered flow.
 */
function referenceBaskets({ names, buckets, gram }: RegressionMoments): ReferenceBasket[] {
  const typical = Float64Array.from({ length: names }, (_, i) =>
    Math.sqrt(Math.max(0, gram.data[i * (names + 1)]) / buckets),
  );
  return [
    { label: 'buy every name', q: typical },
    { label: 'buy half, sell half', q: typical.map((size, i) => (i % 2 === 0 ? size : -size)) },
  ];
}

function basketCosts(
  baskets: readonly ReferenceBasket[],
  published: DenseMatrix,
  rawK: JackknifeSample<DenseMatrix>,
): BasketCost[] {
  return baskets.map(({ label, q }) => ({
    label,
    published: basketCostBps(published, q),
    ...jackknifeInterval(mapSample(rawK, (K) => basketCostBps(K, q))),
  }));
}

/** Buckets after a trade at which the kernel's bands are given. */
const BAND_STEPS = [0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];

export interface KernelBand extends Interval {
  /** Buckets since the trade. */
  readonly step: number;
}

/** Level of the decay, `Σ a_p d_p^h`, with K held and the weights estimated without each group of folds in turn. */
function kernelBands(decay: Float64Array, weights: JackknifeSample<Float64Array>): KernelBand[] {
  const level = (a: Float64Array, step: number) =>
    kernelCurve(
      decay.map((d) => d ** step),
      a,
      2,
    )[1];
  return BAND_STEPS.map((step) => ({
    step,
    ...clipped(jackknifeInterval(mapSample(weights, (a) => level(a, step)))),
  }));
}

/** A level is a share of the impact at once. */
function clipped({ value, low, high }: Interval): Interval {
  return low === undefined || high === undefined
    ? { value }
    : { value, low: Math.max(0, low), high: Math.min(1, high) };
}
