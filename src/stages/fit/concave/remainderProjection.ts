import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import type { FoldMoments } from '../../../model/moments.js';
import { type DenseMatrix, multiply, zeros } from '../../../numerics/dense.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import { type ConcaveFit, secantPart } from './concaveFit.js';

/**
 * N×NP: coefficients of each name's remainder on filtered flow, from the sums of a window: on its own flow, or on that of all
 * names where modes combine them.
 */
export function remainderProjection(fit: ConcaveFit, concave: ConcaveMoments, total: FoldMoments): DenseMatrix {
  const { names, bases } = total;
  const width = names * bases;
  const out = zeros(names, width);
  const S = secantPart(fit);
  const everyone = [...Array(width).keys()];
  const shared = fit.terms.modes.length > 0 ? inverseOf(total, everyone) : undefined;
  for (let i = 0; i < names; i++) {
    const columns = shared ? everyone : everyone.filter((k) => k % names === i);
    const side = zeros(columns.length, 1);
    columns.forEach((k, a) => {
      side.data[a] = withTerms(fit, concave, 1 + total.factors + k, i);
    });
    const coefficients = multiply(shared ?? inverseOf(total, columns), side);
    columns.forEach((k, a) => {
      const secant = S.data[i * names + (k % names)] * fit.weights[Math.floor(k / names)];
      out.data[i * width + k] = coefficients.data[a] - secant;
    });
  }
  return out;
}

function inverseOf({ factors, zz }: FoldMoments, columns: readonly number[]): DenseMatrix {
  const gram = zeros(columns.length);
  const at = (k: number) => 1 + factors + k;
  columns.forEach((k, a) => {
    columns.forEach((l, b) => {
      gram.data[a * columns.length + b] = zz.data[at(k) * zz.cols + at(l)];
    });
  });
  return gramInverse(gram).inverse;
}

/** `Σ z_k` times what the concave terms do to name i. */
function withTerms(
  { terms }: ConcaveFit,
  { names, withRegressors, modeRegressors }: ConcaveMoments,
  k: number,
  i: number,
): number {
  const { own, modes, decay } = terms;
  let sum = 0;
  for (let q = 0; q < own.rows; q++) sum += own.data[q * names + i] * withRegressors[q].data[k * names + i];
  modes.forEach(({ direction, weights }, m) => {
    if (direction[i] === 0) return;
    for (let q = 0; q < decay.length; q++)
      sum += direction[i] * weights[q] * modeRegressors.data[k * modeRegressors.cols + m * decay.length + q];
  });
  return sum;
}
