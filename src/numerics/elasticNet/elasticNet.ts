import { isFiniteMatrix } from '../dense.js';
import type { MatrixSolution } from '../optimality.js';
import { nonFinite } from '../symmetricEigen.js';
import type { SymmetricProblem } from '../symmetricQuadratic.js';
import { activeSetRows } from './activeSetRows.js';
import { coordinateDescent, largestSlope } from './coordinateDescent.js';
import type { ElasticPenalty, NetTargets } from './elasticNetPenalty.js';
import { type LinkPattern, unknownsOf } from './unknowns.js';

/**
 * Minimises `Σ_i ½ Y_i S_i Y_iᵀ − A_i Y_iᵀ` plus an elastic net on the off-diagonals, over n×n matrices of a pattern,
 * in the units of the problem. Rows that stand alone are solved exactly (`activeSetRows`), unknowns that couple rows by
 * `coordinateDescent`. A link at its target has the target's very value. The residual is the largest violation of the
 * KKT conditions relative to the largest entry of A, computed anew at the end; the status rests on it.
 * @throws NumericalError on a non-finite entry, of what is given or of what is found.
 */
export function elasticNet(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  towards: NetTargets,
  pattern: LinkPattern,
): MatrixSolution {
  const { target, ridgeTarget, start } = towards;
  const given = new Set([problem.gram, problem.cross, target, ridgeTarget, start, ...(problem.rowDowndates ?? [])]);
  if ([...given].some((matrix) => matrix && !isFiniteMatrix(matrix))) throw nonFinite('elastic net');
  const isSeparable = !pattern.symmetric && !pattern.ties?.length;
  const found = isSeparable
    ? activeSetRows(problem, penalty, towards, pattern.isZero)
    : coordinateDescent(problem, penalty, towards, unknownsOf(problem, pattern));
  if (!isFiniteMatrix(found.solution)) throw nonFinite('elastic net');
  return found;
}

/** The smallest lasso that holds every off-diagonal at a target of zero, for a free diagonal fitted alone. */
export function largestLasso(problem: SymmetricProblem, pattern: LinkPattern): number {
  return largestSlope(problem, unknownsOf(problem, pattern));
}
