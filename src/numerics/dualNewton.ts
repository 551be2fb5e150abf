import { type ConeDerivative, coneDerivative, type EntryList, type Spectrum } from './coneDerivative.js';
import { conjugateGradients } from './conjugateGradients.js';
import { combine, copyOf, type DenseMatrix, dot, frobeniusDistance, zeros } from './dense.js';
import { squared } from './elementary/elementary.js';
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
/**
 * Of the scale: residuals of a step's linear system that need not be smaller. What they leave of the duality gap is some
 * ten times as much of the distance.
 */
const ENOUGH = 1e-11;
/** The same, relative to what they were: at most, and as a multiple of the residual of the problem, which squares itself. */
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
  const { moved, slope, apart } = sumsOf([A, X, next, normal, inBox]);
  return { normal, spectrum, X, mapped, inBox: next, merit: moved / 2 + slope, apart: Math.sqrt(apart) };
}

/** `‖A − X‖²`, `⟨q, X − box⟩` and `‖X − next‖²`, side by side: one sum alone waits for every addition to end. */
function sumsOf(matrices: readonly DenseMatrix[]) {
  const [A, X, next, q, box] = matrices.map(({ data }) => data);
  let [moved, slope, apart] = [0, 0, 0];
  for (let k = 0; k < X.length; k++) {
    moved += (A[k] - X[k]) * (A[k] - X[k]);
    slope += q[k] * (X[k] - box[k]);
    apart += (X[k] - next[k]) * (X[k] - next[k]);
  }
  return { moved, slope, apart };
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
  if (squared(frobeniusDistance(A, inBox)) / 2 <= free.merit) return { point: free, decompositions: 0 };
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
  const c = shiftToTrace(spectrum.values, traceOf(set, rest.rows));
  const values = spectrum.values.map((value) => value - c);
  const moved = { normal: plusIdentity(normal, c), rest: plusIdentity(rest, -c) };
  return dualPoint({ ...from, ...moved, spectrum: { ...spectrum, values } });
}

function plusIdentity(matrix: DenseMatrix, scale: number): DenseMatrix {
  const out = copyOf(matrix);
  for (let i = 0; i < out.rows; i++) out.data[i * (out.rows + 1)] += scale;
  return out;
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
 * Changes δ of multipliers, so that to first order X meets the box's point in active entries, and multipliers of others
 * are gone: `V(δ) = X − box` there, with V the derivative of the cone's projection.
 */
function newtonStep(point: DualPoint, set: FeasibleSet, scale: number) {
  const { normal, spectrum, X, mapped, inBox, apart } = point;
  const { places, entries, active } = moving(point, set);
  const derivative = coneDerivative(spectrum, entries);
  const change = new Float64Array(places.length);
  for (let e = active; e < places.length; e++) change[e] = -normal.data[places[e]];
  const settled = active < places.length ? derivative.onEntries(change) : change;
  const wanted = new Float64Array(active);
  for (let e = 0; e < active; e++) wanted[e] = X.data[places[e]] - inBox.data[places[e]] - settled[e];
  const precision = Math.min(LEAST_PRECISION, (PRECISION * apart) / scale);
  const { products, isSolved } = solveInto(change, wanted, { derivative, entries, precision, enough: ENOUGH * scale });
  // A multiplier that comes out with the wrong sign leaves a state within the box, which stands for none.
  const state = copyOf(mapped);
  for (let e = 0; e < active; e++) {
    const k = places[e];
    state.data[k] = inBox.data[k] + normal.data[k] + change[e];
    state.data[entries.j[e] * state.rows + entries.i[e]] = state.data[k];
  }
  return {
    products: products + (active < places.length ? 1 : 0),
    isSolved,
    state,
    foretold: () => combine(X, 1, derivative.whole(change), -1),
  };
}

interface StepSystem {
  readonly derivative: ConeDerivative;
  readonly entries: EntryList;
  readonly precision: number;
  readonly enough: number;
}

/** `V(h) = wanted` in the first entries, h being zero in the others, by conjugate gradients. */
function solveInto(h: Float64Array, wanted: Float64Array, { derivative, entries, precision, enough }: StepSystem) {
  // An entry beside the diagonal stands for two: in units of √2 the operator is symmetric.
  const unit = wanted.map((_, e) => (entries.i[e] === entries.j[e] ? 1 : Math.SQRT2));
  const residual = wanted.map((value, e) => value * unit[e]);
  const tolerance = Math.max(enough, precision * Math.sqrt(dot(residual, residual)));
  const operator = (x: Float64Array) => {
    const padded = new Float64Array(h.length);
    for (let e = 0; e < x.length; e++) padded[e] = x[e] / unit[e];
    const image = derivative.onEntries(padded);
    return unit.map((value, e) => value * image[e]);
  };
  const { solution, products } = conjugateGradients(
    { operator, precondition: (r, out) => out.set(r) },
    { solution: new Float64Array(wanted.length), residual },
    { tolerance, maxIterations: MAX_PRODUCTS },
  );
  for (let e = 0; e < solution.length; e++) h[e] = solution[e] / unit[e];
  return { products, isSolved: Math.sqrt(dot(residual, residual)) <= tolerance && solution.every(Number.isFinite) };
}

interface MovingEntries {
  /** Row-major. */
  readonly places: Int32Array;
  readonly entries: EntryList;
  /** How many of them, from the first, the box holds; the others have a multiplier still. */
  readonly active: number;
}

function moving({ normal, mapped, inBox }: DualPoint, set: FeasibleSet): MovingEntries {
  const n = normal.rows;
  const [held, leaving]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    for (let j = i, k = i * (n + 1); j < n; j++, k++) {
      if (i === j || isZeroAt(set, k) || mapped.data[k] !== inBox.data[k]) held.push(k);
      else if (normal.data[k] !== 0) leaving.push(k);
    }
  }
  const places = Int32Array.from([...held, ...leaving]);
  const entries = { i: places.map((k) => Math.floor(k / n)), j: places.map((k) => k % n) };
  return { places, entries, active: held.length };
}
