import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import { workedShares } from '../../../model/kernel.js';
import { multiply, zeros } from '../../../numerics/dense.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import type { TermProblems } from './termProblems.js';

/** Own impact of every name by a line: what orders that take their time cost by it. */
export interface LinearOwn {
  /** N: self impact, bps per million. */
  readonly self: Float64Array;
  /** P: its decay. */
  readonly weights: Float64Array;
}

/** Buckets over which orders are worked that a curve must price, on average over the flow that there was, as a line does. */
const ORDER_BUCKETS = [10, 60, 300, 1800];
/** What the agreement weighs for each of them, beside the data. */
const WEIGHT = 0.5;

interface KeptInput {
  readonly concave: ConcaveMoments;
  /** Of the terms' grid of lags. */
  readonly lagDecay: Float64Array;
  /** P: decays of the bases, and weights of the linear part beside the terms. */
  readonly decay: Float64Array;
  readonly weights: Float64Array;
}

/**
 * One-bucket moves are predicted best by terms that fade at once, since those follow the size of a single trade best; what is
 * left of impact after minutes, which is what orders pay, hardly shows in them. The regression of the terms on the name's own
 * filtered flow says what they amount to in a line, by time constant: what that line charges for orders of ten buckets to half
 * an hour is held to what the linear fit charges, as firmly as the data hold the whole. Adds to the problems in place.
 */
export function keepDecay(
  problems: TermProblems,
  { concave, lagDecay, decay, weights }: KeptInput,
  linear: LinearOwn,
): void {
  const shares = ORDER_BUCKETS.map((buckets) => ({
    line: workedShares(decay, buckets),
    terms: workedShares(lagDecay, buckets),
  }));
  for (let i = 0; i < concave.names; i++) {
    if (!(linear.self[i] > 0)) continue;
    const projection = ownProjection(concave, i);
    const [H, c] = [problems.gram[i], problems.cross[i]];
    const strength = WEIGHT * H.data[0];
    for (const share of shares) {
      const target = linear.self[i] * dot(share.line, linear.weights);
      if (!(target > 0)) continue;
      const row = [dot(share.line, weights), ...projection.map((each) => dot(share.terms, each))].map(
        (value) => value / target,
      );
      // In units in which the whole of self impact has the weight of the data.
      const scale = strength * linear.self[i] ** 2;
      for (let a = 0; a < row.length; a++) {
        c[a] += scale * row[a];
        for (let b = 0; b < row.length; b++) H.data[a * row.length + b] += scale * row[a] * row[b];
      }
    }
  }
}

/** Per term, L: its regression on the name's own flow, filtered by the grid. */
function ownProjection({ names, terms, lags, withLags, lagSquares }: ConcaveMoments, i: number): Float64Array[] {
  const gram = zeros(lags);
  gram.data.forEach((_, k) => {
    gram.data[k] = lagSquares.data[k * names + i];
  });
  const { inverse } = gramInverse(gram);
  return Array.from({ length: terms }, (_, q) => {
    const side = zeros(lags, 1);
    for (let l = 0; l < lags; l++) side.data[l] = withLags.data[(l * terms + q) * names + i];
    return multiply(inverse, side).data;
  });
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k], 0);
