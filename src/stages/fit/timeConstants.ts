import { heldOutGroups } from '../../model/heldOut.js';
import { type Fold, sumMoments } from '../../model/moments.js';
import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';
import { mean } from '../../numerics/statistics.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';

/** Time constants that `auto` chooses from, in buckets; the last is permanent. */
export const CANDIDATE_BUCKETS: readonly number[] = [1, 3, 10, 30, 100, 300, Number.POSITIVE_INFINITY];

export interface TimeConstantStep {
  /** Positions in the candidates, ascending. */
  readonly bases: readonly number[];
  /** Squared error on held-out folds in units of residual variance, per move; of self impact alone. */
  readonly error: number;
}

const MAX_GROUPS = 10;
const TURNS = 30;

/**
 * Chooses bases step by step: the one that lowers the held-out error most is added as long as it does so by more than the
 * standard error of the difference over groups of folds; then one that is not missed to that standard is dropped. Self
 * impact, which carries nearly all of the signal, decides; links share its kernel. Without folds to hold out all candidates
 * stay.
 */
export function chooseTimeConstants(folds: readonly Fold[], defactor: DefactorParams): TimeConstantStep[] {
  const everything = Array.from({ length: folds[0].bases }, (_, p) => p);
  const groups = splitSamples(folds, defactor);
  if (groups.length < 2) return [{ bases: everything, error: Number.NaN }];
  const tried = (bases: readonly number[]): Tried => ({
    bases,
    errors: groups.map((group) => heldOutError(group, bases)),
  });
  const steps: Tried[] = [];
  while (steps.length < 2 * everything.length) {
    const last = steps.at(-1);
    const added = best(
      everything
        .filter((p) => !last?.bases.includes(p))
        .map((p) => tried([...(last?.bases ?? []), p].sort((a, b) => a - b))),
    );
    if (!added || (last && !isBetter(last.errors, added.errors))) break;
    steps.push(added);
    const dropped = best(
      added.bases.length > 2 ? added.bases.map((p) => tried(added.bases.filter((other) => other !== p))) : [],
    );
    if (dropped && !isBetter(dropped.errors, added.errors)) steps.push(dropped);
  }
  return steps.map(({ bases, errors }) => ({ bases, error: mean(errors) }));
}

interface Tried {
  readonly bases: readonly number[];
  readonly errors: readonly number[];
}

const best = (candidates: readonly Tried[]): Tried | undefined =>
  candidates.length === 0
    ? undefined
    : candidates.reduce((top, next) => (mean(next.errors) < mean(top.errors) ? next : top));

function isBetter(before: readonly number[], after: readonly number[]): boolean {
  const gains = before.map((error, g) => error - after[g]);
  const centre = mean(gains);
  const spread = mean(gains.map((gain) => (gain - centre) ** 2));
  return centre > Math.sqrt(spread / (gains.length - 1));
}

/** What each name's own flow says of its own moves. */
interface SelfMoments {
  /** Per name: P×P, P, and the sum of squared moves, over the residual variance of the name. */
  readonly gram: readonly DenseMatrix[];
  readonly cross: readonly Float64Array[];
  readonly square: Float64Array;
  readonly moves: number;
}

interface SplitSample {
  readonly training: SelfMoments;
  readonly test: SelfMoments;
}

/** Each group of folds in turn is the test of what the others train. */
function splitSamples(folds: readonly Fold[], defactor: DefactorParams): SplitSample[] {
  const total = sumMoments(folds);
  const variance = removeFactors(total, fitFactors(total, defactor)).moveSquare.map((square) => square / total.buckets);
  return Array.from(heldOutGroups(folds, MAX_GROUPS, total), ({ held, rest }) => {
    const model = fitFactors(rest, defactor);
    return {
      training: selfMoments(removeFactors(rest, model), variance),
      test: selfMoments(removeFactors(held, model), variance),
    };
  });
}

function selfMoments(
  { names, bases, buckets, gram, cross, moveSquare }: ImpactMoments,
  variance: Float64Array,
): SelfMoments {
  const weight = variance.map((v) => (v > 0 ? 1 / v : 0));
  const own = (i: number) => {
    const out = zeros(bases);
    for (let p = 0; p < bases; p++)
      for (let q = 0; q < bases; q++)
        out.data[p * bases + q] = weight[i] * gram.data[(p * names + i) * gram.cols + q * names + i];
    return out;
  };
  const indices = Array.from({ length: names }, (_, i) => i);
  return {
    gram: indices.map(own),
    cross: indices.map((i) =>
      Float64Array.from({ length: bases }, (_, p) => weight[i] * cross.data[i * cross.cols + p * names + i]),
    ),
    square: moveSquare.map((square, i) => weight[i] * square),
    moves: names * buckets,
  };
}

/** Error of self impacts κ_i and one kernel a, learnt on the other groups by turns. */
function heldOutError({ training, test }: SplitSample, bases: readonly number[]): number {
  let weights = new Float64Array(bases.length).fill(1 / bases.length);
  let self = selfImpacts(training, bases, weights);
  for (let turn = 0; turn < TURNS; turn++) {
    const next = sharedWeights(training, bases, self);
    if (!next) break;
    weights = next;
    self = selfImpacts(training, bases, weights);
  }
  let error = 0;
  test.square.forEach((square, i) => {
    const [linear, quadratic] = forms(test, i, bases, weights);
    error += Math.max(0, square - 2 * self[i] * linear + self[i] ** 2 * quadratic);
  });
  return error / test.moves;
}

/** aᵀc_i and aᵀG_i a. */
function forms(
  { gram, cross }: SelfMoments,
  i: number,
  bases: readonly number[],
  weights: Float64Array,
): [number, number] {
  let [linear, quadratic] = [0, 0];
  bases.forEach((p, a) => {
    linear += weights[a] * cross[i][p];
    bases.forEach((q, b) => {
      quadratic += weights[a] * weights[b] * gram[i].data[p * gram[i].cols + q];
    });
  });
  return [linear, quadratic];
}

function selfImpacts(moments: SelfMoments, bases: readonly number[], weights: Float64Array): Float64Array {
  return moments.square.map((_, i) => {
    const [linear, quadratic] = forms(moments, i, bases, weights);
    return quadratic > 0 ? Math.max(0, linear / quadratic) : 0;
  });
}

function sharedWeights(
  { gram, cross }: SelfMoments,
  bases: readonly number[],
  self: Float64Array,
): Float64Array<ArrayBuffer> | undefined {
  const H = zeros(bases.length);
  const g = new Float64Array(bases.length);
  self.forEach((kappa, i) => {
    bases.forEach((p, a) => {
      g[a] += kappa * cross[i][p];
      bases.forEach((q, b) => {
        H.data[a * bases.length + b] += kappa * kappa * gram[i].data[p * gram[i].cols + q];
      });
    });
  });
  const { x } = nonNegativeLeastSquares(H, g);
  const total = x.reduce((sum, a) => sum + a, 0);
  return total > 0 ? x.map((a) => a / total) : undefined;
}
