import { type DenseMatrix, diagonalOf, innerProduct, mapEntries, multiply, transpose } from '../../numerics/dense.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import { composeSpectrum, symmetricEigen } from '../../numerics/symmetricEigen.js';
import { normalisedProblem, type RegressionMoments, squaredErrors, unscale } from './impactProblem.js';
import type { ImpactEstimator } from './kernelWeights.js';

/** Estimators that every validation reports beside the fit (MODEL §7). Each gives N×N, bps per million. */
export const BASELINES = ['ols', 'kyle', 'eigenliquidity'] as const;
export type Baseline = (typeof BASELINES)[number];

/** Row by row, unconstrained and unpenalised: `K = Σ e v̄ᵀ (Σ v̄ v̄ᵀ)⁻¹`. */
const ols: ImpactEstimator = ({ cross, gram }) => multiply(cross, gramInverse(gram).inverse);

/** Classical errors `σ_i √(Σ v̄ v̄ᵀ)⁻¹_jj`, N×N, with σ_i² the residual variance of K's own fit; zero where a name has no moves or flow. */
export function olsErrors(K: DenseMatrix, moments: RegressionMoments): DenseMatrix {
  const { inverse, rank } = gramInverse(moments.gram);
  const spread = diagonalOf(inverse).map((value) => Math.sqrt(Math.max(0, value)));
  const residual = squaredErrors(moments, K).map((square, i) => {
    const degrees = moments.observed[i] - rank;
    // Flow is summed over all buckets; the name's own share of them is what its row was learnt from.
    return degrees > 0 ? Math.sqrt(((square / degrees) * moments.buckets) / moments.observed[i]) : 0;
  });
  return mapEntries(K, (_, i, j) => residual[i] * spread[j]);
}

/**
 * Kyle's multivariate model (Caballe and Krishnan 1994; del Molino et al. 2020): with Ω = L Lᵀ the covariance of flow and
 * Σ that of moves, `Λ = L^−ᵀ √(LᵀΣL) L⁻¹`, so that ΛΩΛ = Σ, times a scale fitted to the moves. Any root of Ω gives the
 * same Λ; the symmetric one copes with names that do not trade.
 */
const kyle: ImpactEstimator = (moments) => {
  const lambda = kyleLambda(moments.moveProducts, moments.gram);
  const scale = bestScale(moments, lambda);
  return mapEntries(lambda, (value) => value * scale);
};

/** `Ω^−½ √(Ω^½ Σ Ω^½) Ω^−½` for covariances (or sums of products over the same buckets) of moves and flow. */
export function kyleLambda(moves: DenseMatrix, flow: DenseMatrix): DenseMatrix {
  const root = spectralFunction(flow, Math.sqrt);
  const inverseRoot = spectralFunction(flow, (value) => 1 / Math.sqrt(value));
  const inner = spectralFunction(multiply(multiply(root, moves), root), Math.sqrt);
  return multiply(multiply(inverseRoot, inner), inverseRoot);
}

const NULL_SHARE = 1e-10;

/** f of the eigenvalues that are positive beyond rounding; zero on the others. */
function spectralFunction(matrix: DenseMatrix, f: (value: number) => number): DenseMatrix {
  const { values, vectors } = symmetricEigen(
    mapEntries(matrix, (v, i, j) => (v + matrix.data[j * matrix.cols + i]) / 2),
  );
  const cutoff = NULL_SHARE * Math.max(values[values.length - 1] ?? 0, 0);
  return composeSpectrum(
    vectors,
    values.map((value) => (value > cutoff ? f(value) : 0)),
  );
}

/** The factor that makes `s Λ` fit best, names weighted by inverse residual variance. */
function bestScale(moments: RegressionMoments, lambda: DenseMatrix): number {
  const weighted = mapEntries(lambda, (value, i) => (moments.moveSquare[i] > 0 ? value / moments.moveSquare[i] : 0));
  const explained = innerProduct(multiply(weighted, moments.gram), lambda);
  return explained > 0 ? Math.max(0, innerProduct(weighted, moments.cross) / explained) : 0;
}

/**
 * EigenLiquidity (Mastromatteo, Benzaquen, Eisler and Bouchaud 2017): impact is diagonal in the eigenmodes of the moves'
 * correlation, one liquidity per mode, fitted mode by mode and kept non-negative.
 */
const eigenliquidity: ImpactEstimator = (moments) => {
  const { problem, residualVolBps } = normalisedProblem(moments);
  const { buckets, names, moveProducts } = moments;
  const correlation = mapEntries(moveProducts, (value, i, j) => {
    const scale = residualVolBps[i] * residualVolBps[j] * buckets;
    return scale > 0 ? value / scale : i === j ? 1 : 0;
  });
  const { vectors } = symmetricEigen(mapEntries(correlation, (v, i, j) => (v + correlation.data[j * names + i]) / 2));
  const basis = transpose(vectors);
  const flow = multiply(multiply(basis, problem.gram), vectors);
  const response = multiply(multiply(basis, problem.cross), vectors);
  const liquidity = Float64Array.from({ length: names }, (_, k) => {
    const square = flow.data[k * (names + 1)];
    return square > 0 ? Math.max(0, response.data[k * (names + 1)] / square) : 0;
  });
  return unscale(composeSpectrum(vectors, liquidity), residualVolBps);
};

export const baselineEstimators: Readonly<Record<Baseline, ImpactEstimator>> = { ols, kyle, eigenliquidity };
