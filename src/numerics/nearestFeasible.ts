import { iterateAccelerated } from './anderson.js';
import { type DenseMatrix, innerProduct, symmetricPart } from './dense.js';
import { dualNewton, dualPointAt, startingPoint } from './dualNewton.js';
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
  type NewtonCounts,
  type Projection,
  packed,
  type SumProjection,
  unchanged,
  unpacked,
} from './projection.js';
import { eigenRows, nonFinite } from './symmetricEigen.js';

export interface NearestOptions {
  /** Decompositions after which Newton's method gives way for good; 0 leaves it out. */
  readonly newtonBudget?: number;
}

const NEWTON_BUDGET = 60;
/** Times that Newton's method is begun, and how much nearer alternating projections go before it is begun again. */
const ROUNDS = 4;
const NEARER = 0.25;

/** Nearest matrix of the feasible set in the Frobenius norm; see `nearestFeasibleSum`. */
export function nearestFeasible(input: DenseMatrix, set: FeasibleSet, options: NearestOptions = {}): Projection {
  const { parts, ...projection } = nearestFeasibleSum([input], set, options);
  return { ...projection, matrix: parts[0] };
}

/**
 * Nearest matrices, each in the cone of the set and their sum in its box, in the Frobenius norm of all together. One
 * matrix without a cap on its condition number is found by Newton's method on the dual problem; everything else, and
 * what that leaves unfinished, by accelerated alternating projections. Both end in one convex step that makes every
 * constraint hold together to rounding, and when the duality gap is closed: the same bound, the same share of the
 * distance. A feasible input comes back as it is. MODEL §5.
 * @throws NumericalError where an entry or the norm is not finite.
 */
export function nearestFeasibleSum(
  input: readonly DenseMatrix[],
  set: FeasibleSet,
  { newtonBudget = NEWTON_BUDGET }: NearestOptions = {},
): SumProjection {
  if (set.conditionCap !== undefined && (input.length > 1 || set.diagonal))
    throw new RangeError('a cap on the condition number is for one matrix with unit diagonal');
  const [one, ...others] = input;
  if (others.length === 0 && set.conditionCap === undefined && newtonBudget > 0)
    return nearestOne(one, set, newtonBudget);
  const before = smallestRelativeEigenvalue(input.map(symmetricPart), set);
  if (isInBox(input, set) && isInCone(input, set)) return unchanged(input, before);
  const search = searchFor(input, set);
  return search.projection(before, alternatingProjections(search, search.A));
}

/** What both methods work on, and how both end. */
function searchFor(input: readonly DenseMatrix[], set: FeasibleSet) {
  const A = input.map(symmetricPart);
  const skew = normOf(difference(input, A));
  const scale = Math.max(1, normOf(projectToBox(A, set)));
  if (!Number.isFinite(normOf(A))) throw nonFinite('projection');
  return {
    A,
    set,
    scale,
    /** From parts in the box that are nearly in the cone, and a lower bound of half the squared distance. */
    finish(inBox: readonly DenseMatrix[], bound: number) {
      const { parts, smallest } = stepIntoCone(inBox, set);
      return { ...finished(parts, normOf(difference(parts, A)), bound, scale), smallest };
    },
    projection(before: number, { result, isGood, iterations }: Found, after?: number): SumProjection {
      return {
        ...result,
        status: isGood ? 'converged' : 'maxIterations',
        distance: hypot(result.distance, skew),
        iterations,
        smallestEigenvalueBefore: before,
        smallestEigenvalueAfter: after ?? smallestRelativeEigenvalue(result.parts, set),
      };
    },
  };
}

type Search = ReturnType<typeof searchFor>;

interface Found extends ReturnType<typeof finished> {
  readonly iterations: number;
}

/**
 * The decomposition that tells whether there is anything to do is the one that Newton's method begins with. Where that
 * is not near enough to converge, alternating projections bring it nearer; they finish where it never does.
 */
function nearestOne(input: DenseMatrix, set: FeasibleSet, budget: number): SumProjection {
  const search = searchFor([input], set);
  const [A] = search.A;
  const isBoxed = isInBox([input], set);
  const relative = set.diagonal ? smallestRelativeEigenvalue([A], set) : undefined;
  if (isBoxed && relative !== undefined && relative >= 0) return unchanged([input], relative);
  const isFeasible = (smallest: number) => isBoxed && relative === undefined && smallest >= 0;
  const spectrum = eigenRows(A, (all) => (isFeasible(all[0] ?? 0) ? [0, 0] : [0, all.length]));
  const smallest = spectrum.values[0] ?? 0;
  if (isFeasible(smallest)) return unchanged([input], smallest);
  const finish = (inBox: DenseMatrix, bound: number) => {
    const end = search.finish([inBox], bound);
    return end.isGood ? end : undefined;
  };
  const problem = { A, set, scale: search.scale, finish };
  const start = startingPoint(A, spectrum, set);
  let { point } = start;
  let [decompositions, products] = [1 + start.decompositions, 0];
  const ended = (found: Found, status: NewtonCounts['status'], after?: number): SumProjection => ({
    ...search.projection(relative ?? smallest, found, after),
    newton: { status, decompositions, products },
  });
  for (let round = 1; ; round++) {
    const { result, state, apart, ...spent } = dualNewton({ ...problem, budget: budget - decompositions }, point);
    decompositions += spent.decompositions;
    products += spent.products;
    if (result) return ended({ ...result, iterations: decompositions }, 'converged', result.smallest);
    const left = budget - decompositions - 1;
    if (round === ROUNDS || left <= 0) return ended(alternatingProjections(search, [state], decompositions), 'gaveWay');
    const nearer = projectionsUntil(NEARER * apart, search, [state], left);
    decompositions += nearer.iterations + 1;
    point = dualPointAt(nearer.result, A, set);
  }
}

/**
 * Dykstra's alternating projections (Boyle and Dykstra 1986; Higham 2002) as a fixed-point map, accelerated and
 * safeguarded by the dual objective, which Dykstra's own step never lowers, wherever it starts.
 *
 * The state w stands for a box point P(w) and a normal q = w − P(w) of the box there. With X = P_cone(A − q), the map
 * is w ← q + X, and ½‖A − X‖² + ⟨q, X − P(w)⟩ is a lower bound of half the squared distance.
 */
function iterateProjections<Result>(
  { A, set }: Search,
  start: readonly DenseMatrix[],
  limits: { readonly tolerance: number; readonly maxIterations: number },
  finish: (
    at: { readonly mapped: readonly DenseMatrix[]; readonly inBox: readonly DenseMatrix[] },
    bound: number,
  ) => {
    readonly result: Result;
    readonly isGood: boolean;
  },
) {
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
      finish: (bound: number) => finish({ mapped, inBox: nextInBox }, bound),
    };
  };
  return iterateAccelerated(packed(start), evaluate, { ...limits, memory: memoryFor(A[0].rows), slack: 1e-13 });
}

function alternatingProjections(search: Search, start: readonly DenseMatrix[], spent = 0): Found {
  const { set, scale, finish } = search;
  const limits = { tolerance: 1e-7 * scale, maxIterations: MAX_ITERATIONS };
  // Again into the box: the states are much larger than the matrices, and so is their rounding.
  const found = iterateProjections(search, start, limits, ({ inBox }, bound) =>
    finish(projectToBox(inBox, set), bound),
  );
  return { ...found, iterations: spent + found.iterations };
}

/** The state where the same has come so near, or has run for so long. */
const projectionsUntil = (tolerance: number, search: Search, start: readonly DenseMatrix[], maxIterations: number) =>
  iterateProjections(search, start, { tolerance, maxIterations }, ({ mapped }) => ({
    result: mapped[0],
    isGood: true,
  }));
