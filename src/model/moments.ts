import { type DenseMatrix, zeros } from '../numerics/dense.js';

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
  /** Σ u² and Σ |u|^{2c} by name: the scale of concave flow. */
  readonly flowSquare: Float64Array;
  readonly flowPower: Float64Array;
}

export interface MomentShape {
  readonly names: number;
  readonly factors: number;
  readonly bases: number;
}

export const regressors = ({ names, factors, bases }: MomentShape): number => 1 + factors + names * bases;

export function emptyMoments(label: string, shape: MomentShape): FoldMoments {
  const width = regressors(shape);
  return {
    label,
    names: shape.names,
    factors: shape.factors,
    bases: shape.bases,
    buckets: 0,
    observed: new Float64Array(shape.names),
    zz: zeros(width),
    zr: zeros(width, shape.names),
    rr: zeros(shape.names),
    flowSquare: new Float64Array(shape.names),
    flowPower: new Float64Array(shape.names),
  };
}

/** Adds `weight` times one fold to another, in place. */
export function addMoments(target: FoldMoments, source: FoldMoments, weight = 1): void {
  target.buckets += weight * source.buckets;
  const pairs: [Float64Array, Float64Array][] = [
    [target.observed, source.observed],
    [target.zz.data, source.zz.data],
    [target.zr.data, source.zr.data],
    [target.rr.data, source.rr.data],
    [target.flowSquare, source.flowSquare],
    [target.flowPower, source.flowPower],
  ];
  for (const [to, from] of pairs) for (let k = 0; k < to.length; k++) to[k] += weight * from[k];
}

/** Weighted sum of folds in their order. */
export function sumMoments(folds: readonly FoldMoments[], weights?: ArrayLike<number>): FoldMoments {
  const total = emptyMoments('sum', folds[0]);
  folds.forEach((fold, k) => {
    addMoments(total, fold, weights?.[k] ?? 1);
  });
  return total;
}
