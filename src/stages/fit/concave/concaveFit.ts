import { type ConcaveTerms, pinchedConcave, secantMatrix } from '../../../model/concave.js';
import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import { pinched } from '../../../model/fallback.js';
import type { FoldMoments } from '../../../model/moments.js';
import { combine, type DenseMatrix, zeros } from '../../../numerics/dense.js';

/**
 * Concave terms with their weights, beside a linear part `K_lin`. The matrix that everything else speaks of (prior, floors,
 * decay, prices of small orders) is the secant at typical flow, `K = K_lin + S`, so that a move is `K v̄` and a remainder
 *
 *     Σ_q g_qi w_i^q + Σ_m q_mi Σ_q λ_mq w_m^q − Σ_j S_ij v̄_j
 *
 * that is small where flow is typical.
 */
export interface ConcaveFit {
  readonly terms: ConcaveTerms;
  /** P: the decay of the linear part, which merges v̄ in the remainder. */
  readonly weights: Float64Array;
  /** Whether there is a linear part; without one K is S. */
  readonly hasLinear: boolean;
  /** Q×N: standard errors of own terms, folds left out in turn; absent where there are too few. */
  readonly ownErrors?: DenseMatrix | undefined;
}

/** S: N×N, bps per million, positive semidefinite. */
export const secantPart = ({ terms }: Pick<ConcaveFit, 'terms'>): DenseMatrix =>
  secantMatrix(zeros(terms.scales.length), terms);

/** K with its terms once some links are dropped: linear ones as entries, concave ones as modes. */
export function pinchedFit(
  K: DenseMatrix,
  fit: ConcaveFit,
  keeps: (i: number, j: number) => boolean,
): { readonly K: DenseMatrix; readonly concave: ConcaveFit } {
  const terms = pinchedConcave(fit.terms, keeps);
  return { K: secantMatrix(pinched(linearPart(K, fit), keeps), terms), concave: { ...fit, terms } };
}

/** K less what the terms have of it. */
export const linearPart = (K: DenseMatrix, fit: ConcaveFit): DenseMatrix =>
  fit.hasLinear ? combine(K, 1, secantPart(fit), -1) : zeros(K.rows);

/**
 * The fold as if its moves had no remainder. Sums with regressors and squares of moves are exact where no move is missing;
 * products of two names' moves see the remainder through its projection on filtered flow, which is all that residual
 * correlation needs. `projection` is N×NP, of the whole window; without it they stay as they are.
 */
export function withoutRemainder(
  fold: FoldMoments,
  concave: ConcaveMoments,
  fit: ConcaveFit,
  projection?: DenseMatrix,
): FoldMoments {
  return without({ fold, concave, fit, S: secantPart(fit), loads: modeLoads(fit.terms) }, projection);
}

/** The fold as if its moves had no concave terms at all: what is left of them is the linear part's. */
export const withoutTerms = (fold: FoldMoments, concave: ConcaveMoments, fit: ConcaveFit): FoldMoments =>
  without({ fold, concave, fit, S: zeros(fold.names), loads: modeLoads(fit.terms) }, undefined);

function without(remainder: Remainder, projection: DenseMatrix | undefined): FoldMoments {
  const { fold } = remainder;
  const zr = { ...fold.zr, data: fold.zr.data.slice() };
  const rr = { ...fold.rr, data: fold.rr.data.slice() };
  subtractFromRows(remainder, zr);
  if (projection) subtractFromProducts(fold, projection, rr);
  for (let i = 0; i < fold.names; i++) {
    const at = i * (fold.names + 1);
    rr.data[at] = Math.max(0, fold.rr.data[at] + squareChange(remainder, i));
  }
  return { ...fold, zr, rr };
}

interface Remainder {
  readonly fold: FoldMoments;
  readonly concave: ConcaveMoments;
  readonly fit: ConcaveFit;
  readonly S: DenseMatrix;
  /** N×MQ: `q_mi λ_mq`. */
  readonly loads: DenseMatrix;
}

function modeLoads({ modes, scales, decay }: ConcaveTerms): DenseMatrix {
  const terms = decay.length;
  const out = zeros(scales.length, modes.length * terms);
  modes.forEach(({ direction, weights }, m) => {
    direction.forEach((loading, i) => {
      for (let q = 0; q < terms; q++) out.data[i * out.cols + m * terms + q] = loading * weights[q];
    });
  });
  return out;
}

function subtractFromRows({ fold, concave, fit, S, loads }: Remainder, zr: DenseMatrix): void {
  const { names } = fold;
  const { own, modes } = fit.terms;
  const merged = new Float64Array(names);
  for (let k = 0; k < zr.rows; k++) {
    const row = k * names;
    mergedFlow(fold, fit.weights, k, merged);
    for (let i = 0; i < names; i++) {
      for (let q = 0; q < own.rows; q++)
        zr.data[row + i] -= own.data[q * names + i] * concave.withRegressors[q].data[row + i];
      let shared = 0;
      if (modes.length === 0) shared = S.data[i * (names + 1)] * merged[i];
      else {
        for (let j = 0; j < names; j++) shared += S.data[i * names + j] * merged[j];
        for (let c = 0; c < loads.cols; c++)
          shared -= loads.data[i * loads.cols + c] * concave.modeRegressors.data[k * loads.cols + c];
      }
      if (shared !== 0) zr.data[row + i] += shared * presentShare(fold, k, i);
    }
  }
}

/** `Σ z_k v̄_j` of a regressor with every name's merged flow. */
function mergedFlow({ names, factors, zz }: FoldMoments, weights: Float64Array, k: number, out: Float64Array): void {
  out.fill(0);
  weights.forEach((a, p) => {
    if (a === 0) return;
    const from = k * zz.cols + 1 + factors + p * names;
    for (let j = 0; j < names; j++) out[j] += a * zz.data[from + j];
  });
}

/** Share of a regressor's sums that falls into buckets in which the move of a name is there. */
export function presentShare(
  { names, factors, observed, buckets, zz, missingFlowSquare }: FoldMoments,
  k: number,
  i: number,
): number {
  const controls = 1 + factors;
  if (k < controls) return buckets > 0 ? observed[i] / buckets : 0;
  const whole = zz.data[k * (zz.cols + 1)];
  return whole > 0 ? 1 - missingFlowSquare.data[(k - controls) * names + i] / whole : 0;
}

/** What the squares of a name's moves change by: `2 Σ r f + Σ f²` of what is added to them, `f = −remainder`. */
function squareChange({ fold, concave, fit, S, loads }: Remainder, i: number): number {
  const { names, factors, bases, zr, observed, buckets } = fold;
  const { own } = fit.terms;
  const controls = 1 + factors;
  const g = (q: number) => own.data[q * names + i];
  const share = buckets > 0 ? observed[i] / buckets : 0;
  const load = loads.data.subarray(i * loads.cols, (i + 1) * loads.cols);
  let change = 0;
  for (let q = 0; q < own.rows; q++) {
    change -= 2 * g(q) * concave.withMoves.data[q * names + i];
    for (let s = 0; s < own.rows; s++) change += g(q) * g(s) * concave.squares.data[(q * own.rows + s) * names + i];
  }
  for (let c = 0; c < load.length; c++) {
    if (load[c] === 0) continue;
    change -= 2 * load[c] * concave.modeMoves.data[c * names + i];
    for (let q = 0; q < own.rows; q++)
      change += 2 * load[c] * g(q) * concave.modeOwn.data[c * own.rows * names + q * names + i];
    for (let e = 0; e < load.length; e++)
      change += share * load[c] * load[e] * concave.modeSquares.data[c * load.length + e];
  }
  const merged = new Float64Array(names);
  for (let j = 0; j < names; j++) {
    const s = S.data[i * names + j];
    if (s === 0) continue;
    for (let p = 0; p < bases; p++) {
      const a = fit.weights[p];
      if (a === 0) continue;
      const k = controls + p * names + j;
      const present = presentShare(fold, k, i);
      let withRest = zr.data[k * names + i];
      for (let q = 0; q < own.rows; q++) withRest -= g(q) * concave.withRegressors[q].data[k * names + i];
      for (let c = 0; c < load.length; c++)
        withRest -= present * load[c] * concave.modeRegressors.data[k * load.length + c];
      mergedFlow(fold, fit.weights, k, merged);
      let withFlow = 0;
      for (let l = 0; l < names; l++) withFlow += S.data[i * names + l] * merged[l];
      change += s * a * (2 * withRest + present * withFlow);
    }
  }
  return change;
}

/** Products of two names' moves, the remainder seen through its projection `β_i v`. */
function subtractFromProducts({ names, factors, zz, zr }: FoldMoments, projection: DenseMatrix, rr: DenseMatrix): void {
  const controls = 1 + factors;
  const width = projection.cols;
  const filled = Array.from({ length: names }, (_, i) =>
    [...Array(width).keys()].filter((k) => projection.data[i * width + k] !== 0),
  );
  const withMoves = zeros(names);
  const withOthers = zeros(names);
  const image = new Float64Array(width);
  for (let i = 0; i < names; i++) {
    image.fill(0);
    for (const k of filled[i]) {
      const beta = projection.data[i * width + k];
      const row = controls + k;
      for (let j = 0; j < names; j++) withMoves.data[i * names + j] += beta * zr.data[row * names + j];
      for (let l = 0; l < width; l++) image[l] += beta * zz.data[row * zz.cols + controls + l];
    }
    for (let j = 0; j < names; j++)
      for (const l of filled[j]) withOthers.data[i * names + j] += image[l] * projection.data[j * width + l];
  }
  for (let i = 0; i < names; i++)
    for (let j = 0; j < names; j++) {
      if (i === j) continue;
      const k = i * names + j;
      rr.data[k] += withOthers.data[k] - withMoves.data[k] - withMoves.data[j * names + i];
    }
}
