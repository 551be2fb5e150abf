import { combine, type DenseMatrix, mapEntries } from '../dense.js';
import { judged, type MatrixSolution } from '../optimality.js';
import { type SymmetricProblem, smoothGradient } from '../symmetricQuadratic.js';
import type { ElasticPenalty, NetTargets } from './elasticNetPenalty.js';
import { gradientScale, kktResidual } from './kktResidual.js';
import { ridgeShifts } from './ridgeRows.js';
import { begin, RowSearch } from './rowSearch.js';
import { conditionsOf } from './rowSlopes.js';
import { solveRow } from './rowSteps.js';

/**
 * The elastic net row by row, each solved exactly by an active set: Newton's step on the links off their target for the
 * signs that they have, up to the first that would change sign and leaves; then the links enter whose slopes exceed the
 * lasso the most (Osborne, Presnell and Turlach 2000; the feature-sign search of Lee, Battle, Raina and Ng 2007). The
 * objective falls at every step, so no set of signs comes back. The factor of the support's Gram matrix gains and loses
 * rows with it. A column that depends on the support enters in exchange for the first that its entry drives to the
 * target. Iterations count Newton steps; the residual is the largest `kktResidual` of a row.
 */
export function activeSetRows(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  towards: NetTargets,
  isZero?: Uint8Array,
): MatrixSolution {
  const n = problem.gram.rows;
  const isLink = (i: number, j: number) => i !== j && !isZero?.[i * n + j];
  const y = mapEntries(towards.target, (v, i, j) => (isLink(i, j) ? v : 0));
  const rhs = rowTargets(problem, penalty.ridge, y, towards);
  const shifts = startingShifts(problem, penalty, towards, y, rhs);
  const search = new RowSearch(problem, penalty);
  const scale = gradientScale(problem);
  let [iterations, worst] = [0, 0];
  for (let i = 0; i < n; i++) {
    const row = (data: Float64Array) => data.subarray(i * n, (i + 1) * n);
    begin(search, i, row(rhs.data), shifts && row(shifts.data), isZero?.subarray(i * n, (i + 1) * n));
    iterations += solveRow(search);
    worst = Math.max(worst, kktResidual(conditionsOf(search), scale));
    for (let p = 0; p < search.size; p++) y.data[i * n + search.col[p]] += search.value[p];
  }
  return judged(y, iterations, worst);
}

/** What the gradient of a row is at its target, with the opposite sign: `A_i − Y⁰_i S_i` and the ridge's pull. */
function rowTargets(
  problem: SymmetricProblem,
  ridge: number,
  origin: DenseMatrix,
  { target, ridgeTarget = target }: NetTargets,
): DenseMatrix {
  const isNone = origin.data.every((v) => v === 0);
  const slopes = isNone ? problem.cross : mapEntries(smoothGradient(problem, origin), (v) => -v);
  if (ridge === 0 || ridgeTarget === target) return slopes;
  const pull = mapEntries(combine(ridgeTarget, 1, origin, -1), (v, i, j) => (i === j ? 0 : ridge * v));
  return combine(slopes, 1, pull, 1);
}

function startingShifts(
  problem: SymmetricProblem,
  { ridge, lasso }: ElasticPenalty,
  { start }: NetTargets,
  origin: DenseMatrix,
  rhs: DenseMatrix,
): DenseMatrix | undefined {
  if (start) return combine(start, 1, origin, -1);
  return lasso === 0 ? ridgeShifts(problem, ridge, rhs) : undefined;
}
