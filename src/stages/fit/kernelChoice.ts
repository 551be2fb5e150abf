import { type OwnMoments, ownWidth } from '../../model/ownMoments.js';
import { areEqual, type DenseMatrix, multiply, submatrix, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';

/** Some bases of the grid, their weights, and the self impacts that go with them. */
export interface KernelChoice {
  /** Positions on the grid, ascending. */
  readonly bases: readonly number[];
  /** By position on the grid: a_p ≥ 0 with sum 1, zero on what was dropped. */
  readonly weights: Float64Array;
  /** N: κ_i ≥ 0, bps per million. */
  readonly self: Float64Array;
  /** Squared error in units of residual variance. */
  readonly loss: number;
}

/** A base is dropped while the loss, in units of residual variance, rises by less (MODEL §4). */
export const ELIMINATION = 4;
const TURNS = 500;
const TOLERANCE = 1e-9;

/** Own flow against own moves once the controls are taken out of both, over the residual variance of the name. */
export interface OwnProblem {
  readonly gram: readonly DenseMatrix[];
  readonly cross: readonly Float64Array[];
  readonly square: Float64Array;
}

/** Weighed by the variances of what own flow leaves of each name's moves. */
export function ownProblem(moments: OwnMoments): OwnProblem {
  return weighted(reducedNames(moments), residualVariances(moments), moments.bases);
}

/**
 * The same of one fold of many, weighed by variances (N, bps²) that are not its own. Its controls are taken out as exactly as an
 * inverse does: nothing is chosen by it, and what it is compared with are the other folds.
 */
export const foldProblem = (fold: OwnMoments, variance: Float64Array): OwnProblem =>
  weighted(reduceNames(fold, byInverse), variance, fold.bases);

/**
 * N: variance per bucket of the moves that controls and own flow, on the whole grid, leave, bps². By the variance of the moves
 * themselves a base that matters would be dropped where flow explains most of them.
 */
export function residualVariances(moments: OwnMoments): Float64Array {
  const names = reducedNames(moments);
  const variances = Float64Array.from(names, ({ square, count }) => square / Math.max(count, 1));
  const problem = weighted(names, variances, moments.bases);
  const { weights, self } = fitOn(problem, [...Array(moments.bases).keys()]);
  return variances.map((variance, i) => {
    const left = lossOfName(problem, i, weights, self[i]) / Math.max(names[i].count, 1);
    return variance * Math.max(left, LEAST_LEFT);
  });
}

/** Share of a variance that rounding leaves at least. */
const LEAST_LEFT = 1e-12;

interface ReducedName {
  readonly reduced: DenseMatrix;
  readonly square: number;
  readonly count: number;
}

/** Of moments that are asked about again: the variances come from them, the problem, and what varies over folds. */
const reducedOf = new WeakMap<OwnMoments, readonly ReducedName[]>();

function reducedNames(moments: OwnMoments): readonly ReducedName[] {
  const known = reducedOf.get(moments);
  if (known) return known;
  const names = reduceNames(moments, solveGram);
  reducedOf.set(moments, names);
  return names;
}

/** X of `gram X = rhs`, given an inverse of the Gram matrix. */
type Solve = (gram: DenseMatrix, rhs: DenseMatrix, inverse: DenseMatrix) => DenseMatrix;

const byInverse: Solve = (_, rhs, inverse) => multiply(inverse, rhs);

function reduceNames(moments: OwnMoments, solve: Solve): readonly ReducedName[] {
  const size = squared(ownWidth(moments));
  const inverseOf = rememberingEqual();
  return Array.from({ length: moments.names }, (_, i) =>
    withoutControls(moments.sums.subarray(i * size, (i + 1) * size), moments, (gram, rhs) =>
      solve(gram, rhs, inverseOf(gram)),
    ),
  );
}

/** Inverse of a Gram matrix; names that miss no move have the same products of controls, and one inverse serves them all. */
function rememberingEqual(): (gram: DenseMatrix) => DenseMatrix {
  let last: { readonly gram: DenseMatrix; readonly inverse: DenseMatrix } | undefined;
  return (gram) => {
    if (!last || !areEqual(last.gram.data, gram.data)) last = { gram, inverse: gramInverse(gram).inverse };
    return last.inverse;
  };
}

function weighted(names: readonly ReducedName[], variance: Float64Array, bases: number): OwnProblem {
  const weights = variance.map((v) => (v > 0 ? 1 / v : 0));
  return {
    gram: names.map(({ reduced }, i) => {
      const out = zeros(bases);
      for (let p = 0; p < bases; p++)
        for (let q = 0; q < bases; q++) out.data[p * bases + q] = weights[i] * reduced.data[p * reduced.cols + q];
      return out;
    }),
    cross: names.map(({ reduced }, i) =>
      Float64Array.from({ length: bases }, (_, p) => weights[i] * reduced.data[p * reduced.cols + bases]),
    ),
    square: Float64Array.from(names, ({ square }, i) => weights[i] * square),
  };
}

/** Schur complement of the controls in one name's sums: (P+1)² of flow and move. */
function withoutControls(
  sums: Float64Array,
  shape: OwnMoments,
  solve: (gram: DenseMatrix, rhs: DenseMatrix) => DenseMatrix,
): ReducedName {
  const width = ownWidth(shape);
  const controls = 1 + shape.factors;
  const rest = width - controls;
  const block = (row: number, col: number, rows: number, cols: number): DenseMatrix => {
    const out = zeros(rows, cols);
    for (let a = 0; a < rows; a++)
      for (let b = 0; b < cols; b++) out.data[a * cols + b] = sums[(row + a) * width + col + b];
    return out;
  };
  const own = block(controls, controls, rest, rest);
  const gram = block(0, 0, controls, controls);
  const cross = block(0, controls, controls, rest);
  if (sums[0] > 0) {
    const coefficients = solve(gram, cross);
    for (let a = 0; a < rest; a++)
      for (let b = 0; b < rest; b++)
        for (let c = 0; c < controls; c++)
          own.data[a * rest + b] -= cross.data[c * rest + a] * coefficients.data[c * rest + b];
  }
  return { reduced: own, square: Math.max(0, own.data[rest * rest - 1]), count: sums[0] };
}

/**
 * The decay that own flow supports (MODEL §4): non-negative weights on the whole grid, then backward elimination of the base
 * that is missed least, as long as the loss rises by less than {@link ELIMINATION}. Non-negativity alone spreads noise over
 * neighbouring constants and biases the tail upwards. The steps come in their order; the last one is the choice.
 */
export function chooseKernel(problem: OwnProblem): KernelChoice[] {
  const size = problem.cross[0].length;
  const steps = [fitOn(problem, [...Array(size).keys()])];
  for (;;) {
    const current = steps[steps.length - 1];
    const next = best(
      current.bases.map((p) =>
        fitOn(
          problem,
          current.bases.filter((other) => other !== p),
          current,
        ),
      ),
    );
    if (current.bases.length < 2 || next.loss - current.loss >= ELIMINATION) return steps;
    steps.push(next);
  }
}

const best = (fits: readonly KernelChoice[]): KernelChoice =>
  fits.reduce((least, fit) => (fit.loss < least.loss ? fit : least));

/**
 * The least-squares problem of the weights alone, self impacts held: `aᵀHa − 2gᵀa` in units of residual variance (P×P, P). What
 * an order costs is linear in `a`, so that its interval is a profile of this.
 */
export function weightProblem({ gram, cross }: OwnProblem, self: Float64Array): { H: DenseMatrix; g: Float64Array } {
  const size = cross[0].length;
  const H = zeros(size);
  const g = new Float64Array(size);
  self.forEach((kappa, i) => {
    for (let p = 0; p < size; p++) {
      g[p] += kappa * cross[i][p];
      for (let q = 0; q < size; q++) H.data[p * size + q] += kappa * kappa * gram[i].data[p * size + q];
    }
  });
  return { H, g };
}

/** Alternating least squares on some of the bases; what falls to zero is no base of the result. */
function fitOn(problem: OwnProblem, bases: readonly number[], start?: KernelChoice): KernelChoice {
  const size = problem.cross[0].length;
  let weights = new Float64Array(size);
  const kept = start ? bases.reduce((sum, p) => sum + start.weights[p], 0) : 0;
  for (const p of bases) weights[p] = start && kept > 0 ? start.weights[p] / kept : 1 / bases.length;
  let self = selfGiven(problem, weights);
  let loss = lossOf(problem, weights, self);
  for (let turn = 0; turn < TURNS; turn++) {
    const next = weightsOn(problem, bases, self);
    if (!next) break;
    weights = next;
    self = selfGiven(problem, weights);
    const now = lossOf(problem, weights, self);
    const gain = loss - now;
    loss = now;
    if (gain < TOLERANCE * Math.max(1, loss) * 1e-3) break;
  }
  return { bases: bases.filter((p) => weights[p] > 0), weights, self, loss };
}

function forms({ gram, cross }: OwnProblem, i: number, weights: Float64Array): [number, number] {
  let [linear, quadratic] = [0, 0];
  const n = weights.length;
  for (let p = 0; p < n; p++) {
    if (weights[p] === 0) continue;
    linear += weights[p] * cross[i][p];
    for (let q = 0; q < n; q++) quadratic += weights[p] * weights[q] * gram[i].data[p * n + q];
  }
  return [linear, quadratic];
}

function selfGiven(problem: OwnProblem, weights: Float64Array): Float64Array {
  return problem.square.map((_, i) => {
    const [linear, quadratic] = forms(problem, i, weights);
    return quadratic > 0 ? Math.max(0, linear / quadratic) : 0;
  });
}

const lossOf = (problem: OwnProblem, weights: Float64Array, self: Float64Array): number =>
  self.reduce((loss, kappa, i) => loss + lossOfName(problem, i, weights, kappa), 0);

function lossOfName(problem: OwnProblem, i: number, weights: Float64Array, kappa: number): number {
  const [linear, quadratic] = forms(problem, i, weights);
  return problem.square[i] - 2 * kappa * linear + squared(kappa) * quadratic;
}

function weightsOn(problem: OwnProblem, bases: readonly number[], self: Float64Array) {
  const { H, g } = weightProblem(problem, self);
  const { x } = nonNegativeLeastSquares(
    submatrix(H, bases, bases),
    Float64Array.from(bases, (p) => g[p]),
  );
  const total = x.reduce((sum, a) => sum + a, 0);
  if (!(total > 0)) return undefined;
  const weights = new Float64Array(g.length);
  bases.forEach((p, a) => {
    weights[p] = x[a] / total;
  });
  return weights;
}
