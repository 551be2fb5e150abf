import { squared } from '../elementary/elementary.js';
import { FLAT, gramEntry, type SymmetricProblem } from '../symmetricQuadratic.js';
import type { ElasticPenalty } from './elasticNetPenalty.js';
import { removeRow, solveForward, triangle } from './packedCholesky.js';

/** Where a column stands. */
export const OPEN = 0;
const IN_SUPPORT = 1;
/** Depends on the support, and moving both leads nowhere. */
export const BARRED = 2;
/** Fixed at zero, or without any data. */
export const SHUT = 3;

/**
 * The search of one row; its arrays serve the rows one after the other. A class: with a literal, V8 throws what it has
 * compiled away at the second call.
 */
export class RowSearch {
  readonly ridge: number;
  readonly lasso: number;
  row = 0;
  /** What the gradient is at the target, with the opposite sign. */
  rhs: Float64Array;
  /** Slopes up to this are zero. */
  tolerance = 0;
  readonly standing: Uint8Array;
  /** The support: columns, values beyond the target, and signs, 0 for what bears no lasso. */
  size = 0;
  readonly col: Int32Array;
  readonly value: Float64Array;
  readonly sign: Float64Array;
  /** Lower triangle, row by row, of the Cholesky factor of the Gram matrix of the first `factored` of the support. */
  factored = 0;
  readonly factor: Float64Array;
  /** Slopes of quadratic and ridge at all columns where the search stands. */
  readonly gradient: Float64Array;
  /** By column: the lasso, 0 on the diagonal. */
  readonly lassos: Float64Array;
  /** By place in the support. */
  readonly direction: Float64Array;
  readonly scratch: Float64Array;

  constructor(
    readonly problem: SymmetricProblem,
    { ridge, lasso }: ElasticPenalty,
  ) {
    const n = problem.gram.rows;
    this.ridge = ridge;
    this.lasso = lasso;
    this.rhs = problem.cross.data;
    this.standing = new Uint8Array(n);
    this.col = new Int32Array(n);
    this.factor = new Float64Array(triangle(n));
    [this.value, this.sign, this.gradient] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    [this.lassos, this.direction, this.scratch] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  }
}

/** Turns to a row. The diagonal and the links off their target make the first support. */
export function begin(
  search: RowSearch,
  row: number,
  rhs: Float64Array,
  shifts?: Float64Array,
  isZero?: Uint8Array,
): void {
  const { standing, lasso, lassos } = search;
  search.row = row;
  search.rhs = rhs;
  search.size = 0;
  search.factored = 0;
  lassos.fill(lasso);
  lassos[row] = 0;
  for (let j = 0; j < rhs.length; j++) {
    const isShut = (j !== row && isZero?.[j]) || !hasCurvature(search, j);
    standing[j] = isShut ? SHUT : OPEN;
  }
  if (standing[row] === OPEN) join(search, row, shifts?.[row] ?? 0, 0);
  for (let j = 0; j < (shifts?.length ?? 0); j++) {
    const shift = shifts![j];
    if (standing[j] === OPEN && shift !== 0) join(search, j, shift, lasso > 0 ? Math.sign(shift) : 0);
  }
}

const hasCurvature = (search: RowSearch, j: number): boolean => {
  const { problem, row } = search;
  const own = ridgeOn(search, j);
  return gramEntry(problem, row, j, j) + own > FLAT * (problem.gram.data[j * (problem.gram.cols + 1)] + own);
};

/** The ridge that a column bears. */
export const ridgeOn = ({ row, ridge }: RowSearch, j: number): number => (j === row ? 0 : ridge);

/** Puts a column into the support. */
export function join(search: RowSearch, col: number, value: number, sign: number): void {
  const p = search.size++;
  search.col[p] = col;
  search.value[p] = value;
  search.sign[p] = sign;
  search.standing[col] = IN_SUPPORT;
}

/** Takes an entry out of the support; its value becomes the target's. */
export function leave(search: RowSearch, p: number): void {
  const { col, value, sign, standing } = search;
  standing[col[p]] = OPEN;
  if (p < search.factored) removeRow(search.factor, search.factored--, p);
  for (const list of [col, value, sign]) list.copyWithin(p, p + 1, search.size);
  search.size--;
}

/** Factors a first support; what depends on the rest of it starts at its target instead. */
export function factorSupport(search: RowSearch): void {
  while (search.factored < search.size)
    if (!appendToFactor(search, search.col[search.factored])) leave(search, search.factored);
}

/** Adds a column to the factor. False where it depends on those before, and its row then has the forward solution. */
export function appendToFactor(search: RowSearch, col: number): boolean {
  const { problem, row, factor, factored: m } = search;
  const at = triangle(m);
  for (let q = 0; q < m; q++) factor[at + q] = gramEntry(problem, row, search.col[q], col);
  solveForward(factor, factor.subarray(at, at + m));
  const ridge = ridgeOn(search, col);
  let pivot = gramEntry(problem, row, col, col) + ridge;
  for (let q = 0; q < m; q++) pivot -= squared(factor[at + q]);
  if (!(pivot > FLAT * (problem.gram.data[col * (problem.gram.cols + 1)] + ridge))) return false;
  factor[at + m] = Math.sqrt(pivot);
  search.factored++;
  return true;
}
