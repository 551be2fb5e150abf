import type { BucketGrid } from '../../model/grid.js';
import { type DenseMatrix, submatrix, zeros } from '../../numerics/dense.js';
import { fisherBound, studentBound } from '../../numerics/fisher.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { jackknifeStandardError, mean } from '../../numerics/statistics.js';
import type { Tested } from './diagnosis.js';

/** What is summed together: residuals of one stretch may depend on each other, those of two are taken not to. */
const STRETCH_NS = 600e9;

/** Fewer stretches than this have no spread to be judged by: Student's t at one in a hundred thousand exceeds seven. */
export const MIN_STRETCHES = 8;

/** Stretch of every bucket of a day, from `first` on; a session begins a new one. */
export function stretchOfBuckets(grid: BucketGrid, first = 0): { readonly of: Int32Array; readonly next: number } {
  const length = Math.max(1, Math.round(STRETCH_NS / grid.bucketNs));
  const of = new Int32Array(grid.buckets);
  let next = first;
  for (const { firstBucket, buckets } of grid.sessions) {
    for (let k = 0; k < buckets; k++) of[firstBucket + k] = next + Math.floor(k / length);
    next += Math.ceil(buckets / length);
  }
  return { of, next };
}

/** Normal equations of one stretch. */
interface StretchSums {
  readonly square: Float64Array;
  readonly cross: Float64Array;
  weight: number;
}

/** A weighted regression whose rows come one by one; its errors are those of stretches left out in turn. */
export interface StretchRegression {
  readonly width: number;
  readonly stretches: Map<number, StretchSums>;
}

export const stretchRegression = (width: number): StretchRegression => ({ width, stretches: new Map() });

export function addRow(
  { width, stretches }: StretchRegression,
  stretch: number,
  row: Float64Array,
  move: number,
  weight: number,
): void {
  let sums = stretches.get(stretch);
  if (!sums) {
    sums = { square: new Float64Array(width * width), cross: new Float64Array(width), weight: 0 };
    stretches.set(stretch, sums);
  }
  sums.weight++;
  for (let a = 0; a < width; a++) {
    const scaled = weight * row[a];
    if (scaled === 0) continue;
    sums.cross[a] += scaled * move;
    for (let b = 0; b < width; b++) sums.square[a * width + b] += scaled * row[b];
  }
}

/** Coefficients of all stretches together and without each in turn. */
export interface Coefficients {
  readonly whole: Float64Array;
  readonly without: readonly Float64Array[];
  /** Rows of all stretches over those of each. */
  readonly ratios: readonly number[];
}

/** On the columns named (all of them when none are). Directions that the data do not determine get no coefficient. */
export function coefficients(regression: StretchRegression, columns?: readonly number[]): Coefficients {
  const { width } = regression;
  const kept = columns ?? Array.from({ length: width }, (_, a) => a);
  const parts = [...regression.stretches.values()];
  const square = new Float64Array(width * width);
  const cross = new Float64Array(width);
  for (const part of parts) addSums(square, cross, part, 1);
  const rows = parts.reduce((sum, { weight }) => sum + weight, 0);
  const solve = (s: Float64Array, c: Float64Array) => solution(s, c, width, kept);
  const without = parts.map((part) => {
    const rest = { square: square.slice(), cross: cross.slice() };
    addSums(rest.square, rest.cross, part, -1);
    return solve(rest.square, rest.cross);
  });
  return { whole: solve(square, cross), without, ratios: parts.map(({ weight }) => rows / weight) };
}

function addSums(square: Float64Array, cross: Float64Array, part: StretchSums, sign: number): void {
  for (let k = 0; k < square.length; k++) square[k] += sign * part.square[k];
  for (let a = 0; a < cross.length; a++) cross[a] += sign * part.cross[a];
}

function solution(square: Float64Array, cross: Float64Array, width: number, kept: readonly number[]): Float64Array {
  const gram = submatrix({ rows: width, cols: width, data: square }, kept);
  const right: DenseMatrix = { rows: kept.length, cols: 1, data: Float64Array.from(kept, (a) => cross[a]) };
  return solveGram(gram, right, gramInverse(gram).inverse).data;
}

/** Estimate, and its error from what it is without each stretch in turn. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

export function estimateOf(
  { whole, without, ratios }: Coefficients,
  of: (coefficients: Float64Array) => number,
): Estimate {
  const value = of(whole);
  return { value, standardError: jackknifeStandardError(without.map(of), value, ratios) };
}

/** As {@link jointTest} where stretches are too few for it: the largest t of the coefficients, Bonferroni over them. */
export function singleTests(fit: Coefficients, tested: readonly number[], rate: number): Tested | undefined {
  const stretches = fit.without.length;
  if (stretches < MIN_STRETCHES) return undefined;
  const sizes = tested.map((a) => {
    const { value, standardError } = estimateOf(fit, (c) => c[a]);
    return standardError > 0 ? Math.abs(value) / standardError : 0;
  });
  return { value: Math.max(...sizes), bound: studentBound(rate / tested.length, stretches - 1) };
}

/**
 * Whether the coefficients named are zero together: Hotelling's T² with the delete-a-stretch jackknife covariance, as an F
 * statistic with as many degrees below as there are stretches beyond the coefficients; `undefined` where there are too few.
 */
export function jointTest(
  { whole, without }: Coefficients,
  tested: readonly number[],
  rate: number,
): Tested | undefined {
  const [stretches, count] = [without.length, tested.length];
  if (stretches < MIN_STRETCHES + count) return undefined;
  const centre = tested.map((a) => mean(without.map((replicate) => replicate[a])));
  const covariance = zeros(count);
  for (const replicate of without) {
    const apart = tested.map((a, k) => replicate[a] - centre[k]);
    for (let a = 0; a < count; a++)
      for (let b = 0; b < count; b++)
        covariance.data[a * count + b] += (apart[a] * apart[b] * (stretches - 1)) / stretches;
  }
  const { inverse, rank } = gramInverse(covariance);
  if (rank === 0) return undefined;
  let square = 0;
  tested.forEach((a, k) => {
    tested.forEach((b, m) => {
      square += whole[a] * inverse.data[k * count + m] * whole[b];
    });
  });
  const below = stretches - rank;
  return { value: (square * below) / (rank * (stretches - 1)), bound: fisherBound(rate, rank, below) };
}
