import { contiguousGroups } from '../../model/heldOut.js';
import { type FoldMoments, sumMoments } from '../../model/moments.js';
import {
  combine,
  type DenseMatrix,
  mapEntries,
  minusProduct,
  multiply,
  plusTranspose,
  scaleBoth,
  transpose,
} from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type CholeskyRoot, choleskyRoot } from '../../numerics/triangular.js';
import { removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments } from './impactProblem.js';
import type { MergedSample } from './mergedSample.js';
import type { PenaltyParams } from './penalised.js';

/** How residuals weigh names against one another (MODEL §4): by their variances alone, or by their whole covariance. */
export interface ResidualWeights {
  readonly kind: 'full' | 'diagonal';
  /** N×N, of what the first fit with diagonal weights leaves, shrunk; absent where weights are diagonal. */
  readonly correlation?: CholeskyRoot | undefined;
  /** Share by which correlations were drawn to zero. */
  readonly shrinkage?: number | undefined;
  /** Root mean square of the correlations between names, before they were shrunk. */
  readonly typicalCorrelation?: number | undefined;
  /** Why weights are diagonal though full ones were asked for. */
  readonly reason?: string | undefined;
}

export const diagonalWeights: ResidualWeights = { kind: 'diagonal' };

/** `W M` with W the inverse residual covariance, `D⁻¹ C⁻¹ D⁻¹`, D the residual volatilities; rows without variance are zero. */
export function weighed(matrix: DenseMatrix, vol: Float64Array, { correlation }: ResidualWeights): DenseMatrix {
  const inverse = vol.map((v) => (v > 0 ? 1 / v : 0));
  if (!correlation) return mapEntries(matrix, (value, i) => value * squared(inverse[i]));
  return multiply(scaleBoth(correlation.inverse, inverse), matrix);
}

/** Fewer buckets per name than this do not carry the inverse of a covariance. */
const BUCKETS_PER_NAME = 10;
/** Groups of folds that say how noisy the correlations are. */
const GROUPS = 10;

/**
 * Weights by the inverse of the whole residual covariance, from the moments of what K leaves of the moves: the second step of
 * feasible GLS. Correlations are drawn to zero by the share `Σ Var(r_ij) / Σ r_ij²` (Ledoit and Wolf 2004; Schäfer and Strimmer
 * 2005), the variances from the scatter of groups of folds, so that heavy tails and common volatility count as the noise
 * that they are; uncorrelated residuals give the diagonal weights back. Folds, bases merged, are asked for only when needed.
 */
export function fullWeights(
  K: DenseMatrix,
  sample: MergedSample,
  folds: () => readonly FoldMoments[],
  penalty: PenaltyParams,
): ResidualWeights {
  const reason = whyDiagonal(sample, penalty);
  if (reason) return { kind: 'diagonal', reason };
  const residual = residualCovariance(K, sample.moments);
  const correlation = normalised(residual, residual);
  const groups = contiguousGroups(folds(), GROUPS)
    .map((group) => sumMoments(group))
    .filter(({ buckets }) => buckets > 0);
  const noise =
    groups.length < 2
      ? gaussianNoise(correlation, sample.moments.buckets)
      : scatter(groups, correlation, residual, K, sample);
  const signal = offDiagonalSquare(correlation);
  const shrinkage = signal > 0 ? Math.min(1, noise / signal) : 1;
  const shrunk = choleskyRoot(mapEntries(correlation, (r, i, j) => (i === j ? 1 : (1 - shrinkage) * r)));
  if (!shrunk) return { kind: 'diagonal', reason: 'the residual covariance is not positive definite' };
  const pairs = Math.max(1, K.rows * (K.rows - 1));
  return { kind: 'full', correlation: shrunk, shrinkage, typicalCorrelation: Math.sqrt(signal / pairs) };
}

function whyDiagonal({ moments, residualVolBps }: MergedSample, penalty: PenaltyParams): string | undefined {
  if (!penalty.symmetric) return 'rows stand alone';
  if (penalty.kind !== 'ridge') return 'the penalty is an elastic net';
  if (penalty.restrictions.zero.length + penalty.restrictions.equal.length > 0) return 'links are restricted';
  if (moments.rowFactors) return 'names have factors of their own';
  if (residualVolBps.some((vol) => !(vol > 0))) return 'a name has no residual variance';
  if (moments.buckets < BUCKETS_PER_NAME * moments.names)
    return `there are fewer than ${BUCKETS_PER_NAME} buckets per name`;
  return undefined;
}

/** N×N, per bucket: `Σ (e − K v̄)(e − K v̄)ᵀ = Σ e eᵀ − K Bᵀ − B K` with `B = A − ½ K S`; two products. */
function residualCovariance(K: DenseMatrix, { moveProducts, cross, gram, buckets }: RegressionMoments): DenseMatrix {
  const half = minusProduct(
    cross,
    mapEntries(K, (k) => k / 2),
    gram,
  );
  const explained = plusTranspose(multiply(K, transpose(half)));
  return combine(moveProducts, 1 / buckets, explained, -1 / buckets);
}

/** A covariance in units of the volatilities of another. */
function normalised(matrix: DenseMatrix, { data, cols }: DenseMatrix): DenseMatrix {
  const vol = Float64Array.from({ length: cols }, (_, i) => Math.sqrt(Math.max(0, data[i * (cols + 1)])));
  return mapEntries(matrix, (value, i, j) => (vol[i] * vol[j] > 0 ? value / (vol[i] * vol[j]) : 0));
}

function offDiagonalSquare({ data, cols }: DenseMatrix): number {
  return data.reduce((sum, r, k) => (k % (cols + 1) === 0 ? sum : sum + r * r), 0);
}

/** Σ Var(r_ij) of independent normal residuals. */
function gaussianNoise(correlation: DenseMatrix, buckets: number): number {
  return offDiagonalSquare(mapEntries(correlation, (r) => 1 - r * r)) / buckets;
}

/** Σ Var(r_ij) from groups of folds: `G/(G−1) Σ_g w_g² ‖C_g − C‖²`, w_g a group's share of the buckets. */
function scatter(
  groups: readonly FoldMoments[],
  correlation: DenseMatrix,
  residual: DenseMatrix,
  K: DenseMatrix,
  { factorModel, moments }: MergedSample,
): number {
  const spread = groups.reduce((sum, group) => {
    const own = residualCovariance(K, regressionMoments(removeFactors(group, factorModel)));
    const distance = offDiagonalSquare(combine(normalised(own, residual), 1, correlation, -1));
    return sum + squared(group.buckets / moments.buckets) * distance;
  }, 0);
  return (groups.length / (groups.length - 1)) * spread;
}
