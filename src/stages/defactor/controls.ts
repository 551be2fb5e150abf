import { mergeColumns } from '../../model/bases.js';
import type { FoldMoments } from '../../model/moments.js';
import {
  combine,
  type DenseMatrix,
  diagonalOf,
  mapEntries,
  minusProduct,
  multiply,
  scaleBoth,
  submatrix,
  transpose,
  zeros,
} from '../../numerics/dense.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { median } from '../../numerics/statistics.js';
import { completedControls, completedFlowProducts, completedProducts, controlProducts, range } from './completion.js';

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
  /** N: buckets in which each move is present. */
  readonly observed: Float64Array;
  /** NP×NP: Σ v vᵀ. */
  readonly gram: DenseMatrix;
  /** N×NP: Σ e vᵀ, row i the response of name i. */
  readonly cross: DenseMatrix;
  /** N: Σ e². */
  readonly moveSquare: Float64Array;
  /** N×N: Σ e eᵀ. */
  readonly moveProducts: DenseMatrix;
  /** N: Σ r² before the controls, about zero. */
  readonly rawMoveSquare: Float64Array;
  /** What each row must not see beyond the common controls: its own leave-one-out factors. */
  readonly rowFactors?: readonly RowFactors[] | undefined;
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
  const { names, bases } = moments;
  const width = 1 + moments.factors;
  const withRidge = (xx: DenseMatrix) => mapEntries(xx, (v, a, b) => (a === b && a > 0 ? v * (1 + params.ridge) : v));
  const all = controlProducts(moments);
  const shared = gramInverse(withRidge(all));
  const rows = completedControls(moments);
  const moves = zeros(names, width);
  for (let i = 0; i < names; i++) {
    const square = withRidge(rows.square[i] ?? all);
    const { inverse } = rows.square[i] ? gramInverse(square) : shared;
    moves.data.set(solveGram(square, rows.withMove[i], inverse).data, i * width);
  }
  const flowColumns = Array.from({ length: names * bases }, (_, k) => width + k);
  const xv = submatrix(moments.zz, range(width), flowColumns);
  const flow =
    params.residualize === 'both' ? transpose(multiply(shared.inverse, xv)) : zeros(flowColumns.length, width);
  return { moves, flow, rank: shared.rank, flowScale: flowScale(moments) };
}

/** A name without flow has no scale of its own and takes the median of the others. */
function flowScale({ flowSquare, flowPower }: FoldMoments): Float64Array {
  const own = flowSquare.map((square, i) => (flowPower[i] > 0 ? Math.sqrt(square / flowPower[i]) : 0));
  const typical = median(own.filter((scale) => scale > 0)) || 1;
  return own.map((scale) => (scale > 0 ? scale : typical));
}

/**
 * Moments of `e = r − b x` and `v − g x` for given coefficients. In sample this is the Schur complement; out of sample
 * the coefficients come from the training folds alone.
 */
export function applyControls(moments: FoldMoments, coefficients: ControlCoefficients): ImpactMoments {
  const { names, bases, buckets, observed } = moments;
  const width = 1 + moments.factors;
  const flowColumns = range(names * bases).map((k) => width + k);
  const xx = controlProducts(moments);
  const xv = submatrix(moments.zz, range(width), flowColumns);
  const { moves: b, flow: g } = coefficients;
  const scale = Float64Array.from(flowColumns, (_, k) => coefficients.flowScale[k % names]);
  const gram = residualProducts({ pq: submatrix(moments.zz, flowColumns), xp: xv, xq: xv, xx, b: g, g });
  const cross = crossResiduals(moments, b, g, xv);
  const isLinear = scale.every((factor) => factor === 1);
  const moveProducts = moveResiduals(moments, b);
  return {
    names,
    bases,
    buckets,
    observed: observed.slice(),
    gram: isLinear ? gram : scaleBoth(gram, scale),
    cross: isLinear ? cross : scaleBoth(cross, new Float64Array(names).fill(1), scale),
    moveSquare: diagonalOf(moveProducts).map((square) => Math.max(square, 0)),
    moveProducts,
    rawMoveSquare: diagonalOf(completedProducts(moments)),
  };
}

/** Flow of every base against that of all, merged by kernel weights, and against moves, without the controls. */
export interface AgainstMerged {
  /** NP×N: Σ v v̄ᵀ. */
  readonly gram: DenseMatrix;
  /** N×NP: Σ e vᵀ. */
  readonly cross: DenseMatrix;
}

/** What {@link applyControls} leaves of these, without the (NP)² products that nobody asks for. */
export function applyControlsAgainstMerged(
  moments: FoldMoments,
  { moves: b, flow: g, flowScale }: ControlCoefficients,
  weights: Float64Array,
): AgainstMerged {
  const { names, bases } = moments;
  const width = 1 + moments.factors;
  const flowColumns = range(names * bases).map((k) => width + k);
  const xx = controlProducts(moments);
  const xv = submatrix(moments.zz, range(width), flowColumns);
  const merged = (matrix: DenseMatrix) => mergeColumns(matrix, names, weights);
  const gram = residualProducts({
    pq: mergeColumns(moments.zz, names, weights, { row: width, col: width }),
    xp: xv,
    xq: merged(xv),
    xx,
    b: g,
    g: transpose(merged(transpose(g))),
  });
  const scale = Float64Array.from(flowColumns, (_, k) => flowScale[k % names]);
  return {
    gram: scaleBoth(gram, scale, flowScale),
    cross: scaleBoth(crossResiduals(moments, b, g, xv), new Float64Array(names).fill(1), scale),
  };
}

/** Sums of products `Σ p qᵀ`, `Σ x pᵀ`, `Σ x qᵀ`, `Σ x xᵀ`, and the coefficients of p and of q on x. */
interface ProductsOnControls {
  readonly pq: DenseMatrix;
  readonly xp: DenseMatrix;
  readonly xq: DenseMatrix;
  readonly xx: DenseMatrix;
  readonly b: DenseMatrix;
  readonly g: DenseMatrix;
}

/** `Σ (p − b x)(q − g x)ᵀ = Σ p qᵀ − b Σ x qᵀ − (Σ x pᵀ)ᵀ gᵀ + b Σ x xᵀ gᵀ`. */
function residualProducts({ pq, xp, xq, xx, b, g }: ProductsOnControls): DenseMatrix {
  const left = combine(transpose(xp), 1, multiply(b, xx), -1);
  return minusProduct(pq, beside(b, left), above(xq, transpose(g)));
}

function beside(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const out = zeros(a.rows, a.cols + b.cols);
  for (let i = 0; i < a.rows; i++) {
    out.data.set(a.data.subarray(i * a.cols, (i + 1) * a.cols), i * out.cols);
    out.data.set(b.data.subarray(i * b.cols, (i + 1) * b.cols), i * out.cols + a.cols);
  }
  return out;
}

function above(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const out = zeros(a.rows + b.rows, a.cols);
  out.data.set(a.data);
  out.data.set(b.data, a.data.length);
  return out;
}

/** `Σ e vᵀ`, N×NP: a name's own row of controls where it misses moves. */
function crossResiduals(moments: FoldMoments, b: DenseMatrix, g: DenseMatrix, xv: DenseMatrix): DenseMatrix {
  const { names } = moments;
  const rows = completedControls(moments);
  const shared = controlProducts(moments);
  const flowOnMove = completedFlowProducts(moments);
  // Rows `Σ x r − X b`: zero in sample.
  const left = zeros(names, b.cols);
  for (let i = 0; i < names; i++) {
    const own = { rows: 1, cols: b.cols, data: b.data.subarray(i * b.cols, (i + 1) * b.cols) };
    const fitted = multiply(own, rows.square[i] ?? shared);
    for (let a = 0; a < b.cols; a++) left.data[i * b.cols + a] = rows.withMove[i].data[a] - fitted.data[a];
  }
  return minusProduct(flowOnMove, beside(b, left), above(xv, transpose(g)));
}

/** `Σ e eᵀ`; the diagonal from each name's own buckets. */
function moveResiduals(moments: FoldMoments, b: DenseMatrix): DenseMatrix {
  const { names } = moments;
  const rows = completedControls(moments);
  const shared = controlProducts(moments);
  const xr = zeros(b.cols, names);
  rows.withMove.forEach((column, i) => {
    for (let a = 0; a < b.cols; a++) xr.data[a * names + i] = column.data[a];
  });
  const products = residualProducts({ pq: completedProducts(moments), xp: xr, xq: xr, xx: shared, b, g: b });
  rows.square.forEach((own, i) => {
    if (!own) return;
    const row = { rows: 1, cols: b.cols, data: b.data.subarray(i * b.cols, (i + 1) * b.cols) };
    const explained =
      multiply(multiply(row, own), transpose(row)).data[0] - 2 * multiply(row, rows.withMove[i]).data[0];
    products.data[i * names + i] = (moments.rr.data[i * names + i] * moments.buckets) / moments.observed[i] + explained;
  });
  for (let i = 0; i < names; i++) if (!(moments.observed[i] > 0)) products.data[i * names + i] = 0;
  return products;
}

/** NP×C: coefficients on the controls of the scaled flow; N×C for folds whose bases are merged. */
export function scaledFlowCoefficients({ flow, flowScale }: ControlCoefficients): DenseMatrix {
  return mapEntries(flow, (value, k) => value * flowScale[k % flowScale.length]);
}

/**
 * N×C intercepts and loadings B of the whole model `r = B x + K v̄`: the first stage's, less what reaches the move through
 * flow that follows the factors (`B = b − K g`). K is N×N for folds whose bases are merged, else N×NP.
 */
export function structuralLoadings(controls: ControlCoefficients, K: DenseMatrix): DenseMatrix {
  return combine(controls.moves, 1, multiply(K, scaledFlowCoefficients(controls)), -1);
}
