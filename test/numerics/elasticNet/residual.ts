import type { DenseMatrix } from '../../../src/numerics/dense.js';
import type { ElasticPenalty, NetTargets } from '../../../src/numerics/elasticNet/elasticNetPenalty.js';
import { ridgeSlope } from '../../../src/numerics/elasticNet/elasticNetPenalty.js';
import { gradientScale, kktResidual } from '../../../src/numerics/elasticNet/kktResidual.js';
import { type LinkPattern, unknownsOf, valueIn } from '../../../src/numerics/elasticNet/unknowns.js';
import { type SymmetricProblem, smoothGradient } from '../../../src/numerics/symmetricQuadratic.js';

/** The problem's KKT residual at a matrix, from nothing but the matrix. */
export function residualAt(
  y: DenseMatrix,
  problem: SymmetricProblem,
  { ridge, lasso }: ElasticPenalty,
  { target, ridgeTarget = target }: NetTargets,
  pattern: LinkPattern,
): number {
  const unknowns = unknownsOf(problem, pattern);
  const { count, isFree, square, weight } = unknowns;
  const gradient = smoothGradient(problem, y);
  const each = (of: (u: number) => number) => Float64Array.from({ length: count }, (_, u) => of(u));
  const along = (u: number) => valueIn(gradient, unknowns, u) * square[u];
  const pulled = (u: number) =>
    ridgeSlope(valueIn(y, unknowns, u), ridge * square[u], valueIn(ridgeTarget, unknowns, u));
  const conditions = {
    slopes: each((u) => along(u) + (isFree[u] ? 0 : pulled(u))),
    shifts: each((u) => valueIn(y, unknowns, u) - (isFree[u] ? 0 : valueIn(target, unknowns, u))),
    lassos: each((u) => (isFree[u] ? 0 : lasso * weight[u])),
  };
  return kktResidual(conditions, gradientScale(problem));
}
