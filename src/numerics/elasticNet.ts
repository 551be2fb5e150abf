import { activeSetRows } from './activeSetRows.js';
import { coordinateDescent, curvatureAlong, largestSlope, type Unknowns } from './coordinateDescent.js';
import { type DenseMatrix, isFiniteMatrix } from './dense.js';
import type { MatrixSolution } from './optimality.js';
import { nonFinite } from './symmetricEigen.js';
import type { SymmetricProblem } from './symmetricQuadratic.js';

/** `ridge/2 ‖Ω∘(Y − Y⁰)‖² + lasso ‖Ω∘(Y − Y⁰)‖₁`, Ω = 1 off the diagonal and 0 on it. */
export interface ElasticPenalty {
  readonly ridge: number;
  readonly lasso: number;
}

/** An entry of a tie: all entries of a tie are one unknown times their own coefficients. */
export interface TiedEntry {
  readonly row: number;
  readonly col: number;
  readonly coefficient: number;
}

/** What is known of the unknown matrix before any data. */
export interface LinkPattern {
  /** Whether (i, j) and (j, i) are one unknown, or every row stands alone. */
  readonly symmetric: boolean;
  /** n×n, row-major: 1 where an off-diagonal is fixed to zero. */
  readonly isZero?: Uint8Array;
  /** Off-diagonals that are equal up to their coefficients; an entry belongs to one tie at most. */
  readonly ties?: readonly (readonly TiedEntry[])[];
}

/** n×n each: where the lasso and the ridge draw the links to, and where the search begins (else at the target). */
export interface NetTargets {
  readonly target: DenseMatrix;
  readonly ridgeTarget: DenseMatrix;
  readonly start?: DenseMatrix | undefined;
}

/**
 * Minimises `Σ_i ½ Y_i S_i Y_iᵀ − A_i Y_iᵀ` plus an elastic net on the off-diagonals, over matrices of a pattern. The ridge
 * may have a target of its own. Rows that stand alone are solved exactly (`activeSetRows`), unknowns that couple rows by
 * `coordinateDescent`. A link at its target has the target's very value. The residual is the largest violation of the KKT
 * conditions relative to the largest entry of A, computed anew at the end; the status rests on it.
 * @throws NumericalError on a non-finite entry.
 */
export function elasticNet(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  target: DenseMatrix,
  pattern: LinkPattern,
  start?: DenseMatrix,
  ridgeTarget: DenseMatrix = target,
): MatrixSolution {
  const given = new Set([problem.gram, problem.cross, target, ridgeTarget, start, ...(problem.rowDowndates ?? [])]);
  if ([...given].some((matrix) => matrix && !isFiniteMatrix(matrix))) throw nonFinite('elastic net');
  const isSeparable = !pattern.symmetric && !pattern.ties?.length;
  const towards = { target, ridgeTarget, start };
  const found = isSeparable
    ? activeSetRows(problem, penalty, towards, pattern.isZero)
    : coordinateDescent(problem, penalty, towards, unknownsOf(problem, pattern));
  if (!isFiniteMatrix(found.solution)) throw nonFinite('elastic net');
  return found;
}

/** The smallest lasso that holds every off-diagonal at a target of zero, for a free diagonal fitted alone. */
export function largestLasso(problem: SymmetricProblem, pattern: LinkPattern): number {
  return largestSlope(problem, unknownsOf(problem, pattern));
}

/** The diagonal first: links then start from what self impact leaves, and those beyond the penalty's reach never move. */
export function unknownsOf(problem: SymmetricProblem, pattern: LinkPattern): Unknowns {
  const n = problem.gram.rows;
  const isDiagonal = (entries: readonly TiedEntry[]) => entries.every((e) => e.row === e.col);
  const all = entriesOf(n, pattern);
  const groups = [...all.filter(isDiagonal), ...all.filter((entries) => !isDiagonal(entries))];
  const first = new Int32Array(groups.length + 1);
  groups.forEach((group, u) => {
    first[u + 1] = first[u] + group.length;
  });
  const entries = groups.flat();
  return {
    count: groups.length,
    first,
    row: Int32Array.from(entries, (e) => e.row),
    col: Int32Array.from(entries, (e) => e.col),
    coefficient: Float64Array.from(entries, (e) => e.coefficient),
    isFree: Uint8Array.from(groups, (group) => Number(isDiagonal(group))),
    curvature: Float64Array.from(groups, (group) => curvatureAlong(problem, group)),
    weight: Float64Array.from(groups, (group) => group.reduce((sum, e) => sum + Math.abs(e.coefficient), 0)),
    square: Float64Array.from(groups, (group) => group.reduce((sum, e) => sum + e.coefficient ** 2, 0)),
  };
}

function entriesOf(n: number, { symmetric, isZero, ties = [] }: LinkPattern): TiedEntry[][] {
  const tied = new Set(ties.flat().map(({ row, col }) => row * n + col));
  const taken = (i: number, j: number) => tied.has(i * n + j) || (symmetric && tied.has(j * n + i));
  const groups: TiedEntry[][] = ties.map((tie) => [...tie]);
  for (let i = 0; i < n; i++) {
    for (let j = symmetric ? i : 0; j < n; j++) {
      if (i !== j && (isZero?.[i * n + j] || taken(i, j))) continue;
      const entry = { row: i, col: j, coefficient: 1 };
      groups.push(symmetric && i !== j ? [entry, { row: j, col: i, coefficient: 1 }] : [entry]);
    }
  }
  return groups;
}
