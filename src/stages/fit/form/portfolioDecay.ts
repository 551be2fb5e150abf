import { workedShares } from '../../../model/kernel.js';
import { type OwnMoments, ownWidth, sumOwn } from '../../../model/ownMoments.js';
import { type DenseMatrix, mapEntries } from '../../../numerics/dense.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import { decayProfile, type OwnWindow, outsideBy } from '../decayProfile.js';
import { orderTimes, type PricedKernel } from '../referenceOrders.js';
import type { Portfolio } from './portfolios.js';

/** Cost of an order in a portfolio that is worked evenly, over its impact at once. */
export interface PortfolioCost {
  readonly portfolio: string;
  /** Which of the portfolios: a block may have the label of another. */
  readonly position: number;
  readonly seconds: number;
  /** What its own flow bears: bounds of 99 % for all portfolios and orders together. */
  readonly low: number;
  readonly high: number;
  /** By the scalar kernel, and how far outside as a share of the nearer bound. */
  readonly scalar: number;
  readonly outside: number;
  /** The same with the decays that modes fit; absent where modes were not fitted. */
  readonly modes?: number;
  readonly modesOutside?: number;
}

/** Own flow of every portfolio against the scalar kernel; a portfolio whose flow explains nothing is not there. */
export function portfolioCosts(
  window: OwnWindow,
  portfolios: readonly Portfolio[],
  kernel: PricedKernel,
): PortfolioCost[] {
  const times = orderTimes(kernel);
  const intervals = portfolios.length * times.length;
  return portfolios.flatMap(({ label }, k) => {
    const profile = decayProfile(windowOf(window, k));
    if (!profile) return [];
    return times.map(({ seconds, buckets }) => {
      const { low, high } = profile.worked(buckets, 0.99, intervals);
      const scalar = dot(workedShares(kernel.decay, buckets), kernel.weights);
      return { portfolio: label, position: k, seconds, low, high, scalar, outside: outsideBy(scalar, { low, high }) };
    });
  });
}

/**
 * The same beside what modes make of it: the shares that the regression of a portfolio's move on its flow would find were the
 * parts the truth, `hᵀK_p C Kh` with C the second moments of flow, for the flow is that of {@link portfoliosOf}.
 */
export function withModes(
  costs: readonly PortfolioCost[],
  portfolios: readonly Portfolio[],
  parts: readonly DenseMatrix[],
  flow: DenseMatrix,
  kernel: PricedKernel,
): PortfolioCost[] {
  const bucketsOf = new Map(orderTimes(kernel).map(({ seconds, buckets }) => [seconds, buckets]));
  return costs.map((cost) => {
    const { holding, response } = portfolios[cost.position];
    const seen = product(flow, response);
    const shares = parts.map((part) => dot(product(part, holding), seen));
    const worked = workedShares(kernel.decay, bucketsOf.get(cost.seconds)!);
    const modes = dot(worked, shares) / shares.reduce((sum, share) => sum + share, 0);
    return { ...cost, modes, modesOutside: outsideBy(modes, cost) };
  });
}

/** One portfolio of a window. */
const windowOf = ({ total, folds, basis }: OwnWindow, k: number): OwnWindow => ({
  total: onlyOne(total, k),
  folds: folds.map((fold) => onlyOne(fold, k)),
  basis,
});

function onlyOne(moments: OwnMoments, k: number): OwnMoments {
  const size = squared(ownWidth(moments));
  return sumOwn([{ ...moments, names: 1, sums: moments.sums.subarray(k * size, (k + 1) * size) }]);
}

/** Second moments of flow in its own unit, from those in units of residual volatility. */
export const flowMoments = (flowGram: DenseMatrix, vol: Float64Array): DenseMatrix =>
  mapEntries(flowGram, (value, i, j) => (vol[i] > 0 && vol[j] > 0 ? value / (vol[i] * vol[j]) : 0));

function product({ rows, cols, data }: DenseMatrix, x: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => dot(data.subarray(i * cols, (i + 1) * cols), x));
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
};
