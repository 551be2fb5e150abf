import {
  type FamilyMoments,
  type FamilySpec,
  type FlowShape,
  familyLayout,
  isPartOfCurve,
  termsOf,
} from '../../../model/familyMoments.js';
import { contiguousGroups } from '../../../model/heldOut.js';
import { type DenseMatrix, submatrix, zeros } from '../../../numerics/dense.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import { gramInverse, solveGram } from '../../../numerics/leastSquares.js';
import { nonNegativeLeastSquares } from '../../../numerics/nonNegativeLeastSquares.js';

/** A shape of own flow at one γ, and how it does on folds that it has not seen. */
export interface FamilyScore {
  readonly shape: FlowShape;
  readonly liquidity: number;
  /** R² at every horizon of the spec, names weighted by the inverse of the variance of their moves. */
  readonly r2: readonly number[];
  /** Mean of these. */
  readonly mean: number;
  /** Mean beyond that of the choice, and its standard error over test groups. */
  readonly beyondChoice: number;
  readonly error: number;
}

export interface FamilyChoice {
  readonly shape: FlowShape;
  readonly liquidity: number;
  readonly scores: readonly FamilyScore[];
  /** Contiguous groups of folds that were predicted from those before. */
  readonly testGroups: number;
}

/** What was compared, and the family that is taken. */
export interface ChosenFamily {
  readonly liquidity: number;
  readonly shape: FlowShape;
  /** Where folds could be held out: γ and whether to bend, then how much to bend. */
  readonly comparisons: readonly FamilyChoice[];
  readonly horizonSeconds: readonly number[];
  /** Walk-forward R² of all names, links by a line and as concave modes; absent where only one of them was fitted. */
  readonly links?: { readonly linear: number; readonly concave: number } | undefined;
  /** What is to be said of what could not be compared. */
  readonly notes?: readonly string[] | undefined;
}

const GROUPS = 10;
/** A gain of less, in R², is not worth a model with more to it. */
const LEAST_GAIN = 0.005;

/**
 * Which family own flow supports (MODEL §2a): each is fitted name by name to the folds before and scored on the next ones, at
 * several horizons. Of those that a certificate can pass (of all where none can), the simplest that is within one standard
 * error of the best one, or within {@link LEAST_GAIN} of it: families that looked better in the morning are worse in the
 * afternoon of a real day. With too few folds the first of the spec.
 */
export function chooseFamily(folds: readonly FamilyMoments[], spec: FamilySpec): FamilyChoice {
  const groups = contiguousGroups(folds, GROUPS);
  const first = Math.max(1, Math.ceil(0.4 * groups.length));
  const tests = groups
    .slice(first)
    .map((group, k) => ({ train: sumOf(groups.slice(0, first + k).flat()), test: sumOf(group) }));
  const plain = { shape: spec.shapes[0], liquidity: spec.gammas[0] };
  if (tests.length < 2) return { ...plain, scores: [], testGroups: 0 };
  const losses = spec.gammas.flatMap((liquidity, gamma) =>
    spec.shapes.map((shape, s) => ({ shape, liquidity, losses: tests.map((each) => lossOf(each, spec, gamma, s)) })),
  );
  const passing = losses.filter(({ shape }) => shape.kind !== 'before');
  const allowed = passing.length > 0 ? passing : losses;
  const best = allowed.reduce((top, next) => (meanOf(next) > meanOf(top) ? next : top));
  const chosen = simplest(allowed, best);
  return {
    shape: chosen.shape,
    liquidity: chosen.liquidity,
    scores: losses.map((each) => ({
      shape: each.shape,
      liquidity: each.liquidity,
      r2: spec.horizons.map((_, h) => pooled(each.losses.map((loss) => loss[h]))),
      mean: meanOf(each),
      ...beyond(each, chosen),
    })),
    testGroups: tests.length,
  };
}

/** Squared errors and squares of moves in units of their training variance, by horizon. */
interface Loss {
  readonly error: number;
  readonly square: number;
}

interface Scored {
  readonly shape: FlowShape;
  readonly liquidity: number;
  /** By test group, then horizon. */
  readonly losses: readonly (readonly Loss[])[];
}

/** Fewest parameters first: a line, a line of scaled flow, a curve, a curve of scaled flow; within a kind the better one. */
function simplest(allowed: readonly Scored[], best: Scored): Scored {
  const rank = ({ shape, liquidity }: Scored) => (shape.kind === 'linear' ? 0 : 2) + (liquidity > 0 ? 1 : 0);
  const byRank = [...allowed].sort((a, b) => rank(a) - rank(b) || meanOf(b) - meanOf(a));
  return byRank.find((each) => {
    const { beyondChoice, error } = beyond(best, each);
    return beyondChoice <= Math.max(error, LEAST_GAIN);
  })!;
}

const pooled = (losses: readonly Loss[]): number => {
  const square = losses.reduce((sum, loss) => sum + loss.square, 0);
  return square > 0 ? 1 - losses.reduce((sum, loss) => sum + loss.error, 0) / square : 0;
};

const meanOf = ({ losses }: Scored): number =>
  losses[0].reduce((sum, _, h) => sum + pooled(losses.map((loss) => loss[h])), 0) / losses[0].length;

/** How much better one family is than another, with a standard error from the spread over test groups. */
function beyond(one: Scored, other: Scored): { beyondChoice: number; error: number } {
  const horizons = one.losses[0].length;
  const squares = one.losses[0].map((_, h) => one.losses.reduce((sum, loss) => sum + loss[h].square, 0));
  const gains = one.losses.map(
    (loss, k) =>
      loss.reduce(
        (sum, { error }, h) => sum + (squares[h] > 0 ? (other.losses[k][h].error - error) / squares[h] : 0),
        0,
      ) / horizons,
  );
  const beyondChoice = gains.reduce((sum, gain) => sum + gain, 0);
  const mean = beyondChoice / gains.length;
  const spread = gains.reduce((sum, gain) => sum + squared(gain - mean), 0);
  return { beyondChoice, error: Math.sqrt((spread * gains.length) / (gains.length - 1)) };
}

function sumOf(folds: readonly FamilyMoments[]): Float64Array {
  const sums = new Float64Array(folds[0].sums.length);
  for (const fold of folds) for (let k = 0; k < sums.length; k++) sums[k] += fold.sums[k];
  return sums;
}

/** Errors of one family on a test group, names fitted one by one with non-negative weights. */
function lossOf(
  { train, test }: { readonly train: Float64Array; readonly test: Float64Array },
  spec: FamilySpec,
  gamma: number,
  shape: number,
): Loss[] {
  const sumsOf = (sums: Float64Array, h: number, name: number) => shapeSums(sums, spec, { gamma, shape, h, name });
  const losses = spec.horizons.map(() => ({ error: 0, square: 0 }));
  spec.names.forEach((_, name) => {
    const fit = fitted(
      joined(spec.horizons.map((_buckets, h) => sumsOf(train, h, name))),
      1 + spec.factors,
      termsOf(spec, spec.shapes[shape]),
    );
    if (!fit) return;
    spec.horizons.forEach((_buckets, h) => {
      const sums = sumsOf(test, h, name);
      losses[h].error += quadratic(sums, fit.coefficients) / fit.variance;
      losses[h].square += quadratic(sums, fit.withoutFlow) / fit.variance;
    });
  });
  return losses;
}

/** Sums of one shape; of a line out of those of a curve, where they are a part of them. */
function shapeSums(
  sums: Float64Array,
  spec: FamilySpec,
  { gamma, shape, h, name }: Readonly<Record<'gamma' | 'shape' | 'h' | 'name', number>>,
): DenseMatrix {
  const { block } = familyLayout(spec);
  if (!isPartOfCurve(spec, spec.shapes[shape])) return matrixAt(sums, block(gamma, shape, h, name));
  const curve = matrixAt(
    sums,
    block(
      gamma,
      spec.shapes.findIndex(({ kind }) => kind === 'after'),
      h,
      name,
    ),
  );
  const line = 1 + spec.factors + spec.linearDecay.length;
  return submatrix(curve, [...Array(line).keys(), curve.cols - 1]);
}

const matrixAt = (sums: Float64Array, { at, width }: { at: number; width: number }): DenseMatrix => ({
  rows: width,
  cols: width,
  data: sums.subarray(at, at + width * width),
});

/** Sums of several horizons, each counting as the squares of its moves make them. */
function joined(horizons: readonly DenseMatrix[]): DenseMatrix {
  const [first] = horizons;
  const out = zeros(first.rows);
  const square = ({ data }: DenseMatrix) => data[data.length - 1];
  for (const each of horizons) {
    const weight = square(each) > 0 ? square(first) / square(each) : 0;
    for (let k = 0; k < out.data.length; k++) out.data[k] += (weight * each.data[k]) / horizons.length;
  }
  return out;
}

interface NameFit {
  /** Of `[1, x, own terms, r]`, the last being −1: the error is their product with the row. */
  readonly coefficients: Float64Array;
  readonly withoutFlow: Float64Array;
  /** Of the move that factors leave, a bucket. */
  readonly variance: number;
}

/** Factors by least squares, own terms by NNLS on what factors leave; nothing for a name without moves. */
function fitted(sums: DenseMatrix, controls: number, terms: number): NameFit | undefined {
  const width = sums.cols;
  if (!(sums.data[0] > controls + terms)) return undefined;
  const range = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);
  const head = range(0, controls);
  const gram = submatrix(sums, head);
  const cross = submatrix(sums, head, range(controls, terms + 1));
  const onControls = solveGram(gram, cross, gramInverse(gram).inverse);
  const left = zeros(terms + 1);
  for (let a = 0; a <= terms; a++)
    for (let b = 0; b <= terms; b++) {
      let value = sums.data[(controls + a) * width + controls + b];
      for (let c = 0; c < controls; c++)
        value -= cross.data[c * (terms + 1) + a] * onControls.data[c * (terms + 1) + b];
      left.data[a * (terms + 1) + b] = value;
    }
  const variance = left.data[left.data.length - 1] / sums.data[0];
  if (!(variance > 0)) return undefined;
  const own = range(0, terms);
  const { x } = nonNegativeLeastSquares(
    submatrix(left, own),
    Float64Array.from(own, (a) => left.data[a * (terms + 1) + terms]),
  );
  const withFlow = (weights: Float64Array) => {
    const out = new Float64Array(width);
    for (let c = 0; c < controls; c++) {
      out[c] = onControls.data[c * (terms + 1) + terms];
      for (let a = 0; a < terms; a++) out[c] -= weights[a] * onControls.data[c * (terms + 1) + a];
    }
    out.set(weights, controls);
    out[width - 1] = -1;
    return out;
  };
  return { coefficients: withFlow(x), withoutFlow: withFlow(new Float64Array(terms)), variance };
}

function quadratic({ cols, data }: DenseMatrix, x: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < cols; a++) for (let b = 0; b < cols; b++) sum += x[a] * data[a * cols + b] * x[b];
  return Math.max(0, sum);
}
