import { combine, type DenseMatrix, dot, isSymmetric, multiply, transpose, zeros } from '../numerics/dense.js';
import type { BucketKernel } from './coarserBuckets.js';
import { concaveCost, concaveGradient } from './potentials.js';
import type { Propagator } from './roundTrip.js';

/** What trading costs beside impact. */
export interface Frictions {
  /** N, bps: paid on every million, bought or sold. */
  readonly halfSpreadBps: Float64Array;
}

/**
 * Gradient of the cost of a schedule, `Σ_t u_tᵀ[½G(0)u_t + Σ_{s<t} G(t−s)u_s] + Σ_t Σ_i h_i|u_ti|` (MODEL §7), T×N, in bps:
 * what the next million of a name costs in a bucket, its effect on every other trade of the schedule included. One state
 * per term is carried forwards over what was traded before and one backwards over what is traded after, so that it takes
 * O(T(N² + NP)) operations, or O(TPN²) where every term has a matrix of its own. Matrices need not be symmetric. Concave terms
 * add the gradient of their potentials (MODEL §2a) in O(TQ) per own term and mode.
 *
 * At u_ti = 0 the half spread has no derivative: its mean of both sides, 0, is taken, and buying or selling costs the half
 * spread more.
 *
 * @param schedule T×N, signed millions, one row a bucket
 * @throws RangeError when the schedule is not of the propagator's names
 */
export function marginalCost(
  { matrices, decay, weights, concave }: Propagator,
  schedule: DenseMatrix,
  frictions?: Frictions,
): DenseMatrix {
  const names = matrices[0].rows;
  if (schedule.cols !== names)
    throw new RangeError(
      `the schedule has ${schedule.cols} columns, the matrix ${names} names: give one column a name`,
    );
  const linear = gradientBy(matrices, decay.length, spreadGradient(schedule, frictions), (terms, side) =>
    pressure(schedule, terms, decay, weights, side),
  );
  return concave ? combine(linear, 1, concaveGradient(concave, schedule), 1) : linear;
}

/** The same of a kernel of coarser buckets, T×N. */
export function bucketGradient(kernel: BucketKernel, schedule: DenseMatrix): DenseMatrix {
  const none = zeros(schedule.rows, schedule.cols);
  return gradientBy(kernel.matrices, kernel.decay.length, none, (terms, side) =>
    bucketPressure(schedule, terms, kernel, side),
  );
}

/** What a schedule costs by such a kernel, bps × millions: half of flow times gradient. */
export function bucketCost(kernel: BucketKernel, schedule: DenseMatrix): number {
  return 0.5 * dot(schedule.data, bucketGradient(kernel, schedule).data);
}

type Side = 'earlier' | 'later';

/** `start` and, for every matrix, its products with what its terms weigh before and after each bucket. */
function gradientBy(
  matrices: readonly DenseMatrix[],
  count: number,
  start: DenseMatrix,
  pressureOf: (terms: readonly number[], side: Side) => DenseMatrix,
): DenseMatrix {
  let gradient = start;
  termsByMatrix(matrices, count).forEach((terms, matrix) => {
    const products = productsOf(matrix, pressureOf(terms, 'earlier'), pressureOf(terms, 'later'));
    gradient = combine(gradient, 1, products, 1);
  });
  return gradient;
}

/** `earlier · Mᵀ + later · M`, one product where M is symmetric. */
const productsOf = (matrix: DenseMatrix, earlier: DenseMatrix, later: DenseMatrix): DenseMatrix =>
  isKnownSymmetric(matrix)
    ? multiply(combine(earlier, 1, later, 1), matrix)
    : combine(multiply(earlier, transpose(matrix)), 1, multiply(later, matrix), 1);

/** Matrices are never written to once they are made, and a solver asks for the same ones again and again. */
const known = new WeakMap<DenseMatrix, boolean>();

function isKnownSymmetric(matrix: DenseMatrix): boolean {
  const answer = known.get(matrix) ?? isSymmetric(matrix);
  known.set(matrix, answer);
  return answer;
}

/** Terms that share a matrix share its products. */
function termsByMatrix(matrices: readonly DenseMatrix[], terms: number): Map<DenseMatrix, number[]> {
  const groups = new Map<DenseMatrix, number[]>();
  for (let p = 0; p < terms; p++) {
    const matrix = matrices[Math.min(p, matrices.length - 1)];
    const group = groups.get(matrix);
    if (group) group.push(p);
    else groups.set(matrix, [p]);
  }
  return groups;
}

/** `Σ_p a_p [½u_t + Σ d_p^{|t−s|} u_s]` over the trades s on one side of t, T×N. */
function pressure(
  { rows, cols, data }: DenseMatrix,
  terms: readonly number[],
  decay: Float64Array,
  weights: Float64Array,
  side: Side,
): DenseMatrix {
  const out = zeros(rows, cols);
  for (const p of terms) {
    const state = new Float64Array(cols);
    for (let step = 0; step < rows; step++) {
      const row = (side === 'earlier' ? step : rows - 1 - step) * cols;
      for (let i = 0; i < cols; i++) {
        const flow = data[row + i];
        out.data[row + i] += weights[p] * (0.5 * flow + state[i]);
        state[i] = decay[p] * (state[i] + flow);
      }
    }
  }
  return out;
}

/** `Σ_p [½ now_p u_t + next_p Σ d_p^{|t−s|−1} u_s]` over the trades s on one side of t, T×N. */
function bucketPressure(
  { rows, cols, data }: DenseMatrix,
  terms: readonly number[],
  { now, next, decay }: BucketKernel,
  side: Side,
): DenseMatrix {
  const out = zeros(rows, cols);
  for (const p of terms) {
    const [own, carried, left] = [0.5 * now[p], next[p], decay[p]];
    const state = new Float64Array(cols);
    for (let step = 0; step < rows; step++) {
      const row = (side === 'earlier' ? step : rows - 1 - step) * cols;
      for (let i = 0; i < cols; i++) {
        const flow = data[row + i];
        out.data[row + i] += own * flow + carried * state[i];
        state[i] = left * state[i] + flow;
      }
    }
  }
  return out;
}

function spreadGradient({ rows, cols, data }: DenseMatrix, frictions: Frictions | undefined): DenseMatrix {
  if (!frictions) return zeros(rows, cols);
  const { halfSpreadBps } = frictions;
  if (halfSpreadBps.length !== cols)
    throw new RangeError(`${halfSpreadBps.length} half spreads for ${cols} names: give one a name`);
  return { rows, cols, data: data.map((flow, k) => halfSpreadBps[k % cols] * Math.sign(flow)) };
}

/**
 * What the schedule costs, bps × millions, by the same recursion: half of flow times gradient of what is linear, potentials,
 * and the rest of the spread.
 */
export function costOfSchedule(
  { concave, ...linear }: Propagator,
  schedule: DenseMatrix,
  frictions?: Frictions,
): number {
  const { data } = marginalCost(linear, schedule);
  const { cols } = schedule;
  let cost = concave ? concaveCost(concave, schedule) : 0;
  schedule.data.forEach((flow, k) => {
    cost += 0.5 * flow * data[k] + (frictions ? frictions.halfSpreadBps[k % cols] * Math.abs(flow) : 0);
  });
  return cost;
}
