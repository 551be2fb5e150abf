import type { DenseMatrix } from '../numerics/dense.js';

/**
 * What one fold says of concave terms (MODEL §2a): sums over its buckets with the increments `w_i^q = h_i(J_i^q) − h_i(J_i^q before)`
 * of own terms, J the decayed flow of the name, and `w_m^q` of modes, which combine names. A bucket in which a name's move is
 * missing adds nothing to the sums of its own terms, as in the sums of moves. Additive like {@link FoldMoments}, to whose
 * regressors `z = [1, x (F), v^1 (N), …, v^P (N)]` the rows refer.
 */
export interface ConcaveMoments extends ConcaveShape {
  readonly label: string;
  /** Per term (1+F+NP)×N: column i is `Σ z w_i^q` over the buckets in which the move of name i is there. */
  readonly withRegressors: readonly DenseMatrix[];
  /** Q×N: `Σ w_i^q r_i`. */
  readonly withMoves: DenseMatrix;
  /** Q²×N: `Σ w_i^q w_i^s`, row qQ+s. */
  readonly squares: DenseMatrix;
  /** (1+F+NP)×MQ: `Σ z w_m^q`, column mQ+q, over all buckets in use. */
  readonly modeRegressors: DenseMatrix;
  /** MQ×N: `Σ w_m^q r_i`. */
  readonly modeMoves: DenseMatrix;
  /** MQ×QN: `Σ w_m^q w_i^s`, column sN+i. */
  readonly modeOwn: DenseMatrix;
  /** MQ×MQ, over all buckets in use. */
  readonly modeSquares: DenseMatrix;
  /**
   * LQ×N: `Σ x_i^l w_i^q`, row lQ+q, and L²×N: `Σ x_i^l x_i^m`, x the name's own flow filtered by the decays of a grid that shows
   * how terms fade; over all buckets.
   */
  readonly withLags: DenseMatrix;
  readonly lagSquares: DenseMatrix;
}

export interface ConcaveShape {
  readonly names: number;
  /** 1+F+NP. */
  readonly regressors: number;
  /** Q: time constants of the concave terms. */
  readonly terms: number;
  /** M: modes; often none. */
  readonly modes: number;
  /** L: decays of the grid that shows how terms fade. */
  readonly lags: number;
}

/** Rows and columns of the arrays of a fold, in the order of {@link concaveArrays}. */
const sizesOf = ({
  names,
  regressors,
  terms,
  modes,
  lags,
}: ConcaveShape): (readonly [rows: number, cols: number])[] => [
  ...Array.from({ length: terms }, () => [regressors, names] as const),
  [terms, names],
  [terms * terms, names],
  [regressors, modes * terms],
  [modes * terms, names],
  [modes * terms, terms * names],
  [modes * terms, modes * terms],
  [lags * terms, names],
  [lags * lags, names],
];

export const concaveLengths = (shape: ConcaveShape): number[] => sizesOf(shape).map(([rows, cols]) => rows * cols);

/** A fold on arrays in the order of {@link concaveArrays}. */
export function concaveFrom(label: string, shape: ConcaveShape, arrays: readonly Float64Array[]): ConcaveMoments {
  const { names, regressors, terms, modes, lags } = shape;
  const all = sizesOf(shape).map(([rows, cols], k): DenseMatrix => ({ rows, cols, data: arrays[k] }));
  const [withMoves, squares, modeRegressors, modeMoves, modeOwn, modeSquares, withLags, lagSquares] = all.slice(terms);
  return {
    label,
    names,
    regressors,
    terms,
    modes,
    lags,
    withRegressors: all.slice(0, terms),
    withMoves,
    squares,
    modeRegressors,
    modeMoves,
    modeOwn,
    modeSquares,
    withLags,
    lagSquares,
  };
}

export const emptyConcave = (label: string, shape: ConcaveShape): ConcaveMoments =>
  concaveFrom(
    label,
    shape,
    concaveLengths(shape).map((length) => new Float64Array(length)),
  );

export const concaveArrays = (fold: ConcaveMoments): Float64Array[] => {
  const { withMoves, squares, modeRegressors, modeMoves, modeOwn, modeSquares, withLags, lagSquares } = fold;
  const rest = [withMoves, squares, modeRegressors, modeMoves, modeOwn, modeSquares, withLags, lagSquares];
  return [...fold.withRegressors, ...rest].map(({ data }) => data);
};

/** Adds `weight` times one fold to another, in place. */
export function addConcave(target: ConcaveMoments, source: ConcaveMoments, weight = 1): void {
  const sources = concaveArrays(source);
  concaveArrays(target).forEach((to, a) => {
    addArray(to, sources[a], weight);
  });
}

function addArray(to: Float64Array, from: Float64Array, weight: number): void {
  for (let k = 0; k < to.length; k++) to[k] += weight * from[k];
}

/** A fold that is somewhere else, used one at a time. */
export interface StoredConcave extends ConcaveShape {
  readonly label: string;
  readonly use: <T>(visit: (moments: ConcaveMoments) => T) => T;
}

export type ConcaveFold = ConcaveMoments | StoredConcave;

export const useConcave = <T>(fold: ConcaveFold, visit: (moments: ConcaveMoments) => T): T =>
  'use' in fold ? fold.use(visit) : visit(fold);

/** The same fold seen through a change of its numbers, made anew whenever they are used. */
export const throughConcaveChange = (
  fold: ConcaveFold,
  change: (moments: ConcaveMoments) => ConcaveMoments,
): StoredConcave => {
  const { label, names, regressors, terms, modes, lags } = fold;
  return { label, names, regressors, terms, modes, lags, use: (visit) => visit(useConcave(fold, change)) };
};

/** The same fold without its modes. */
export const ownTermsOf = (fold: ConcaveFold): StoredConcave => {
  const { label, names, regressors, terms, lags } = fold;
  const shape = { names, regressors, terms, modes: 0, lags };
  return {
    label,
    ...shape,
    use: (visit) =>
      useConcave(fold, (moments) => {
        const arrays = concaveArrays(moments);
        const none = Array.from({ length: 4 }, () => new Float64Array(0));
        return visit(concaveFrom(label, shape, [...arrays.slice(0, terms + 2), ...none, ...arrays.slice(-2)]));
      }),
  };
};

/** Weighted sum of folds in their order. */
export function sumConcave(folds: readonly ConcaveFold[], weights?: ArrayLike<number>): ConcaveMoments {
  const total = emptyConcave('sum', folds[0]);
  folds.forEach((fold, k) => {
    useConcave(fold, (moments) => addConcave(total, moments, weights?.[k] ?? 1));
  });
  return total;
}
