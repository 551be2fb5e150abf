import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import type { FoldMoments } from '../../../model/moments.js';
import { type DenseMatrix, multiply, submatrix, zeros } from '../../../numerics/dense.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import { nonNegativeLeastSquares } from '../../../numerics/nonNegativeLeastSquares.js';
import type { FactorModel } from '../../defactor/defactor.js';
import type { RegressionMoments } from '../impactProblem.js';

/** What own terms are estimated from, links and decay being given. */
export interface OwnStepInput {
  readonly fold: FoldMoments;
  readonly concave: ConcaveMoments;
  readonly factorModel: FactorModel;
  /** Of the same fold on merged bases. */
  readonly moments: RegressionMoments;
  readonly weights: Float64Array;
}

/** Per name, in units of its residual variance: linear own flow first, then the concave terms; (1+Q)² and 1+Q. */
export interface OwnProblems {
  readonly gram: readonly DenseMatrix[];
  readonly cross: readonly Float64Array[];
}

/** N×N per term: `Σ v̄_j w_i^q`, entry (j, i), and `Σ e_i w_i^q`, `Σ w_i^q w_i^s`, all with factors taken out. */
interface Residual {
  readonly withFlow: readonly DenseMatrix[];
  readonly withMoves: DenseMatrix;
  readonly squares: DenseMatrix;
}

/** The least-squares problems of own terms once links (off-diagonals of K, bps per million) are taken out of the moves. */
export function ownProblems(input: OwnStepInput, K: DenseMatrix, vol: Float64Array): OwnProblems {
  const { moments, concave } = input;
  const { names, terms } = concave;
  const left = withoutControls(input);
  const gram: DenseMatrix[] = [];
  const cross: Float64Array[] = [];
  for (let i = 0; i < names; i++) {
    const weight = vol[i] > 0 ? 1 / (vol[i] * vol[i]) : 0;
    const share = presentShareOfOwn(input, i);
    const H = zeros(1 + terms);
    const c = new Float64Array(1 + terms);
    H.data[0] = weight * moments.gram.data[i * (names + 1)];
    c[0] = moments.cross.data[i * (names + 1)];
    for (let j = 0; j < names; j++) if (j !== i) c[0] -= K.data[i * names + j] * moments.gram.data[j * names + i];
    c[0] *= weight;
    for (let q = 0; q < terms; q++) {
      const scale = share > 0 ? weight / share : 0;
      let e = left.withMoves.data[q * names + i];
      for (let j = 0; j < names; j++) if (j !== i) e -= K.data[i * names + j] * left.withFlow[q].data[j * names + i];
      c[1 + q] = scale * e;
      const withOwn = scale * left.withFlow[q].data[i * (names + 1)];
      H.data[1 + q] = withOwn;
      H.data[(1 + q) * (1 + terms)] = withOwn;
      for (let s = 0; s < terms; s++)
        H.data[(1 + q) * (1 + terms) + 1 + s] = scale * left.squares.data[(q * terms + s) * names + i];
    }
    gram.push(H);
    cross.push(c);
  }
  return { gram, cross };
}

/** Share of a name's own flow that falls into buckets in which its move is there. */
function presentShareOfOwn({ fold, weights }: OwnStepInput, i: number): number {
  const { names, factors, zz, missingFlowSquare } = fold;
  let [present, whole] = [0, 0];
  weights.forEach((a, p) => {
    const row = 1 + factors + p * names + i;
    whole += a * a * zz.data[row * (zz.cols + 1)];
    present += a * a * (zz.data[row * (zz.cols + 1)] - missingFlowSquare.data[(p * names + i) * names + i]);
  });
  return whole > 0 ? present / whole : 0;
}

/** Concave rows with the controls taken out, as they are of flow (Frisch–Waugh–Lovell); alone where only moves are residualised. */
function withoutControls({ fold, concave, factorModel, weights }: OwnStepInput): Residual {
  const { names, factors, zz } = fold;
  const { terms, withRegressors } = concave;
  const controls = 1 + factors;
  const range = Array.from({ length: controls }, (_, a) => a);
  const { moves, flow } = factorModel.controls;
  const partialled = flow.data.some((value) => value !== 0);
  const { inverse } = gramInverse(submatrix(zz, range));
  const ofControls = withRegressors.map((rows) => submatrix(rows, range, [...Array(names).keys()]));
  const coefficients = ofControls.map((rows) => multiply(inverse, rows));
  const flowOnControls = zeros(controls, names);
  weights.forEach((a, p) => {
    for (let c = 0; c < controls; c++)
      for (let j = 0; j < names; j++)
        flowOnControls.data[c * names + j] += a * zz.data[c * zz.cols + controls + p * names + j];
  });
  const dotControls = (a: DenseMatrix, i: number, b: DenseMatrix, j: number) => {
    let sum = 0;
    for (let c = 0; c < controls; c++) sum += a.data[c * names + i] * b.data[c * names + j];
    return sum;
  };
  const withFlow = withRegressors.map((rows, q) => {
    const out = zeros(names);
    for (let j = 0; j < names; j++)
      for (let i = 0; i < names; i++) {
        let sum = 0;
        weights.forEach((a, p) => {
          if (a !== 0) sum += a * rows.data[(controls + p * names + j) * names + i];
        });
        out.data[j * names + i] = sum - (partialled ? dotControls(flowOnControls, j, coefficients[q], i) : 0);
      }
    return out;
  });
  const withMoves = zeros(terms, names);
  const squares = zeros(terms * terms, names);
  for (let i = 0; i < names; i++)
    for (let q = 0; q < terms; q++) {
      let explained = 0;
      for (let c = 0; c < controls; c++) explained += moves.data[i * controls + c] * ofControls[q].data[c * names + i];
      withMoves.data[q * names + i] = concave.withMoves.data[q * names + i] - explained;
      for (let s = 0; s < terms; s++) {
        const at = (q * terms + s) * names + i;
        squares.data[at] =
          concave.squares.data[at] - (partialled ? dotControls(ofControls[q], i, coefficients[s], i) : 0);
      }
    }
  return { withFlow, withMoves, squares };
}

/** Weights of own terms by name as shares of a size: (1+Q)×N. */
export interface OwnShares {
  readonly shares: DenseMatrix;
  /** Of all names together. */
  readonly pooled: Float64Array;
}

/**
 * How far a name's mix of own terms is thought to differ from that of all names, in shares of its self impact: names that trade
 * much say their own, others follow.
 */
const MIX_SPREAD = 0.3;

/** Non-negative own terms, each name's drawn to the pooled mix as its data allow (NNLS with a normal prior). */
export function ownShares({ gram, cross }: OwnProblems, sizes: Float64Array): OwnShares {
  const names = gram.length;
  const width = cross[0].length;
  const scaled = gram.map((H, i) => ({ ...H, data: H.data.map((value) => value * sizes[i] ** 2) }));
  const sides = cross.map((c, i) => c.map((value) => value * sizes[i]));
  const whole = zeros(width);
  const side = new Float64Array(width);
  for (let i = 0; i < names; i++) {
    for (let k = 0; k < whole.data.length; k++) whole.data[k] += scaled[i].data[k];
    for (let k = 0; k < width; k++) side[k] += sides[i][k];
  }
  const pooled = nonNegativeLeastSquares(whole, side).x;
  const precision = 1 / MIX_SPREAD ** 2;
  const shares = zeros(width, names);
  for (let i = 0; i < names; i++) {
    const H = { ...scaled[i], data: scaled[i].data.slice() };
    for (let k = 0; k < width; k++) H.data[k * (width + 1)] += precision;
    const { x } = nonNegativeLeastSquares(
      H,
      sides[i].map((value, k) => value + precision * pooled[k]),
    );
    for (let k = 0; k < width; k++) shares.data[k * names + i] = x[k];
  }
  return { shares, pooled };
}
