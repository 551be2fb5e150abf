import type { DenseMatrix } from '../numerics/dense.js';

/**
 * What one fold says of concave own terms (MODEL §2a): sums over its buckets with `w_i^q = h_i(J_i^q) − h_i(J_i^q before)`, J the
 * decayed flow of the name. A bucket in which the name's move is missing adds nothing, as in the sums of moves. Additive like
 * {@link FoldMoments}, to whose regressors `z = [1, x (F), v^1 (N), …, v^P (N)]` the rows refer.
 */
export interface ConcaveMoments {
  readonly label: string;
  readonly names: number;
  /** 1+F+NP. */
  readonly regressors: number;
  /** Q: time constants of the concave terms. */
  readonly terms: number;
  /** Per term (1+F+NP)×N: column i is `Σ z w_i^q` over the buckets in which the move of name i is there. */
  readonly withRegressors: readonly DenseMatrix[];
  /** Q×N: `Σ w_i^q r_i`. */
  readonly withMoves: DenseMatrix;
  /** Q²×N: `Σ w_i^q w_i^s`, row qQ+s. */
  readonly squares: DenseMatrix;
}

type ConcaveShape = Pick<ConcaveMoments, 'names' | 'regressors' | 'terms'>;

/** Lengths of the arrays of a fold, in the order of {@link concaveArrays}. */
export const concaveLengths = ({ names, regressors, terms }: ConcaveShape): number[] => [
  ...Array.from({ length: terms }, () => regressors * names),
  terms * names,
  terms * terms * names,
];

/** A fold on arrays in the order of {@link concaveArrays}. */
export function concaveFrom(label: string, shape: ConcaveShape, arrays: readonly Float64Array[]): ConcaveMoments {
  const { names, regressors, terms } = shape;
  const matrix = (rows: number, data: Float64Array): DenseMatrix => ({ rows, cols: names, data });
  return {
    label,
    names,
    regressors,
    terms,
    withRegressors: Array.from({ length: terms }, (_, q) => matrix(regressors, arrays[q])),
    withMoves: matrix(terms, arrays[terms]),
    squares: matrix(terms * terms, arrays[terms + 1]),
  };
}

export const emptyConcave = (label: string, shape: ConcaveShape): ConcaveMoments =>
  concaveFrom(
    label,
    shape,
    concaveLengths(shape).map((length) => new Float64Array(length)),
  );

export const concaveArrays = ({ withRegressors, withMoves, squares }: ConcaveMoments): Float64Array[] => [
  ...withRegressors.map(({ data }) => data),
  withMoves.data,
  squares.data,
];

/** Adds `weight` times one fold to another, in place. */
export function addConcave(target: ConcaveMoments, source: ConcaveMoments, weight = 1): void {
  const sources = concaveArrays(source);
  concaveArrays(target).forEach((to, a) => {
    for (let k = 0; k < to.length; k++) to[k] += weight * sources[a][k];
  });
}

/** A fold that is somewhere else, used one at a time. */
export interface StoredConcave extends ConcaveShape {
  readonly label: string;
  readonly use: <T>(visit: (moments: ConcaveMoments) => T) => T;
}

export type ConcaveFold = ConcaveMoments | StoredConcave;

export const useConcave = <T>(fold: ConcaveFold, visit: (moments: ConcaveMoments) => T): T =>
  'use' in fold ? fold.use(visit) : visit(fold);

/** Weighted sum of folds in their order. */
export function sumConcave(folds: readonly ConcaveFold[], weights?: ArrayLike<number>): ConcaveMoments {
  const total = emptyConcave('sum', folds[0]);
  folds.forEach((fold, k) => {
    useConcave(fold, (moments) => addConcave(total, moments, weights?.[k] ?? 1));
  });
  return total;
}
