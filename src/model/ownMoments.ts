import { squared } from '../numerics/elementary/elementary.js';

/**
 * What each name's own flow says of its own moves: sums of `y yᵀ` over the buckets in which the move is there, with
 * `y = [1, x (F), v^1 … v^P, r]` of the name alone, x the factors and what has faded of them (MODEL §3 for one name at a
 * time). N·(2+F+P)² numbers, so that a grid of many time constants costs next to nothing beside the products of all names
 * with all.
 */
export interface OwnMoments {
  readonly label: string;
  readonly names: number;
  readonly factors: number;
  readonly bases: number;
  /** Buckets summed, of the name that has most of them. */
  readonly buckets: number;
  /** Per name a symmetric matrix of `ownWidth`, row by row. */
  readonly sums: Float64Array;
}

type OwnShape = Pick<OwnMoments, 'names' | 'factors' | 'bases'>;

export const ownWidth = ({ factors, bases }: Omit<OwnShape, 'names'>): number => 2 + factors + bases;

export const ownLength = (shape: OwnShape): number => shape.names * squared(ownWidth(shape));

export function ownMomentsFrom(label: string, shape: OwnShape, sums: Float64Array): OwnMoments {
  const { names, factors, bases } = shape;
  return { label, names, factors, bases, buckets: bucketsOf(sums, squared(ownWidth(shape))), sums };
}

function bucketsOf(sums: Float64Array, size: number): number {
  let most = 0;
  for (let k = 0; k < sums.length; k += size) most = Math.max(most, sums[k]);
  return most;
}

/** Sum of folds in their order, each times its weight. */
export function sumOwn(folds: readonly OwnMoments[], weights?: ArrayLike<number>): OwnMoments {
  const sums = new Float64Array(folds[0].sums.length);
  folds.forEach((fold, f) => {
    const weight = weights?.[f] ?? 1;
    for (let k = 0; k < sums.length; k++) sums[k] += weight * fold.sums[k];
  });
  return ownMomentsFrom('sum', folds[0], sums);
}
