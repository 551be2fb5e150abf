import { iterateAccelerated } from './anderson.js';
import { type DenseMatrix, innerProduct, symmetricPart } from './dense.js';
import { hypot, squared } from './elementary/elementary.js';
import {
  difference,
  type FeasibleSet,
  isInBox,
  isInCone,
  normOf,
  projectToBox,
  projectToCone,
  smallestRelativeEigenvalue,
  stepIntoCone,
  sumOf,
} from './feasibleSet.js';
import {
  finished,
  MAX_ITERATIONS,
  memoryFor,
  type Projection,
  packed,
  type SumProjection,
  unchanged,
  unpacked,
} from './projection.js';

/** Nearest matrix of the feasible set in the Frobenius norm; see `nearestFeasibleSum`. */
export function nearestFeasible(input: DenseMatrix, set: FeasibleSet): Projection {
  const { parts, ...projection } = nearestFeasibleSum([input], set);
  return { ...projection, matrix: parts[0] };
}

/**
 * Nearest matrices, each in the cone of the set and their sum in its box, in the Frobenius norm of all together:
 * Dykstra's alternating projections (Boyle and Dykstra 1986; Higham 2002) as a fixed-point map, accelerated and
 * safeguarded by the dual objective, which Dykstra's own step never lowers; then one convex step that makes every
 * constraint hold together to rounding. Ends when the duality gap is closed. A feasible input comes back as it is.
 * MODEL §5.
 *
 * The state w stands for a box point P(w) and a normal q = w − P(w) of the box there. With X = P_cone(A − q), the map
 * is w ← q + X, and ½‖A − X‖² + ⟨q, X − P(w)⟩ is a lower bound of half the squared distance.
 */
export function nearestFeasibleSum(input: readonly DenseMatrix[], set: FeasibleSet): SumProjection {
  if (set.conditionCap !== undefined && (input.length > 1 || set.diagonal))
    throw new RangeError('a cap on the condition number is for one matrix with unit diagonal');
  const A = input.map(symmetricPart);
  const before = smallestRelativeEigenvalue(A, set);
  if (isInBox(input, set) && isInCone(input, set)) return unchanged(input, before);
  const skew = normOf(difference(input, A));
  const scale = Math.max(1, normOf(projectToBox(A, set)));
  const evaluate = (state: Float64Array) => {
    const w = unpacked(state, A);
    const inBox = projectToBox(w, set);
    const normal = difference(w, inBox);
    const X = difference(A, normal).map((matrix) => projectToCone(matrix, set.conditionCap));
    const mapped = sumOf(normal, X);
    const nextInBox = projectToBox(mapped, set);
    const toBox = difference(X, inBox);
    const slope = normal.reduce((sum, q, p) => sum + innerProduct(q, toBox[p]), 0);
    return {
      mapped: packed(mapped),
      merit: squared(normOf(difference(A, X))) / 2 + slope,
      apart: normOf(difference(X, nextInBox)),
      finish: (bound: number) => {
        // Again into the box: the states are much larger than the matrices, and so is their rounding.
        const parts = stepIntoCone(projectToBox(nextInBox, set), set);
        return finished(parts, normOf(difference(parts, A)), bound, scale);
      },
    };
  };
  const limits = {
    maxIterations: MAX_ITERATIONS,
    tolerance: 1e-7 * scale,
    memory: memoryFor(A[0].rows),
    slack: 1e-13,
  };
  const { result, isGood, iterations } = iterateAccelerated(packed(A), evaluate, limits);
  return {
    ...result,
    status: isGood ? 'converged' : 'maxIterations',
    distance: hypot(result.distance, skew),
    iterations,
    smallestEigenvalueBefore: before,
    smallestEigenvalueAfter: smallestRelativeEigenvalue(result.parts, set),
  };
}
