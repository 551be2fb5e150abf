import { toNormalised } from '../../model/normalise.js';
import { combine, type DenseMatrix, diagonalOf, mapEntries, multiply, transpose } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { median } from '../../numerics/statistics.js';
import { symmetricEigen } from '../../numerics/symmetricEigen.js';
import type { RegressionMoments } from '../fit/impactProblem.js';
import { type BeyondMode, linksBeyondMode } from './commonMode.js';

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
  readonly beyondMode: BeyondMode;
  readonly factorsGiven: boolean;
  /**
   * What a factor that makes the links adds to self impact, as a share of it, in the name where it is most: the factor cannot
   * tell own flow from that of others, so that normalised links `s_i s_j` come with `s_i²` of self impact.
   */
  readonly selfShare: number;
  /** Whether the links are told apart from an unrecorded factor. */
  readonly isIdentified: boolean;
}

/** The correlation with flow below which an unrecorded factor is taken to be at work in any market. */
export const ROBUSTNESS_BOUND = 0.3;
/** Common share of residual moves that is small even where no factor was given. */
const SMALL_SHARE = 0.02;
/** Links survive beyond one common mode where chance does not leave as much, and it is not a trifle of them. */
const SURVIVAL = { pValue: 0.01, share: 0.2 } as const;

interface IdentificationInput {
  readonly moments: RegressionMoments;
  /** N×N, bps per million: the published links that are in question. */
  readonly K: DenseMatrix;
  /** The estimate without penalty and its standard errors. */
  readonly rawK: DenseMatrix;
  readonly standardErrors: DenseMatrix;
  readonly factorsGiven: boolean;
}

/**
 * Two ways to tell links from a factor: they survive beyond one common mode; or factors are given (or none is needed) and the
 * residual moves have so little in common that flow would have to follow the rest implausibly closely. With ρ the common
 * share, σ_i the residual volatility and sd_j that of filtered flow, a factor that flow follows with correlation ℓ adds
 * `√ρ σ_i ℓ / sd_j` to K_ij; ℓ is solved for.
 */
export function identificationOf({
  moments,
  K,
  rawK,
  standardErrors,
  factorsGiven,
}: IdentificationInput): Identification {
  const n = K.rows;
  const residual = residualProducts(moments, K);
  const vol = rootMeanSquares(residual, moments.buckets);
  const { values, vectors } = symmetricEigen(correlationOf(residual, vol, moments.buckets));
  const firstEigenvalue = values[n - 1];
  const noiseEdge = squared(1 + Math.sqrt(n / Math.max(1, moments.buckets)));
  const commonShare = n > 1 ? Math.min(1, Math.max(0, firstEigenvalue - noiseEdge) / (n - 1)) : 0;
  const robustness = loadingNeeded(K, vol, rootMeanSquares(moments.gram, moments.buckets), commonShare);
  const mode = vol.map((sigma, i) => sigma * vectors.data[i * n + n - 1]);
  const beyondMode = linksBeyondMode(mode, rawK, standardErrors);
  const survives = beyondMode.pValue < SURVIVAL.pValue && beyondMode.share >= SURVIVAL.share;
  const isRobust = robustness >= ROBUSTNESS_BOUND && (factorsGiven || commonShare <= SMALL_SHARE);
  return {
    robustness,
    selfShare: largestSelfShare(toNormalised(K, diagonalOf(K))),
    commonShare,
    firstEigenvalue,
    noiseEdge,
    beyondMode,
    factorsGiven,
    isIdentified: survives || isRobust,
  };
}

const rootMeanSquares = ({ rows, data }: DenseMatrix, buckets: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => Math.sqrt(Math.max(0, data[i * (rows + 1)]) / buckets));

function correlationOf(products: DenseMatrix, vol: Float64Array, buckets: number): DenseMatrix {
  return mapEntries(products, (value, i, j) => {
    if (i === j) return 1;
    const scale = vol[i] * vol[j] * buckets;
    return scale > 0 ? value / scale : 0;
  });
}

/** Median over the links. */
function loadingNeeded(K: DenseMatrix, vol: Float64Array, spread: Float64Array, commonShare: number): number {
  const n = K.rows;
  const needed: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const factor = vol[i] * Math.sqrt(commonShare);
      const link = Math.abs(K.data[i * n + j]) * spread[j];
      needed.push(factor > 0 ? Math.min(1, link / factor) : 1);
    }
  return needed.length > 0 ? median(needed) : 1;
}

const SWEEPS = 50;

/** Largest `s_i²` of the one factor that explains the sizes of normalised links best, `|C_ij| ≈ s_i s_j` off the diagonal. */
function largestSelfShare({ rows: n, data }: DenseMatrix): number {
  if (n < 2) return 0;
  const sizes = data.map((value) => Math.abs(value || 0));
  for (let i = 0; i < n; i++) sizes[i * (n + 1)] = 0;
  const s = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += sizes[i * n + j];
    s[i] = Math.sqrt(sum / (n - 1));
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let i = 0; i < n; i++) {
      let [square, cross] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (j !== i) square += s[j] * s[j];
        cross += sizes[i * n + j] * s[j];
      }
      if (square > 0) s[i] = cross / square;
    }
  return squared(Math.max(...s));
}

/** `Σ (e − K v̄)(e − K v̄)ᵀ`, N×N. */
function residualProducts({ moveProducts, cross, gram }: RegressionMoments, K: DenseMatrix): DenseMatrix {
  const explained = multiply(K, transpose(cross));
  const both = combine(explained, 1, transpose(explained), 1);
  return combine(combine(moveProducts, 1, both, -1), 1, multiply(multiply(K, gram), transpose(K)), 1);
}
