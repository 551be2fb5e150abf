import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import type { FoldMoments } from '../../../model/moments.js';
import { type DenseMatrix, zeros } from '../../../numerics/dense.js';
import type { ConcaveShapes } from './concaveRows.js';

/**
 * Concave own terms with their weights. Own impact of name i is `κ_i v̄ + Σ_q g_qi w^q`; beside it stands the secant
 * `K_ii = κ_i + b_i Σ_q g_qi` at the flow of a typical bucket, so that a move is `K v̄` and a remainder `Σ_q g_qi (w^q − b_i v̄_i)`
 * that vanishes where flow is typical. Whatever is said of self impact (prior, floors, decay) is said of the secant.
 */
export interface ConcaveFit {
  readonly shapes: ConcaveShapes;
  /** Q×N: g ≥ 0, bps per million. */
  readonly own: DenseMatrix;
  /** N: m_i, typical flow of a bucket in which the name trades, millions. */
  readonly typical: Float64Array;
  /** N: b_i = h_i(m_i)/m_i in (0, 1]. */
  readonly secants: Float64Array;
  /** P: the decay of the linear part, which merges v̄ in the remainder. */
  readonly weights: Float64Array;
}

/** N: what concave terms add to the linear part of self impact, `b_i Σ_q g_qi`, bps per million. */
export const concaveSelf = ({ own, secants }: Pick<ConcaveFit, 'own' | 'secants'>): Float64Array =>
  secants.map((secant, i) => {
    let sum = 0;
    for (let q = 0; q < own.rows; q++) sum += own.data[q * own.cols + i];
    return secant * sum;
  });

/**
 * The fold as if its moves had no remainder: `r − Σ_q g_qi (w^q − b_i v̄_i)`. Sums with regressors and squares of moves are exact;
 * products of two names' moves see the remainder through its projection on the name's own filtered flow, which is all that
 * residual correlation needs. `projection` is P×N, of the whole window; without it they stay as they are.
 */
export function withoutRemainder(
  fold: FoldMoments,
  concave: ConcaveMoments,
  fit: ConcaveFit,
  projection?: DenseMatrix,
): FoldMoments {
  const zr = { ...fold.zr, data: fold.zr.data.slice() };
  const rr = { ...fold.rr, data: fold.rr.data.slice() };
  const self = concaveSelf(fit);
  subtractFromRows(fold, concave, fit, self, zr);
  if (projection) subtractFromProducts(fold, projection, rr);
  for (let i = 0; i < fold.names; i++) {
    const at = i * (fold.names + 1);
    rr.data[at] = Math.max(0, fold.rr.data[at] + squareChange(fold, concave, fit, self, i));
  }
  return { ...fold, zr, rr };
}

function subtractFromRows(
  fold: FoldMoments,
  { withRegressors }: ConcaveMoments,
  { own, weights }: ConcaveFit,
  self: Float64Array,
  zr: DenseMatrix,
): void {
  const { names, factors, zz } = fold;
  const controls = 1 + factors;
  for (let k = 0; k < zr.rows; k++) {
    const row = k * names;
    for (let i = 0; i < names; i++) {
      let change = 0;
      for (let q = 0; q < own.rows; q++) change -= own.data[q * names + i] * withRegressors[q].data[row + i];
      if (self[i] !== 0) {
        let merged = 0;
        for (let p = 0; p < weights.length; p++)
          if (weights[p] !== 0) merged += weights[p] * zz.data[k * zz.cols + controls + p * names + i];
        change += self[i] * merged * presentShare(fold, k, i);
      }
      zr.data[row + i] += change;
    }
  }
}

/** Share of a regressor's sums that falls into buckets in which the move of a name is there. */
function presentShare(
  { names, factors, observed, buckets, zz, missingFlowSquare }: FoldMoments,
  k: number,
  i: number,
): number {
  const controls = 1 + factors;
  if (k < controls) return buckets > 0 ? observed[i] / buckets : 0;
  const whole = zz.data[k * (zz.cols + 1)];
  return whole > 0 ? 1 - missingFlowSquare.data[(k - controls) * names + i] / whole : 0;
}

/** What the squares of a name's moves change by. */
function squareChange(
  fold: FoldMoments,
  { withRegressors, withMoves, squares, terms }: ConcaveMoments,
  { own, weights }: ConcaveFit,
  self: Float64Array,
  i: number,
): number {
  const { names, factors, zz, zr } = fold;
  const controls = 1 + factors;
  const g = (q: number) => own.data[q * names + i];
  const ownRow = (p: number) => controls + p * names + i;
  let change = 0;
  for (let q = 0; q < terms; q++) {
    change -= 2 * g(q) * withMoves.data[q * names + i];
    for (let s = 0; s < terms; s++) change += g(q) * g(s) * squares.data[(q * terms + s) * names + i];
  }
  if (self[i] === 0) return change;
  weights.forEach((a, p) => {
    if (a === 0) return;
    let withFlow = zr.data[ownRow(p) * names + i];
    for (let q = 0; q < terms; q++) withFlow -= g(q) * withRegressors[q].data[ownRow(p) * names + i];
    change += 2 * self[i] * a * withFlow;
    const share = presentShare(fold, ownRow(p), i);
    weights.forEach((b, o) => {
      if (b !== 0) change += self[i] ** 2 * a * b * zz.data[ownRow(p) * zz.cols + ownRow(o)] * share;
    });
  });
  return change;
}

/** Products of two names, the remainder seen through its projection `β_iᵀ v_i`. */
function subtractFromProducts(
  { names, factors, bases, zz, zr }: FoldMoments,
  projection: DenseMatrix,
  rr: DenseMatrix,
): void {
  const controls = 1 + factors;
  // Rows β_i v_i: with every move, and with every other.
  const withMoves = zeros(names);
  const withOthers = zeros(names);
  const image = new Float64Array(names * bases);
  for (let i = 0; i < names; i++) {
    image.fill(0);
    for (let p = 0; p < bases; p++) {
      const beta = projection.data[p * names + i];
      if (beta === 0) continue;
      const row = controls + p * names + i;
      for (let j = 0; j < names; j++) withMoves.data[i * names + j] += beta * zr.data[row * names + j];
      for (let k = 0; k < image.length; k++) image[k] += beta * zz.data[row * zz.cols + controls + k];
    }
    for (let p = 0; p < bases; p++)
      for (let j = 0; j < names; j++)
        withOthers.data[i * names + j] += image[p * names + j] * projection.data[p * names + j];
  }
  for (let i = 0; i < names; i++)
    for (let j = 0; j < names; j++) {
      if (i === j) continue;
      const k = i * names + j;
      const turned = j * names + i;
      rr.data[k] += withOthers.data[k] - withMoves.data[k] - withMoves.data[turned];
    }
}
