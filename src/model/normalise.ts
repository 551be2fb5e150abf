import { type DenseMatrix, diagonalOf, mapEntries } from '../numerics/dense.js';
import { median } from '../numerics/statistics.js';

/** What is known of a name besides its self impact. */
interface FlooredName {
  readonly block: string;
  readonly adv?: number;
}

/**
 * Smallest self impact allowed for each name of a matrix that came without data, bps per million: a share of the median
 * positive self impact of its block, or of all names where the block has none, in proportion to 1/adv where every name has
 * one. Zero when no name has a positive one.
 */
export function selfImpactFloors(K: DenseMatrix, names: readonly FlooredName[], share: number): Float64Array {
  const scaled = names.every(({ adv }) => adv !== undefined && adv > 0);
  const volume = names.map(({ adv = 1 }) => (scaled ? adv : 1));
  const perVolume = diagonalOf(K).map((k, i) => k * volume[i]);
  const everyone = [...perVolume].filter((k) => k > 0);
  return Float64Array.from(names, ({ block }, i) => {
    const peers = [...perVolume].filter((k, j) => k > 0 && names[j].block === block);
    return (share * median(peers.length > 0 ? peers : everyone)) / volume[i];
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
