import {
  combine,
  copyOf,
  type DenseMatrix,
  frobeniusDistance,
  frobeniusNorm,
  mapEntries,
  symmetricPart,
} from './dense.js';
import { composeSpectrum, isPositiveDefinite, smallestEigenvalue, symmetricEigen } from './symmetricEigen.js';

/** {symmetric, PSD, unit diagonal, |x_ij| ≤ bound, x_ij = 0 where `isZero`}: what a normalised impact matrix must be. */
export interface FeasibleSet {
  /** ρ in [0, 1]. */
  readonly bound: number;
  /** n×n, row-major, symmetric; 1 marks a link fixed to zero. */
  readonly isZero?: Uint8Array;
}

export interface Projection {
  readonly matrix: DenseMatrix;
  readonly status: 'converged' | 'alreadyFeasible' | 'maxIterations';
  /** Frobenius distance from the input. */
  readonly distance: number;
  readonly iterations: number;
  readonly smallestEigenvalueBefore: number;
  readonly smallestEigenvalueAfter: number;
}

const TOLERANCE = 1e-12;
const MAX_ITERATIONS = 20_000;
/** What the last step leaves above zero, so that rounding in storage cannot make the matrix indefinite. */
const EIGENVALUE_MARGIN = 1e-12;

/**
 * Nearest matrix of the feasible set in the Frobenius norm: Dykstra's alternating projections (Boyle and Dykstra 1986;
 * Higham 2002 for correlation matrices) between the PSD cone and the box, then one convex step towards the identity
 * that makes every constraint hold together to rounding. A feasible input comes back as it is. MODEL §5.
 */
export function nearestFeasible(input: DenseMatrix, set: FeasibleSet): Projection {
  const before = smallestEigenvalue(symmetricPart(input));
  if (isInBox(input, set) && before >= 0) return unchanged(input, before);
  const { matrix, iterations, settled } = dykstra(symmetricPart(input), set);
  const feasible = stepTowardsIdentity(matrix);
  return {
    matrix: feasible,
    status: settled ? 'converged' : 'maxIterations',
    distance: frobeniusDistance(feasible, input),
    iterations,
    smallestEigenvalueBefore: before,
    smallestEigenvalueAfter: smallestEigenvalue(feasible),
  };
}

function unchanged(input: DenseMatrix, eigenvalue: number): Projection {
  return {
    matrix: copyOf(input),
    status: 'alreadyFeasible',
    distance: 0,
    iterations: 0,
    smallestEigenvalueBefore: eigenvalue,
    smallestEigenvalueAfter: eigenvalue,
  };
}

interface DykstraResult {
  readonly matrix: DenseMatrix;
  readonly iterations: number;
  readonly settled: boolean;
}

/** Increments of both sets are carried: the box is not affine once a bound or a zero is active. */
function dykstra(start: DenseMatrix, set: FeasibleSet): DykstraResult {
  let x = projectToBox(start, set);
  if (smallestEigenvalue(x) >= 0) return { matrix: x, iterations: 1, settled: true };
  x = start;
  let coneIncrement = mapEntries(start, () => 0);
  let boxIncrement = coneIncrement;
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const towardsCone = combine(x, 1, coneIncrement, 1);
    const inCone = projectToCone(towardsCone);
    coneIncrement = combine(towardsCone, 1, inCone, -1);
    const towardsBox = combine(inCone, 1, boxIncrement, 1);
    const inBox = projectToBox(towardsBox, set);
    boxIncrement = combine(towardsBox, 1, inBox, -1);
    const moved = frobeniusDistance(inBox, x);
    const apart = frobeniusDistance(inBox, inCone);
    x = inBox;
    const scale = Math.max(1, frobeniusNorm(x));
    if (moved <= TOLERANCE * scale && apart <= 1e-9 * scale) return { matrix: x, iterations: iteration, settled: true };
  }
  return { matrix: x, iterations: MAX_ITERATIONS, settled: false };
}

/** Nearest PSD matrix in the Frobenius norm; a matrix with a Cholesky factor comes back as it is. */
export function projectToCone(matrix: DenseMatrix): DenseMatrix {
  if (isPositiveDefinite(matrix)) return matrix;
  const { values, vectors } = symmetricEigen(matrix);
  if (values[0] >= 0) return matrix;
  return composeSpectrum(
    vectors,
    values.map((v) => Math.max(v, 0)),
  );
}

function projectToBox(matrix: DenseMatrix, { bound, isZero }: FeasibleSet): DenseMatrix {
  const n = matrix.rows;
  return mapEntries(matrix, (value, i, j) => {
    if (i === j) return 1;
    return isZero?.[i * n + j] ? 0 : Math.min(bound, Math.max(-bound, value));
  });
}

function isInBox(matrix: DenseMatrix, set: FeasibleSet): boolean {
  const n = matrix.rows;
  const slack = 4 * Number.EPSILON;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = matrix.data[i * n + j];
      if (value !== matrix.data[j * n + i]) return false;
      if (i === j ? Math.abs(value - 1) > slack : Math.abs(value) > set.bound + slack) return false;
      if (i !== j && set.isZero?.[i * n + j] && value !== 0) return false;
    }
  }
  return true;
}

/** Box points stay box points on the way to the identity, and the smallest eigenvalue rises linearly. */
function stepTowardsIdentity(matrix: DenseMatrix): DenseMatrix {
  const smallest = smallestEigenvalue(matrix);
  if (smallest >= EIGENVALUE_MARGIN) return matrix;
  const keep = (1 - EIGENVALUE_MARGIN) / (1 - smallest);
  return mapEntries(matrix, (value, i, j) => (i === j ? 1 : keep * value));
}
