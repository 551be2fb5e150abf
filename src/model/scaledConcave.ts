import { squared } from '../numerics/elementary/elementary.js';
import { type ConcaveMoments, concaveArrays, concaveFrom } from './concaveMoments.js';

/**
 * Concave moments with the flow of every name times a factor: `h_{λs}(λx) = λ h_s(x)`, so that increments of own terms whose
 * scale grows by the factor do as well. Modes are of flow that has its factors in their directions already.
 * @param controls 1+F: regressors that are no flow
 */
export function scaledConcaveMoments(fold: ConcaveMoments, factor: Float64Array, controls: number): ConcaveMoments {
  const { names, terms } = fold;
  const arrays = concaveArrays(fold).map((array) => array.slice());
  const out = concaveFrom(fold.label, fold, arrays);
  const ofRow = (k: number) => (k < controls ? 1 : factor[(k - controls) % names]);
  const scale = (data: Float64Array, cols: number, by: (row: number, col: number) => number) => {
    for (let k = 0; k < data.length; k++) data[k] *= by(Math.floor(k / cols), k % cols);
  };
  for (const { data } of out.withRegressors) scale(data, names, (k, i) => ofRow(k) * factor[i]);
  scale(out.withMoves.data, names, (_q, i) => factor[i]);
  scale(out.squares.data, names, (_q, i) => squared(factor[i]));
  scale(out.modeRegressors.data, out.modeRegressors.cols, (k) => ofRow(k));
  scale(out.modeOwn.data, terms * names, (_m, c) => factor[c % names]);
  scale(out.withLags.data, names, (_l, i) => squared(factor[i]));
  scale(out.lagSquares.data, names, (_l, i) => squared(factor[i]));
  return out;
}
