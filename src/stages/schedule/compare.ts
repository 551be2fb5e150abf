import { costParts, q95Of, withoutLinks } from './costParts.js';
import { cheapestAtDeviation } from './frontier.js';
import { type PolicyOptions, type PolicyOutcome, workedBy } from './policies.js';
import type { ScheduleProblem } from './problem.js';
import { POLICIES, type PolicyName } from './request.js';

export interface ComparedPolicy extends PolicyOutcome {
  /** Expected cost beyond that of the cheapest schedule of the same deviation, bps × millions. */
  readonly wasteAtEqualRisk: number;
  /** Expected cost and q95 by a normal distribution of what prices do meanwhile, bps × millions. */
  readonly q95: number;
  /** What it costs more than the best schedule without links, were there none: objective, bps × millions. */
  readonly regretWithoutLinks: number;
}

/** Every policy under the model of the problem, `cross` last. */
export function comparePolicies(
  problem: ScheduleProblem,
  options: PolicyOptions = {},
  policies: readonly PolicyName[] = POLICIES,
): ComparedPolicy[] {
  const linkless = { ...problem, propagator: withoutLinks(problem.propagator) };
  const alone = workedBy('diagonal', problem, options);
  const best = costParts(linkless, alone.schedule).objective;
  const cross = workedBy('cross', problem, options);
  return policies.map((policy) => {
    const outcome = known(policy, alone, cross) ?? workedBy(policy, problem, options);
    const { expected, deviation } = outcome.cost;
    const fair =
      policy === 'cross' ? outcome : cheapestAtDeviation(problem, deviation, { ...options, start: cross.schedule });
    return {
      ...outcome,
      wasteAtEqualRisk: fair ? Math.max(0, expected - fair.cost.expected) : 0,
      q95: q95Of(outcome.cost),
      regretWithoutLinks: Math.max(0, costParts(linkless, outcome.schedule).objective - best),
    };
  });
}

const known = (policy: PolicyName, ...outcomes: readonly PolicyOutcome[]): PolicyOutcome | undefined =>
  outcomes.find((outcome) => outcome.policy === policy);
