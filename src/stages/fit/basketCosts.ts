import type { Interval } from '../../model/interval.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { RegressionMoments } from './impactProblem.js';
import { type JackknifeSample, jackknifeInterval, mapSample } from './jackknife.js';

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
export interface ReferenceBasket {
  readonly label: string;
  readonly q: Float64Array;
}

/**
 * Buying one typical bucket of flow in every name, and the same with every second name sold: the first shows the
 * links at their dearest, the second at their kindest. Typical is the root mean square of a name's filtered flow.
 */
export function referenceBaskets({ names, buckets, gram }: RegressionMoments): ReferenceBasket[] {
  const typical = Float64Array.from({ length: names }, (_, i) =>
    Math.sqrt(Math.max(0, gram.data[i * (names + 1)]) / buckets),
  );
  return [
    { label: 'buy every name', q: typical },
    { label: 'buy half, sell half', q: typical.map((size, i) => (i % 2 === 0 ? size : -size)) },
  ];
}

export function basketCosts(
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
