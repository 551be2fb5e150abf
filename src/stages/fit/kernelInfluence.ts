import { mergeColumns } from '../../model/bases.js';
import type { FoldMoments } from '../../model/moments.js';
import {
  combine,
  type DenseMatrix,
  dotOfRuns,
  innerProduct,
  mapEntries,
  multiply,
  plusTranspose,
  submatrix,
  zeros,
} from '../../numerics/dense.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';
import { symmetricSolver } from '../../numerics/symmetricLeastSquares.js';
import { type AgainstMerged, applyControlsAgainstMerged, type ImpactMoments } from '../defactor/controls.js';
import { removeFactors } from '../defactor/defactor.js';
import {
  mergeImpactBases,
  normalisedCross,
  normalisedProblem,
  type RegressionMoments,
  unscale,
} from './impactProblem.js';
import type { KernelFit } from './kernelWeights.js';
import type { Whole } from './mergedSample.js';
import type { PenalisedSolver } from './penalised.js';
import { type ResidualWeights, weighed } from './residualWeights.js';

/** Kernel weights without a part of the sample, whose moments have all bases apart. */
export type KernelWithout = (held: FoldMoments) => Float64Array;

interface InfluenceInput {
  readonly whole: Whole;
  readonly kernel: KernelFit;
  readonly residualVolBps: Float64Array;
  readonly residuals: ResidualWeights;
  /** Of the whole, its bases merged, where there is one already. */
  readonly solver?: Pick<PenalisedSolver, 'rawFor'> | undefined;
}

/**
 * What leaving out some folds does to the kernel weights, to first order. With K profiled out, the squared error f(a) has a
 * gradient that is linear in the moments: a part that is left out takes its gradient along, and one Newton step under
 * `a ≥ 0, Σ a = 1` gives the weights of the rest (the one-step jackknife, Shao and Tu 1995, §2). A fit of its own for every
 * group would take tens of decompositions each. Derived factors of single names are left aside here.
 */
export function kernelInfluence(input: InfluenceInput): KernelWithout {
  const { whole, kernel } = input;
  const { weights, status } = kernel;
  if (weights.length === 1 || status === 'collapsed') return () => weights;
  const profile = profiled(input, weights);
  const all = profile.gradient(againstMerged(whole.impact, weights));
  const { controls, derived } = whole.factorModel;
  const seen = (held: FoldMoments) =>
    derived
      ? againstMerged(removeFactors(held, whole.factorModel), weights)
      : applyControlsAgainstMerged(held, controls, weights);
  return (held) => {
    const own = profile.gradient(seen(held));
    const rest = all.map((value, p) => value - own[p]);
    return newtonStep(profile.hessian, rest, 1 - held.buckets / whole.total.buckets, weights);
  };
}

interface Profile {
  /** P×P: second derivatives of half the squared error with K at its best. */
  readonly hessian: DenseMatrix;
  /** P: first derivatives on some moments at the weights and the K of the whole. */
  readonly gradient: (moments: AgainstMerged) => Float64Array;
}

function profiled(
  { whole: { impact }, residualVolBps: vol, residuals, solver }: InfluenceInput,
  weights: Float64Array,
): Profile {
  const bases = Array.from(weights.keys());
  const solved = solver?.rawFor ?? withoutDowndates(mergeImpactBases(impact, weights), vol, residuals);
  const K = solved(mergeColumns(impact.cross, vol.length, weights));
  const weigh = (matrix: DenseMatrix) => weighed(matrix, vol, residuals);
  const weightedK = weigh(K);
  const quadratic = multiply(K, weightedK);
  // How the gradient in K moves with a_p, and how K answers.
  const against = againstMerged(impact, weights);
  const pulls = bases.map((p) => pullOf(against, K, p));
  const answers = pulls.map((pull) => solved(mapEntries(pull, (value) => -value)));
  const weighted = answers.map(weigh);
  const turned = weighted.map((matrix) => multiply(K, matrix));
  const hessian = mapEntries(
    zeros(bases.length),
    (_, p, q) => innerProduct(quadratic, block(impact.gram, vol.length, p, q)) + innerProduct(weighted[q], pulls[p]),
  );
  const gradient = (moments: AgainstMerged) => {
    const grams = bases.map((p) => withMerged(moments, p));
    const gram = weightedSum(grams, weights);
    const cross = mergeColumns(moments.cross, vol.length, weights);
    return Float64Array.from(bases, (p) => {
      const own = innerProduct(quadratic, grams[p]) - innerWithCross(weightedK, moments, p);
      return own + innerProduct(turned[p], gram) - innerProduct(weighted[p], cross);
    });
  };
  return { hessian: plusTranspose(hessian, 0.5), gradient };
}

/** Of a problem that the penalty, or derived factors, solve in other ways. */
function withoutDowndates(moments: RegressionMoments, vol: Float64Array, { correlation }: ResidualWeights) {
  const { gram, cross } = normalisedProblem(moments, vol).problem;
  const solver = symmetricSolver({ gram, cross }, correlation);
  return (other: DenseMatrix) => unscale(solver.solveFor(normalisedCross(other, vol, moments.buckets)), vol);
}

const againstMerged = ({ gram, cross, names }: ImpactMoments, weights: Float64Array): AgainstMerged => ({
  gram: mergeColumns(gram, names, weights),
  cross,
});

/** `K (G_p + G_pᵀ) − A_p` with `G_p = Σ v^p v̄ᵀ`. */
function pullOf(moments: AgainstMerged, K: DenseMatrix, p: number): DenseMatrix {
  const cross = block(moments.cross, K.rows, 0, p);
  return combine(multiply(K, plusTranspose(withMerged(moments, p))), 1, cross, -1);
}

/** `Σ v^p v̄ᵀ`: rows that stand together. */
function withMerged({ gram: { cols: n, data } }: AgainstMerged, p: number): DenseMatrix {
  return { rows: n, cols: n, data: data.subarray(p * n * n, (p + 1) * n * n) };
}

function weightedSum(matrices: readonly DenseMatrix[], weights: Float64Array): DenseMatrix {
  return matrices.reduce(
    (sum, matrix, p) => (weights[p] === 0 ? sum : combine(sum, 1, matrix, weights[p])),
    zeros(matrices[0].rows),
  );
}

/** Inner product with the block of cross moments that belongs to a base. */
function innerWithCross({ rows: n, data }: DenseMatrix, { cross }: AgainstMerged, p: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += dotOfRuns(data, i * n, cross.data, i * cross.cols + p * n, n);
  return sum;
}

function block(matrix: DenseMatrix, n: number, row: number, col: number): DenseMatrix {
  const range = (k: number) => Array.from({ length: n }, (_, i) => k * n + i);
  return submatrix(matrix, range(row), range(col));
}

/** `argmin ½ (x − a)ᵀ c H (x − a) + gᵀ (x − a)` over `x ≥ 0`, sum 1; a itself where that has no positive weight. */
function newtonStep(H: DenseMatrix, g: Float64Array, curvature: number, a: Float64Array): Float64Array {
  const P = a.length;
  // Scale is free between a and K, and H flat along a: any penalty on the sum fixes it without moving anything else.
  const hold = curvature * Math.max(...Array.from({ length: P }, (_, p) => H.data[p * (P + 1)]), 0);
  if (!(hold > 0)) return a;
  const held = mapEntries(H, (value) => curvature * value + hold);
  const at = { rows: P, cols: 1, data: a };
  const pull = multiply(held, at).data.map((value, p) => value - g[p]);
  const { x } = nonNegativeLeastSquares(held, pull);
  const total = x.reduce((sum, value) => sum + value, 0);
  return total > 0 ? Float64Array.from(x, (value) => value / total) : a;
}
