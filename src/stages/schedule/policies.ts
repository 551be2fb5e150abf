import { scaledConcave } from '../../model/concave.js';
import { scaledLinks } from '../../model/fallback.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { PolicyName } from '../../model/scheduleSettings.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { staggered, twap, vwap } from './baselines.js';
import { type CostParts, costParts, withoutLinks } from './costParts.js';
import type { ScheduleProblem } from './problem.js';
import { GAP, type SolvedSchedule, solveSchedule } from './solve.js';

export interface PolicyOutcome {
  readonly policy: PolicyName;
  /** T×N, signed millions. */
  readonly schedule: DenseMatrix;
  /** Where it is the solution of a problem. */
  readonly solved?: Omit<SolvedSchedule, 'schedule'>;
  /** What it would cost if its own model were right; its cost, where it has none. */
  readonly believed: CostParts;
  /** What it costs under the model of the problem. */
  readonly cost: CostParts;
}

/** What a policy takes the market for; the problem itself where it has no view. */
export function viewOf(policy: PolicyName, problem: ScheduleProblem): ScheduleProblem {
  const { propagator, covariance } = problem;
  if (policy === 'half') return { ...problem, propagator: atHalfStrength(propagator) };
  if (policy === 'diagonal') return { ...problem, propagator: withoutLinks(propagator) };
  if (policy === 'independent') {
    const alone = mapEntries(covariance, (value, i, j) => (i === j ? value : 0));
    return { ...problem, propagator: withoutLinks(propagator), covariance: alone };
  }
  return problem;
}

/** Links at half of what they are: still a sum of semidefinite matrices and convex potentials. */
const atHalfStrength = ({ matrices, concave, ...rest }: Propagator): Propagator => ({
  ...rest,
  matrices: matrices.map((matrix) => scaledLinks(matrix, 1, 0.5)),
  ...(concave ? { concave: scaledConcave(concave, 1, 0.5) } : {}),
});

const BASELINES = { twap, vwap, staggered } as const;

export interface PolicyOptions {
  readonly tolerance?: number;
  readonly maxIterations?: number;
  /** A schedule of the problem, likely to be near. */
  readonly start?: DenseMatrix;
}

export function workedBy(policy: PolicyName, problem: ScheduleProblem, options: PolicyOptions = {}): PolicyOutcome {
  if (policy === 'twap' || policy === 'vwap' || policy === 'staggered') {
    const schedule = BASELINES[policy](problem);
    const cost = costParts(problem, schedule);
    return { policy, schedule, believed: cost, cost };
  }
  const view = viewOf(policy, problem);
  const { schedule, ...solved } = optimal(view, options);
  return { policy, schedule, solved, believed: costParts(view, schedule), cost: costParts(problem, schedule) };
}

/** The optimum of a problem, from the cheapest of the baselines (and of what is given) on. */
export function optimal(problem: ScheduleProblem, options: PolicyOptions = {}): SolvedSchedule {
  const { tolerance = GAP, maxIterations = 20_000, start } = options;
  const starts = [twap(problem), vwap(problem), staggered(problem), ...(start ? [start] : [])];
  const costs = starts.map((schedule) => costParts(problem, schedule).objective);
  const cheapest = starts[costs.indexOf(Math.min(...costs))];
  return solveSchedule(problem, cheapest, { tolerance, maxIterations });
}
