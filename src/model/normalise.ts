import { type DenseMatrix, diagonalOf, mapEntries } from '../numerics/dense.js';
import { median } from '../numerics/statistics.js';

/**
 * Smallest self impact allowed for each name, bps per million: a share of the median positive self impact of its block,
 * or of all names where the block has none. Zero when no name has a positive one.
 */
export function selfImpactFloors(K: DenseMatrix, blocks: readonly string[], share: number): Float64Array {
  const diagonal = diagonalOf(K);
  const everyone = [...diagonal].filter((k) => k > 0);
  return Float64Array.from(blocks, (block) => {
    const peers = [...diagonal].filter((k, j) => k > 0 && blocks[j] === block);
    return share * median(peers.length > 0 ? peers : everyone);
  });
}

/** D of `C = D^−½ K D^−½`: self impacts, floored; zero where neither is positive. */
export function selfImpacts(K: DenseMatrix, floors: Float64Array): Float64Array {
  return diagonalOf(K).map((k, i) => Math.max(k, floors[i], 0));
}

/** C = D^−½ K D^−½, exactly symmetric where K is. A name without self impact has no links either: its row and column are zero, its diagonal 1. */
export function toNormalised(K: DenseMatrix, D: Float64Array): DenseMatrix {
  const root = D.map(Math.sqrt);
  return mapEntries(K, (value, i, j) => (root[i] > 0 && root[j] > 0 ? value / (root[i] * root[j]) : i === j ? 1 : 0));
}

/** K = D^½ C D^½. */
export function fromNormalised(C: DenseMatrix, D: Float64Array): DenseMatrix {
  const root = D.map(Math.sqrt);
  return mapEntries(C, (value, i, j) => value * (root[i] * root[j]));
}
