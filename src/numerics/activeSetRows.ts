import { FLAT, gramEntry, smoothGradient, subtractDowndate } from './coordinateDescent.js';
import {
  combine,
  type DenseMatrix,
  largestMagnitude,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
  zeros,
} from './dense.js';
import type { ElasticPenalty, NetTargets } from './elasticNet.js';
import { gramInverse } from './leastSquares.js';
import type { MatrixSolution } from './optimality.js';
import { removeRow, solveBackward, solveForward, triangle } from './packedCholesky.js';
import type { SymmetricProblem } from './symmetricQuadratic.js';

/** Slopes of a row below this, relative to its largest at the target, are zero. */
const TOLERANCE = 1e-12;
const ACCEPTED = 1e-8;
/** Links that may enter at once: as a share of the support, and at least. All that would like to enter are too many. */
const ENTERING_SHARE = 0.5;
const ENTERING = 8;
/** Newton steps that refine one support: a factor that is hardly determined leaves digits to gain. */
const REFINEMENTS = 4;

/** Where a column stands. */
const OPEN = 0;
const IN_SUPPORT = 1;
/** Depends on the support, and moving both leads nowhere. */
const BARRED = 2;
/** Fixed at zero, or without any data. */
const SHUT = 3;

/**
 * The elastic net row by row, each solved exactly by an active set: Newton's step on the links off their target for the
 * signs that they have, up to the first that would change sign and leaves; then the links enter whose slopes exceed the
 * lasso the most (Osborne, Presnell and Turlach 2000; the feature-sign search of Lee, Battle, Raina and Ng 2007). The
 * objective falls at every step, so no set of signs comes back. The factor of the support's Gram matrix gains and loses
 * rows with it. A column that depends on the support enters in exchange for the first that its entry drives to the
 * target. Iterations count Newton steps.
 */
export function activeSetRows(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  towards: NetTargets,
  isZero?: Uint8Array,
): MatrixSolution {
  const n = problem.gram.rows;
  const isLink = (i: number, j: number) => i !== j && !isZero?.[i * n + j];
  const y = mapEntries(towards.target, (v, i, j) => (isLink(i, j) ? v : 0));
  const rhs = rowTargets(problem, penalty.ridge, y, towards);
  const shifts = startingShifts(problem, penalty, towards, y, rhs);
  const search = new RowSearch(problem, penalty);
  const scale = Math.max(largestMagnitude(problem.cross.data), Number.MIN_VALUE);
  let [iterations, worst] = [0, 0];
  for (let i = 0; i < n; i++) {
    const row = (data: Float64Array) => data.subarray(i * n, (i + 1) * n);
    begin(search, i, row(rhs.data), shifts && row(shifts.data), isZero?.subarray(i * n, (i + 1) * n));
    iterations += solveRow(search);
    worst = Math.max(worst, largestViolation(search));
    for (let p = 0; p < search.size; p++) y.data[i * n + search.col[p]] += search.value[p];
  }
  const optimalityResidual = worst / scale;
  const status = optimalityResidual <= ACCEPTED ? 'converged' : 'maxIterations';
  return { solution: y, status, iterations, optimalityResidual };
}

/** What the gradient of a row is at its target, with the opposite sign: `A_i − Y⁰_i S_i` and the ridge's pull. */
function rowTargets(
  problem: SymmetricProblem,
  ridge: number,
  origin: DenseMatrix,
  { target, ridgeTarget }: NetTargets,
): DenseMatrix {
  const isNone = origin.data.every((v) => v === 0);
  const slopes = isNone ? problem.cross : mapEntries(smoothGradient(problem, origin), (v) => -v);
  if (ridge === 0 || ridgeTarget === target) return slopes;
  const pull = mapEntries(combine(ridgeTarget, 1, origin, -1), (v, i, j) => (i === j ? 0 : ridge * v));
  return combine(slopes, 1, pull, 1);
}

function startingShifts(
  problem: SymmetricProblem,
  { ridge, lasso }: ElasticPenalty,
  { start }: NetTargets,
  origin: DenseMatrix,
  rhs: DenseMatrix,
): DenseMatrix | undefined {
  if (start) return combine(start, 1, origin, -1);
  return lasso === 0 ? ridgeShifts(problem, ridge, rhs) : undefined;
}

/**
 * Rows without lasso, masks apart, by one inverse for all: `M = S + ridge·1`, less what a row does not see and the ridge that
 * its diagonal does not bear, `M − UUᵀ`, has the inverse `G + GU(1 − UᵀGU)⁻¹UᵀG` (Woodbury).
 */
function ridgeShifts({ gram, rowDowndates }: SymmetricProblem, ridge: number, rhs: DenseMatrix): DenseMatrix {
  const n = gram.rows;
  const { inverse } = gramInverse(mapEntries(gram, (v, i, j) => (i === j ? v + ridge : v)));
  const shifts = multiply(rhs, inverse);
  for (let i = 0; i < n; i++) {
    const factors = rowDowndates?.[i];
    const rank = (factors?.rows ?? 0) + (ridge > 0 ? 1 : 0);
    if (rank === 0) continue;
    const unseen = zeros(rank, n);
    if (factors) unseen.data.set(factors.data);
    if (ridge > 0) unseen.data[(rank - 1) * n + i] = Math.sqrt(ridge);
    correctRow(shifts.data.subarray(i * n, (i + 1) * n), inverse, unseen);
  }
  return shifts;
}

function correctRow(x: Float64Array, inverse: DenseMatrix, unseen: DenseMatrix): void {
  const images = multiply(unseen, inverse);
  const kept = mapEntries(multiply(images, transpose(unseen)), (v, a, b) => (a === b ? 1 : 0) - v);
  const seen = multiply(unseen, { rows: x.length, cols: 1, data: x });
  const shares = multiply(gramInverse(symmetricPart(kept)).inverse, seen);
  shares.data.forEach((share, f) => {
    for (let k = 0; k < x.length; k++) x[k] += share * images.data[f * x.length + k];
  });
}

/**
 * The search of one row; its arrays serve the rows one after the other. A class: with a literal, V8 throws what it has
 * compiled away at the second call.
 */
class RowSearch {
  readonly ridge: number;
  readonly lasso: number;
  row = 0;
  rhs: Float64Array;
  /** Slopes smaller than this are zero. */
  tolerance = TOLERANCE;
  readonly standing: Uint8Array;
  /** The support: columns, values beyond the target, and signs, 0 for what bears no lasso. */
  size = 0;
  readonly col: Int32Array;
  readonly value: Float64Array;
  readonly sign: Float64Array;
  /** Lower triangle, row by row, of the Cholesky factor of the Gram matrix of the first `factored` of the support. */
  factored = 0;
  readonly factor: Float64Array;
  /** Smooth slopes of all columns where the search stands. */
  readonly gradient: Float64Array;
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
    [this.direction, this.scratch] = [new Float64Array(n), new Float64Array(n)];
  }
}

/** The diagonal and the links off their target make the first support. */
function begin(search: RowSearch, row: number, rhs: Float64Array, shifts?: Float64Array, isZero?: Uint8Array): void {
  const { standing, lasso } = search;
  search.row = row;
  search.rhs = rhs;
  search.size = 0;
  search.factored = 0;
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

const ridgeOn = ({ row, ridge }: RowSearch, j: number): number => (j === row ? 0 : ridge);

function join(search: RowSearch, col: number, value: number, sign: number): void {
  const p = search.size++;
  search.col[p] = col;
  search.value[p] = value;
  search.sign[p] = sign;
  search.standing[col] = IN_SUPPORT;
}

/** Newton steps it took. The slopes at the end are computed from the values alone. */
function solveRow(search: RowSearch): number {
  evaluate(search);
  if (slackness(search) <= search.tolerance && !hasEntering(search)) return 0;
  factorSupport(search);
  evaluate(search);
  const most = 10 * search.rhs.length + 100;
  let [steps, refinements] = [0, 0];
  while (steps < most) {
    const isRefined = slackness(search) <= search.tolerance || refinements === REFINEMENTS;
    refinements = isRefined ? 0 : refinements + 1;
    if (isRefined && !enter(search)) break;
    steps += newton(search);
    evaluate(search);
  }
  return steps;
}

/** Slopes of the smooth part at all columns, and what of them is rounding. */
function evaluate(search: RowSearch): void {
  const { problem, row, rhs, size, col, value, gradient, scratch } = search;
  const { gram, rowDowndates } = problem;
  for (let k = 0; k < rhs.length; k++) gradient[k] = -rhs[k];
  addRows(gram.data, rhs.length, col, value, size, gradient);
  const factors = rowDowndates?.[row];
  if (factors) subtractDowndate(factors, spread(search, scratch), gradient);
  let [length, largest] = [0, 0];
  for (let p = 0; p < size; p++) {
    gradient[col[p]] += ridgeOn(search, col[p]) * value[p];
    const own = gram.data[col[p] * (rhs.length + 1)] + search.ridge;
    length += Math.abs(value[p]) * Math.sqrt(own);
    largest = Math.max(largest, own);
  }
  const rounding = 4 * Number.EPSILON * length * Math.sqrt(largest);
  search.tolerance = Math.max(TOLERANCE * largestMagnitude(rhs), rounding);
}

/** `out += Σ_p value_p S_p`, four rows at a time. */
function addRows(
  gram: Float64Array,
  n: number,
  col: Int32Array,
  value: Float64Array,
  size: number,
  out: Float64Array,
): void {
  let p = 0;
  for (; p + 4 <= size; p += 4) {
    const [a, b, c, d] = [col[p] * n, col[p + 1] * n, col[p + 2] * n, col[p + 3] * n];
    const [s, t, u, v] = [value[p], value[p + 1], value[p + 2], value[p + 3]];
    for (let k = 0; k < n; k++) out[k] += s * gram[a + k] + t * gram[b + k] + (u * gram[c + k] + v * gram[d + k]);
  }
  for (; p < size; p++) for (let k = 0, a = col[p] * n, s = value[p]; k < n; k++) out[k] += s * gram[a + k];
}

/** The values of the support, column by column. */
function spread({ size, col, value }: RowSearch, out: Float64Array): Float64Array {
  out.fill(0);
  for (let p = 0; p < size; p++) out[col[p]] = value[p];
  return out;
}

/** Largest slope of the whole objective inside the support. */
function slackness({ size, col, sign, gradient, lasso }: RowSearch): number {
  let largest = 0;
  for (let p = 0; p < size; p++) largest = Math.max(largest, Math.abs(gradient[col[p]] + lasso * sign[p]));
  return largest;
}

const excess = ({ gradient, lasso }: RowSearch, j: number): number => Math.abs(gradient[j]) - lasso;
const wantsIn = (search: RowSearch, j: number): boolean =>
  search.standing[j] === OPEN && excess(search, j) > search.tolerance;

function hasEntering(search: RowSearch): boolean {
  for (let j = 0; j < search.rhs.length; j++) if (wantsIn(search, j)) return true;
  return false;
}

/** By how much the row misses its optimality conditions. */
function largestViolation(search: RowSearch): number {
  let largest = slackness(search);
  for (let j = 0; j < search.rhs.length; j++)
    if (search.standing[j] === OPEN || search.standing[j] === BARRED) largest = Math.max(largest, excess(search, j));
  return largest;
}

/** Lets the links in that gain the most. False when there is none. */
function enter(search: RowSearch): boolean {
  const { gradient, lasso } = search;
  const least = leastEntering(search);
  let [joined, barred] = [0, 0];
  for (let j = 0; j < search.rhs.length; j++) {
    if (!wantsIn(search, j) || excess(search, j) < least) continue;
    const sign = -Math.sign(gradient[j]);
    if (appendToFactor(search, j)) join(search, j, 0, lasso > 0 ? sign : 0);
    // Beside others that have just come in, a dependent column waits: the support is not at its optimum.
    else if (joined > 0) continue;
    else if (!exchange(search, j, sign)) {
      search.standing[j] = BARRED;
      barred++;
      continue;
    }
    joined++;
  }
  return joined + barred > 0;
}

/** The excess from which on links may enter. */
function leastEntering(search: RowSearch): number {
  let wanting = 0;
  for (let j = 0; j < search.rhs.length; j++) if (wantsIn(search, j)) search.scratch[wanting++] = excess(search, j);
  const taken = Math.max(ENTERING, Math.floor(ENTERING_SHARE * search.size));
  return taken >= wanting ? 0 : kthSmallest(search.scratch.subarray(0, wanting), wanting - taken);
}

/** Entry k of the list if it were sorted, by quickselect (Hoare 1961); reorders the list. */
function kthSmallest(list: Float64Array, k: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const pivot = list[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (list[i] < pivot) i++;
      while (list[j] > pivot) j--;
      if (i > j) break;
      [list[i], list[j]] = [list[j], list[i]];
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return list[k];
}

/** Newton steps for the signs of the support, until none changes. */
function newton(search: RowSearch): number {
  const { direction, scratch: slopes, col, sign, gradient, lasso } = search;
  for (let p = 0; p < search.size; p++) slopes[p] = -gradient[col[p]] - lasso * sign[p];
  for (let steps = 1; ; steps++) {
    direction.set(slopes.subarray(0, search.size));
    solveForward(search.factor, direction, search.factored);
    solveBackward(search.factor, direction, search.factored);
    const leaving = firstCrossing(search, 1);
    const share = leaving < 0 ? 1 : crossing(search, leaving);
    step(search, share);
    if (leaving < 0) return steps;
    leave(search, leaving);
    // Newton's direction takes the same share off every slope.
    slopes.copyWithin(leaving, leaving + 1, search.size + 1);
    for (let p = 0; p < search.size; p++) slopes[p] *= 1 - share;
  }
}

/** The share of the direction at which an entry of the support reaches its target; infinite where it does not. */
function crossing({ value, sign, direction }: RowSearch, p: number): number {
  if (direction[p] * sign[p] > 0 || sign[p] === 0) return Number.POSITIVE_INFINITY;
  if (value[p] * sign[p] <= 0) return 0;
  return direction[p] === 0 ? Number.POSITIVE_INFINITY : -value[p] / direction[p];
}

/** The first of the support that reaches its target, within a share of the direction; −1 if none does. */
function firstCrossing(search: RowSearch, within: number): number {
  let [first, least] = [-1, Number.POSITIVE_INFINITY];
  for (let p = 0; p < search.size; p++) {
    const share = crossing(search, p);
    if (share < least && share <= within) [first, least] = [p, share];
  }
  return first;
}

function step({ size, value, direction }: RowSearch, share: number): void {
  for (let p = 0; p < size; p++) value[p] += share * direction[p];
}

/**
 * Moves along the direction in which a dependent column and the support leave the fit as it is, to the first that reaches
 * its target, which leaves. False where none does: without a lasso nothing is gained, or the problem has no minimum.
 */
function exchange(search: RowSearch, col: number, sign: number): boolean {
  const { size, factor, direction, lasso } = search;
  if (lasso === 0) return false;
  const at = triangle(size);
  for (let p = 0; p < size; p++) direction[p] = -sign * factor[at + p];
  solveBackward(search.factor, direction, search.factored);
  const leaving = firstCrossing(search, Number.POSITIVE_INFINITY);
  if (leaving < 0) return false;
  const share = crossing(search, leaving);
  step(search, share);
  leave(search, leaving);
  if (!appendToFactor(search, col)) return false;
  join(search, col, share * sign, sign);
  return true;
}

/** Takes an entry out of the support; its value becomes the target's. */
function leave(search: RowSearch, p: number): void {
  const { col, value, sign, standing } = search;
  standing[col[p]] = OPEN;
  if (p < search.factored) removeRow(search.factor, search.factored--, p);
  for (const list of [col, value, sign]) list.copyWithin(p, p + 1, search.size);
  search.size--;
}

/** Factors a first support; what depends on the rest of it starts at its target instead. */
function factorSupport(search: RowSearch): void {
  while (search.factored < search.size)
    if (!appendToFactor(search, search.col[search.factored])) leave(search, search.factored);
}

/** Adds a column to the factor. False where it depends on those before, and its row then has the forward solution. */
function appendToFactor(search: RowSearch, col: number): boolean {
  const { problem, row, factor, factored: m } = search;
  const at = triangle(m);
  for (let q = 0; q < m; q++) factor[at + q] = gramEntry(problem, row, search.col[q], col);
  solveForward(factor, factor.subarray(at, at + m));
  const ridge = ridgeOn(search, col);
  let pivot = gramEntry(problem, row, col, col) + ridge;
  for (let q = 0; q < m; q++) pivot -= factor[at + q] ** 2;
  if (!(pivot > FLAT * (problem.gram.data[col * (problem.gram.cols + 1)] + ridge))) return false;
  factor[at + m] = Math.sqrt(pivot);
  search.factored++;
  return true;
}
