import { zeros } from '../dense.js';
import { judged, type MatrixSolution, SEARCH_TOLERANCE } from '../optimality.js';
import type { SymmetricProblem } from '../symmetricQuadratic.js';
import { sweep } from './coordinateSweep.js';
import { type Descent, newDescent, refresh } from './descent.js';
import type { ElasticPenalty, NetTargets } from './elasticNetPenalty.js';
import { solveActive } from './featureSign.js';
import { gradientScale, type KktConditions, kktResidual } from './kktResidual.js';
import { load, type Part, partOf, penalisedSlope, slopeOf } from './part.js';
import type { Unknowns } from './unknowns.js';

/** Passes over unknowns: sweeps, and products of conjugate gradients. */
const MAX_PASSES = 20_000;
/** How far the active unknowns are solved, as a share of what the last sweep over all of them moved. */
const AHEAD = 3e-2;

/**
 * The elastic net over any unknowns by cyclic coordinate descent with covariance updates and an active set (Friedman,
 * Hastie and Tibshirani 2010). Between sweeps, conjugate gradients solve for the signs that the active unknowns have,
 * and what would change its sign on the way stops at its target: the feature-sign step of Lee, Battle, Raina and Ng
 * (2007) for many unknowns at once. Iterations count passes; the residual is `kktResidual`, from the gradient computed
 * anew at the end.
 */
export function coordinateDescent(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  towards: NetTargets,
  unknowns: Unknowns,
): MatrixSolution {
  const descent = newDescent(problem, penalty, towards, unknowns);
  const scale = gradientScale(problem);
  const tolerance = SEARCH_TOLERANCE * scale;
  const whole = partOf(descent, () => true);
  let passes = 0;
  while (passes < MAX_PASSES) {
    load(descent, whole);
    passes++;
    const moved = sweep(descent, whole);
    if (moved <= tolerance) break;
    passes += solveActive(descent, whole, Math.max(tolerance, AHEAD * moved));
    refresh(descent);
  }
  refresh(descent);
  load(descent, whole);
  return judged(descent.y, passes, kktResidual(conditionsOf(descent, whole), scale));
}

function conditionsOf(descent: Descent, part: Part): KktConditions {
  const count = part.ids.length;
  const [slopes, shifts, lassos] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let a = 0; a < count; a++) {
    slopes[a] = penalisedSlope(descent, part, a);
    shifts[a] = descent.shift[part.ids[a]];
    lassos[a] = descent.lasso[part.ids[a]];
  }
  return { slopes, shifts, lassos };
}

/** Largest slope of a penalised unknown at zero per unit of its weight, once those without penalty are fitted alone. */
export function largestSlope(problem: SymmetricProblem, unknowns: Unknowns): number {
  const descent = newDescent(problem, { ridge: 0, lasso: 0 }, { target: zeros(problem.gram.rows) }, unknowns);
  const free = partOf(descent, (u) => unknowns.isFree[u] === 1);
  load(descent, free);
  sweep(descent, free);
  refresh(descent);
  const links = partOf(descent, (u) => unknowns.isFree[u] === 0);
  load(descent, links);
  return links.ids.reduce(
    (largest, u, a) =>
      unknowns.weight[u] > 0 ? Math.max(largest, Math.abs(slopeOf(descent, links, a)) / unknowns.weight[u]) : largest,
    0,
  );
}
