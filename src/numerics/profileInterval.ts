import type { DenseMatrix } from './dense.js';
import { nonNegativeLeastSquares } from './nonNegativeLeastSquares.js';

/** Values of `fᵀx` that a non-negative least-squares fit bears. */
export interface ProfileInterval {
  /** At the minimum. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const STEPS = 60;

/**
 * Profile-likelihood interval of a linear functional `fᵀx`, f ≥ 0 (n), of `min xᵀHx − 2gᵀx` over `x ≥ 0` (H n×n symmetric
 * PSD): all values whose own minimum rises by at most `rise` above the free one. Every active set is covered, so that which
 * entries are zero is part of the uncertainty and not a condition of it.
 *
 * The minimisers of `loss ∓ 2μ fᵀx` walk along the profile as μ grows: each is a plain non-negative problem with g ± μf, and
 * μ is found by bisection. `high` is infinite where the data do not bound the functional.
 */
export function profileInterval(H: DenseMatrix, g: Float64Array, f: Float64Array, rise: number): ProfileInterval {
  const lossOf = (x: Float64Array): number => {
    let loss = 0;
    for (let p = 0; p < x.length; p++) {
      let image = 0;
      for (let q = 0; q < x.length; q++) image += H.data[p * x.length + q] * x[q];
      loss += x[p] * (image - 2 * g[p]);
    }
    return loss;
  };
  const at = (mu: number) =>
    nonNegativeLeastSquares(
      H,
      g.map((value, p) => value + mu * f[p]),
    ).x;
  const of = (x: Float64Array) => x.reduce((sum, value, p) => sum + f[p] * value, 0);
  const best = at(0);
  const least = lossOf(best);
  const isUnbounded = f.some((value, p) => value > 0 && !(H.data[p * (f.length + 1)] > 0));
  const edge = (sign: 1 | -1): number => {
    if (sign > 0 && isUnbounded) return Number.POSITIVE_INFINITY;
    const risen = (mu: number) => lossOf(at(sign * mu)) - least;
    let [inside, outside] = [0, startOf(H, f, rise)];
    for (let k = 0; risen(outside) < rise; k++) {
      if (k === STEPS) return sign > 0 ? Number.POSITIVE_INFINITY : of(at(-outside));
      inside = outside;
      outside *= 4;
    }
    for (let k = 0; k < STEPS && outside - inside > 1e-9 * outside; k++) {
      const middle = (inside + outside) / 2;
      if (risen(middle) < rise) inside = middle;
      else outside = middle;
    }
    return of(at(sign * inside));
  };
  return { value: of(best), low: edge(-1), high: edge(1) };
}

/** μ that would reach the rise were the entries not tied to each other. */
function startOf(H: DenseMatrix, f: Float64Array, rise: number): number {
  const square = f.reduce((sum, value, p) => {
    const own = H.data[p * (f.length + 1)];
    return own > 0 ? sum + (value * value) / own : sum;
  }, 0);
  return square > 0 ? Math.sqrt(rise / square) : 1;
}
