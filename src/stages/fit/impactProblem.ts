import { mergeBoth, mergeColumns } from '../../model/bases.js';
import { type DenseMatrix, diagonalOf, isDiagonal, multiply, scaleBoth, zeros } from '../../numerics/dense.js';
import { NumericalError } from '../../numerics/failure.js';
import type { SymmetricProblem } from '../../numerics/symmetricQuadratic.js';
import { factoredByLoops } from '../../numerics/triangular.js';
import type { ImpactMoments } from '../defactor/controls.js';

/** Impact moments once the kernel weights have merged the bases: the regression of e (N) on v̄ (N). */
export interface RegressionMoments {
  readonly names: number;
  readonly buckets: number;
  /** N: buckets in which each move is present. */
  readonly observed: Float64Array;
  /** N×N: Σ v̄ v̄ᵀ with `v̄ = Σ_p a_p v^p`. */
  readonly gram: DenseMatrix;
  /** N×N: Σ e v̄ᵀ. */
  readonly cross: DenseMatrix;
  readonly moveSquare: Float64Array;
  /** N×N: Σ e eᵀ. */
  readonly moveProducts: DenseMatrix;
  readonly rawMoveSquare: Float64Array;
  /** Per row: k×N matrices, see RowFactors. */
  readonly rowFactors?: readonly CollapsedRowFactors[] | undefined;
}

export interface CollapsedRowFactors {
  readonly withFlow: DenseMatrix;
  readonly square: DenseMatrix;
  readonly flowCoefficients: DenseMatrix;
}

export function mergeImpactBases(moments: ImpactMoments, weights: Float64Array): RegressionMoments {
  const { names, buckets, observed, moveSquare, moveProducts, rawMoveSquare } = moments;
  const merge = (matrix: DenseMatrix) => mergeColumns(matrix, names, weights);
  const rowFactors = moments.rowFactors?.map((row) => ({
    square: row.square,
    withFlow: merge(row.withFlow),
    flowCoefficients: merge(row.flowCoefficients),
  }));
  return {
    names,
    buckets,
    observed,
    gram: mergeBoth(moments.gram, names, weights),
    cross: merge(moments.cross),
    moveSquare,
    moveProducts,
    rawMoveSquare,
    rowFactors,
  };
}

/** Impact moments of folds whose bases are merged already. @throws RangeError where they are apart. */
export function regressionMoments({ bases, ...moments }: ImpactMoments): RegressionMoments {
  if (bases !== 1) throw new RangeError(`regressionMoments: ${bases} bases are apart`);
  return moments;
}

/**
 * The problem in the units in which every name has unit residual variance: `Y = W^½ K W^½` with W the inverse residual
 * variances. `unscale` takes Y back to K, bps per million.
 */
export interface NormalisedProblem {
  readonly problem: SymmetricProblem;
  /** σ_i, bps per bucket; K_ij = σ_i σ_j Y_ij. */
  readonly residualVolBps: Float64Array;
}

/** @throws NumericalError when no name has both moves and flow to learn from. */
export function normalisedProblem(
  moments: RegressionMoments,
  residualVolBps: Float64Array = residualVol(moments),
): NormalisedProblem {
  const { names, buckets } = moments;
  if (!(buckets > 0))
    throw new NumericalError('no usable bucket is left in the fit window', 'check coverage and events in align.json');
  const gram = zeros(names);
  for (let i = 0, k = 0; i < names; i++)
    for (let j = 0; j < names; j++, k++)
      gram.data[k] = (moments.gram.data[k] * residualVolBps[i] * residualVolBps[j]) / buckets;
  const cross = normalisedCross(moments.cross, residualVolBps, buckets);
  const rowDowndates = moments.rowFactors?.map((row) => scaledDowndate(row, residualVolBps, buckets));
  return { problem: { gram, cross, ...(rowDowndates ? { rowDowndates } : {}) }, residualVolBps };
}

/** Cross moments, N×N, in the units of the problem. */
export function normalisedCross({ rows: n, data }: DenseMatrix, vol: Float64Array, buckets: number): DenseMatrix {
  const out = zeros(n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < n; j++, k++) out.data[k] = vol[i] > 0 ? (data[k] * vol[j]) / vol[i] / buckets : 0;
  return out;
}

export function residualVol({ moveSquare, buckets }: Pick<RegressionMoments, 'moveSquare' | 'buckets'>): Float64Array {
  return moveSquare.map((square) => Math.sqrt(square / buckets));
}

/** A pivot below this share of its diagonal is rounding. */
const ROUNDING = 1e-12;

/** F with `FᵀF = withFlowᵀ square⁻¹ withFlow`, scaled as the Gram matrix is; factors are orthogonalised one by one. */
function scaledDowndate(
  { withFlow, square }: CollapsedRowFactors,
  vol: Float64Array,
  buckets: number,
): DenseMatrix | undefined {
  const k = square.rows;
  const names = withFlow.cols;
  const out = zeros(k, names);
  const inverseRoot = factoredByLoops(square, (diagonal) => ROUNDING * diagonal)?.inverseFactor;
  if (!inverseRoot) return undefined;
  for (let a = 0; a < k; a++) {
    for (let j = 0; j < names; j++) {
      let sum = 0;
      for (let b = 0; b <= a; b++) sum += inverseRoot.data[a * k + b] * withFlow.data[b * names + j];
      out.data[a * names + j] = (sum * vol[j]) / Math.sqrt(buckets);
    }
  }
  return out;
}

/** Exactly symmetric where Y is. */
export function unscale(y: DenseMatrix, residualVolBps: Float64Array): DenseMatrix {
  const out = zeros(y.rows);
  timesProducts(out.data, y.data, residualVolBps);
  return out;
}

function timesProducts(out: Float64Array, data: Float64Array, vol: Float64Array): void {
  for (let i = 0, k = 0; i < vol.length; i++)
    for (let j = 0; j < vol.length; j++, k++) out[k] = data[k] * (vol[i] * vol[j]);
}

/** Back to Y = K / (σ_i σ_j); zero for a name without residual variance. */
export function rescale(K: DenseMatrix, residualVolBps: Float64Array): DenseMatrix {
  const out = zeros(K.rows);
  divideByProducts(out.data, K.data, residualVolBps);
  return out;
}

function divideByProducts(out: Float64Array, data: Float64Array, vol: Float64Array): void {
  for (let i = 0, k = 0; i < vol.length; i++)
    for (let j = 0; j < vol.length; j++, k++) out[k] = vol[i] > 0 && vol[j] > 0 ? data[k] / (vol[i] * vol[j]) : 0;
}

/** Mean eigenvalue of a symmetric matrix: the scale on which a ridge is large or small. */
export function meanDiagonal({ rows, data }: DenseMatrix): number {
  let trace = 0;
  for (let i = 0; i < rows; i++) trace += data[i * (rows + 1)];
  return trace / Math.max(1, rows);
}

/**
 * Per-name sum of squared errors of `e − K v̄` from moments, over the buckets in which the name's move is present: a name
 * without moves has no error. K is N×N for bases that are merged, N×NP (parts side by side) for those that are not.
 */
export function squaredErrors(moments: RegressionMoments, K: DenseMatrix): Float64Array {
  const { gram, cross } = moments;
  const width = gram.cols;
  if (K.cols !== width) throw new RangeError(`squaredErrors: K has ${K.cols} columns, flow ${width}`);
  // Self impacts alone, or none, are what every other model is compared with.
  const image = isDiagonal(K) ? scaleBoth(gram, diagonalOf(K), new Float64Array(width).fill(1)) : multiply(K, gram);
  return moments.moveSquare.map((square, i) => {
    const row = K.data.subarray(i * width, (i + 1) * width);
    let value = square;
    for (let j = 0; j < width; j++) value += row[j] * (image.data[i * width + j] - 2 * cross.data[i * width + j]);
    const share = moments.observed[i] / Math.max(moments.buckets, 1);
    return Math.max(0, value + rowFactorCorrection(moments.rowFactors?.[i], row)) * share;
  });
}

/** `−2 (K x̂)(K s) + (K g)ᵀ X (K g)` of the row's own factors: what taking them out of the flow changes. */
export function rowFactorCorrection(row: CollapsedRowFactors | undefined, k: Float64Array): number {
  if (!row) return 0;
  const apply = (matrix: DenseMatrix) =>
    Array.from({ length: matrix.rows }, (_, a) => {
      let sum = 0;
      for (let j = 0; j < k.length; j++) sum += matrix.data[a * matrix.cols + j] * k[j];
      return sum;
    });
  const s = apply(row.withFlow);
  const g = apply(row.flowCoefficients);
  let value = 0;
  for (let a = 0; a < g.length; a++) {
    value -= 2 * g[a] * s[a];
    for (let b = 0; b < g.length; b++) value += g[a] * row.square.data[a * g.length + b] * g[b];
  }
  return value;
}
