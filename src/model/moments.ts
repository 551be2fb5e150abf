import type { DenseMatrix } from '../numerics/dense.js';
import { squared } from '../numerics/elementary/elementary.js';
import type { ConcaveFold } from './concaveMoments.js';

/**
 * Additive sufficient statistics of one fold (MODEL §3): sums over its buckets of `z zᵀ`, `z rᵀ`, `r rᵀ` with
 * `z = [1, x (F), v^1 (N), …, v^P (N)]`. A missing move adds nothing to the sums with r and is counted in `observed`.
 */
export interface FoldMoments {
  readonly label: string;
  readonly names: number;
  readonly factors: number;
  readonly bases: number;
  /** Buckets summed. */
  buckets: number;
  /** Moves summed, by name. */
  readonly observed: Float64Array;
  /** (1+F+NP)², symmetric. */
  readonly zz: DenseMatrix;
  /** (1+F+NP)×N. */
  readonly zr: DenseMatrix;
  /** N×N: entry (i, j) sums over the buckets in which both moves are present. */
  readonly rr: DenseMatrix;
  /** N×N: in how many buckets both moves are present. */
  readonly jointlyObserved: DenseMatrix;
  /** NP×N: Σ v² over the buckets in which the move of the column's name is missing. */
  readonly missingFlowSquare: DenseMatrix;
  /** N×(1+F)²: Σ [1,x][1,x]ᵀ over the same buckets, a flattened matrix per name. */
  readonly missingControls: DenseMatrix;
  /** Σ u² and Σ |u|^{2c} by name, u at reference depth: the scale of concave flow. */
  readonly flowSquare: Float64Array;
  readonly flowPower: Float64Array;
}

export interface MomentShape {
  readonly names: number;
  readonly factors: number;
  readonly bases: number;
}

/** A fold that is somewhere else: a window of many names is summed with one fold in memory at a time. */
export interface StoredFold extends MomentShape {
  readonly label: string;
  readonly buckets: number;
  /** Gives the numbers to a visitor. They must not be changed, and hold only until it returns. */
  readonly use: <T>(visit: (moments: FoldMoments) => T) => T;
}

/** What concave own terms say of the same buckets goes with a fold where there are such terms. */
export type Fold = (FoldMoments | StoredFold) & { readonly concave?: ConcaveFold | undefined };

export function useFold<T>(fold: Fold, visit: (moments: FoldMoments) => T): T {
  return 'use' in fold ? fold.use(visit) : visit(fold);
}

/** The same fold seen through a change of its numbers, made anew whenever they are used. */
export const throughChange = (
  fold: Fold,
  change: (moments: FoldMoments) => FoldMoments,
  shape: MomentShape = fold,
): StoredFold => ({
  ...shapeOf(shape),
  label: fold.label,
  buckets: fold.buckets,
  use: (visit) => visit(useFold(fold, change)),
});

const shapeOf = ({ names, factors, bases }: MomentShape): MomentShape => ({ names, factors, bases });

export const regressors = ({ names, factors, bases }: MomentShape): number => 1 + factors + names * bases;

export function emptyMoments(label: string, shape: MomentShape): FoldMoments {
  return momentsFrom(
    label,
    shape,
    0,
    momentLengths(shape).map((length) => new Float64Array(length)),
  );
}

/** Rows and columns of the arrays of a fold, in the order of {@link momentArrays}. */
function momentSizes({ names, factors, bases }: MomentShape): (readonly [rows: number, cols: number])[] {
  const width = regressors({ names, factors, bases });
  return [
    [1, names],
    [width, width],
    [width, names],
    [names, names],
    [names, names],
    [names * bases, names],
    [names, squared(1 + factors)],
    [1, names],
    [1, names],
  ];
}

export const momentLengths = (shape: MomentShape): number[] => momentSizes(shape).map(([rows, cols]) => rows * cols);

/** A fold on arrays in the order of {@link momentArrays}. */
export function momentsFrom(
  label: string,
  shape: MomentShape,
  buckets: number,
  arrays: readonly Float64Array[],
): FoldMoments {
  const sizes = momentSizes(shape);
  const matrix = (k: number): DenseMatrix => ({ rows: sizes[k][0], cols: sizes[k][1], data: arrays[k] });
  return {
    label,
    ...shapeOf(shape),
    buckets,
    observed: arrays[0],
    zz: matrix(1),
    zr: matrix(2),
    rr: matrix(3),
    jointlyObserved: matrix(4),
    missingFlowSquare: matrix(5),
    missingControls: matrix(6),
    flowSquare: arrays[7],
    flowPower: arrays[8],
  };
}

/** Adds `weight` times one fold to another, in place. */
export function addMoments(target: FoldMoments, source: FoldMoments, weight = 1): void {
  target.buckets += weight * source.buckets;
  const sources = momentArrays(source);
  momentArrays(target).forEach((to, a) => {
    addArray(to, sources[a], weight);
  });
}

/** A function of its own: gigabytes pass through it, and inlined into a closure it takes three times as long. */
function addArray(to: Float64Array, from: Float64Array, weight: number): void {
  if (weight === 1) for (let k = 0; k < to.length; k++) to[k] += from[k];
  else for (let k = 0; k < to.length; k++) to[k] += weight * from[k];
}

/** Weighted sum of folds in their order. */
export function sumMoments(folds: readonly Fold[], weights?: ArrayLike<number>): FoldMoments {
  const total = emptyMoments('sum', folds[0]);
  folds.forEach((fold, k) => {
    useFold(fold, (moments) => addMoments(total, moments, weights?.[k] ?? 1));
  });
  return total;
}

/** Visits the sum of folds; that of a single one is the fold itself, which only the visit may hold. */
export const useSum = <T>(folds: readonly Fold[], visit: (sum: FoldMoments) => T): T =>
  folds.length === 1 ? useFold(folds[0], visit) : visit(sumMoments(folds));

/** Sums of the first folds, for ascending counts, from reading each fold once; each has the bits of {@link sumMoments}. */
export function prefixSums(folds: readonly Fold[], counts: readonly number[]): FoldMoments[] {
  const running = emptyMoments('sum', folds[0]);
  let summed = 0;
  return counts.map((count) => {
    for (; summed < count; summed++) useFold(folds[summed], (moments) => addMoments(running, moments));
    return copyOfMoments(running);
  });
}

const copyOfMoments = (fold: FoldMoments): FoldMoments =>
  momentsFrom(
    fold.label,
    fold,
    fold.buckets,
    momentArrays(fold).map((array) => array.slice()),
  );

/** The numbers of a fold, field by field, in the order in which they are stored. */
export function momentArrays(fold: FoldMoments): Float64Array[] {
  const { observed, zz, zr, rr, jointlyObserved, missingFlowSquare, missingControls, flowSquare, flowPower } = fold;
  const matrices = [zz, zr, rr, jointlyObserved, missingFlowSquare, missingControls];
  return [observed, ...matrices.map((matrix) => matrix.data), flowSquare, flowPower];
}
