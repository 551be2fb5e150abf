import {
  type DenseMatrix,
  diagonalOf,
  fromRows,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
  zeros,
} from '../numerics/dense.js';
import { symmetricEigen } from '../numerics/symmetricEigen.js';
import { basisSpectrum, kernelCurve } from './kernel.js';
import { toNormalised } from './normalise.js';

/**
 * What the certificate speaks of. Matrices are N×N, bps per million; the kernel is `G(h) = K Σ_p a_p d_p^h`, or
 * `Σ_p K_p d_p^h` where there are parts.
 */
export interface CertifiedModel {
  readonly K: DenseMatrix;
  /** K_1 … K_P with sum K; absent for a scalar kernel. Weights are then their shares of self impact. */
  readonly parts?: readonly DenseMatrix[];
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concavity: number;
  readonly floors: Float64Array;
  readonly rho: number;
}

export interface Check {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  /** Whether the value must not fall below the bound or must not exceed it. */
  readonly sense: 'atLeast' | 'atMost';
  readonly passed: boolean;
}

export interface Certificate {
  /** `withheld`: every check passes, but a concave kernel always admits manipulation (MODEL §2). */
  readonly status: 'passed' | 'failed' | 'withheld';
  readonly checks: readonly Check[];
}

/** Constraints hold to this, relative to the scale of what is compared. */
export const CONSTRAINT_TOLERANCE = 1e-10;
const FREQUENCIES = 65;
const ROUND_TRIP_TRADES = 48;

/** Recomputes every constraint of MODEL §5 from the numbers themselves. */
export function certify(model: CertifiedModel): Certificate {
  const D = diagonalOf(model.K);
  if (D.some((k) => !(k > 0)))
    return { status: 'failed', checks: [check('positive_diagonal', Math.min(...D), Number.MIN_VALUE, 'atLeast', 0)] };
  const C = toNormalised(model.K, D);
  const terms = kernelTerms(model, C, D);
  const checks = [
    check('symmetric', asymmetry(C), 0, 'atMost'),
    check('psd_min_eigenvalue', Math.min(...terms.map((term) => weighted(term, 1))), 0, 'atLeast'),
    ...(model.parts ? [check('parts_sum', sumGap(model.parts, model.K, D), 0, 'atMost')] : []),
    check('diagonal_floor', smallest(D.map((k, i) => (model.floors[i] > 0 ? k / model.floors[i] : 1))), 1, 'atLeast'),
    check('cross_bound', largestOffDiagonal(C), model.rho, 'atMost'),
    check('kernel_min_weight', smallest(model.weights), 0, 'atLeast'),
    check('kernel_weight_sum', Math.abs(model.weights.reduce((sum, a) => sum + a, 0) - 1), 0, 'atMost'),
    ...(model.parts ? partsShape(terms) : kernelShape(model)),
    check('spectrum_min_eigenvalue', spectrumMinimum(terms), 0, 'atLeast'),
    check('round_trip_min_eigenvalue', roundTripMinimum(model, terms), 0, 'atLeast'),
  ];
  const passed = checks.every((c) => c.passed);
  if (!passed) return { status: 'failed', checks };
  return { status: model.concavity < 1 ? 'withheld' : 'passed', checks };
}

function check(
  name: string,
  value: number,
  bound: number,
  sense: Check['sense'],
  tolerance = CONSTRAINT_TOLERANCE,
): Check {
  const passed = sense === 'atLeast' ? value >= bound - tolerance : value <= bound + tolerance;
  return { name, value, bound, sense, passed };
}

const smallest = (values: Float64Array): number =>
  values.reduce((min, v) => Math.min(min, v), Number.POSITIVE_INFINITY);

function asymmetry(C: DenseMatrix): number {
  let largest = 0;
  for (let i = 0; i < C.rows; i++)
    for (let j = 0; j < i; j++) largest = Math.max(largest, Math.abs(C.data[i * C.cols + j] - C.data[j * C.cols + i]));
  return largest;
}

function largestOffDiagonal(C: DenseMatrix): number {
  let largest = 0;
  for (let i = 0; i < C.rows; i++)
    for (let j = 0; j < C.cols; j++) if (i !== j) largest = Math.max(largest, Math.abs(C.data[i * C.cols + j]));
  return largest;
}

/** Non-negative, non-increasing and convex on the first buckets; convexity is what excludes round trips. */
function kernelShape({ decay, weights }: CertifiedModel): Check[] {
  const curve = kernelCurve(decay, weights, ROUND_TRIP_TRADES + 2);
  let level = Number.POSITIVE_INFINITY;
  let slope = Number.NEGATIVE_INFINITY;
  let curvature = Number.POSITIVE_INFINITY;
  for (let k = 0; k + 2 < curve.length; k++) {
    level = Math.min(level, curve[k]);
    slope = Math.max(slope, curve[k + 1] - curve[k]);
    curvature = Math.min(curvature, curve[k] - 2 * curve[k + 1] + curve[k + 2]);
  }
  return [
    check('kernel_min_level', level, 0, 'atLeast'),
    check('kernel_max_slope', slope, 0, 'atMost'),
    check('kernel_min_curvature', curvature, 0, 'atLeast'),
  ];
}

/** Smallest and largest eigenvalue. */
type Extremes = readonly [smallest: number, largest: number];

/** `weight · d^h` times a matrix of which the extreme eigenvalues are known, in normalised units. */
interface KernelTerm {
  readonly decay: number;
  readonly weight: number;
  readonly extremes: Extremes;
}

/** A scalar kernel has one matrix for all its terms; their eigenvalues then combine exactly, otherwise as a lower bound. */
function kernelTerms({ decay, weights, parts }: CertifiedModel, C: DenseMatrix, D: Float64Array): KernelTerm[] {
  const extremesOf = (matrix: DenseMatrix): Extremes => {
    const { values } = symmetricEigen(matrix);
    return [values[0], values[values.length - 1]];
  };
  if (parts)
    return parts.map((part, p) => ({ decay: decay[p], weight: 1, extremes: extremesOf(toNormalised(part, D)) }));
  const extremes = extremesOf(C);
  return Array.from(decay, (d, p) => ({ decay: d, weight: weights[p], extremes }));
}

const weighted = ({ weight, extremes }: KernelTerm, factor: number): number =>
  productMinimum([weight * factor, weight * factor], extremes);

/** Largest gap between K and the sum of its parts, relative to √(K_ii K_jj). */
function sumGap(parts: readonly DenseMatrix[], K: DenseMatrix, D: Float64Array): number {
  const gap = mapEntries(K, (value, i, j) => {
    const sum = parts.reduce((total, part) => total + part.data[i * K.cols + j], 0);
    return Math.abs(sum - value) / Math.sqrt(D[i] * D[j]);
  });
  return gap.data.reduce((largest, value) => Math.max(largest, value), 0);
}

/** The same shape for matrices: lower bounds of the smallest eigenvalues of G, −ΔG and Δ²G over the first buckets. */
function partsShape(terms: readonly KernelTerm[]): Check[] {
  const lowest = (coefficient: (decay: number, k: number) => number) => {
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < ROUND_TRIP_TRADES; k++)
      least = Math.min(
        least,
        terms.reduce((sum, term) => sum + weighted(term, coefficient(term.decay, k)), 0),
      );
    return least;
  };
  return [
    check(
      'kernel_min_level',
      lowest((d, k) => d ** k),
      0,
      'atLeast',
    ),
    check('kernel_max_slope', -lowest((d, k) => (1 - d) * d ** k), 0, 'atMost'),
    check(
      'kernel_min_curvature',
      lowest((d, k) => (1 - d) ** 2 * d ** k),
      0,
      'atLeast',
    ),
  ];
}

/** Smallest eigenvalue of a Kronecker product from the extremes of its factors. */
function productMinimum(a: Extremes, b: Extremes): number {
  return Math.min(a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]);
}

/**
 * Smallest eigenvalue of `Σ_p K_p (1−d_p²)/(1−2 d_p cos ω + d_p²)` over a grid of ω in [0, π], on normalised K; for parts the
 * sum of the smallest eigenvalues, which it cannot fall below.
 */
function spectrumMinimum(terms: readonly KernelTerm[]): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < FREQUENCIES; k++) {
    const omega = (Math.PI * k) / (FREQUENCIES - 1);
    const density = terms.reduce((sum, term) => sum + weighted(term, basisSpectrum(term.decay, omega)), 0);
    lowest = Math.min(lowest, density);
  }
  return lowest;
}

/**
 * Smallest eigenvalue of the cost of schedules that end flat, `Σ_t u_t'[½G(0)u_t + Σ_{s<t} G(t−s) u_s]`, over unit
 * schedules of 48 trades: one a bucket, and spread over twice the longest finite memory. A separable kernel factors into
 * the eigenvalues of its Toeplitz matrix and those of normalised K; for parts the sum over them is a lower bound.
 */
function roundTripMinimum({ decay, weights, parts }: CertifiedModel, terms: readonly KernelTerm[]): number {
  const finite = [...decay].filter((d) => d < 1);
  const longest = finite.length > 0 ? -1 / Math.log(Math.max(...finite)) : 1;
  const spacings = [1, Math.max(1, Math.round((2 * longest) / ROUND_TRIP_TRADES))];
  const lowest = (curveDecay: Float64Array, curveWeights: Float64Array, extremes: Extremes) => {
    const { values } = symmetricEigen(flatScheduleCost(curveDecay, curveWeights));
    return productMinimum([values[0], values[values.length - 1]], extremes);
  };
  return Math.min(
    ...spacings.map((spacing) => {
      const spaced = decay.map((d) => d ** spacing);
      if (!parts) return lowest(spaced, weights, terms[0].extremes);
      return terms.reduce(
        (sum, { extremes }, p) => sum + lowest(spaced.subarray(p, p + 1), Float64Array.of(1), extremes),
        0,
      );
    }),
  );
}

/** `Bᵀ T B` with `T_st = ½ g(|s−t|)` and B an orthonormal basis (Helmert) of the schedules that sum to zero. */
export function flatScheduleCost(decay: Float64Array, weights: Float64Array, trades = ROUND_TRIP_TRADES): DenseMatrix {
  const g = kernelCurve(decay, weights, trades);
  const basis = fromRows(
    Array.from({ length: trades - 1 }, (_, k) => {
      const norm = Math.sqrt((k + 1) * (k + 2));
      return Array.from({ length: trades }, (_unused, t) => (t <= k ? 1 / norm : t === k + 1 ? -(k + 1) / norm : 0));
    }),
  );
  const toeplitz = mapEntries(zeros(trades), (_, s, t) => 0.5 * g[Math.abs(s - t)]);
  return symmetricPart(multiply(multiply(basis, toeplitz), transpose(basis)));
}
