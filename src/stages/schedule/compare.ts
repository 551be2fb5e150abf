import { POLICIES, type PolicyName } from '../../model/scheduleSettings.js';
import { costParts, q95Of, withoutLinks } from './costParts.js';
import { costAtDeviation, type FrontierPoint } from './frontier.js';
import { type PolicyOptions, type PolicyOutcome, workedBy } from './policies.js';
import type { ScheduleProblem } from './problem.js';

export interface ComparedPolicy extends PolicyOutcome {
  /** Expected cost beyond that of the cheapest schedule of the same deviation, bps × millions. */
  readonly wasteAtEqualRisk: number;
  /** Expected cost and q95 by a normal distribution of what prices do meanwhile, bps × millions. */
  readonly q95: number;
  /** What it costs more than the best schedule without links, were there none: objective, bps × millions. */
  readonly regretWithoutLinks: number;
}

/**
 * Every policy under the model of the problem, `cross` last.
 * @param points of the problem's frontier; of the same without urgencies and balances, which are no risk, where it has some
 */
export function comparePolicies(
  problem: ScheduleProblem,
  points: readonly FrontierPoint[],
  options: PolicyOptions = {},
  policies: readonly PolicyName[] = POLICIES,
): ComparedPolicy[] {
  const linkless = { ...problem, propagator: withoutLinks(problem.propagator) };
  const alone = workedBy('diagonal', problem, options);
  const best = costParts(linkless, alone.schedule).objective;
  return policies.map((policy) => {
    const outcome = policy === 'diagonal' ? alone : workedBy(policy, problem, options);
    const { expected, deviation } = outcome.cost;
    const fair = costAtDeviation(points, deviation) ?? expected;
    return {
      ...outcome,
      wasteAtEqualRisk: Math.max(0, expected - fair),
      q95: q95Of(outcome.cost),
      regretWithoutLinks: Math.max(0, costParts(linkless, outcome.schedule).objective - best),
    };
  });
}
