import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { quadraticProgram, type Row } from '../support/quadraticProgram.js';
import { literalObjective } from './aRandomProblem.js';

const unit = (size: number, entries: readonly (readonly [number, number])[]): number[] => {
  const out = new Array<number>(size).fill(0);
  for (const [k, value] of entries) out[k] = value;
  return out;
};

/** A cost of T×N numbers by its values alone: to rounding for a quadratic, about a point for any other. */
export function quadraticModel(f: (x: Float64Array) => number, at: Float64Array, step: number) {
  const size = at.length;
  const moved = (...entries: readonly (readonly [number, number])[]) => {
    const x = at.slice();
    for (const [k, sign] of entries) x[k] += sign * step;
    return f(x);
  };
  const middle = f(at);
  const [up, down] = [1, -1].map((sign) => Float64Array.from({ length: size }, (_, k) => moved([k, sign])));
  const H = zeros(size);
  for (let k = 0; k < size; k++) {
    H.data[k * size + k] = (up[k] + down[k] - 2 * middle) / step ** 2;
    for (let j = 0; j < k; j++) {
      const value = (moved([k, 1], [j, 1]) - up[k] - up[j] + middle) / step ** 2;
      H.data[k * size + j] = value;
      H.data[j * size + k] = value;
    }
  }
  return { H, gradient: up.map((value, k) => (value - down[k]) / (2 * step)) };
}

/** Totals, bounds, and how fast the rate may change, as rows over `size` variables of which the first are the schedule. */
export function rowsOf(problem: ScheduleProblem, size: number): { equal: Row[]; atLeast: Row[] } {
  const { rows, cols, data: lower } = problem.lower;
  const upper = problem.upper.data;
  const equal: Row[] = Array.from(problem.quantity, (bound, i) => ({
    coefficients: unit(
      size,
      Array.from({ length: rows }, (_, t) => [t * cols + i, 1] as const).filter(([k]) => upper[k] > lower[k]),
    ),
    bound,
  })).filter(({ coefficients }) => coefficients.some((c) => c !== 0));
  const atLeast: Row[] = [];
  for (let k = 0; k < rows * cols; k++) {
    if (upper[k] === lower[k]) equal.push({ coefficients: unit(size, [[k, 1]]), bound: lower[k] });
    else
      atLeast.push(
        { coefficients: unit(size, [[k, 1]]), bound: lower[k] },
        { coefficients: unit(size, [[k, -1]]), bound: -upper[k] },
      );
  }
  if (problem.maxStep !== undefined) atLeast.push(...stepRows(problem, size));
  return { equal, atLeast };
}

/** Of participation from one open bucket to the next, and from the one before the first. */
function stepRows(problem: ScheduleProblem, size: number): Row[] {
  const { quantity, volume, lower, upper, participationBefore } = problem;
  const cols = quantity.length;
  const step = problem.maxStep!;
  return Array.from(quantity, (_, i) => {
    const open = Array.from({ length: lower.rows }, (__, t) => t).filter((t) => {
      const k = t * cols + i;
      return volume.data[k] > 0 && upper.data[k] > lower.data[k];
    });
    const rate = (t: number, sign: number) => [t * cols + i, sign / volume.data[t * cols + i]] as const;
    const between = open.slice(1).flatMap((t, at) =>
      [1, -1].map((sign) => ({
        coefficients: unit(size, [rate(t, sign), rate(open[at], -sign)]),
        bound: -step * (t - open[at]),
      })),
    );
    const before = participationBefore?.[i];
    if (before === undefined || Number.isNaN(before) || open.length === 0) return between;
    const first = [1, -1].map((sign) => ({
      coefficients: unit(size, [rate(open[0], sign)]),
      bound: sign * before - step * (open[0] + 1),
    }));
    return [...first, ...between];
  }).flat();
}

/** Weight of the squares that make the program of sizes |u| definite, of the largest curvature. */
const RIDGE = 1e-8;

/** The best schedule of a problem without concave terms, and what its cost may be above the optimum. */
export function byQuadraticProgram(problem: ScheduleProblem): { schedule: DenseMatrix; slack: number } {
  const { rows, cols } = problem.lower;
  const size = rows * cols;
  const smooth = { ...problem, halfSpreadBps: zeros(rows, cols) };
  const f = (x: Float64Array) => literalObjective(smooth, { rows, cols, data: x });
  const { H, gradient } = quadraticModel(f, new Float64Array(size), 1);
  const { lower, upper, halfSpreadBps } = problem;
  const isOneSided = lower.data.every((least, k) => least >= 0 || upper.data[k] <= 0);
  const spread = halfSpreadBps.data;
  if (isOneSided) {
    const { equal, atLeast } = rowsOf(problem, size);
    const b = gradient.map((g, k) => g + (lower.data[k] >= 0 ? spread[k] : -spread[k]));
    return { schedule: { rows, cols, data: quadraticProgram(H, b, equal, atLeast) }, slack: 0 };
  }
  const { equal, atLeast } = rowsOf(problem, 2 * size);
  for (let k = 0; k < size; k++) for (const sign of [1, -1]) atLeast.push(beyond(k, sign, size));
  const curvature = RIDGE * Math.max(...H.data.map(Math.abs));
  const wide = mapEntries(zeros(2 * size), (_, i, j) => {
    if (i < size && j < size) return H.data[i * size + j];
    return i === j ? curvature : 0;
  });
  const x = quadraticProgram(wide, [...gradient, ...spread], equal, atLeast);
  const squares = x.subarray(size).reduce((sum, s) => sum + s * s, 0);
  return { schedule: { rows, cols, data: x.slice(0, size) }, slack: curvature * squares };
}

/** The size of u_k is no less than u_k, or than −u_k. */
const beyond = (k: number, sign: number, size: number): Row => ({
  coefficients: unit(2 * size, [
    [size + k, 1],
    [k, sign],
  ]),
  bound: 0,
});

/** The best schedule of any convex problem on one side, by sequential quadratic programs with a line search. */
export function byNewton(problem: ScheduleProblem, start: DenseMatrix): DenseMatrix {
  const { rows, cols } = start;
  const f = (x: Float64Array) => literalObjective(problem, { rows, cols, data: x });
  const { equal, atLeast } = rowsOf(problem, rows * cols);
  let x = start.data.slice();
  for (let turn = 0; turn < 60; turn++) {
    const { H } = quadraticModel(f, x, 1e-3);
    const { gradient } = quadraticModel(f, x, 1e-5);
    for (let k = 0; k < x.length; k++) H.data[k * (x.length + 1)] += 1e-4;
    const from = (row: Row): Row => ({
      ...row,
      bound: row.bound - row.coefficients.reduce((sum, c, k) => sum + c * x[k], 0),
    });
    const step = quadraticProgram(H, gradient, equal.map(from), atLeast.map(from));
    let length = 1;
    const value = f(x);
    const moved = () => x.map((u, k) => u + length * step[k]);
    while (length > 1e-4 && f(moved()) > value) length /= 2;
    if (!(f(moved()) < value)) break;
    x = moved();
  }
  return { rows, cols, data: x };
}
