import type { DenseMatrix } from '../dense.js';
import { squared } from '../elementary/elementary.js';
import { curvatureAlong, type MatrixEntry, type SymmetricProblem } from '../symmetricQuadratic.js';

/** What is known of the unknown matrix before any data. */
export interface LinkPattern {
  /** Whether (i, j) and (j, i) are one unknown, or every row stands alone. */
  readonly symmetric: boolean;
  /** n×n, row-major: 1 where an off-diagonal is fixed to zero. */
  readonly isZero?: Uint8Array;
  /**
   * Off-diagonals that are equal up to their coefficients, so that all entries of a tie are one unknown times these; an
   * entry belongs to one tie at most.
   */
  readonly ties?: readonly (readonly MatrixEntry[])[];
}

/**
 * The unknowns; entries `first[u]` to `first[u + 1]` of the matrix are the value of unknown u times their coefficients.
 */
export interface Unknowns {
  readonly count: number;
  readonly first: Int32Array;
  readonly row: Int32Array;
  readonly col: Int32Array;
  readonly coefficient: Float64Array;
  /** 1 for a diagonal, which bears no penalty. */
  readonly isFree: Uint8Array;
  /** Curvature of the quadratic. */
  readonly curvature: Float64Array;
  /** Σ |c| and Σ c² over the entries: what the penalties count. */
  readonly weight: Float64Array;
  readonly square: Float64Array;
}

/**
 * The diagonal first: links then start from what self impact leaves, and those beyond the penalty's reach never move.
 */
export function unknownsOf(problem: SymmetricProblem, pattern: LinkPattern): Unknowns {
  const isDiagonal = (entries: readonly MatrixEntry[]) => entries.every((e) => e.row === e.col);
  const all = entriesOf(problem.gram.rows, pattern);
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
    square: Float64Array.from(groups, (group) => group.reduce((sum, e) => sum + squared(e.coefficient), 0)),
  };
}

function entriesOf(n: number, { symmetric, isZero, ties = [] }: LinkPattern): MatrixEntry[][] {
  const tied = new Set(ties.flat().map(({ row, col }) => row * n + col));
  const taken = (i: number, j: number) => tied.has(i * n + j) || (symmetric && tied.has(j * n + i));
  const groups: MatrixEntry[][] = ties.map((tie) => [...tie]);
  for (let i = 0; i < n; i++) {
    for (let j = symmetric ? i : 0; j < n; j++) {
      if (i !== j && (isZero?.[i * n + j] || taken(i, j))) continue;
      const entry = { row: i, col: j, coefficient: 1 };
      groups.push(symmetric && i !== j ? [entry, { row: j, col: i, coefficient: 1 }] : [entry]);
    }
  }
  return groups;
}

/** The value of unknown u whose entries are nearest to those of an n×n matrix: a tie has one target. */
export function valueIn(matrix: DenseMatrix, { first, row, col, coefficient, square }: Unknowns, u: number): number {
  let sum = 0;
  for (let e = first[u]; e < first[u + 1]; e++) sum += coefficient[e] * matrix.data[row[e] * matrix.cols + col[e]];
  return square[u] > 0 ? sum / square[u] : 0;
}
