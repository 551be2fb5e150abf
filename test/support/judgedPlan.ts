import type { DenseMatrix } from '../../src/numerics/dense.js';
import { workedBy } from '../../src/stages/schedule/policies.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { fitsProblem, HYSTERESIS_BAND, replan } from '../../src/stages/schedule/replan.js';

/** Whether a plan would be kept for the rest of a problem, beside the best schedule of that rest. */
export function judgedPlan(rest: ScheduleProblem, plan: DenseMatrix, band = HYSTERESIS_BAND) {
  const start = fitsProblem(rest, plan) ? { start: plan } : {};
  return replan(rest, plan, workedBy('cross', rest, start), band);
}
