import type { DayFlow } from '../../model/buckets.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { addFlowSquares, ownFlow } from '../replay/ownFlow.js';

/**
 * What the faults are measured by (MODEL §7): a one-sided basket that buys every name in proportion to its typical flow costs
 * `qᵀKq`, of which `Σ K_ii q_i²` is self impact and the rest is cross. All ratios of the two are free of the unit of q and of
 * how the order is worked, as long as one kernel serves all of K.
 */
export interface BasketCost {
  readonly self: number;
  readonly cross: number;
}

/** `typical` is q: N, any unit of money. */
export function basketCost(K: DenseMatrix, typical: Float64Array): BasketCost {
  let [self, cross] = [0, 0];
  for (let i = 0; i < K.rows; i++) {
    for (let j = 0; j < K.rows; j++) {
      const money = typical[i] * K.data[i * K.rows + j] * typical[j];
      if (i === j) self += money;
      else cross += money;
    }
  }
  return { self, cross };
}

/**
 * What an error of a basket is a share of. Where links are negative a basket may cost next to nothing, and any error is many
 * times that: what it costs name by name stands instead.
 */
export const basketPrice = ({ self, cross }: BasketCost): number => Math.max(self, self + cross);

/** Share of the cost of the one-sided basket that comes from links; negative where they make it cheaper; 0 without cost. */
export function crossShare(cost: BasketCost): number {
  const price = basketPrice(cost);
  return price > 0 ? cost.cross / price : 0;
}

/** Root mean square of each name's own flow in a bucket, millions. */
export function typicalFlow(days: readonly DayFlow[]): Float64Array {
  if (days.length === 0) return new Float64Array(0);
  const square = new Float64Array(days[0].symbols.length);
  let buckets = 0;
  for (const day of days) {
    addFlowSquares(ownFlow(day), square);
    buckets += day.grid.buckets;
  }
  return square.map((s) => Math.sqrt(s / Math.max(1, buckets)));
}

/** Beyond this share what is still measured of impact is mostly noise: a cost of ten times the price stands for more. */
const MOST_LOST = 0.9;

/** Cost over price, less one, where this share of a response was missed when it was priced: `1/(1−ψ) − 1`. */
export function missedResponse(share: number): number {
  const lost = Math.min(MOST_LOST, Math.max(0, share));
  return lost / (1 - lost);
}
