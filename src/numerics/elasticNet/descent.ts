import { type DenseMatrix, zeros } from '../dense.js';
import { type SymmetricProblem, smoothGradient } from '../symmetricQuadratic.js';
import type { ElasticPenalty, NetTargets } from './elasticNetPenalty.js';
import { type Unknowns, valueIn } from './unknowns.js';

/** Where a coordinate descent stands. */
export interface Descent {
  readonly problem: SymmetricProblem;
  readonly unknowns: Unknowns;
  /** Ridge and lasso of every unknown. */
  readonly ridge: Float64Array;
  readonly lasso: Float64Array;
  /** The target of every unknown, its value beyond that, and where the ridge pulls it to, beyond that too. */
  readonly origin: Float64Array;
  readonly shift: Float64Array;
  readonly pull: Float64Array;
  y: DenseMatrix;
  /** Of the quadratic at y. */
  gradient: DenseMatrix;
}

/** At the start, or at the target without one; gradients are those of the quadratic there. */
export function newDescent(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  { target, ridgeTarget = target, start }: NetTargets,
  unknowns: Unknowns,
): Descent {
  const { count, isFree, weight, square } = unknowns;
  const each = (of: (u: number) => number) => Float64Array.from({ length: count }, (_, u) => of(u));
  const origin = each((u) => (isFree[u] ? 0 : valueIn(target, unknowns, u)));
  const descent = {
    problem,
    unknowns,
    ridge: each((u) => (isFree[u] ? 0 : penalty.ridge * square[u])),
    lasso: each((u) => (isFree[u] ? 0 : penalty.lasso * weight[u])),
    origin,
    shift: each((u) => (start ? valueIn(start, unknowns, u) - origin[u] : 0)),
    pull: each((u) => (isFree[u] ? 0 : valueIn(ridgeTarget, unknowns, u) - origin[u])),
    y: target,
    gradient: problem.cross,
  };
  refresh(descent);
  return descent;
}

/**
 * The matrix that the shifts make, from nothing, so that a shift of zero leaves the target itself; and its gradient.
 */
export function refresh(descent: Descent): void {
  const { problem, unknowns, origin, shift } = descent;
  const y = zeros(problem.gram.rows);
  for (let u = 0; u < unknowns.count; u++)
    for (let e = unknowns.first[u]; e < unknowns.first[u + 1]; e++)
      y.data[unknowns.row[e] * y.cols + unknowns.col[e]] = (origin[u] + shift[u]) * unknowns.coefficient[e];
  descent.y = y;
  descent.gradient = smoothGradient(problem, y);
}
