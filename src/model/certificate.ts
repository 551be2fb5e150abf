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

/** What the certificate speaks of. Matrices are N×N, bps per million; the kernel is `G(h) = K Σ_p a_p d_p^h`. */
export interface CertifiedModel {
  readonly K: DenseMatrix;
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
  const { values } = symmetricEigen(C);
  const extremes: Extremes = [values[0], values[values.length - 1]];
  const checks = [
    check('symmetric', asymmetry(C), 0, 'atMost'),
    check(
      'psd_min_eigenvalue',
      Math.min(...Array.from(model.weights, (a) => productMinimum([a, a], extremes))),
      0,
      'atLeast',
    ),
    check('diagonal_floor', smallest(D.map((k, i) => (model.floors[i] > 0 ? k / model.floors[i] : 1))), 1, 'atLeast'),
    check('cross_bound', largestOffDiagonal(C), model.rho, 'atMost'),
    check('kernel_min_weight', smallest(model.weights), 0, 'atLeast'),
    check('kernel_weight_sum', Math.abs(model.weights.reduce((sum, a) => sum + a, 0) - 1), 0, 'atMost'),
    ...kernelShape(model),
    check('spectrum_min_eigenvalue', spectrumMinimum(model, extremes), 0, 'atLeast'),
    check('round_trip_min_eigenvalue', roundTripMinimum(model, extremes), 0, 'atLeast'),
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

/** Smallest eigenvalue of a Kronecker product from the extremes of its factors. */
function productMinimum(a: Extremes, b: Extremes): number {
  return Math.min(a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]);
}

/** Smallest eigenvalue of `Σ_p K_p (1−d_p²)/(1−2 d_p cos ω + d_p²)` over a grid of ω in [0, π], on normalised K. */
function spectrumMinimum({ decay, weights }: CertifiedModel, extremes: Extremes): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < FREQUENCIES; k++) {
    const omega = (Math.PI * k) / (FREQUENCIES - 1);
    const density = weights.reduce((sum, a, p) => sum + a * basisSpectrum(decay[p], omega), 0);
    lowest = Math.min(lowest, productMinimum([density, density], extremes));
  }
  return lowest;
}

/**
 * Smallest eigenvalue of the cost of schedules that end flat, `Σ_t u_t'[½G(0)u_t + Σ_{s<t} G(t−s) u_s]`, over unit
 * schedules of 48 trades: one a bucket, and spread over twice the longest finite memory. A separable kernel factors into
 * the eigenvalues of its Toeplitz matrix and those of normalised K.
 */
function roundTripMinimum({ decay, weights }: CertifiedModel, extremes: Extremes): number {
  const finite = [...decay].filter((d) => d < 1);
  const longest = finite.length > 0 ? -1 / Math.log(Math.max(...finite)) : 1;
  const spacings = [1, Math.max(1, Math.round((2 * longest) / ROUND_TRIP_TRADES))];
  return Math.min(
    ...spacings.map((spacing) => {
      const { values } = symmetricEigen(
        flatScheduleCost(
          decay.map((d) => d ** spacing),
          weights,
        ),
      );
      return productMinimum([values[0], values[values.length - 1]], extremes);
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
