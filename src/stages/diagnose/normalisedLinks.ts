import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';

/** `K_ij / √(K_ii K_jj)` of every pair i > j, row by row; NaN where a name has no self impact. */
export function normalisedLinks(K: DenseMatrix): Float64Array {
  const D = diagonalOf(K).map((k) => Math.max(0, k));
  const C = toNormalised(K, D);
  const n = K.rows;
  const links = new Float64Array((n * (n - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) links[pair++] = D[i] > 0 && D[j] > 0 ? C.data[i * n + j] : Number.NaN;
  return links;
}

/** Over the pairs that have one; 0 without any. */
export function meanLink(K: DenseMatrix): number {
  let [sum, pairs] = [0, 0];
  for (const link of normalisedLinks(K)) {
    if (Number.isNaN(link)) continue;
    sum += link;
    pairs++;
  }
  return pairs > 0 ? sum / pairs : 0;
}
