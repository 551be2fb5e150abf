import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';

/** N: length by which the row of each name moved, relative to the row, normalised by the self impacts of `after`. */
export function rowMoves(before: DenseMatrix, after: DenseMatrix): Float64Array {
  const D = diagonalOf(after);
  const [from, to] = [before, after].map((K) => toNormalised(K, D));
  return D.map((_, i) => {
    let moved = 0;
    let length = 0;
    for (let k = i * D.length; k < (i + 1) * D.length; k++) {
      moved += squared(to.data[k] - from.data[k]);
      length += squared(from.data[k]);
    }
    return length > 0 ? Math.sqrt(moved / length) : 0;
  });
}
