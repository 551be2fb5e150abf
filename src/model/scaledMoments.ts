import { type DenseMatrix, mapEntries } from '../numerics/dense.js';
import { pow, squared } from '../numerics/elementary/elementary.js';
import type { FoldMoments } from './moments.js';
import { type OwnMoments, ownWidth } from './ownMoments.js';

/**
 * The fold as if the flow of every name had been times `scale` (N): what is common to a name on a day is a linear factor, so
 * that it need not be known when the day is summed. Concave flow is times `scale^c`.
 */
export function scaledMoments(fold: FoldMoments, scale: Float64Array, concavity: number): FoldMoments {
  const { names, factors } = fold;
  const value = scale.map((s) => pow(s, concavity));
  const regressor = (a: number) => (a <= factors ? 1 : value[(a - 1 - factors) % names]);
  const z = Float64Array.from({ length: fold.zz.rows }, (_, a) => regressor(a));
  const rows = (matrix: DenseMatrix, factor: (row: number) => number) =>
    mapEntries(matrix, (entry, a) => entry * factor(a));
  return {
    ...fold,
    zz: mapEntries(fold.zz, (entry, a, b) => entry * (z[a] * z[b])),
    zr: rows(fold.zr, (a) => z[a]),
    missingFlowSquare: rows(fold.missingFlowSquare, (k) => value[k % names] * value[k % names]),
    flowSquare: fold.flowSquare.map((square, i) => square * (scale[i] * scale[i])),
    flowPower: fold.flowPower.map((power, i) => power * (value[i] * value[i])),
  };
}

/** The same for each name's own flow alone. */
export function scaledOwnMoments(fold: OwnMoments, scale: Float64Array, concavity: number): OwnMoments {
  const width = ownWidth(fold);
  const [first, last] = [1 + fold.factors, width - 1];
  const isFlow = (a: number) => a >= first && a < last;
  const sums = fold.sums.map((sum, k) => {
    const [i, a, b] = [Math.floor(k / squared(width)), Math.floor(k / width) % width, k % width];
    const value = pow(scale[i], concavity);
    return sum * ((isFlow(a) ? value : 1) * (isFlow(b) ? value : 1));
  });
  return { ...fold, sums };
}
