import { combine, type DenseMatrix, mapEntries, multiply, transpose } from '../../numerics/dense.js';
import { median } from '../../numerics/statistics.js';
import { symmetricEigen } from '../../numerics/symmetricEigen.js';
import type { RegressionMoments } from '../fit/impactProblem.js';

/** Whether flow that loads on a factor nobody recorded could pass for the links (MODEL §4). */
export interface Identification {
  /**
   * Correlation between flow and an unrecorded factor that would make links as large as the median one, at most 1. Small
   * values are easily reached by any market; 1 where the residual moves leave no room for such a factor.
   */
  readonly robustness: number;
  /** Share of the variance of residual moves that they have in common, beyond what so many buckets show by chance. */
  readonly commonShare: number;
  /** First eigenvalue of their correlation, and the largest that independent residuals reach (Marchenko and Pastur 1967). */
  readonly firstEigenvalue: number;
  readonly noiseEdge: number;
}

/**
 * With ρ the common share, σ_i the residual volatility and sd_j that of filtered flow, a factor that flow follows with
 * correlation ℓ adds `√ρ σ_i ℓ / sd_j` to K_ij; ℓ is solved for.
 * @param K N×N, bps per million, whose links are in question
 * @param effectiveBuckets that independent ones would be worth
 */
export function identificationOf(moments: RegressionMoments, K: DenseMatrix, effectiveBuckets: number): Identification {
  const n = K.rows;
  const residual = residualProducts(moments, K);
  const vol = Float64Array.from({ length: n }, (_, i) =>
    Math.sqrt(Math.max(0, residual.data[i * (n + 1)]) / moments.buckets),
  );
  const correlation = mapEntries(residual, (value, i, j) => {
    if (i === j) return 1;
    const scale = vol[i] * vol[j] * moments.buckets;
    return scale > 0 ? value / scale : 0;
  });
  const { values } = symmetricEigen(correlation);
  const firstEigenvalue = values[n - 1] ?? 1;
  const noiseEdge = (1 + Math.sqrt(n / Math.max(1, effectiveBuckets))) ** 2;
  const commonShare = n > 1 ? Math.min(1, Math.max(0, firstEigenvalue - noiseEdge) / (n - 1)) : 0;
  const spread = Float64Array.from({ length: n }, (_, j) =>
    Math.sqrt(Math.max(0, moments.gram.data[j * (n + 1)]) / moments.buckets),
  );
  const needed: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const factor = vol[i] * Math.sqrt(commonShare);
      const link = Math.abs(K.data[i * n + j]) * spread[j];
      needed.push(factor > 0 ? Math.min(1, link / factor) : link > 0 ? 1 : 0);
    }
  return { robustness: needed.length > 0 ? median(needed) : 1, commonShare, firstEigenvalue, noiseEdge };
}

/** `Σ (e − K v̄)(e − K v̄)ᵀ`, N×N. */
function residualProducts({ moveProducts, cross, gram }: RegressionMoments, K: DenseMatrix): DenseMatrix {
  const explained = multiply(K, transpose(cross));
  const both = combine(explained, 1, transpose(explained), 1);
  return combine(combine(moveProducts, 1, both, -1), 1, multiply(multiply(K, gram), transpose(K)), 1);
}
