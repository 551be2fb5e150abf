import type { FoldMoments } from '../../model/moments.js';
import {
  combine,
  type DenseMatrix,
  diagonalOf,
  mapEntries,
  multiply,
  scaleBoth,
  submatrix,
  transpose,
  zeros,
} from '../../numerics/dense.js';
import { gramInverse } from '../../numerics/leastSquares.js';

export interface ControlParams {
  /** `returns` partials the moves alone, the playbook's literal recipe; `both` the flow too (Frisch–Waugh–Lovell). */
  readonly residualize: 'both' | 'returns';
  /** Ridge on the factor loadings as a share of each factor's sum of squares. */
  readonly ridge: number;
}

/** Regression coefficients on the controls `[1, x]` (C = 1+F columns), estimated on one set of folds, usable on another. */
export interface ControlCoefficients {
  /** N×C: intercepts and loadings, bps per unit of factor move. */
  readonly moves: DenseMatrix;
  /** NP×C; zero when only returns are residualised. */
  readonly flow: DenseMatrix;
  /** Directions of the controls that the data determine; C when none is collinear. */
  readonly rank: number;
  /** N: `s^{1−c}` of MODEL §2, which gives the concave flow the standard deviation of the flow itself; 1 for c = 1. */
  readonly flowScale: Float64Array;
}

/** Second moments of what is left of moves (e) and filtered flow (v) once the controls are taken out. */
export interface ImpactMoments {
  readonly names: number;
  readonly bases: number;
  readonly buckets: number;
  /** NP×NP: Σ v vᵀ. */
  readonly gram: DenseMatrix;
  /** N×NP: Σ e vᵀ, row i the response of name i. */
  readonly cross: DenseMatrix;
  /** N: Σ e². */
  readonly moveSquare: Float64Array;
  /** N×N: Σ e eᵀ; its diagonal alone is right unless all products of moves were kept. */
  readonly moveProducts: DenseMatrix;
  /** N: Σ r² before the controls, about zero. */
  readonly rawMoveSquare: Float64Array;
  /** What each row must not see beyond the common controls: its own leave-one-out factors. */
  readonly rowFactors?: readonly RowFactors[];
}

/** Moments of the k factors that belong to one row alone, with the coefficients to take them out. */
export interface RowFactors {
  /** k×NP: Σ x vᵀ. */
  readonly withFlow: DenseMatrix;
  /** k×k. */
  readonly square: DenseMatrix;
  /** k×NP: coefficients of v on x. */
  readonly flowCoefficients: DenseMatrix;
}

/** First stage (MODEL §4.1): OLS or ridge of moves, and of filtered flow, on the controls. */
export function controlCoefficients(moments: FoldMoments, params: ControlParams): ControlCoefficients {
  const controls = Array.from({ length: 1 + moments.factors }, (_, a) => a);
  const flowColumns = Array.from({ length: moments.names * moments.bases }, (_, k) => controls.length + k);
  const xx = submatrix(moments.zz, controls);
  for (let f = 1; f < controls.length; f++) xx.data[f * controls.length + f] *= 1 + params.ridge;
  const { inverse, rank } = gramInverse(xx);
  const xr = completedMoves(moments);
  const moves = transpose(
    multiply(
      inverse,
      submatrix(
        xr,
        controls,
        Array.from({ length: moments.names }, (_, i) => i),
      ),
    ),
  );
  const xv = submatrix(moments.zz, controls, flowColumns);
  const flow =
    params.residualize === 'both' ? transpose(multiply(inverse, xv)) : zeros(flowColumns.length, controls.length);
  return { moves, flow, rank, flowScale: flowScale(moments) };
}

function flowScale({ flowSquare, flowPower }: FoldMoments): Float64Array {
  return flowSquare.map((square, i) => (flowPower[i] > 0 ? Math.sqrt(square / flowPower[i]) : 1));
}

/**
 * Moments of `e = r − b x` and `v − g x` for given coefficients. In sample this is the Schur complement; out of sample
 * the coefficients come from the training folds alone.
 */
export function applyControls(moments: FoldMoments, coefficients: ControlCoefficients): ImpactMoments {
  const { names, bases } = moments;
  const controls = Array.from({ length: 1 + moments.factors }, (_, a) => a);
  const flowColumns = Array.from({ length: names * bases }, (_, k) => controls.length + k);
  const all = Array.from({ length: names }, (_, i) => i);
  const completed = completedMoves(moments);
  const xx = submatrix(moments.zz, controls);
  const xv = submatrix(moments.zz, controls, flowColumns);
  const vv = submatrix(moments.zz, flowColumns);
  const xr = submatrix(completed, controls, all);
  const vr = submatrix(completed, flowColumns, all);
  const { moves: b, flow: g } = coefficients;
  const scale = Float64Array.from(flowColumns, (_, k) => coefficients.flowScale[k % names]);
  const gram = residualProducts(vv, g, xv, xx, g, xv);
  const cross = residualProducts(transpose(vr), b, xv, xx, g, xr);
  const moveProducts = residualProducts(rawProducts(moments), b, xr, xx, b, xr);
  return {
    names,
    bases,
    buckets: moments.buckets,
    gram: scaleBoth(gram, scale),
    cross: scaleBoth(cross, new Float64Array(names).fill(1), scale),
    moveSquare: diagonalOf(moveProducts).map((square) => Math.max(square, 0)),
    moveProducts,
    rawMoveSquare: diagonalOf(rawProducts(moments)),
  };
}

/** `Σ (p − b x)(q − g x)ᵀ = Σ p qᵀ − b Σ x qᵀ − (g Σ x pᵀ)ᵀ + b Σ x xᵀ gᵀ`. */
function residualProducts(
  pq: DenseMatrix,
  b: DenseMatrix,
  xq: DenseMatrix,
  xx: DenseMatrix,
  g: DenseMatrix,
  xp: DenseMatrix,
): DenseMatrix {
  const explained = combine(multiply(b, xq), 1, transpose(multiply(g, xp)), 1);
  return combine(combine(pq, 1, explained, -1), 1, multiply(multiply(b, xx), transpose(g)), 1);
}

/**
 * Σ z r with the moves that are missing taken as missing at random: a column that saw n_i of n buckets counts n/n_i.
 * Zero filling would shrink it instead.
 */
function completedMoves({ zr, observed, buckets }: FoldMoments): DenseMatrix {
  return mapEntries(zr, (value, _, i) => (observed[i] > 0 ? (value * buckets) / observed[i] : 0));
}

function rawProducts({ rr, observed, buckets }: FoldMoments): DenseMatrix {
  const completion = observed.map((n) => (n > 0 ? Math.sqrt(buckets / n) : 0));
  return mapEntries(rr, (value, i, j) => value * completion[i] * completion[j]);
}

/** N×C: coefficients on the controls of the filtered flow once the kernel weights (P) have merged its bases. */
export function collapsedFlowCoefficients(
  { flow, flowScale }: ControlCoefficients,
  weights: Float64Array,
): DenseMatrix {
  const names = flowScale.length;
  const out = zeros(names, flow.cols);
  weights.forEach((a, p) => {
    for (let k = 0; k < out.data.length; k++) out.data[k] += a * flow.data[p * names * flow.cols + k];
  });
  return mapEntries(out, (value, i) => value * flowScale[i]);
}

/**
 * N×C intercepts and loadings B of the whole model `r = B x + K v̄`: the first stage's, less what reaches the move through
 * flow that follows the factors (`B = b − K g`).
 */
export function structuralLoadings(controls: ControlCoefficients, weights: Float64Array, K: DenseMatrix): DenseMatrix {
  return combine(controls.moves, 1, multiply(K, collapsedFlowCoefficients(controls, weights)), -1);
}
