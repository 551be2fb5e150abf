import { heldOutGroups } from '../../model/heldOut.js';
import { type Fold, type FoldMoments, sumMoments } from '../../model/moments.js';
import { type DenseMatrix, mapEntries, symmetricPart } from '../../numerics/dense.js';
import { projectToCone } from '../../numerics/feasibleSet.js';
import { psdLeastSquares, stacked } from '../../numerics/psdLeastSquares.js';
import type { ImpactMoments } from '../defactor/controls.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { meanDiagonal, mergeImpactBases, rescale, squaredErrors, unscale } from './impactProblem.js';
import { inUnits, type KernelParts, type ScalarKernel } from './kernelForms.js';
import { symmetricEstimator } from './kernelWeights.js';

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
