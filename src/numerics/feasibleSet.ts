import { combine, type DenseMatrix, frobeniusNorm, mapEntries, symmetricPart, zeros } from './dense.js';
import { hypot } from './elementary/elementary.js';
import {
  composeSpectrum,
  type EigenRows,
  eigenRows,
  symmetricEigen,
  symmetricEigenvalues,
  weightedSquares,
} from './symmetricEigen.js';

/**
 * What an impact matrix must be (MODEL §5), as the intersection of a cone, {symmetric, PSD, condition number ≤ cap},
 * and a box, {given diagonal d, |x_ij| ≤ bound √(d_i d_j), x_ij = 0 where `isZero`}. For several matrices, each is in
 * the cone and their sum in the box; a zero of the sum is a zero of each.
 */
export interface FeasibleSet {
  /** ρ in [0, 1]. */
  readonly bound: number;
  /** n×n, row-major, symmetric; 1 marks a link fixed to zero. */
  readonly isZero?: Uint8Array;
  /** n; ones where absent. */
  readonly diagonal?: Float64Array;
  /** Largest condition number, at least 1; for one matrix with unit diagonal only. */
  readonly conditionCap?: number;
}

/** What the last step leaves above zero, so that rounding in storage cannot make a matrix indefinite. */
const EIGENVALUE_MARGIN = 1e-12;

export const diagonalAt = ({ diagonal }: FeasibleSet, i: number): number => (diagonal ? diagonal[i] : 1);

/** Whether a link, by its place in row-major order, is fixed to zero. */
export const isZeroAt = ({ isZero }: FeasibleSet, k: number): boolean => isZero?.[k] === 1;

/** A bound of 1 says nothing that the cone does not say, and as a constraint of its own it would only be degenerate. */
const activeBound = ({ bound }: FeasibleSet): number => (bound >= 1 ? Number.POSITIVE_INFINITY : bound);

/** Nearest matrices whose sum is in the box: what the sum has too much or too little is shared equally. */
export function projectToBox(parts: readonly DenseMatrix[], set: FeasibleSet): DenseMatrix[] {
  const n = parts[0].rows;
  const { isZero } = set;
  if (parts.length === 1) return [oneInBox(parts[0], set)];
  const reach = activeBound(set);
  const roots = Float64Array.from({ length: n }, (_, i) => Math.sqrt(diagonalAt(set, i)));
  const out = parts.map(({ data }) => ({ rows: n, cols: n, data: data.slice() }));
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      if (i !== j && isZero?.[k]) {
        for (const part of out) part.data[k] = 0;
        continue;
      }
      let sum = 0;
      for (const part of parts) sum += part.data[k];
      const limit = limitOf(reach, roots[i] * roots[j]);
      const wanted = i === j ? diagonalAt(set, i) : Math.min(limit, Math.max(-limit, sum));
      if (wanted !== sum) for (const part of out) part.data[k] -= (sum - wanted) / out.length;
    }
  }
  return out;
}

/** A name without self impact has no links, whatever the bound. */
const limitOf = (reach: number, scale: number): number => (scale === 0 ? 0 : reach * scale);

/** The same for one matrix, which is done many times on the way to an answer. */
function oneInBox({ rows: n, data }: DenseMatrix, set: FeasibleSet): DenseMatrix {
  const out = data.slice();
  const roots = Float64Array.from({ length: n }, (_, i) => Math.sqrt(diagonalAt(set, i)));
  cutLinks(out, roots, activeBound(set));
  if (set.isZero) cutZeros(out, set.isZero);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = diagonalAt(set, i);
  return { rows: n, cols: n, data: out };
}

function cutLinks(out: Float64Array, roots: Float64Array, reach: number): void {
  const n = roots.length;
  if (reach === Number.POSITIVE_INFINITY && roots.every((root) => root > 0)) return;
  for (let i = 0; i < n; i++) {
    for (let j = 0, k = i * n; j < n; j++, k++) {
      const limit = limitOf(reach, roots[i] * roots[j]);
      if (out[k] > limit) out[k] = limit;
      else if (out[k] < -limit) out[k] = 0 - limit;
    }
  }
}

function cutZeros(out: Float64Array, isZero: Uint8Array): void {
  for (let k = 0; k < out.length; k++) if (isZero[k]) out[k] = 0;
}

/** Whether the sum is in the box and every part symmetric. */
export function isInBox(parts: readonly DenseMatrix[], set: FeasibleSet): boolean {
  const n = parts[0].rows;
  const reach = activeBound(set);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const k = i * n + j;
      let sum = 0;
      let size = 0;
      for (const { data } of parts) {
        if (data[k] !== data[j * n + i]) return false;
        if (i !== j && set.isZero?.[k] && data[k] !== 0) return false;
        sum += data[k];
        size += Math.abs(data[k]);
      }
      const scale = Math.sqrt(diagonalAt(set, i) * diagonalAt(set, j));
      const slack = 8 * Number.EPSILON * Math.max(size, scale);
      if (i === j ? Math.abs(sum - scale) > slack : Math.abs(sum) > limitOf(reach, scale) + slack) return false;
    }
  }
  return true;
}

/** Nearest matrix of the cone in the Frobenius norm; one that is in it comes back as it is. */
export function projectToCone(matrix: DenseMatrix, conditionCap?: number): DenseMatrix {
  if (conditionCap === undefined) return withoutNegative(matrix);
  const { values, vectors } = symmetricEigen(matrix);
  const nearest = withinRatio(values, conditionCap);
  return nearest.every((v, k) => v === values[k]) ? matrix : composeSpectrum(vectors, nearest);
}

/** From the eigenvectors of the positive or of the negative eigenvalues, whichever are fewer. */
function withoutNegative(matrix: DenseMatrix): DenseMatrix {
  return nearestInCone(matrix, eigenRows(matrix, smallerSide));
}

/** Where the eigenvectors begin and end that the projection of a matrix with these eigenvalues takes. */
function smallerSide(values: Float64Array): readonly [from: number, to: number] {
  const negatives = negativesOf(values);
  return 2 * negatives <= values.length ? [0, negatives] : [negatives, values.length];
}

function negativesOf(values: Float64Array): number {
  const negatives = values.findIndex((v) => v >= 0);
  return negatives < 0 ? values.length : negatives;
}

/** Nearest positive semidefinite matrix from a spectrum, of which the eigenvectors of the smaller side are enough. */
export function nearestInCone(matrix: DenseMatrix, spectrum: EigenRows): DenseMatrix {
  const { values, from, rows } = spectrum;
  const n = values.length;
  const [first, end] = smallerSide(values);
  if (first === 0 && end === 0) return matrix;
  const side = { rows: end - first, cols: n, data: rows.data.subarray((first - from) * n, (end - from) * n) };
  const part = weightedSquares(side, values.subarray(first, end));
  return first === 0 && 2 * end <= n ? symmetricPart(combine(matrix, 1, part, -1)) : part;
}

/** Smallest eigenvalue of all matrices, relative to the diagonal of the set. */
export function smallestRelativeEigenvalue(parts: readonly DenseMatrix[], set: FeasibleSet): number {
  return Math.min(...parts.map((part) => extremeEigenvalues(part, set)[0]));
}

function extremeEigenvalues(matrix: DenseMatrix, set: FeasibleSet): readonly [smallest: number, largest: number] {
  const values = symmetricEigenvalues(relativeToDiagonal(matrix, set));
  return [values[0] ?? 0, values.at(-1) ?? 0];
}

/** Rounding of a condition number is relative to the number. */
const CAP_SLACK = 1e-11;

export function isInCone(parts: readonly DenseMatrix[], set: FeasibleSet): boolean {
  const cap = set.conditionCap ?? Number.POSITIVE_INFINITY;
  return parts.every((part) => {
    const [low, high] = extremeEigenvalues(part, set);
    return low >= 0 && (cap === Number.POSITIVE_INFINITY || high <= cap * (1 + CAP_SLACK) * low);
  });
}

/**
 * Nearest point of {t ≤ λ_i ≤ cap·t for some t ≥ 0}. The distance is convex in t, with a derivative that is linear
 * between the breakpoints λ_i and λ_i / cap.
 */
export function withinRatio(values: Float64Array, cap: number): Float64Array {
  const slope = (t: number) =>
    values.reduce((sum, v) => sum + (v < t ? t - v : v > cap * t ? cap * (cap * t - v) : 0), 0);
  const points = [0, ...values.filter((v) => v > 0), ...values.filter((v) => v > 0).map((v) => v / cap)].sort(
    (a, b) => a - b,
  );
  if (slope(0) >= 0) return values.map(() => 0);
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (slope(points[middle]) < 0) low = middle;
    else high = middle;
  }
  const [a, b] = [slope(points[low]), slope(points[high])];
  const t = points[low] + ((points[high] - points[low]) * -a) / (b - a);
  return values.map((v) => Math.min(cap * t, Math.max(t, v)));
}

/** The matrix relative to the diagonal of the set: what eigenvalues are compared in. */
function relativeToDiagonal(matrix: DenseMatrix, { diagonal }: FeasibleSet): DenseMatrix {
  if (!diagonal) return matrix;
  return mapEntries(matrix, (value, i, j) => {
    const scale = Math.sqrt(diagonal[i] * diagonal[j]);
    return scale > 0 ? value / scale : i === j ? 1 : 0;
  });
}

/**
 * One convex step from points of the box towards multiples of its diagonal, just far enough for the cone: bounds, zeros
 * and the diagonal hold all the way, and eigenvalues relative to the diagonal rise linearly. Comes with the smallest.
 */
export function stepIntoCone(
  parts: readonly DenseMatrix[],
  set: FeasibleSet,
): { readonly parts: DenseMatrix[]; readonly smallest: number } {
  const shares = identityShares(parts);
  const extremes = parts.map((part) => extremeEigenvalues(part, set));
  const largest = extremes.reduce((top, [, high]) => Math.max(top, high), 1);
  const margin = Math.max(EIGENVALUE_MARGIN, 16 * Number.EPSILON * largest);
  const cap = set.conditionCap ?? Number.POSITIVE_INFINITY;
  const step = extremes.reduce((most, [low, high], p) => {
    const toCone = low >= margin ? 0 : (margin - low) / (shares[p] - low);
    const toCap = high <= cap * low ? 0 : (high - cap * low) / (high - cap * low + cap - 1);
    return Math.max(most, toCone, Number.isFinite(cap) ? toCap : 0);
  }, 0);
  const smallest = Math.min(...extremes.map(([low], p) => low + step * (shares[p] - low)));
  if (step === 0) return { parts: [...parts], smallest };
  return { parts: parts.map((part, p) => towardsDiagonal(part, set, step, shares[p], parts.length === 1)), smallest };
}

/** `(1 − step) part + step share D`; the diagonal as it should be, where there is one part only. */
function towardsDiagonal(
  part: DenseMatrix,
  set: FeasibleSet,
  step: number,
  share: number,
  isOnly: boolean,
): DenseMatrix {
  const { rows: n, data } = part;
  const out = zeros(n);
  for (let k = 0; k < data.length; k++) out.data[k] = (1 - step) * data[k];
  for (let i = 0; i < n; i++) {
    const wanted = share * diagonalAt(set, i);
    out.data[i * (n + 1)] = isOnly ? wanted : out.data[i * (n + 1)] + step * wanted;
  }
  return out;
}

function identityShares(parts: readonly DenseMatrix[]): number[] {
  if (parts.length === 1) return [1];
  const traces = parts.map((part) => {
    let trace = 0;
    for (let i = 0; i < part.rows; i++) trace += part.data[i * (part.rows + 1)];
    return Math.max(trace, 1e-6 * part.rows);
  });
  const whole = traces.reduce((sum, trace) => sum + trace, 0);
  return traces.map((trace) => trace / whole);
}

export const normOf = (parts: readonly DenseMatrix[]): number => hypot(...parts.map(frobeniusNorm));

export const difference = (a: readonly DenseMatrix[], b: readonly DenseMatrix[]): DenseMatrix[] =>
  a.map((part, p) => combine(part, 1, b[p], -1));

export const sumOf = (a: readonly DenseMatrix[], b: readonly DenseMatrix[]): DenseMatrix[] =>
  a.map((part, p) => combine(part, 1, b[p], 1));
