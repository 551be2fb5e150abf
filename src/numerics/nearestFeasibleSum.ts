import { combine, type DenseMatrix, frobeniusNorm, identity, mapEntries, zeros } from './dense.js';
import { type FeasibleSet, projectToCone } from './nearestFeasible.js';
import { smallestEigenvalue } from './symmetricEigen.js';

export interface SumProjection {
  /** Each PSD; their sum is in the set. */
  readonly parts: readonly DenseMatrix[];
  readonly status: 'converged' | 'alreadyFeasible' | 'maxIterations';
  /** Frobenius distance of all parts together from the input. */
  readonly distance: number;
  readonly iterations: number;
}

const TOLERANCE = 1e-11;
const MAX_ITERATIONS = 20_000;
const EIGENVALUE_MARGIN = 1e-12;

/**
 * Nearest symmetric PSD matrices whose sum has unit diagonal, `|Σ| ≤ bound`, and zeros where the set asks for them: Dykstra
 * between the cones and the box of the sum (MODEL §5 for kernels with a matrix per time constant), then one convex step
 * towards multiples of the identity that makes everything hold together. A zero of the sum is a zero of every part.
 */
export function nearestFeasibleSum(input: readonly DenseMatrix[], set: FeasibleSet): SumProjection {
  let x = input;
  let coneIncrement = input.map(({ rows }) => zeros(rows));
  let boxIncrement = coneIncrement;
  let iterations = 0;
  let settled = false;
  while (!settled && iterations < MAX_ITERATIONS) {
    const towardsCone = x.map((part, p) => combine(part, 1, coneIncrement[p], 1));
    const inCone = towardsCone.map(projectToCone);
    coneIncrement = towardsCone.map((part, p) => combine(part, 1, inCone[p], -1));
    const towardsBox = inCone.map((part, p) => combine(part, 1, boxIncrement[p], 1));
    const inBox = sumIntoBox(towardsBox, set);
    boxIncrement = towardsBox.map((part, p) => combine(part, 1, inBox[p], -1));
    const scale = Math.max(1, norm(inBox));
    settled = distance(inBox, x) <= TOLERANCE * scale && distance(inBox, inCone) <= 1e-9 * scale;
    x = inBox;
    iterations++;
  }
  const parts = stepTowardsIdentity(x);
  const moved = distance(parts, input);
  const status = !settled ? 'maxIterations' : moved <= 1e-9 ? 'alreadyFeasible' : 'converged';
  return { parts, status, distance: moved, iterations };
}

/** What the sum has too much or too little is shared equally: the nearest point of the box in all parts together. */
function sumIntoBox(parts: readonly DenseMatrix[], { bound, isZero }: FeasibleSet): DenseMatrix[] {
  const n = parts[0].rows;
  const excess = mapEntries(zeros(n), (_, i, j) => {
    const sum = parts.reduce((total, part) => total + part.data[i * n + j], 0);
    const wanted = i === j ? 1 : Math.min(bound, Math.max(-bound, sum));
    return (sum - wanted) / parts.length;
  });
  return parts.map((part) =>
    mapEntries(part, (value, i, j) => (i !== j && isZero?.[i * n + j] ? 0 : value - excess.data[i * n + j])),
  );
}

/** Every part gives way to its share of the identity until no eigenvalue is negative. */
function stepTowardsIdentity(parts: readonly DenseMatrix[]): DenseMatrix[] {
  const n = parts[0].rows;
  const traces = parts.map((part) => {
    let trace = 0;
    for (let i = 0; i < n; i++) trace += part.data[i * (n + 1)];
    return Math.max(trace, 1e-6 * n);
  });
  const whole = traces.reduce((sum, trace) => sum + trace, 0);
  const shares = traces.map((trace) => trace / whole);
  const need = parts.reduce(
    (largest, part, p) => Math.max(largest, (EIGENVALUE_MARGIN - smallestEigenvalue(part)) / shares[p]),
    0,
  );
  const keep = 1 / (1 + need);
  return parts.map((part, p) => combine(part, keep, identity(n), (1 - keep) * shares[p]));
}

const norm = (parts: readonly DenseMatrix[]): number => Math.hypot(...parts.map(frobeniusNorm));
const distance = (a: readonly DenseMatrix[], b: readonly DenseMatrix[]): number =>
  norm(a.map((part, p) => combine(part, 1, b[p], -1)));
