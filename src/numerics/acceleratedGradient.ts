import { dot } from './dense.js';

/**
 * Accelerated projected gradient with restart (Beck and Teboulle 2009; O'Donoghue and Candès 2015) for
 * `min ½xᵀHx + bᵀx + curved(x) + kink(x)` over a convex set, H positive semidefinite and never formed. Every answer comes with a
 * bound of what it is above the optimum: `f(y) + min_s ⟨∇f(y), s − y⟩` never lies above it, for any y (Frank and Wolfe 1956).
 */
export interface ConvexProblem {
  /** `H x`. */
  product(x: Float64Array): Float64Array;
  readonly linear: Float64Array;
  /** What is smooth and convex beside the quadratic. */
  readonly curved?: { value(x: Float64Array): number; at(x: Float64Array): { value: number; gradient: Float64Array } };
  /** Diagonal of the metric that steps are measured in, positive: of the size of H's. */
  readonly metric: Float64Array;
  /** `argmin ½(x − z)ᵀ diag(metric) (x − z) + kink(x)` over the set. */
  nearest(z: Float64Array, metric: Float64Array): Float64Array;
  kink(x: Float64Array): number;
  /** `min ⟨price, s⟩ + kink(s)` over the set, or less. */
  cheapest(price: Float64Array): number;
  /** What a gap is relative to, at a point of the set and its value. */
  size(x: Float64Array, value: number): number;
}

export interface AcceleratedOptions {
  /** Relative gap that ends it. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

export interface AcceleratedResult {
  readonly x: Float64Array;
  readonly value: number;
  /** Never above the optimum. */
  readonly bound: number;
  /** `(value − bound) / size`, not negative. */
  readonly gap: number;
  readonly status: 'optimal' | 'maxIterations';
  readonly iterations: number;
  /** Products with H. */
  readonly products: number;
}

/** Relative difference of two values that is rounding. */
const SAME_VALUE = 1e-15;
/** Iterations between two looks at the gap: so many, or this share of those there were. */
const GAP_EVERY = 4;
const GAP_SHARE = 0.08;
const LIPSCHITZ_GROWS = 1.6;
/** Curvature is forgotten by this share an iteration, so that one stiff step does not slow all later ones. */
const LIPSCHITZ_FADES = 0.985;

/** A point with its product, so that no product is taken twice: between two points H is linear. */
interface Point {
  readonly x: Float64Array;
  readonly Hx: Float64Array;
}

/** f without the kink, and its gradient. */
interface Tangent extends Point {
  readonly bent: number;
  readonly gradient: Float64Array;
}

/** A point within the set. */
interface Iterate extends Point {
  readonly bent: number;
  readonly value: number;
}

/** @param start a point of the set */
export function acceleratedGradient(
  problem: ConvexProblem,
  start: Float64Array,
  { tolerance, maxIterations }: AcceleratedOptions,
): AcceleratedResult {
  let products = 0;
  const at = (x: Float64Array): Iterate => {
    products++;
    return iterate(problem, x);
  };
  let current = at(start);
  // Values tell points apart to half of the digits only: among equals the latest is nearest.
  let [best, lowest] = [current, current.value];
  let ahead: Point = current;
  let bound = Number.NEGATIVE_INFINITY;
  const gapOf = () => Math.max(0, best.value - bound) / problem.size(best.x, best.value);
  let [momentum, lipschitz, iterations, nextLook] = [1, 1, 0, 0];
  for (; iterations < maxIterations; iterations++) {
    const tangent = tangentAt(problem, ahead);
    if (iterations === nextLook) {
      nextLook += Math.max(GAP_EVERY, Math.floor(GAP_SHARE * iterations));
      bound = Math.max(bound, boundAt(problem, tangent));
      if (gapOf() <= tolerance) break;
    }
    let next = at(stepFrom(problem, tangent, lipschitz));
    while (isTooLong(problem, tangent, next, lipschitz)) {
      lipschitz *= LIPSCHITZ_GROWS;
      next = at(stepFrom(problem, tangent, lipschitz));
    }
    lipschitz *= LIPSCHITZ_FADES;
    lowest = Math.min(lowest, next.value);
    if (next.value <= lowest + SAME_VALUE * Math.abs(lowest)) best = next;
    const turnsBack = alignment(problem, ahead.x, next.x, current.x) > 0;
    const grown = turnsBack ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    ahead = turnsBack ? next : extrapolated(next, current, (momentum - 1) / grown);
    momentum = grown;
    current = next;
  }
  const gap = gapOf();
  const { x, value } = best;
  return { x, value, bound, gap, status: gap <= tolerance ? 'optimal' : 'maxIterations', iterations, products };
}

const quadraticValue = ({ linear }: ConvexProblem, { x, Hx }: Point): number => 0.5 * dot(x, Hx) + dot(linear, x);

function iterate(problem: ConvexProblem, x: Float64Array): Iterate {
  const point = { x, Hx: problem.product(x) };
  const bent = problem.curved?.value(x) ?? 0;
  return { ...point, bent, value: quadraticValue(problem, point) + bent + problem.kink(x) };
}

function tangentAt({ linear, curved }: ConvexProblem, { x, Hx }: Point): Tangent {
  const bent = curved?.at(x);
  const gradient = new Float64Array(x.length);
  for (let k = 0; k < x.length; k++) gradient[k] = Hx[k] + linear[k] + (bent ? bent.gradient[k] : 0);
  return { x, Hx, bent: bent?.value ?? 0, gradient };
}

const boundAt = (problem: ConvexProblem, tangent: Tangent): number =>
  quadraticValue(problem, tangent) +
  tangent.bent -
  dot(tangent.gradient, tangent.x) +
  problem.cheapest(tangent.gradient);

function stepFrom(problem: ConvexProblem, { x, gradient }: Tangent, lipschitz: number): Float64Array {
  const metric = new Float64Array(x.length);
  const z = new Float64Array(x.length);
  for (let k = 0; k < x.length; k++) {
    metric[k] = lipschitz * problem.metric[k];
    z[k] = x[k] - gradient[k] / metric[k];
  }
  return problem.nearest(z, metric);
}

/** Steps that rise above their tangent by less than this share of what is curved say nothing: values have no more digits. */
const ROUNDING = 1e-13;

/** Whether f rises above its tangent by more than half the squared distance in the metric times `lipschitz`. */
function isTooLong(problem: ConvexProblem, from: Tangent, to: Iterate, lipschitz: number): boolean {
  const { metric, linear, curved } = problem;
  let [distance, size, rise, along] = [0, 0, 0, 0];
  for (let k = 0; k < metric.length; k++) {
    const step = to.x[k] - from.x[k];
    distance += metric[k] * step * step;
    size += metric[k] * to.x[k] * to.x[k];
    rise += step * (to.Hx[k] - from.Hx[k]);
    along += step * (from.gradient[k] - from.Hx[k] - linear[k]);
  }
  const bent = curved ? to.bent - from.bent - along - ROUNDING * Math.abs(to.bent) : 0;
  return distance > NO_STEP * size && rise + 2 * Math.max(0, bent) > lipschitz * distance;
}

/** Steps shorter than this share of a point are rounding too. */
const NO_STEP = 1e-26;

/** `⟨ahead − next, next − before⟩` in the metric: positive where momentum carries away from where the gradient leads. */
function alignment({ metric }: ConvexProblem, ahead: Float64Array, next: Float64Array, before: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < metric.length; k++) sum += metric[k] * (ahead[k] - next[k]) * (next[k] - before[k]);
  return sum;
}

function extrapolated(next: Point, before: Point, by: number): Point {
  const beyond = (a: Float64Array, b: Float64Array) => {
    const out = new Float64Array(a.length);
    for (let k = 0; k < a.length; k++) out[k] = a[k] + by * (a[k] - b[k]);
    return out;
  };
  return { x: beyond(next.x, before.x), Hx: beyond(next.Hx, before.Hx) };
}
