import { coneDerivative, type EntryList, type Spectrum } from './coneDerivative.js';
import { conjugateGradients } from './conjugateGradients.js';
import { combine, type DenseMatrix, dot, identity, zeros } from './dense.js';
import { diagonalAt, type FeasibleSet, isZeroAt, nearestInCone, projectToBox } from './feasibleSet.js';
import { eigenRows } from './symmetricEigen.js';

export interface NewtonProblem<Result> {
  /** n×n, symmetric. */
  readonly A: DenseMatrix;
  readonly set: FeasibleSet;
  /** Of the matrices, which residuals are relative to. */
  readonly scale: number;
  /** Most decompositions. */
  readonly budget: number;
  /** What a point of the box that is nearly in the cone is worth; `undefined` where it is not good enough. */
  readonly finish: (nearlyThere: DenseMatrix, bound: number) => Result | undefined;
}

/** What ends the search. */
export interface NewtonEnd<Result> {
  /** Where the caller found a point good enough. */
  readonly result?: Result;
  /** Where the search began, or got to: Dykstra's step from the highest dual point. */
  readonly state: DenseMatrix;
  /** How far the point before that was from the solution: of its X from the box. */
  readonly apart: number;
  readonly decompositions: number;
  /** Products with derivatives of the projection. */
  readonly products: number;
}

/** Of the scale: residuals from which down the next point is foretold by the derivative and tried. */
const NEAR = 3e-7;
/** Of the scale: what conjugate gradients need not improve upon. */
const ROUNDING = 1e-11;
/** Residual of a step's linear system, relative to what it was: at most, and times the residual of the problem. */
const LEAST_PRECISION = 0.1;
const PRECISION = 10;
/** Systems that take longer are not regular enough for Newton's method to be the faster one. */
const MAX_PRODUCTS = 40;
/** Share of its magnitude that the dual value may fall by: rounding. */
const SLACK = 1e-13;

/**
 * Nearest matrix in cone and box by a semismooth Newton method on the dual problem (Qi and Sun 2006; for bounds on
 * entries the multipliers of those that reach them are unknowns too, and which do is guessed anew at every point, as in
 * a primal-dual active-set method: Hintermüller, Ito and Kunisch 2003). Convergence is quadratic where the derivative of
 * the cone's projection is regular on the active entries. Nothing forces it far from the solution: a step that lowers
 * the dual value ends the search, and so do a system that is not solved, digits that run out, and the budget.
 */
export function dualNewton<Result>(problem: NewtonProblem<Result>, from: DualPoint): NewtonEnd<Result> {
  const { A, set, scale, budget, finish } = problem;
  let at = from;
  let [decompositions, products] = [0, 0];
  for (;;) {
    const step = newtonStep(at, set, scale);
    products += step.products;
    const spent = { state: at.mapped, apart: at.apart, decompositions, products };
    if (at.apart <= NEAR * scale) {
      const result = finish(projectToBox([step.foretold()], set)[0], at.merit);
      if (result !== undefined) return { ...spent, result };
    }
    if (!step.isSolved || decompositions >= budget) return spent;
    const next = dualPointAt(step.state, A, set);
    decompositions++;
    const isLower = !(next.merit >= at.merit - SLACK * Math.abs(at.merit));
    const isAtRest = at.apart <= NEAR * scale && next.apart > at.apart / 2;
    if (isLower || isAtRest) return { ...spent, decompositions };
    at = next;
  }
}

/** A dual point: the box's normal q at a point of the box, and X, the cone's point nearest to A − q. */
export interface DualPoint {
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

/** The point of a state w as in `nearestFeasibleSum`; one decomposition. */
export function dualPointAt(state: DenseMatrix, A: DenseMatrix, set: FeasibleSet): DualPoint {
  const [inBox] = projectToBox([state], set);
  const normal = combine(state, 1, inBox, -1);
  const rest = combine(A, 1, normal, -1);
  return dualPoint({ A, set, normal, inBox, rest, spectrum: spectrumOf(rest) });
}

const spectrumOf = (matrix: DenseMatrix): Spectrum => eigenRows(matrix, (all) => [0, all.length]);

interface Multipliers {
  readonly A: DenseMatrix;
  readonly set: FeasibleSet;
  readonly normal: DenseMatrix;
  /** Where the box has that normal. */
  readonly inBox: DenseMatrix;
  /** A − q, and its spectrum. */
  readonly rest: DenseMatrix;
  readonly spectrum: Spectrum;
}

function dualPoint({ A, set, normal, inBox, rest, spectrum }: Multipliers): DualPoint {
  const X = nearestInCone(rest, { ...spectrum, from: 0 });
  const mapped = combine(normal, 1, X, 1);
  const [next] = projectToBox([mapped], set);
  const moved = squaredDistance(A.data, X.data);
  const merit = moved / 2 + slopeOf(normal.data, X.data, inBox.data);
  return { normal, spectrum, X, mapped, inBox: next, merit, apart: Math.sqrt(squaredDistance(X.data, next.data)) };
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

/** `⟨q, X − box⟩`. */
function slopeOf(q: Float64Array, X: Float64Array, box: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < q.length; k++) sum += q[k] * (X[k] - box[k]);
  return sum;
}

/**
 * Where to begin: without multipliers beside the diagonal, or, where that says less, with those of the box's point
 * nearest to A. Either way the highest point among those that differ from it by a multiple of the identity: eigenvectors
 * stay the same, so that it costs nothing. The trace of X is right there.
 * @param spectrum of A
 */
export function startingPoint(A: DenseMatrix, spectrum: Spectrum, set: FeasibleSet): StartingPoint {
  const [inBox] = projectToBox([A], set);
  const free = shiftedPoint({ A, set, normal: zeros(A.rows), inBox, rest: A, spectrum });
  if (squaredDistance(A.data, inBox.data) / 2 <= free.merit) return { point: free, decompositions: 0 };
  const boxed = { A, set, normal: combine(A, 1, inBox, -1), inBox, rest: inBox, spectrum: spectrumOf(inBox) };
  return { point: shiftedPoint(boxed), decompositions: 1 };
}

/** Comes with the decompositions that it took beside that of A. */
interface StartingPoint {
  readonly point: DualPoint;
  readonly decompositions: number;
}

function shiftedPoint(from: Multipliers): DualPoint {
  const { normal, rest, spectrum, set } = from;
  const n = normal.rows;
  const c = shiftToTrace(spectrum.values, traceOf(set, n));
  const moved = (matrix: DenseMatrix, by: number) => combine(matrix, 1, identity(n), by);
  const values = spectrum.values.map((value) => value - c);
  return dualPoint({ ...from, normal: moved(normal, c), rest: moved(rest, -c), spectrum: { ...spectrum, values } });
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
  const unit = new Float64Array(all).map((_, e) => (i[e] === j[e] ? 1 : Math.SQRT2));
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
    isSolved: Math.sqrt(dot(residual, residual)) <= tolerance && solution.every(Number.isFinite),
    state,
    foretold: () => combine(X, 1, derivative.whole(change), -1),
  };
}

/** Entries that the box holds, and behind them others with a multiplier still. */
function moving({ normal, mapped, inBox }: DualPoint, set: FeasibleSet): { entries: EntryList; active: number } {
  const n = normal.rows;
  const [held, leaving]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    for (let j = i, k = i * (n + 1); j < n; j++, k++) {
      if (i === j || isZeroAt(set, k) || mapped.data[k] !== inBox.data[k]) held.push(k);
      else if (normal.data[k] !== 0) leaving.push(k);
    }
  }
  const all = Int32Array.from([...held, ...leaving]);
  return { entries: { i: all.map((k) => Math.floor(k / n)), j: all.map((k) => k % n) }, active: held.length };
}
