import type { ConcaveMode } from '../../../model/concave.js';
import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import type { FoldMoments } from '../../../model/moments.js';
import { type DenseMatrix, multiply, submatrix, zeros } from '../../../numerics/dense.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import type { FactorModel } from '../../defactor/defactor.js';
import type { RegressionMoments } from '../impactProblem.js';
import { presentShare } from './concaveFit.js';

/** What concave terms are estimated from, links and decay of the linear part being given. */
export interface TermInput {
  readonly fold: FoldMoments;
  readonly concave: ConcaveMoments;
  readonly factorModel: FactorModel;
  /** Of the same fold on merged bases. */
  readonly moments: RegressionMoments;
  readonly weights: Float64Array;
  readonly modes: readonly Pick<ConcaveMode, 'direction'>[];
}

/**
 * Least squares of own terms and modes in units of residual variance. Own columns of a name are its linear flow, then its
 * concave terms (1+Q); modes have MQ columns that all names share.
 */
export interface TermProblems {
  /** Per name (1+Q)² and 1+Q. */
  readonly gram: readonly DenseMatrix[];
  readonly cross: readonly Float64Array[];
  /** Per name (1+Q)×MQ; (MQ)²; MQ. */
  readonly withModes: readonly DenseMatrix[];
  readonly modeGram: DenseMatrix;
  readonly modeCross: Float64Array;
}

/** The problems once links (off-diagonals of the linear K, bps per million) are taken out of the moves. */
export function termProblems(input: TermInput, K: DenseMatrix, vol: Float64Array): TermProblems {
  const { names, modes, terms } = input.concave;
  const left = withoutControls(input);
  const weights = vol.map((v) => (v > 0 ? 1 / (v * v) : 0));
  const own = Array.from({ length: names }, (_, i) => ownProblem(input, left, K, i, weights[i]));
  const width = modes * terms;
  const modeGram = zeros(width);
  const modeCross = new Float64Array(width);
  for (let i = 0; i < names && width > 0; i++) addModes(input, left, K, i, weights[i], { modeGram, modeCross });
  return {
    gram: own.map(({ H }) => H),
    cross: own.map(({ c }) => c),
    withModes: own.map(({ M }) => M),
    modeGram,
    modeCross,
  };
}

function ownProblem(
  { concave, moments, fold, weights, modes }: TermInput,
  left: Residual,
  K: DenseMatrix,
  i: number,
  weight: number,
) {
  const { names, terms } = concave;
  const share = presentShareOfOwn(fold, weights, i);
  const scale = share > 0 ? weight / share : 0;
  const width = 1 + terms;
  const H = zeros(width);
  const c = new Float64Array(width);
  const M = zeros(width, concave.modes * terms);
  H.data[0] = weight * moments.gram.data[i * (names + 1)];
  c[0] = weight * withoutLinks(moments.cross.data[i * (names + 1)], K, i, (j) => moments.gram.data[j * names + i]);
  for (let q = 0; q < terms; q++) {
    const withFlow = left.withFlow[q];
    c[1 + q] = scale * withoutLinks(left.withMoves.data[q * names + i], K, i, (j) => withFlow.data[j * names + i]);
    H.data[1 + q] = scale * withFlow.data[i * (names + 1)];
    H.data[(1 + q) * width] = H.data[1 + q];
    for (let s = 0; s < terms; s++)
      H.data[(1 + q) * width + 1 + s] = scale * left.squares.data[(q * terms + s) * names + i];
  }
  for (let k = 0; k < M.cols; k++) {
    const loading = modes[Math.floor(k / terms)].direction[i];
    M.data[k] = weight * loading * left.modeFlow.data[i * M.cols + k];
    for (let q = 0; q < terms; q++)
      M.data[(1 + q) * M.cols + k] = scale * loading * left.modeOwn.data[k * terms * names + q * names + i];
  }
  return { H, c, M };
}

function addModes(
  { concave, modes, fold, weights }: TermInput,
  left: Residual,
  K: DenseMatrix,
  i: number,
  weight: number,
  { modeGram, modeCross }: Pick<TermProblems, 'modeGram' | 'modeCross'>,
): void {
  const width = modeCross.length;
  const loading = (k: number) => modes[Math.floor(k / concave.terms)].direction[i];
  const share = presentShareOfOwn(fold, weights, i);
  for (let k = 0; k < width; k++) {
    if (loading(k) === 0) continue;
    const moves = share > 0 ? left.modeMoves.data[k * concave.names + i] / share : 0;
    modeCross[k] += weight * loading(k) * withoutLinks(moves, K, i, (j) => left.modeFlow.data[j * width + k]);
    for (let s = 0; s < width; s++)
      modeGram.data[k * width + s] += weight * loading(k) * loading(s) * left.modeSquares.data[k * width + s];
  }
}

function withoutLinks(sum: number, K: DenseMatrix, i: number, withFlow: (j: number) => number): number {
  let left = sum;
  for (let j = 0; j < K.cols; j++) {
    const link = K.data[i * K.cols + j];
    if (j !== i && link !== 0) left -= link * withFlow(j);
  }
  return left;
}

/** Share of a name's own flow that falls into buckets in which its move is there. */
function presentShareOfOwn(fold: FoldMoments, weights: Float64Array, i: number): number {
  const { names, factors, zz } = fold;
  let [present, whole] = [0, 0];
  weights.forEach((a, p) => {
    const k = 1 + factors + p * names + i;
    const square = a * a * zz.data[k * (zz.cols + 1)];
    whole += square;
    present += square * presentShare(fold, k, i);
  });
  return whole > 0 ? present / whole : 0;
}

/** Sums with all that controls explain taken out of rows and moves. */
interface Residual {
  /** Per term N×N: `Σ v̄_j w_i^q`, entry (j, i). */
  readonly withFlow: readonly DenseMatrix[];
  readonly withMoves: DenseMatrix;
  readonly squares: DenseMatrix;
  /** N×MQ: `Σ v̄_j w_m^q`. */
  readonly modeFlow: DenseMatrix;
  readonly modeMoves: DenseMatrix;
  readonly modeOwn: DenseMatrix;
  readonly modeSquares: DenseMatrix;
}

/** Rows with the controls taken out, as they are of flow (Frisch–Waugh–Lovell); moves alone where only they are residualised. */
function withoutControls({ fold, concave, factorModel, weights }: TermInput): Residual {
  const { names, factors, zz } = fold;
  const { terms, withRegressors, modeRegressors } = concave;
  const controls = 1 + factors;
  const head = Array.from({ length: controls }, (_, a) => a);
  const { moves, flow } = factorModel.controls;
  const partialled = flow.data.some((value) => value !== 0);
  const { inverse } = gramInverse(submatrix(zz, head));
  const all = (matrix: DenseMatrix) => submatrix(matrix, head, [...Array(matrix.cols).keys()]);
  const own = withRegressors.map(all);
  const modes = all(modeRegressors);
  const solved = (rows: DenseMatrix) => (partialled ? multiply(inverse, rows) : zeros(rows.rows, rows.cols));
  const [ownSolved, modesSolved] = [own.map(solved), solved(modes)];
  const flowOnControls = mergedRows(zz, head, fold, weights);
  const minus = (value: number, a: DenseMatrix, i: number, b: DenseMatrix, j: number) => {
    let sum = value;
    for (let c = 0; c < controls; c++) sum -= a.data[c * a.cols + i] * b.data[c * b.cols + j];
    return sum;
  };
  const flowRows = Array.from({ length: names * fold.bases }, (_, k) => controls + k);
  const merged = (matrix: DenseMatrix) =>
    mergeRows(submatrix(matrix, flowRows, [...Array(matrix.cols).keys()]), names, weights);
  const explained = (i: number, rows: DenseMatrix, k: number) => {
    let sum = 0;
    for (let c = 0; c < controls; c++) sum += moves.data[i * controls + c] * rows.data[c * rows.cols + k];
    return sum;
  };
  return {
    withFlow: withRegressors.map((rows, q) =>
      fill(merged(rows), (v, j, i) => minus(v, flowOnControls, j, ownSolved[q], i)),
    ),
    withMoves: fill(concave.withMoves, (v, q, i) => v - explained(i, own[q], i)),
    squares: fill(concave.squares, (v, row, i) => minus(v, own[Math.floor(row / terms)], i, ownSolved[row % terms], i)),
    modeFlow: fill(merged(modeRegressors), (v, j, k) => minus(v, flowOnControls, j, modesSolved, k)),
    modeMoves: fill(concave.modeMoves, (v, k, i) => v - explained(i, modes, k)),
    modeOwn: fill(concave.modeOwn, (v, k, c) => minus(v, modes, k, ownSolved[Math.floor(c / names)], c % names)),
    modeSquares: fill(concave.modeSquares, (v, k, s) => minus(v, modes, k, modesSolved, s)),
  };
}

function fill(matrix: DenseMatrix, change: (value: number, row: number, col: number) => number): DenseMatrix {
  const data = new Float64Array(matrix.data.length);
  for (let row = 0, k = 0; row < matrix.rows; row++)
    for (let col = 0; col < matrix.cols; col++, k++) data[k] = change(matrix.data[k], row, col);
  return { ...matrix, data };
}

/** Rows of the bases merged by the decay: N×cols. */
function mergeRows({ cols, data }: DenseMatrix, names: number, weights: Float64Array): DenseMatrix {
  const out = zeros(names, cols);
  weights.forEach((a, p) => {
    if (a === 0) return;
    for (let k = 0; k < names * cols; k++) out.data[k] += a * data[p * names * cols + k];
  });
  return out;
}

/** C×N: controls with merged flow. */
function mergedRows(
  zz: DenseMatrix,
  head: readonly number[],
  { names }: FoldMoments,
  weights: Float64Array,
): DenseMatrix {
  const out = zeros(head.length, names);
  weights.forEach((a, p) => {
    for (const c of head)
      for (let j = 0; j < names; j++) out.data[c * names + j] += a * zz.data[c * zz.cols + head.length + p * names + j];
  });
  return out;
}
