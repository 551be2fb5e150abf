import { heldOutGroups } from '../../model/heldOut.js';
import { type Fold, type FoldMoments, sumMoments } from '../../model/moments.js';
import {
  combine,
  type DenseMatrix,
  dot,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  zeros,
} from '../../numerics/dense.js';
import { projectToCone } from '../../numerics/feasibleSet.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';
import { psdLeastSquares, stacked } from '../../numerics/psdLeastSquares.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, type FactorModel, fitFactors, removeFactors } from '../defactor/defactor.js';
import { meanDiagonal, mergeImpactBases, rescale, squaredErrors, unscale } from './impactProblem.js';
import { symmetricEstimator } from './kernelWeights.js';

export type KernelForm = 'scalar' | 'modes' | 'matrix';

/** A kernel with a matrix per time constant: `G(h) = Σ_p K_p exp(−h/τ_p)` (MODEL §2). */
export interface KernelParts {
  /** P matrices N×N, bps per million, each symmetric PSD. */
  readonly matrices: readonly DenseMatrix[];
  /** Of moves and of the flow filtered by every basis. */
  readonly factorModel: FactorModel;
  readonly status: 'converged' | 'maxIterations' | 'collapsed';
  readonly optimalityResidual: number;
  /** matrix: ridge towards the scalar kernel on the scale of λ; absent when held-out data prefer the scalar kernel. */
  readonly strength?: number;
  readonly strengthPath: readonly { readonly strength: number; readonly error: number }[];
  /** modes: b_p of every mode, as its self impact relative to that of the names. */
  readonly modes: readonly { readonly label: string; readonly weights: readonly number[] }[];
}

/** What the scalar kernel taught: where the other forms start from. */
export interface ScalarKernel {
  readonly K: DenseMatrix;
  readonly weights: Float64Array;
  readonly residualVolBps: Float64Array;
  /** The ridge of its links, on the scale of λ. */
  readonly lambda: number;
}

const CV_GROUPS = 5;
const STRENGTHS = [10, 1, 0.1, 0.01, 0.001];
const CV_TOLERANCE = 1e-5;

/**
 * A symmetric PSD matrix per time constant, by least squares over the cones with a ridge towards `a_p K`: links may decay
 * at speeds of their own as far as held-out folds support it. Without such support the scalar kernel stands.
 */
export function matrixKernel(
  folds: readonly Fold[],
  scalar: ScalarKernel,
  defactor: DefactorParams,
  wanted: number | 'auto' = 'auto',
): KernelParts {
  const total = sumMoments(folds);
  const factorModel = fitFactors(total, defactor);
  const impact = removeFactors(total, factorModel);
  const path = wanted === 'auto' ? strengthPath(folds, total, scalar, defactor) : [];
  const best = path.reduce((top, point) => (point.error < top.error ? point : top), {
    strength: wanted === 'auto' ? Number.POSITIVE_INFINITY : wanted,
    error: Number.POSITIVE_INFINITY,
  });
  const base = { factorModel, strengthPath: path.filter(({ strength }) => Number.isFinite(strength)), modes: [] };
  const targets = scalarParts(scalar);
  if (best.strength === Number.POSITIVE_INFINITY)
    return { ...base, matrices: targets, status: 'converged', optimalityResidual: 0 };
  const fit = solveCone(impact, scalar.residualVolBps, targets, best.strength);
  return {
    ...base,
    matrices: fit.matrices,
    status: fit.status,
    optimalityResidual: fit.optimalityResidual,
    strength: best.strength,
  };
}

/** `a_p K`, PSD. */
function scalarParts({ K, weights, residualVolBps: vol }: ScalarKernel): DenseMatrix[] {
  const root = unscale(projectToCone(symmetricPart(rescale(K, vol))), vol);
  return Array.from(weights, (a) => mapEntries(root, (k) => a * k));
}

function solveCone(
  impact: ImpactMoments,
  vol: Float64Array,
  targets: readonly DenseMatrix[],
  strength: number,
  options: { start?: readonly DenseMatrix[]; tolerance?: number } = {},
) {
  const problem = inUnits(impact, vol);
  const scale = meanDiagonal(problem.gram);
  const { parts, status, optimalityResidual } = psdLeastSquares(problem, {
    ridge: strength * scale,
    targets: targets.map((target) => rescale(target, vol)),
    ...(options.start ? { start: options.start.map((part) => rescale(part, vol)) } : {}),
    ...(options.tolerance === undefined ? {} : { tolerance: options.tolerance }),
  });
  return { matrices: parts.map((part) => unscale(part, vol)), status, optimalityResidual };
}

/** Held-out error of every strength, and of the scalar kernel (infinite strength), over contiguous groups of folds. */
function strengthPath(
  folds: readonly Fold[],
  total: FoldMoments,
  scalar: ScalarKernel,
  defactor: DefactorParams,
): { strength: number; error: number }[] {
  if (folds.length < 2) return [];
  const strengths = [Number.POSITIVE_INFINITY, ...STRENGTHS];
  const errors = strengths.map(() => 0);
  for (const { held, rest } of heldOutGroups(folds, CV_GROUPS, total)) {
    const model = fitFactors(rest, defactor);
    const [training, test] = [removeFactors(rest, model), removeFactors(held, model)];
    const targets = scalarParts({ ...scalar, K: shrunkLike(training, scalar) });
    let start: readonly DenseMatrix[] = targets;
    strengths.forEach((strength, k) => {
      if (Number.isFinite(strength))
        start = solveCone(training, scalar.residualVolBps, targets, strength, {
          start,
          tolerance: CV_TOLERANCE,
        }).matrices;
      squaredErrors(test, stacked(start)).forEach((error, i) => {
        const vol = scalar.residualVolBps[i];
        if (vol > 0) errors[k] += error / (vol * vol) / total.buckets;
      });
    });
  }
  return strengths.map((strength, k) => ({ strength, error: errors[k] }));
}

/** K without the held-out folds: the published links keep their proportions to self impact, which is estimated anew. */
function shrunkLike(training: ImpactMoments, { K, weights }: ScalarKernel): DenseMatrix {
  const own = symmetricEstimator(mergeImpactBases(training, weights));
  const n = K.rows;
  const ratio = Float64Array.from({ length: n }, (_, i) => {
    const [now, then] = [own.data[i * (n + 1)], K.data[i * (n + 1)]];
    return now > 0 && then > 0 ? Math.sqrt(now / then) : 1;
  });
  return mapEntries(K, (k, i, j) => k * ratio[i] * ratio[j]);
}

const MAX_ALTERNATIONS = 200;
/** Alternations end when one lowers the squared error by less than this share of what is explained. */
const MODE_TOLERANCE = 1e-6;
/** Least ridge that keeps K, less what the modes take of it, near the links of the scalar kernel. */
const LEAST_RIDGE = 1e-6;
const MAX_BLOCK_MODES = 12;

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
  const factorModel = fitFactors(total, defactor);
  const { residualVolBps: vol } = scalar;
  const { gram, cross } = inUnits(removeFactors(total, factorModel), vol);
  const bases = scalar.weights.length;
  let modes = modeShapes(scalar.K, vol, blocks);
  const published = projectToCone(symmetricPart(rescale(scalar.K, vol)));
  const blocksOfGram = partition(gram, bases);
  let K = published;
  let x: Float64Array = Float64Array.of(...scalar.weights, ...new Float64Array(bases * modes.length));
  let before = Number.POSITIVE_INFINITY;
  let status: KernelParts['status'] = 'maxIterations';
  let optimalityResidual = 0;
  for (let turn = 0; turn < MAX_ALTERNATIONS; turn++) {
    const { weights: next, objective } = weightsOf(K, modes, blocksOfGram, cross, bases);
    const total = next.subarray(0, bases).reduce((sum, a) => sum + a, 0);
    if (!(total > 0)) {
      status = 'collapsed';
      break;
    }
    for (let p = 0; p < bases; p++) next[p] /= total;
    const ofModes = modeParts(next, modes, bases, K.rows);
    const own = ownProblem(blocksOfGram, gram, cross, next.subarray(0, bases), ofModes);
    const taken = ofModes.reduce((sum, part) => combine(sum, 1, part, 1), zeros(K.rows));
    const fit = psdLeastSquares(own, {
      ridge: Math.max(scalar.lambda, LEAST_RIDGE) * meanDiagonal(own.gram),
      targets: [combine(published, 1, taken, -1)],
      start: [mapEntries(K, (k) => k * total)],
    });
    modes = modeShapes(unscale(combine(fit.parts[0], 1, taken, 1), vol), vol, blocks);
    K = fit.parts[0];
    x = next;
    optimalityResidual = fit.optimalityResidual;
    const settled = before - objective <= MODE_TOLERANCE * Math.abs(objective);
    before = objective;
    if (settled) {
      status = 'converged';
      break;
    }
  }
  const ofModes = modeParts(x, modes, bases, K.rows);
  return {
    matrices: ofModes.map((part, p) => unscale(combine(part, 1, K, x[p]), vol)),
    factorModel,
    status,
    optimalityResidual,
    strengthPath: [],
    modes: modes.map(({ label }, m) => ({ label, weights: [...x.subarray(bases * (1 + m), bases * (2 + m))] })),
  };
}

interface Mode {
  readonly label: string;
  /** F in the solver's units: F Fᵀ has the self impacts of the names on its diagonal. */
  readonly vector: Float64Array;
}

/** The market and, where there are several of some size, the blocks: `F = D^½ 1`, D the self impacts found so far. */
function modeShapes(K: DenseMatrix, vol: Float64Array, blocks: readonly string[]): Mode[] {
  const n = K.rows;
  const root = Float64Array.from({ length: n }, (_, i) => {
    const self = K.data[i * (n + 1)];
    return self > 0 && vol[i] > 0 ? Math.sqrt(self) / vol[i] : 0;
  });
  const restrictedTo = (member: (i: number) => boolean) => root.map((value, i) => (member(i) ? value : 0));
  const labels = [...new Set(blocks)].sort();
  const sized = labels.filter((label) => blocks.filter((block) => block === label).length >= 2);
  const byBlock = labels.length > 1 && sized.length <= MAX_BLOCK_MODES ? sized : [];
  return [
    { label: 'market', vector: root },
    ...byBlock.map((label) => ({ label, vector: restrictedTo((i) => blocks[i] === label) })),
  ];
}

/**
 * Weights of K and of every mode on every basis, K first: `min ½ xᵀHx − gᵀx, x ≥ 0` with `H = tr(M_c S_pq M_d)`. A mode is of
 * rank one, so all but K's own entries are products of vectors.
 */
function weightsOf(
  K: DenseMatrix,
  modes: readonly Mode[],
  gram: readonly (readonly DenseMatrix[])[],
  cross: DenseMatrix,
  bases: number,
): { weights: Float64Array<ArrayBuffer>; objective: number } {
  const size = (1 + modes.length) * bases;
  const H = zeros(size);
  const vectors = modes.map(({ vector }) => vector);
  const moved = vectors.map((f) => apply(K, f));
  const responses = partition(cross, bases)[0];
  const g = Float64Array.from({ length: size }, (_, k) => {
    const [c, p] = [Math.floor(k / bases), k % bases];
    return c === 0 ? innerProduct(K, responses[p]) : dot(vectors[c - 1], apply(responses[p], vectors[c - 1]));
  });
  const put = (c: number, p: number, d: number, q: number, value: number) => {
    H.data[(c * bases + p) * size + d * bases + q] = value;
  };
  for (let p = 0; p < bases; p++) {
    for (let q = 0; q < bases; q++) {
      put(0, p, 0, q, innerProduct(multiply(K, gram[p][q]), K));
      vectors.forEach((f, d) => {
        const image = apply(gram[p][q], f);
        put(0, p, d + 1, q, dot(moved[d], image));
        put(d + 1, q, 0, p, dot(moved[d], image));
        vectors.forEach((other, c) => {
          put(c + 1, p, d + 1, q, dot(other, image) * dot(other, f));
        });
      });
    }
  }
  const { x } = nonNegativeLeastSquares(symmetricPart(H), g);
  const image = apply(H, x);
  const objective = x.reduce((sum, value, k) => sum + value * (image[k] / 2 - g[k]), 0);
  return { weights: Float64Array.from(x), objective };
}

function apply(matrix: DenseMatrix, vector: Float64Array): Float64Array {
  return multiply(matrix, { rows: vector.length, cols: 1, data: vector }).data;
}

function addOuter(matrix: DenseMatrix, vector: Float64Array, weight: number): DenseMatrix {
  return weight === 0 ? matrix : mapEntries(matrix, (value, i, j) => value + weight * vector[i] * vector[j]);
}

function modeParts(x: Float64Array, modes: readonly Mode[], bases: number, n: number): DenseMatrix[] {
  return Array.from({ length: bases }, (_, p) =>
    modes.reduce((sum, { vector }, m) => addOuter(sum, vector, x[bases * (1 + m) + p]), zeros(n)),
  );
}

/** The regression that K alone has left to explain: moves less the response of the modes, on the flow merged by a. */
function ownProblem(
  gram: readonly (readonly DenseMatrix[])[],
  whole: DenseMatrix,
  cross: DenseMatrix,
  weights: Float64Array,
  modes: readonly DenseMatrix[],
) {
  const n = cross.rows;
  const left = partition(combine(cross, 1, multiply(stacked(modes), whole), -1), weights.length)[0];
  let merged = zeros(n);
  let response = zeros(n);
  weights.forEach((a, p) => {
    response = combine(response, 1, left[p], a);
    weights.forEach((b, q) => {
      merged = combine(merged, 1, gram[p][q], a * b);
    });
  });
  return { gram: merged, cross: response };
}

/** Blocks of a matrix whose columns (and rows, unless it has one block row) fall into P groups of equal size. */
function partition(matrix: DenseMatrix, bases: number): DenseMatrix[][] {
  const n = matrix.cols / bases;
  return Array.from({ length: matrix.rows / n }, (_, p) =>
    Array.from({ length: bases }, (_unused, q) =>
      mapEntries(zeros(n), (_none, i, j) => matrix.data[(p * n + i) * matrix.cols + q * n + j]),
    ),
  );
}

/** Moments per bucket in the units in which every name has unit residual variance: K_ij = σ_i σ_j Y_ij. */
function inUnits({ gram, cross, names, buckets }: ImpactMoments, vol: Float64Array) {
  return {
    gram: mapEntries(gram, (v, a, b) => (v * vol[a % names] * vol[b % names]) / buckets),
    cross: mapEntries(cross, (v, i, b) => (vol[i] > 0 ? (v * vol[b % names]) / vol[i] / buckets : 0)),
  };
}
