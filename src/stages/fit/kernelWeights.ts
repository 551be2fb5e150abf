import { type DenseMatrix, multiply, transpose, zeros } from '../../numerics/dense.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';
import { symmetricSolver } from '../../numerics/symmetricLeastSquares.js';
import type { ImpactMoments } from '../defactor/controls.js';
import {
  mergeImpactBases,
  normalisedProblem,
  type RegressionMoments,
  residualVol,
  rowFactorCorrection,
  unscale,
} from './impactProblem.js';
import { diagonalWeights, type ResidualWeights, weighed } from './residualWeights.js';

export interface KernelFit {
  /** a_p ≥ 0, sum 1. */
  readonly weights: Float64Array;
  readonly status: 'converged' | 'maxIterations' | 'collapsed';
  readonly iterations: number;
}

/** How K is estimated for given weights: from the collapsed moments, bps per million. */
export type ImpactEstimator = (moments: RegressionMoments) => DenseMatrix;

const TOLERANCE = 1e-7;
const MAX_ITERATIONS = 200;
/** Symmetric GLS without shrinkage (MODEL §4), names weighed by their residual variances. */
export const symmetricEstimator: ImpactEstimator = (moments) => symmetricGls(moments, diagonalWeights);

/** The same for any residual weights. */
export function symmetricGls(moments: RegressionMoments, { correlation }: ResidualWeights): DenseMatrix {
  const { problem, residualVolBps } = normalisedProblem(moments);
  const solver = symmetricSolver(problem, correlation);
  return unscale(solver.solve(0, zeros(moments.names)).solution, residualVolBps);
}

/** Each name on its own flow alone, its own factors taken out of both. */
export const diagonalEstimator: ImpactEstimator = ({ names, gram, cross, rowFactors }) => {
  const K = zeros(names);
  for (let i = 0; i < names; i++) {
    const k = i * names + i;
    const unit = new Float64Array(names);
    unit[i] = 1;
    const square = gram.data[k] + rowFactorCorrection(rowFactors?.[i], unit);
    if (gram.data[k] > 0 && square > 1e-12 * gram.data[k]) K.data[k] = cross.data[k] / square;
  }
  return K;
};

export interface KernelSearch {
  /** The residual weights under which K is estimated; diagonal if absent. */
  readonly residuals?: ResidualWeights;
  /** Kernel weights to start from; all alike if absent. */
  readonly start?: Float64Array;
  /** Largest move of a weight with which the search ends. */
  readonly tolerance?: number;
}

/** What a first look at the residuals needs of the kernel. */
export const ROUGH_KERNEL = 1e-3;

/** The kernel under residual weights, from one that was found roughly or under others. */
export function refitKernel(
  moments: ImpactMoments,
  { weights, status }: KernelFit,
  residuals: ResidualWeights,
): KernelFit {
  const start = status === 'collapsed' ? {} : { start: weights };
  return fitKernel(moments, (merged) => symmetricGls(merged, residuals), { residuals, ...start });
}

/**
 * Kernel weights `a_p` by alternating least squares (MODEL §4): K given a, then a given K under `a ≥ 0`, both from the
 * same moments. When no weight stays positive the flow explains nothing and the status says `collapsed`.
 */
export function fitKernel(
  moments: ImpactMoments,
  estimator: ImpactEstimator,
  { residuals = diagonalWeights, start, tolerance = TOLERANCE }: KernelSearch = {},
): KernelFit {
  const { bases } = moments;
  let weights = start ? Float64Array.from(start) : new Float64Array(bases).fill(1 / bases);
  if (bases === 1) return { weights, status: 'converged', iterations: 0 };
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const K = estimator(mergeImpactBases(moments, weights));
    const next = weightsGiven(moments, K, residuals);
    if (!next) return { weights, status: 'collapsed', iterations: iteration };
    const moved = next.reduce((largest, a, p) => Math.max(largest, Math.abs(a - weights[p])), 0);
    weights = next;
    if (moved < tolerance) return { weights, status: 'converged', iterations: iteration };
  }
  return { weights, status: 'maxIterations', iterations: MAX_ITERATIONS };
}

/** The weights that fit best given K, non-negative with sum 1; `undefined` when none is positive. */
export function weightsGiven(
  moments: ImpactMoments,
  K: DenseMatrix,
  residuals: ResidualWeights = diagonalWeights,
): Float64Array<ArrayBuffer> | undefined {
  const { bases } = moments;
  const weightedK = weighed(K, residualVol(moments), residuals);
  const quadratic = multiply(transpose(K), weightedK);
  const H = zeros(bases);
  const g = new Float64Array(bases);
  for (let p = 0; p < bases; p++) {
    g[p] = innerWithBlock(weightedK, moments.cross, 0, p);
    // Both factors are symmetric, so that block (q, p) gives the same.
    for (let q = p; q < bases; q++)
      H.data[p * bases + q] = H.data[q * bases + p] = innerWithBlock(quadratic, moments.gram, p, q);
  }
  const { x } = nonNegativeLeastSquares(H, g);
  const total = x.reduce((sum, a) => sum + a, 0);
  return total > 0 ? x.map((a) => a / total) : undefined;
}

/** `⟨A, M_rc⟩` with block (r, c) of M, blocks being of the size of A (N×N). */
function innerWithBlock({ rows: n, data }: DenseMatrix, matrix: DenseMatrix, row: number, col: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const from = (row * n + i) * matrix.cols + col * n;
    for (let j = 0; j < n; j++) sum += data[i * n + j] * matrix.data[from + j];
  }
  return sum;
}
