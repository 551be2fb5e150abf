import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { LinkRestrictions } from './penalised.js';

interface Links {
  readonly K: DenseMatrix;
  readonly isZero: Uint8Array;
}

/** Links fixed to zero stay so through shrinkage and projection; tied ones take the mean of what shrinkage made of them. */
export function restricted({ K: free, isZero: sent }: Links, { zero, equal }: LinkRestrictions): Links {
  if (zero.length === 0 && equal.length === 0) return { K: free, isZero: sent };
  const n = free.rows;
  const isZero = sent.slice();
  for (const [i, j] of zero) isZero[i * n + j] = isZero[j * n + i] = 1;
  const K = mapEntries(free, (value, i, j) => (i !== j && isZero[i * n + j] ? 0 : value));
  for (const pairs of equal) {
    const shared = pairs.reduce((sum, [i, j]) => sum + free.data[i * n + j] / pairs.length, 0);
    for (const [i, j] of pairs) {
      for (const k of [i * n + j, j * n + i]) {
        K.data[k] = shared;
        isZero[k] = shared === 0 ? 1 : 0;
      }
    }
  }
  return { K, isZero };
}
