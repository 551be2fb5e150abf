import { conjugateGradients, diagonalPreconditioner } from '../conjugateGradients.js';
import { dot, largestMagnitude } from '../dense.js';
import { FLAT } from '../symmetricQuadratic.js';
import { sweep } from './coordinateSweep.js';
import type { Descent } from './descent.js';
import { imageOf } from './image.js';
import { load, type Part, partOf, penalisedSlope, unload } from './part.js';

/** Sweeps before conjugate gradients: signs settle first. */
const SWEEPS = 3;
/** What conjugate gradients leave of a gradient while signs still change. */
const COARSE = 1e-2;
const MAX_STEPS = 500;

/**
 * Solves for the unknowns off their target alone, until a sweep moves none by more than the tolerance, in units of the
 * gradient. The whole has the gradients where the search stands. Returns the passes it took.
 */
export function solveActive(descent: Descent, whole: Part, tolerance: number): number {
  const { unknowns, shift, lasso } = descent;
  unload(descent, whole);
  const active = partOf(descent, (u) => unknowns.isFree[u] === 1 || shift[u] !== 0);
  load(descent, active);
  let isSettled = active.ids.every((u) => lasso[u] === 0);
  let passes = 0;
  while (passes < MAX_STEPS) {
    const sweeps = isSettled ? 1 : SWEEPS;
    for (let k = 0; k < sweeps; k++, passes++) if (sweep(descent, active) <= tolerance) return passes + 1;
    const slopes = signedSlopes(descent, active);
    const goal = Math.max(tolerance / 4, (isSettled ? 0 : COARSE) * largestMagnitude(slopes));
    const { solution: direction, products } = newtonDirection(descent, active, slopes, goal);
    isSettled = stepWithinSigns(descent, active, slopes, direction);
    passes += products;
  }
  return passes;
}

/** Slopes of the whole objective for the signs as they are; 0 for what is at its target. */
function signedSlopes(descent: Descent, part: Part): Float64Array {
  const { shift, lasso } = descent;
  const slopes = new Float64Array(part.ids.length);
  part.ids.forEach((u, a) => {
    if (isMovable(descent, u)) slopes[a] = penalisedSlope(descent, part, a) + lasso[u] * Math.sign(shift[u]);
  });
  return slopes;
}

/** What is at its target stays there. */
const isMovable = ({ shift, unknowns }: Descent, u: number): boolean => shift[u] !== 0 || unknowns.isFree[u] === 1;

/** `H⁻¹` on minus the slopes, scaled by the curvatures, until no slope above the goal is left. */
function newtonDirection(descent: Descent, part: Part, slopes: Float64Array, goal: number) {
  const curvatures = Float64Array.from(part.ids, (u) => descent.unknowns.curvature[u] + descent.ridge[u]);
  const inverses = curvatures.map((v, a) => (isMovable(descent, part.ids[a]) ? 1 / v : 0));
  const system = {
    operator: (d: Float64Array) => imageOf(descent, part, d).image,
    precondition: diagonalPreconditioner(inverses),
    norm: (residual: Float64Array) => largestAlong(residual, inverses),
    // One sum after the other, as estimates have always been made here: the order of `dot` moves their last bits.
    energy: (residual: Float64Array) => squares(residual, inverses),
    flatness: (d: Float64Array) => FLAT * squares(d, curvatures),
  };
  const start = { solution: new Float64Array(slopes.length), residual: slopes.map((v) => -v) };
  return conjugateGradients(system, start, { tolerance: goal, maxIterations: MAX_STEPS });
}

/** `Σ w x²`. */
function squares(x: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < x.length; a++) sum += w[a] * x[a] * x[a];
  return sum;
}

/** Largest magnitude where the weight is not zero. */
function largestAlong(x: Float64Array, w: Float64Array): number {
  let largest = 0;
  for (let a = 0; a < x.length; a++) if (w[a] > 0) largest = Math.max(largest, Math.abs(x[a]));
  return largest;
}

/**
 * Steps along a direction: what crosses its target stays there while the objective falls, else all stop at the first
 * crossing. Whether nothing had to stop.
 */
function stepWithinSigns(descent: Descent, part: Part, slopes: Float64Array, direction: Float64Array): boolean {
  const { unknowns, shift } = descent;
  const values = Float64Array.from(part.ids, (u) => shift[u]);
  const crosses = (u: number, a: number) => !unknowns.isFree[u] && (values[a] + direction[a]) * values[a] <= 0;
  const stopped = direction.map((d, a) => (crosses(part.ids[a], a) ? -values[a] : d));
  const isInside = stopped.every((d, a) => d === direction[a]);
  if (tryMove(descent, part, slopes, stopped) || isInside) return isInside;
  const shares = direction.map((d, a) => (crosses(part.ids[a], a) && values[a] !== 0 ? -values[a] / d : 1));
  const first = shares.reduce((least, share) => Math.min(least, share), 1);
  const partial = direction.map((d, a) => (shares[a] === first ? -values[a] : first * d));
  tryMove(descent, part, slopes, partial);
  return false;
}

/** Moves if the objective falls: along a line without a change of sign it is a quadratic. */
function tryMove(descent: Descent, part: Part, slopes: Float64Array, step: Float64Array): boolean {
  const { slots, image } = imageOf(descent, part, step);
  const change = dot(slopes, step) + dot(step, image) / 2;
  if (!(change < 0)) return false;
  part.ids.forEach((u, a) => {
    descent.shift[u] += step[a];
  });
  for (let s = 0; s < slots.length; s++) part.gradient[s] += slots[s];
  return true;
}
