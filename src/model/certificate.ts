import { type DenseMatrix, diagonalOf, mapEntries, symmetricPart } from '../numerics/dense.js';
import { log, pow, squared } from '../numerics/elementary/elementary.js';
import { symmetricEigenvalues } from '../numerics/symmetricEigen.js';
import { skewNorm } from './asymmetry.js';
import { type Check, CONSTRAINT_TOLERANCE, check, smallest } from './check.js';
import { type ConcaveTerms, secantMatrix } from './concave.js';
import { concaveChecks, isShaped } from './concaveChecks.js';
import { findConcaveWitness } from './concaveWitness.js';
import { basisPhase, basisSpectrum, kernelCurve } from './kernel.js';
import { toNormalised } from './normalise.js';
import type { Propagator, Witness } from './roundTrip.js';
import { flatScheduleCost, ROUND_TRIP_TRADES, skewScheduleNorm } from './scheduleCost.js';
import type { MoveUnit } from './units.js';

/**
 * What the certificate speaks of. Matrices are N×N, bps per million; the kernel is `G(h) = K Σ_p a_p d_p^h`, or
 * `Σ_p K_p d_p^h` where there are parts; concave terms (MODEL §2a) come on top of it.
 */
export interface CertifiedModel {
  /** All that is linear: a name whose impact is concave alone has zeros. */
  readonly K: DenseMatrix;
  /** K_1 … K_P with sum K; absent for a scalar kernel. Weights are then their shares of self impact. */
  readonly parts?: readonly DenseMatrix[];
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly concave?: ConcaveTerms;
  /** Of flow before the decay. */
  readonly concavity: number;
  readonly floors: Float64Array;
  readonly rho: number;
  /** Largest condition number of normalised K, where one is asked for. */
  readonly conditionCap?: number;
  /** Of the moves that K speaks of; bps where absent. Only the money of a round trip depends on it. */
  readonly units?: MoveUnit;
}

export interface Certificate {
  /** `withheld`: every check passes, but a concave kernel always admits manipulation (MODEL §2). */
  readonly status: 'passed' | 'failed' | 'withheld';
  readonly checks: readonly Check[];
  /** Where it failed with linear flow: a round trip that is paid, when one is found. */
  readonly witness?: Witness;
}

const FREQUENCIES = 65;

/**
 * Recomputes every constraint of MODEL §5 from the numbers themselves. Any matrix may be asked about: one that fails comes
 * with the round trip that makes money of it. Floors, the bound on links and the condition number are asked of what typical
 * flow meets, secants of concave terms included; everything else of the linear matrices, and of the weights of concave terms.
 */
export function certify(model: CertifiedModel): Certificate {
  const whole = model.concave && isShaped(model.concave) ? secantMatrix(model.K, model.concave) : model.K;
  const diagonal = diagonalOf(whole);
  const D = scaleOf(diagonal);
  const C = toNormalised(model.K, D);
  const links = whole === model.K ? C : toNormalised(whole, D);
  const terms = kernelTerms(model, C, D);
  const extremes = terms.map((term) => weighted(term, 1));
  const checks = [
    ...(diagonal.every((k) => k > 0)
      ? []
      : [check('positive_diagonal', smallest(diagonal), Number.MIN_VALUE, 'atLeast', 0)]),
    check('symmetric', asymmetry(C), 0, 'atMost'),
    check('psd_min_eigenvalue', Math.min(...extremes), 0, 'atLeast'),
    ...(model.parts ? [check('parts_sum', sumGap(model.parts, model.K, D), 0, 'atMost')] : []),
    check(
      'diagonal_floor',
      smallest(diagonal.map((k, i) => (model.floors[i] > 0 ? k / model.floors[i] : 1))),
      1,
      'atLeast',
    ),
    check('cross_bound', largestOffDiagonal(links), model.rho, 'atMost'),
    ...(model.conditionCap === undefined ? [] : [conditionCheck(links, model.conditionCap)]),
    check('kernel_min_weight', smallest(model.weights), 0, 'atLeast'),
    check('kernel_weight_sum', Math.abs(model.weights.reduce((sum, a) => sum + a, 0) - 1), 0, 'atMost'),
    ...(model.parts ? partsShape(terms) : kernelShape(model)),
    check('spectrum_min_eigenvalue', spectrumMinimum(terms), 0, 'atLeast'),
    check('round_trip_min_eigenvalue', roundTripMinimum(model, terms), 0, 'atLeast'),
    ...(model.concave ? concaveChecks(model.concave) : []),
  ];
  if (checks.every((c) => c.passed)) return { status: model.concavity < 1 ? 'withheld' : 'passed', checks };
  // What a schedule costs is only linear in the kernel when flow is; concavity after the decay has potentials instead.
  const manipulable = model.concavity === 1 && checks.some(({ name, passed }) => !passed && !OWN_LIMITS.has(name));
  const witness = manipulable ? findConcaveWitness(propagatorOf(model), spacingsOf(model.decay)) : undefined;
  return { status: 'failed', checks, ...(witness ? { witness } : {}) };
}

/**
 * What is asked for beyond the absence of paid round trips: limits of the desk's own, and those of the function of MODEL §2a
 * (a convex one would have convex potentials too, and without a scale there is none).
 */
const OWN_LIMITS: ReadonlySet<string> = new Set([
  'diagonal_floor',
  'cross_bound',
  'condition_number',
  'concave_min_power',
  'concave_max_power',
  'concave_min_scale',
]);

export function propagatorOf({ K, parts, decay, weights, concave, units }: CertifiedModel): Propagator {
  const rest = { ...(concave ? { concave } : {}), ...(units ? { units } : {}) };
  return parts
    ? { matrices: parts, decay, weights: new Float64Array(parts.length).fill(1), ...rest }
    : { matrices: [K], decay, weights, ...rest };
}

/** Scale of every name: its self impact, or where that is not positive its size, or the typical one. */
function scaleOf(diagonal: Float64Array): Float64Array {
  const sizes = diagonal.map(Math.abs);
  const typical = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length) || 1;
  return sizes.map((size) => (size > 0 ? size : typical));
}

/** A relative tolerance: the number may be large. */
function conditionCheck(C: DenseMatrix, cap: number): Check {
  const values = symmetricEigenvalues(symmetricPart(C));
  const [low, high] = [values[0], values[values.length - 1]];
  const value = low > 0 ? Math.min(high / low, Number.MAX_VALUE) : Number.MAX_VALUE;
  return check('condition_number', value, cap, 'atMost', CONSTRAINT_TOLERANCE * cap);
}

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
  /** Of the symmetric part. */
  readonly extremes: Extremes;
  /** Spectral norm of the antisymmetric part; zero in everything that is published. */
  readonly skew: number;
}

/** A scalar kernel has one matrix for all its terms; their eigenvalues then combine exactly, otherwise as a lower bound. */
function kernelTerms({ decay, weights, parts }: CertifiedModel, C: DenseMatrix, D: Float64Array): KernelTerm[] {
  if (parts) return parts.map((part, p) => ({ decay: decay[p], weight: 1, ...eigenvalueRange(toNormalised(part, D)) }));
  const range = eigenvalueRange(C);
  return Array.from(decay, (d, p) => ({ decay: d, weight: weights[p], ...range }));
}

function eigenvalueRange(matrix: DenseMatrix): Pick<KernelTerm, 'extremes' | 'skew'> {
  const values = symmetricEigenvalues(symmetricPart(matrix));
  const extremes: Extremes = [values[0], values[values.length - 1]];
  return { extremes, skew: asymmetry(matrix) > 0 ? skewNorm(matrix) : 0 };
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
      lowest((d, k) => pow(d, k)),
      0,
      'atLeast',
    ),
    check('kernel_max_slope', -lowest((d, k) => (1 - d) * pow(d, k)), 0, 'atMost'),
    check(
      'kernel_min_curvature',
      lowest((d, k) => squared(1 - d) * pow(d, k)),
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
 * Smallest eigenvalue of `Σ_p K_p (1−d_p²)/(1−2 d_p cos ω + d_p²)` over a grid of ω in [0, π], on normalised K. For parts, and
 * for matrices that are not symmetric, a lower bound of it.
 */
function spectrumMinimum(terms: readonly KernelTerm[]): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < FREQUENCIES; k++) {
    const omega = (Math.PI * k) / (FREQUENCIES - 1);
    const density = terms.reduce(
      (sum, term) =>
        sum +
        weighted(term, basisSpectrum(term.decay, omega)) -
        2 * term.skew * Math.abs(term.weight * basisPhase(term.decay, omega)),
      0,
    );
    lowest = Math.min(lowest, density);
  }
  return lowest;
}

/**
 * Smallest eigenvalue of the cost of schedules that end flat, `Σ_t u_t'[½G(0)u_t + Σ_{s<t} G(t−s) u_s]`, over unit
 * schedules of 48 trades: one a bucket, and spread over twice the longest finite memory. A separable kernel factors into
 * the eigenvalues of its Toeplitz matrix and those of normalised K. For parts, and for matrices that are not symmetric, a
 * lower bound.
 */
function roundTripMinimum({ decay, weights, parts }: CertifiedModel, terms: readonly KernelTerm[]): number {
  const lowest = (curveDecay: Float64Array, curveWeights: Float64Array, { extremes, skew }: KernelTerm) => {
    const values = symmetricEigenvalues(flatScheduleCost(curveDecay, curveWeights));
    const symmetric = productMinimum([values[0], values[values.length - 1]], extremes);
    return skew === 0 ? symmetric : symmetric - skew * skewScheduleNorm(curveDecay, curveWeights);
  };
  return Math.min(
    ...spacingsOf(decay).map((spacing) => {
      const spaced = decay.map((d) => pow(d, spacing));
      if (!parts) return lowest(spaced, weights, terms[0]);
      return terms.reduce((sum, term, p) => sum + lowest(spaced.subarray(p, p + 1), Float64Array.of(1), term), 0);
    }),
  );
}

/** Buckets between the trades of the round trips that are looked at: one, and enough to span twice the longest finite memory. */
function spacingsOf(decay: Float64Array): number[] {
  const finite = [...decay].filter((d) => d < 1);
  const longest = finite.length > 0 ? -1 / log(Math.max(...finite)) : 1;
  return [...new Set([1, Math.max(1, Math.round((2 * longest) / ROUND_TRIP_TRADES))])];
}
