import { coneDerivative, type EntryList, type Spectrum } from './coneDerivative.js';
import { conjugateGradients } from './conjugateGradients.js';
import { combine, type DenseMatrix, dot, frobeniusDistance, innerProduct, zeros } from './dense.js';
import { squared } from './elementary/elementary.js';
import { diagonalAt, type FeasibleSet, isZeroAt, nearestInCone, projectToBox } from './feasibleSet.js';
import { eigenRows } from './symmetricEigen.js';

/** What ends the search: with an answer where the caller says that it is good enough, otherwise without one. */
export interface NewtonEnd<Result> {
  readonly result?: Result;
  /** Where another method may go on: w of `nearestFeasibleSum`, n×n. */
  readonly state: DenseMatrix;
  /** Highest value of the dual problem that was reached. */
  readonly bound: number;
  readonly decompositions: number;
  /** Products with derivatives of the projection. */
  readonly products: number;
}

export interface NewtonProblem<Result> {
  /** n×n, symmetric. */
  readonly A: DenseMatrix;
  readonly set: FeasibleSet;
  /** Of A. */
  readonly spectrum: Spectrum;
  /** Of the matrices, which residuals are relative to. */
  readonly scale: number;
  /** Most decompositions, that of A counted. */
  readonly budget: number;
  /** What a point of the box that is nearly in the cone is worth; `undefined` where it is not good enough. */
  readonly finish: (nearlyThere: DenseMatrix, bound: number) => Result | undefined;
}

/** Of the scale: residuals from which down the next point is foretold by the derivative and tried. */
const NEAR = 1e-7;
/** Of the scale: what conjugate gradients need not improve upon. */
const ROUNDING = 1e-13;
/** Residual of a step's linear system, relative to what it was: at most, and times the residual of the problem. */
const LEAST_PRECISION = 0.05;
const PRECISION = 10;
const MAX_PRODUCTS = 60;
/** Share of its magnitude that the dual value may fall by: rounding. */
const SLACK = 1e-13;

/**
 * Nearest matrix in cone and box by a semismooth Newton method on the dual problem (Qi and Sun 2006; for bounds on
 * entries the multipliers of those that reach them are unknowns too, and which do is guessed anew at every point, as in
 * a primal-dual active-set method: Hintermüller, Ito and Kunisch 2003). Convergence is quadratic where the derivative of
 * the cone's projection is regular on the active entries. Nothing forces it far from the solution: a step that lowers the
 * dual value ends the search, and so does a budget.
 */
export function dualNewton<Result>(problem: NewtonProblem<Result>): NewtonEnd<Result> {
  const { A, set, scale, budget, finish } = problem;
  let at = startingPoint(problem);
  let [decompositions, products] = [1, 0];
  for (;;) {
    const step = newtonStep(at, set, scale);
    products += step.products;
    if (at.apart <= NEAR * scale) {
      const result = finish(projectToBox([step.foretold()], set)[0], at.merit);
      if (result !== undefined) return { result, state: at.mapped, bound: at.merit, decompositions, products };
    }
    const next = decompositions < budget ? pointAt(step.state, A, set) : undefined;
    if (next) decompositions++;
    if (!next || next.merit < at.merit - SLACK * Math.abs(at.merit))
      return { state: at.mapped, bound: at.merit, decompositions, products };
    at = next;
  }
}

/** A dual point: the box's normal q at a point of the box, and X, the cone's point nearest to A − q. */
interface DualPoint {
  readonly normal: DenseMatrix;
  readonly spectrum: Spectrum;
  readonly X: DenseMatrix;
  /** q + X, the state that Dykstra's step leads to, and the box's point nearest to it. */
  readonly mapped: DenseMatrix;
  readonly inBox: DenseMatrix;
  /** Lower bound of half the squared distance. */
  readonly merit: number;
  /** Of X from the box's point; zero at the solution. */
  readonly apart: number;
}

function pointAt(state: DenseMatrix, A: DenseMatrix, set: FeasibleSet): DualPoint {
  const [inBox] = projectToBox([state], set);
  const normal = combine(state, 1, inBox, -1);
  return dualPoint(A, set, { normal, inBox }, spectrumOf(combine(A, 1, normal, -1)));
}

const spectrumOf = (matrix: DenseMatrix): Spectrum => eigenRows(matrix, (all) => [0, all.length]);

function dualPoint(
  A: DenseMatrix,
  set: FeasibleSet,
  { normal, inBox }: Pick<DualPoint, 'normal' | 'inBox'>,
  spectrum: Spectrum,
): DualPoint {
  const X = nearestInCone(combine(A, 1, normal, -1), { ...spectrum, from: 0 });
  const mapped = combine(normal, 1, X, 1);
  const [next] = projectToBox([mapped], set);
  const slope = innerProduct(normal, combine(X, 1, inBox, -1));
  const merit = squared(frobeniusDistance(A, X)) / 2 + slope;
  return { normal, spectrum, X, mapped, inBox: next, merit, apart: frobeniusDistance(X, next) };
}

/**
 * The highest point among multiples of the identity: A − cI has the eigenvectors of A, so that it costs nothing beyond
 * the decomposition of A. The trace of X is right there.
 */
function startingPoint({ A, set, spectrum }: Pick<NewtonProblem<unknown>, 'A' | 'set' | 'spectrum'>): DualPoint {
  const n = A.rows;
  const c = shiftToTrace(spectrum.values, traceOf(set, n));
  const normal = zeros(n);
  for (let i = 0; i < n; i++) normal.data[i * (n + 1)] = c;
  const [inBox] = projectToBox([A], set);
  return dualPoint(A, set, { normal, inBox }, { ...spectrum, values: spectrum.values.map((value) => value - c) });
}

function traceOf(set: FeasibleSet, n: number): number {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += diagonalAt(set, i);
  return trace;
}

/** c with `Σ max(0, value − c) = trace`, for ascending values. */
function shiftToTrace(values: Float64Array, trace: number): number {
  let sum = 0;
  for (let k = values.length - 1; k > 0; k--) {
    sum += values[k];
    const c = (sum - trace) / (values.length - k);
    if (c >= values[k - 1]) return c;
  }
  return (sum + values[0] - trace) / values.length;
}

/**
 * Changes of the multipliers of active entries, so that to first order X meets the box's point there, multipliers of
 * others being gone: `V(δ) = X − box` with V the derivative of the cone's projection, by conjugate gradients.
 */
function newtonStep(point: DualPoint, set: FeasibleSet, scale: number) {
  const { normal, spectrum, X, mapped, inBox, apart } = point;
  const n = X.rows;
  const { entries, active } = moving(point, set);
  const { i, j } = entries;
  const all = i.length;
  const at = (e: number) => i[e] * n + j[e];
  const derivative = coneDerivative(spectrum, entries);
  // An entry beside the diagonal stands for two: in units of √2 the operator is symmetric.
  const unit = Float64Array.from(i, (row, e) => (row === j[e] ? 1 : Math.SQRT2));
  const change = new Float64Array(all);
  for (let e = active; e < all; e++) change[e] = -normal.data[at(e)];
  const settled = active < all ? derivative.onEntries(change) : change;
  const residual = new Float64Array(active);
  for (let e = 0; e < active; e++) residual[e] = unit[e] * (X.data[at(e)] - inBox.data[at(e)] - settled[e]);
  const operator = (x: Float64Array) => {
    const h = new Float64Array(all);
    for (let e = 0; e < active; e++) h[e] = x[e] / unit[e];
    return derivative
      .onEntries(h)
      .subarray(0, active)
      .map((value, e) => value * unit[e]);
  };
  const precision = Math.min(LEAST_PRECISION, (PRECISION * apart) / scale);
  const tolerance = Math.max(ROUNDING * scale, precision * Math.sqrt(dot(residual, residual)));
  const { solution, products } = conjugateGradients(
    { operator, precondition: (r, out) => out.set(r) },
    { solution: new Float64Array(active), residual },
    { tolerance, maxIterations: MAX_PRODUCTS },
  );
  for (let e = 0; e < active; e++) change[e] = solution[e] / unit[e];
  // A multiplier that comes out with the wrong sign leaves a state within the box, which stands for none.
  const state = { rows: n, cols: n, data: mapped.data.slice() };
  for (let e = 0; e < active; e++) {
    const value = inBox.data[at(e)] + normal.data[at(e)] + change[e];
    state.data[at(e)] = state.data[j[e] * n + i[e]] = value;
  }
  return {
    products: products + (active < all ? 1 : 0),
    state,
    foretold: () => combine(X, 1, derivative.whole(change), -1),
  };
}

/** Entries that the box holds, and behind them others with a multiplier still. */
function moving({ normal, mapped, inBox }: DualPoint, set: FeasibleSet): { entries: EntryList; active: number } {
  const n = normal.rows;
  const isActive = (k: number, i: number, j: number) => i === j || isZeroAt(set, k) || mapped.data[k] !== inBox.data[k];
  const isLeaving = (k: number, i: number, j: number) => normal.data[k] !== 0 && !isActive(k, i, j);
  const held = upperEntries(n, isActive);
  const leaving = upperEntries(n, isLeaving);
  const joined = (a: readonly number[], b: readonly number[]) => Int32Array.from([...a, ...b]);
  return { entries: { i: joined(held.i, leaving.i), j: joined(held.j, leaving.j) }, active: held.i.length };
}

function upperEntries(n: number, includes: (k: number, i: number, j: number) => boolean) {
  const [rows, columns]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      if (!includes(i * n + j, i, j)) continue;
      rows.push(i);
      columns.push(j);
    }
  }
  return { i: rows, j: columns };
}
