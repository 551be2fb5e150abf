import { type DenseMatrix, multiply, zeros } from './dense.js';
import type { SymmetricProblem, SymmetricSolution } from './symmetricLeastSquares.js';

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

const TOLERANCE = 1e-10;
const ACCEPTED = 1e-8;
const MAX_SWEEPS = 20_000;
/** Sweeps over the unknowns that are not at their target, between two over all. */
const ACTIVE_SWEEPS = 20;

/**
 * Minimises `Σ_i ½ Y_i S_i Y_iᵀ − A_i Y_iᵀ` plus an elastic net on the off-diagonals, over matrices of a pattern, by
 * cyclic coordinate descent with covariance updates and an active set (Friedman, Hastie and Tibshirani 2010). `Q = Y S` is
 * kept, so an unknown costs O(n). The ridge may have a target of its own. The status rests on the KKT conditions, computed anew at the end.
 */
export function elasticNet(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  target: DenseMatrix,
  pattern: LinkPattern,
  start?: DenseMatrix,
  ridgeTarget: DenseMatrix = target,
): SymmetricSolution {
  const unknowns = unknownsOf(problem, pattern);
  const state = startingState(problem, unknowns, target, start, ridgeTarget);
  const scale = gradientScale(problem.cross);
  let sweeps = 0;
  let active = unknowns;
  while (sweeps < MAX_SWEEPS) {
    const moved = sweep(problem, state, active, penalty);
    sweeps++;
    if (moved > TOLERANCE * scale) {
      for (let k = 0; k < ACTIVE_SWEEPS && sweeps < MAX_SWEEPS; k++, sweeps++) {
        active = unknowns.filter((unknown) => unknown.free || state.shift[unknown.index] !== 0);
        if (sweep(problem, state, active, penalty) <= TOLERANCE * scale) break;
      }
      active = unknowns;
      continue;
    }
    break;
  }
  refresh(problem, state);
  const optimalityResidual = violation(state, unknowns, penalty) / scale;
  return {
    solution: state.y,
    status: optimalityResidual <= ACCEPTED ? 'converged' : 'maxIterations',
    iterations: sweeps,
    optimalityResidual,
  };
}

/** The smallest lasso that holds every off-diagonal at a target of zero, for a free diagonal fitted alone. */
export function largestLasso(problem: SymmetricProblem, pattern: LinkPattern): number {
  const n = problem.gram.rows;
  const unknowns = unknownsOf(problem, pattern);
  const state = startingState(problem, unknowns, zeros(n));
  for (const unknown of unknowns) if (unknown.free) update(problem, state, unknown, { ridge: 0, lasso: 0 });
  let largest = 0;
  for (const unknown of unknowns) {
    if (!unknown.free) largest = Math.max(largest, Math.abs(gradientOf(state, unknown)) / unknown.weight);
  }
  return largest;
}

/** One unknown: the entries that move with it. */
interface Unknown {
  readonly index: number;
  readonly entries: readonly TiedEntry[];
  /** The diagonal is free of penalty. */
  readonly free: boolean;
  /** Curvature of the smooth part. */
  readonly curvature: number;
  /** Σ |c| and Σ c² over the entries: what the penalties count. */
  readonly weight: number;
  readonly square: number;
}

interface State {
  readonly y: DenseMatrix;
  /** `Y_i S_i − A_i`, row by row. */
  readonly gradient: DenseMatrix;
  /** Value of every unknown beyond its target. */
  readonly shift: Float64Array;
  /** Where the ridge pulls it to, beyond that target. */
  readonly pull: Float64Array;
}

function unknownsOf(problem: SymmetricProblem, { symmetric, isZero, ties = [] }: LinkPattern): Unknown[] {
  const n = problem.gram.rows;
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
  // The diagonal first: links then start from what self impact leaves, and those beyond the penalty's reach never move.
  const isDiagonal = (entries: readonly TiedEntry[]) => entries.every((e) => e.row === e.col);
  const ordered = [...groups.filter(isDiagonal), ...groups.filter((entries) => !isDiagonal(entries))];
  return ordered.map((entries, index) => ({
    index,
    entries,
    free: isDiagonal(entries),
    curvature: curvatureOf(problem, entries),
    weight: entries.reduce((sum, e) => sum + Math.abs(e.coefficient), 0),
    square: entries.reduce((sum, e) => sum + e.coefficient ** 2, 0),
  }));
}

/** `cᵀ H c`: entries of one row meet in the Gram matrix. */
function curvatureOf(problem: SymmetricProblem, entries: readonly TiedEntry[]): number {
  let curvature = 0;
  for (const a of entries)
    for (const b of entries) {
      if (a.row !== b.row) continue;
      curvature += a.coefficient * b.coefficient * gramEntry(problem, a.row, a.col, b.col);
    }
  return curvature;
}

function gramEntry({ gram, rowDowndates }: SymmetricProblem, row: number, j: number, k: number): number {
  const factors = rowDowndates?.[row];
  let value = gram.data[j * gram.cols + k];
  for (let f = 0; f < (factors?.rows ?? 0); f++)
    value -= factors!.data[f * factors!.cols + j] * factors!.data[f * factors!.cols + k];
  return value;
}

function startingState(
  problem: SymmetricProblem,
  unknowns: readonly Unknown[],
  target: DenseMatrix,
  start?: DenseMatrix,
  ridgeTarget: DenseMatrix = target,
): State {
  const n = problem.gram.rows;
  const y = zeros(n);
  const shift = new Float64Array(unknowns.length);
  const pull = new Float64Array(unknowns.length);
  for (const { index, entries, free } of unknowns) {
    const origin = free ? 0 : valueIn(target, entries);
    const value = start ? valueIn(start, entries) : origin;
    shift[index] = value - origin;
    pull[index] = free ? 0 : valueIn(ridgeTarget, entries) - origin;
    for (const e of entries) y.data[e.row * n + e.col] = value * e.coefficient;
  }
  const state = { y, gradient: zeros(n), shift, pull };
  refresh(problem, state);
  return state;
}

/** The value of an unknown whose entries are nearest to those of a matrix: a tie has one target. */
function valueIn(matrix: DenseMatrix, entries: readonly TiedEntry[]): number {
  let sum = 0;
  let square = 0;
  for (const e of entries) {
    sum += e.coefficient * matrix.data[e.row * matrix.cols + e.col];
    square += e.coefficient ** 2;
  }
  return square > 0 ? sum / square : 0;
}

function refresh({ gram, cross, rowDowndates }: SymmetricProblem, { y, gradient }: State): void {
  const n = gram.rows;
  const product = multiply(y, gram);
  for (let k = 0; k < gradient.data.length; k++) gradient.data[k] = product.data[k] - cross.data[k];
  rowDowndates?.forEach((factors, i) => {
    for (let f = 0; f < (factors?.rows ?? 0); f++) {
      const row = factors!.data.subarray(f * n, (f + 1) * n);
      let projection = 0;
      for (let j = 0; j < n; j++) projection += y.data[i * n + j] * row[j];
      for (let j = 0; j < n; j++) gradient.data[i * n + j] -= projection * row[j];
    }
  });
}

/** Largest move of a pass, in units of the gradient. */
function sweep(problem: SymmetricProblem, state: State, unknowns: readonly Unknown[], penalty: ElasticPenalty): number {
  let largest = 0;
  for (const unknown of unknowns) largest = Math.max(largest, update(problem, state, unknown, penalty));
  return largest;
}

function update(problem: SymmetricProblem, state: State, unknown: Unknown, penalty: ElasticPenalty): number {
  const ridge = unknown.free ? 0 : penalty.ridge * unknown.square;
  const lasso = unknown.free ? 0 : penalty.lasso * unknown.weight;
  const curvature = unknown.curvature + ridge;
  if (!(curvature > 0)) return 0;
  const old = state.shift[unknown.index];
  const wanted = unknown.curvature * old - gradientOf(state, unknown) + ridge * state.pull[unknown.index];
  const next = (Math.sign(wanted) * Math.max(0, Math.abs(wanted) - lasso)) / curvature;
  if (next === old) return 0;
  state.shift[unknown.index] = next;
  for (const { row, col, coefficient } of unknown.entries)
    moveEntry(problem, state, row, col, coefficient * (next - old));
  return Math.abs(next - old) * curvature;
}

function gradientOf({ gradient }: State, { entries }: Unknown): number {
  let sum = 0;
  for (const { row, col, coefficient } of entries) sum += coefficient * gradient.data[row * gradient.cols + col];
  return sum;
}

function moveEntry(
  { gram, rowDowndates }: SymmetricProblem,
  { y, gradient }: State,
  row: number,
  col: number,
  step: number,
): void {
  const n = gram.cols;
  const into = row * n;
  const from = col * n;
  y.data[into + col] += step;
  for (let k = 0; k < n; k++) gradient.data[into + k] += step * gram.data[from + k];
  const factors = rowDowndates?.[row];
  for (let f = 0; f < (factors?.rows ?? 0); f++) {
    const share = step * factors!.data[f * n + col];
    for (let k = 0; k < n; k++) gradient.data[into + k] -= share * factors!.data[f * n + k];
  }
}

/** Largest violation of the optimality conditions over the unknowns. */
function violation(state: State, unknowns: readonly Unknown[], penalty: ElasticPenalty): number {
  let largest = 0;
  for (const unknown of unknowns) {
    const shift = state.shift[unknown.index];
    const ridge = unknown.free ? 0 : penalty.ridge * unknown.square;
    const lasso = unknown.free ? 0 : penalty.lasso * unknown.weight;
    const slope = gradientOf(state, unknown) + ridge * (shift - state.pull[unknown.index]);
    const gap = shift === 0 ? Math.max(0, Math.abs(slope) - lasso) : Math.abs(slope + Math.sign(shift) * lasso);
    if (unknown.curvature + ridge > 0) largest = Math.max(largest, gap);
  }
  return largest;
}

function gradientScale(cross: DenseMatrix): number {
  return cross.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
}
