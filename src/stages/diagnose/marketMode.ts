import {
  combine,
  type DenseMatrix,
  diagonalOf,
  innerProduct,
  multiply,
  scaleBoth,
  transpose,
  zeros,
} from '../../numerics/dense.js';
import { eigenRows } from '../../numerics/symmetricEigen.js';
import { symmetricSolver } from '../../numerics/symmetricLeastSquares.js';
import type { SymmetricProblem } from '../../numerics/symmetricQuadratic.js';
import { normalisedProblem, type RegressionMoments, unscale } from '../fit/impactProblem.js';

/** How a factor that nobody recorded would show: all moves along one direction, answering the common mode of flow. */
export interface MarketMode {
  /** N: first principal component of the moves that links leave, in units of residual volatility. */
  readonly moves: Float64Array;
  /** N: weights of the first principal component of flow, on flow in the normalised units of the problem. */
  readonly flow: Float64Array;
}

/** Both from the sum of the folds; what is estimated without some of them holds them fixed. */
export function marketMode(moments: RegressionMoments, vol: Float64Array): MarketMode {
  const { problem } = normalisedProblem(moments, vol);
  const { gram, cross } = problem;
  const { solution: Y } = solved(problem);
  const fitted = combine(multiply(Y, gram), 1, cross, -2);
  const unexplained = multiply(fitted, transpose(Y));
  const scale = inverse(vol.map((v) => v * Math.sqrt(moments.buckets)));
  const left = combine(scaleBoth(moments.moveProducts, scale), 1, unexplained, 1);
  const flowScale = inverse(diagonalOf(gram).map((square) => Math.sqrt(Math.max(0, square))));
  const flow = firstComponent(scaleBoth(gram, flowScale));
  return {
    moves: firstComponent(combine(left, 0.5, transpose(left), 0.5)),
    flow: flow.map((w, i) => w * flowScale[i]),
  };
}

const inverse = (scale: Float64Array): Float64Array => scale.map((s) => (s > 0 ? 1 / s : 0));

/** Symmetric least squares, and the same for other cross moments: one decomposition serves both where all rows see all flow. */
function solved(problem: SymmetricProblem) {
  const none = zeros(problem.gram.rows);
  const solver = symmetricSolver(problem);
  return {
    solution: solver.solve(0, none).solution,
    solveFor: problem.rowDowndates
      ? (cross: DenseMatrix) => symmetricSolver({ ...problem, cross }).solve(0, none).solution
      : solver.solveFor,
  };
}

/** Of the largest eigenvalue, which comes last. */
function firstComponent(matrix: DenseMatrix): Float64Array {
  return eigenRows(matrix, ({ length }) => [length - 1, length]).rows.data;
}

export interface Partialled {
  /** Symmetric least squares without and with the market mode beside it, bps per million. */
  readonly K: DenseMatrix;
  readonly partialledK: DenseMatrix;
  /** Share of the mode's own effect on moves that no symmetric matrix can stand in for. */
  readonly identified: number;
}

/**
 * `e = K v + γ b (wᵀ v) + ε` with K symmetric. Principal components of flow are flow: a free K takes all of them in, and only
 * the part of `b wᵀ` that no symmetric matrix can stand in for tells a factor from links. γ comes from that part.
 */
export function partialMarketMode(moments: RegressionMoments, vol: Float64Array, mode: MarketMode): Partialled {
  const { problem } = normalisedProblem(moments, vol);
  const pattern = outer(mode.moves, mode.flow);
  const patternCross = onFlow(mode, problem);
  const { solution: plain, solveFor } = solved(problem);
  const stand = solveFor(patternCross);
  const whole = innerProduct(patternCross, pattern);
  const left = whole - innerProduct(stand, patternCross);
  const identified = whole > 0 ? Math.max(0, left / whole) : 0;
  const response = innerProduct(pattern, problem.cross) - innerProduct(stand, problem.cross);
  const gamma = identified > 0 ? response / left : 0;
  return { K: unscale(plain, vol), partialledK: unscale(combine(plain, 1, stand, -gamma), vol), identified };
}

const outer = (a: Float64Array, b: Float64Array): DenseMatrix =>
  multiply({ rows: a.length, cols: 1, data: a }, { rows: 1, cols: b.length, data: b });

/** Cross moments that moves `b (wᵀ v)` would have: `b_i wᵀ(S − F_iᵀF_i)` row by row. */
function onFlow({ moves, flow }: MarketMode, { gram, rowDowndates }: SymmetricProblem): DenseMatrix {
  const weights = { rows: 1, cols: flow.length, data: flow };
  const all = multiply(weights, gram);
  const out = outer(moves, all.data);
  rowDowndates?.forEach((downdate, i) => {
    if (!downdate) return;
    const seen = multiply(multiply(weights, transpose(downdate)), downdate);
    seen.data.forEach((value, j) => {
      out.data[i * out.cols + j] -= moves[i] * value;
    });
  });
  return out;
}
