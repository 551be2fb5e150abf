import { selfImpactFloors } from '../../model/normalise.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { RegressionMoments } from './impactProblem.js';

export function namesWithoutFlow({ names, gram }: RegressionMoments): number[] {
  return Array.from({ length: names }, (_, i) => i).filter((i) => !(gram.data[i * names + i] > 0));
}

/** Nothing measures the self impact of a name without flow: it takes the median of its block. */
export function withTypicalSelfImpact(
  K: DenseMatrix,
  moments: RegressionMoments,
  blocks: readonly string[],
): DenseMatrix {
  const idle = namesWithoutFlow(moments);
  if (idle.length === 0) return K;
  const medians = selfImpactFloors(K, blocks, 1);
  return mapEntries(K, (value, i, j) => (i === j && idle.includes(i) ? medians[i] : value));
}
