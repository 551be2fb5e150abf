import type { FoldMoments } from '../../src/model/moments.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from './linearFlow.js';
import { simulatedBuckets } from './simulatedBuckets.js';

export interface LiquidityCase {
  readonly names: number;
  /** Ratio of the largest to the smallest self impact. */
  readonly spread: number;
  readonly noise: number;
  readonly density: number;
  readonly seed: number;
  /** Whether flow goes with liquidity, as 1/K_ii, or has one size in every name. */
  readonly scalesFlow: boolean;
  /** One name alone is liquid, instead of self impacts at equal ratios. */
  readonly isOutlier?: boolean;
  readonly days?: number;
}

export interface LiquidNames {
  readonly K: DenseMatrix;
  readonly self: Float64Array;
  readonly blocks: readonly string[];
  readonly folds: readonly FoldMoments[];
}

/** Names that differ in liquidity, links of .15 and .04, permanent impact, days of 1200 buckets as folds. */
export function liquidNames(shape: LiquidityCase): LiquidNames {
  const { names, spread, noise, density, seed, scalesFlow, isOutlier = false, days = 5 } = shape;
  const self = Float64Array.from({ length: names }, (_, i) =>
    isOutlier ? (i === 0 ? 1 / spread : 1) : spread ** (i / Math.max(1, names - 1) - 0.5),
  );
  const blocks = Array.from({ length: names }, (_, i) => `block ${i % 3}`);
  const K = mapEntries(zeros(names), (_, i, j) => {
    const link = i === j ? 1 : blocks[i] === blocks[j] ? 0.15 : 0.04;
    return link * Math.sqrt(self[i] * self[j]);
  });
  const size = self.map((k) => (scalesFlow ? 1 / k : 1));
  const decay = Float64Array.of(1);
  // Moves come of flow of one size under K diag(size); then the flow itself is given its size.
  const moved = { K: mapEntries(K, (k, _, j) => k * size[j]), decay, weights: Float64Array.of(1) };
  const folds = Array.from({ length: days }, (_, d) => {
    const day = simulatedBuckets({ names, ...moved, density, noise, seed: 100 * seed + d, sessionSeconds: [1200] });
    const { flow } = day;
    const signedNotional = flow.signedNotional.map((u, k) => u * size[flow.name[k]]);
    return accumulateDay(
      { ...day, flow: { ...flow, signedNotional } },
      { decay, transform: LINEAR_FLOW, foldBuckets: 'day' },
    );
  });
  return { K, self, blocks, folds: folds.flat() };
}
