import type { FoldMoments } from '../../model/moments.js';
import { combine, type DenseMatrix, mapEntries, multiply, symmetricPart, zeros } from '../../numerics/dense.js';
import { projectToCone } from '../../numerics/feasibleSet.js';
import { psdLeastSquares, stacked } from '../../numerics/psdLeastSquares.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { meanDiagonal, rescale, unscale } from './impactProblem.js';
import { inUnits, type KernelParts, type ScalarKernel } from './kernelForms.js';
import { type Mode, modeParts, modeShapes } from './modeShapes.js';
import { partition, weightsOf } from './modeWeights.js';

const MAX_ALTERNATIONS = 200;
/** Alternations end when one lowers the squared error by less than this share of what is explained. */
const MODE_TOLERANCE = 1e-6;
/** Least ridge that keeps K, less what the modes take of it, near the links of the scalar kernel. */
const LEAST_RIDGE = 1e-6;

/**
 * `K_p = a_p K + F diag(b_p) Fᵀ` with a, b ≥ 0 and K PSD: the market and the blocks as modes with a decay of their own. The
 * weights given K are one non-negative least squares, K given the weights is least squares over the PSD cone; both lower
 * the same objective.
 */
export function modesKernel(
  total: FoldMoments,
  scalar: ScalarKernel,
  defactor: DefactorParams,
  blocks: readonly string[],
): KernelParts {
  const { residualVolBps: vol, weights } = scalar;
  const bases = weights.length;
  const factorModel = fitFactors(total, defactor);
  const { gram, cross } = inUnits(removeFactors(total, factorModel), vol);
  const published = projectToCone(symmetricPart(rescale(scalar.K, vol)));
  const ridge = Math.max(scalar.lambda, LEAST_RIDGE);
  const problem = { gram, gramBlocks: partition(gram, bases), cross, published, ridge, vol, blocks, bases };
  const modes = modeShapes(scalar.K, vol, blocks);
  const x = Float64Array.of(...weights, ...new Float64Array(bases * modes.length));
  const { fit, status } = alternate(problem, { K: published, modes, x, optimalityResidual: 0 });
  const ofModes = modeParts(fit.x, fit.modes, bases, published.rows);
  return {
    matrices: ofModes.map((part, p) => unscale(combine(part, 1, fit.K, fit.x[p]), vol)),
    factorModel,
    status,
    optimalityResidual: fit.optimalityResidual,
    strengthPath: [],
    modes: fit.modes.map(({ label }, m) => ({
      label,
      weights: [...fit.x.subarray(bases * (1 + m), bases * (2 + m))],
    })),
  };
}

/** In the units in which every name has unit residual variance. */
interface ModesProblem {
  /** NP×NP, and its N×N blocks. */
  readonly gram: DenseMatrix;
  readonly gramBlocks: readonly (readonly DenseMatrix[])[];
  /** N×NP. */
  readonly cross: DenseMatrix;
  /** N×N: links of the scalar kernel, PSD. */
  readonly published: DenseMatrix;
  /** On the scale of λ. */
  readonly ridge: number;
  readonly vol: Float64Array;
  readonly blocks: readonly string[];
  readonly bases: number;
}

interface ModesFit {
  readonly K: DenseMatrix;
  readonly modes: readonly Mode[];
  /** Weights on every basis: those of K, which sum to one, then those of each mode. */
  readonly x: Float64Array;
  readonly optimalityResidual: number;
}

function alternate(problem: ModesProblem, start: ModesFit): { fit: ModesFit; status: KernelParts['status'] } {
  let fit = start;
  let before = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < MAX_ALTERNATIONS; turn++) {
    const next = alternation(problem, fit);
    if (!next) return { fit, status: 'collapsed' };
    const { objective } = next;
    fit = next.fit;
    if (before - objective <= MODE_TOLERANCE * Math.abs(objective)) return { fit, status: 'converged' };
    before = objective;
  }
  return { fit, status: 'maxIterations' };
}

/** Weights given K, then K given the weights; `undefined` when no weight of K itself stays positive. */
function alternation(problem: ModesProblem, fit: ModesFit): { fit: ModesFit; objective: number } | undefined {
  const { gramBlocks, cross, published, ridge, vol, blocks, bases } = problem;
  const { K, modes } = fit;
  const { weights: x, objective } = weightsOf(K, modes, gramBlocks, cross, bases);
  const total = x.subarray(0, bases).reduce((sum, a) => sum + a, 0);
  if (!(total > 0)) return undefined;
  for (let p = 0; p < bases; p++) x[p] /= total;
  const ofModes = modeParts(x, modes, bases, K.rows);
  const own = ownProblem(problem, x.subarray(0, bases), ofModes);
  const taken = ofModes.reduce((sum, part) => combine(sum, 1, part, 1), zeros(K.rows));
  const { parts, optimalityResidual } = psdLeastSquares(own, {
    ridge: ridge * meanDiagonal(own.gram),
    targets: [combine(published, 1, taken, -1)],
    start: [mapEntries(K, (k) => k * total)],
  });
  const shapes = modeShapes(unscale(combine(parts[0], 1, taken, 1), vol), vol, blocks);
  return { fit: { K: parts[0], modes: shapes, x, optimalityResidual }, objective };
}

/** The regression that K alone has left to explain: moves less the response of the modes, on the flow merged by a. */
function ownProblem({ gram, gramBlocks, cross }: ModesProblem, weights: Float64Array, modes: readonly DenseMatrix[]) {
  const n = cross.rows;
  const left = partition(combine(cross, 1, multiply(stacked(modes), gram), -1), weights.length)[0];
  let merged = zeros(n);
  let response = zeros(n);
  weights.forEach((a, p) => {
    response = combine(response, 1, left[p], a);
    weights.forEach((b, q) => {
      merged = combine(merged, 1, gramBlocks[p][q], a * b);
    });
  });
  return { gram: merged, cross: response };
}
