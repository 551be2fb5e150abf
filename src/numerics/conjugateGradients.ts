import { dot } from './dense.js';

/** A positive definite operator on vectors of n numbers, and what a search of its inverse needs to know of it. */
export interface LinearSystem {
  /** The image of x, in an array of its own. */
  readonly operator: (x: Float64Array) => Float64Array;
  /** Writes to `out` what an approximate inverse, positive definite too, makes of a residual. */
  readonly precondition: (residual: Float64Array, out: Float64Array) => void;
  /** Of a residual, which ends the search once it is small; the Euclidean one if absent. */
  readonly norm?: (residual: Float64Array) => number;
  /** Product of a residual with itself preconditioned; in the order of `dot` if absent. */
  readonly energy?: (residual: Float64Array, preconditioned: Float64Array) => number;
  /** Curvature along a direction from which down it is rounding, and the search ends; 0 if absent. */
  readonly flatness?: (direction: Float64Array) => number;
}

/** Where a search stands: n numbers each, which the search overwrites. */
export interface SearchState {
  readonly solution: Float64Array;
  /** Right-hand side less the image of the solution. */
  readonly residual: Float64Array;
}

/** When a search ends; it also does where a direction is flat. */
export interface SearchLimits {
  /** Norm of the residual at which the search ends. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Where it ended: n numbers, and how much work it was. */
export interface SearchResult {
  readonly solution: Float64Array;
  readonly iterations: number;
  /** Products with the operator: one more than iterations where the last direction was flat. */
  readonly products: number;
}

/**
 * `A x = b` by preconditioned conjugate gradients (Hestenes and Stiefel 1952) from a state on. What was reached is for
 * the caller to judge.
 */
export function conjugateGradients(system: LinearSystem, from: SearchState, limits: SearchLimits): SearchResult {
  const { operator, precondition, norm = euclidean, energy: energyOf = dot, flatness = none } = system;
  const { solution, residual } = from;
  const preconditioned = new Float64Array(residual.length);
  precondition(residual, preconditioned);
  const direction = preconditioned.slice();
  let energy = dot(residual, direction);
  let [iterations, products] = [0, 0];
  while (products < limits.maxIterations && energy > 0 && norm(residual) > limits.tolerance) {
    const image = operator(direction);
    products++;
    const curvature = dot(direction, image);
    if (!(curvature > flatness(direction))) break;
    addScaled(solution, direction, energy / curvature);
    addScaled(residual, image, -energy / curvature);
    precondition(residual, preconditioned);
    const next = energyOf(residual, preconditioned);
    follow(direction, preconditioned, next / energy);
    energy = next;
    iterations++;
  }
  return { solution, iterations, products };
}

/** The state that begins with the preconditioned right-hand side. */
export function preconditionedStart({ operator, precondition }: LinearSystem, rhs: Float64Array): SearchState {
  const solution = new Float64Array(rhs.length);
  precondition(rhs, solution);
  return { solution, residual: residualOf(operator, rhs, solution) };
}

/** `rhs − A x`. */
export function residualOf(operator: LinearSystem['operator'], rhs: Float64Array, x: Float64Array): Float64Array {
  const image = operator(x);
  return rhs.map((value, i) => value - image[i]);
}

/** `M⁻¹ = diag(inverse)`. */
export const diagonalPreconditioner =
  (inverse: Float64Array): LinearSystem['precondition'] =>
  (residual, out) => {
    for (let i = 0; i < out.length; i++) out[i] = residual[i] * inverse[i];
  };

const euclidean = (x: Float64Array): number => Math.sqrt(dot(x, x));
const none = (): number => 0;

function addScaled(out: Float64Array, x: Float64Array, scale: number): void {
  for (let i = 0; i < out.length; i++) out[i] += scale * x[i];
}

/** `direction ← next + share direction`. */
function follow(direction: Float64Array, next: Float64Array, share: number): void {
  for (let i = 0; i < direction.length; i++) direction[i] = next[i] + share * direction[i];
}
