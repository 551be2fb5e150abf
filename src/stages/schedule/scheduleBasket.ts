import { dataError } from '../../model/failure.js';
import type { PolicyName } from '../../model/scheduleSettings.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { BuiltProblem } from './buildProblem.js';
import { childCosts, marginalCosts } from './children.js';
import { type ComparedPolicy, comparePolicies } from './compare.js';
import { type CostParts, costParts } from './costParts.js';
import { type FrontierPoint, frontier, frontierAversions, plainRisk } from './frontier.js';
import { inLots } from './lots.js';
import { dearestPairs, type PairCost, pairCosts } from './pairwise.js';
import { type PolicyOptions, type PolicyOutcome, workedBy } from './policies.js';
import { bucketsOf, type ScheduleProblem } from './problem.js';
import { fitsProblem, type Replanned, replan } from './replan.js';
import type { BasketLine } from './request.js';

export interface BasketOptions extends PolicyOptions {
  readonly policy: PolicyName;
  readonly compare?: boolean;
  readonly frontier?: boolean;
  /** A running plan for the same rows: kept unless it is beaten by more than `band` of the objective. */
  readonly plan?: { readonly schedule: DenseMatrix; readonly band: number } | undefined;
}

/** How a basket is worked, and what that costs. Matrices are T×N, names in the order of the problem. */
export interface BasketSchedule {
  readonly outcome: PolicyOutcome;
  /** Signed millions, in whole lots where shares are known: what is to be traded. */
  readonly schedule: DenseMatrix;
  /** Signed shares; NaN in the columns of names that nothing is known of but money. */
  readonly shares: DenseMatrix;
  readonly cost: CostParts;
  /** bps of every child, and of the next million. */
  readonly childCostBps: DenseMatrix;
  readonly marginalCostBps: DenseMatrix;
  readonly pairs: readonly PairCost[];
  readonly comparison?: readonly ComparedPolicy[];
  readonly frontier?: readonly FrontierPoint[];
  readonly replanned?: Replanned;
}

/** Of the dearest pairs, as many as a person reads. */
const SHOWN_PAIRS = 24;

/** @throws data error naming a line whose caps hold no whole number of lots */
export function scheduleBasket(
  { problem, typicalAversion }: BuiltProblem,
  lines: readonly (BasketLine | undefined)[],
  options: BasketOptions,
): BasketSchedule {
  const { policy, plan, ...solver } = options;
  const isStart = plan && fitsProblem(problem, plan.schedule);
  const outcome = workedBy(policy, problem, { ...solver, ...(isStart ? { start: plan.schedule } : {}) });
  const replanned = plan ? replan(problem, plan.schedule, outcome, plan.band) : undefined;
  const chosen = replanned?.isKept ? plan!.schedule : outcome.schedule;
  const { schedule, shares } = rounded(problem, lines, chosen);
  return {
    outcome,
    schedule,
    shares,
    cost: costParts(problem, schedule),
    childCostBps: childCosts(problem, schedule),
    marginalCostBps: marginalCosts(problem, schedule),
    pairs: dearestPairs(pairCosts(problem, schedule), SHOWN_PAIRS),
    ...beside(problem, typicalAversion, options, solver),
    ...(replanned ? { replanned } : {}),
  };
}

/** Other ways to work the basket, and the frontier: each point of it is solved once. */
function beside(
  problem: ScheduleProblem,
  typical: number,
  options: BasketOptions,
  solver: PolicyOptions,
): Pick<BasketSchedule, 'comparison' | 'frontier'> {
  if (!options.compare && !options.frontier) return {};
  const aversions = frontierAversions(typical);
  const isPlain = !problem.urgency && problem.balances.length === 0;
  const points = options.frontier || isPlain ? frontier(problem, aversions, solver) : [];
  const plain = () => (isPlain ? points : frontier(plainRisk(problem), aversions, solver));
  return {
    ...(options.compare ? { comparison: comparePolicies(problem, plain(), solver) } : {}),
    ...(options.frontier ? { frontier: points } : {}),
  };
}

function rounded(problem: ScheduleProblem, lines: readonly (BasketLine | undefined)[], schedule: DenseMatrix) {
  const { lower, upper, quantity } = problem;
  const inShares = lines.map((line) => line?.shares !== undefined && line.price !== undefined);
  const rules = lines.map((line, i) =>
    inShares[i] ? { price: line!.price!, lot: line!.lot ?? 1 } : { price: 1, lot: 1 },
  );
  // What was done of a line is in the quantity; shares are what is left.
  const left = Float64Array.from(lines, (_, i) => (inShares[i] ? wholeShares(quantity[i] / rules[i].price) : 0));
  const { children, unplaced } = inLots(schedule, rules, left, { lower, upper });
  if (unplaced.length > 0) {
    const [{ name, shares }] = unplaced;
    const line = lines[name]!;
    throw dataError(
      `${line.place}: ${Math.abs(shares)} shares of ${line.symbol} find no room: under its caps ${bucketsOf(problem)} buckets hold too few whole lots of ${rules[name].lot}`,
      'give a smaller lot, a higher cap or longer buckets',
    );
  }
  return {
    schedule: mapEntries(schedule, (u, t, i) =>
      inShares[i] ? children.data[t * schedule.cols + i] * rules[i].price : u,
    ),
    shares: mapEntries(children, (count, _, i) => (inShares[i] ? count : Number.NaN)),
  };
}

/** A quantity that is whole but for rounding is whole; where people trade fractions, it stays one. */
function wholeShares(shares: number): number {
  const whole = Math.round(shares);
  return Math.abs(shares - whole) <= 1e-6 * Math.max(1, Math.abs(shares)) ? whole : shares;
}
