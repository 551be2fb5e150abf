import { describe, expect, it } from 'vitest';
import { POLICIES, type PolicyName } from '../../src/model/scheduleSettings.js';
import { randomStream } from '../../src/numerics/random.js';
import { vwap } from '../../src/stages/schedule/baselines.js';
import { costParts, withoutLinks } from '../../src/stages/schedule/costParts.js';
import { typicalAversion } from '../../src/stages/schedule/frontier.js';
import { type PolicyOutcome, viewOf, workedBy } from '../../src/stages/schedule/policies.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { BASKETS, type Basket, BUCKETS, NAMES, problemOf, SECTORS } from '../study/schedule/worlds.js';
import { answer, shortfall, simulate, wander } from '../support/answeringMarket.js';

const random = randomStream(11);
const paths = Array.from({ length: 400 }, () => wander(random, NAMES, BUCKETS, SECTORS));

/** How every policy works a basket, and the schedules' objectives under any truth. */
function worked(basket: Basket, urgency: number) {
  const model = problemOf({ market: 'base', basket });
  const problem = { ...model, aversion: urgency * typicalAversion(model, vwap(model)) };
  const outcomes = new Map<PolicyName, PolicyOutcome>();
  const of = (policy: PolicyName): PolicyOutcome => {
    const outcome = outcomes.get(policy) ?? workedBy(policy, problem);
    outcomes.set(policy, outcome);
    return outcome;
  };
  const under = (truth: ScheduleProblem) => (policy: PolicyName) => costParts(truth, of(policy).schedule).objective;
  return { problem, of, under };
}

const cases = (Object.keys(BASKETS) as Basket[]).flatMap((basket) => [
  { basket, urgency: 0, level: 'zero' },
  { basket, urgency: 1, level: 'medium' },
]);

/** The study has these in every market; here is one of each. */
describe.each(cases)('a $basket basket, λ is $level', ({ basket, urgency }) => {
  const { problem, of, under } = worked(basket, urgency);
  const gross = problem.quantity.reduce((sum, q) => sum + Math.abs(q), 0);

  it('the policy that believes what is true is the cheapest', () => {
    const truths = [
      ['cross', problem],
      ['half', viewOf('half', problem)],
      ['diagonal', { ...problem, propagator: withoutLinks(problem.propagator) }],
    ] as const;
    for (const [best, truth] of truths) {
      const cost = under(truth);
      for (const policy of POLICIES) expect(cost(policy)).toBeGreaterThanOrEqual(cost(best) * (1 - 2e-6));
    }
  });

  it('sector after sector is dearer than by volume, whatever is true', () => {
    for (const truth of [problem, viewOf('half', problem), viewOf('diagonal', problem)])
      expect(under(truth)('staggered')).toBeGreaterThan(1.05 * under(truth)('vwap'));
  });

  it('links that are not there cost about what links that are there bring, and half of them a fraction of it', () => {
    const regret = (policy: PolicyName) => {
      const cost = under(viewOf('diagonal', problem));
      return cost(policy) / cost('diagonal') - 1;
    };
    const saving = 1 - under(problem)('cross') / under(problem)('diagonal');
    expect(regret('cross')).toBeGreaterThan(0.5 * saving);
    expect(regret('cross')).toBeLessThan(2 * saving);
    expect(regret('half')).toBeLessThan(0.6 * regret('cross'));
  });

  it('a forecast without links is too low for a basket of one side, too high for a hedged one', () => {
    const { believed, cost } = of('diagonal');
    const ratio = cost.expected / believed.expected;
    if (basket === 'hedged') expect(ratio).toBeLessThan(0.9);
    else expect(ratio).toBeGreaterThan(basket === 'one-sided' ? 2 : 1.3);
  });

  it('a market that answers trade by trade takes what was expected, with the deviation that was said', () => {
    for (const policy of POLICIES) {
      const { schedule, cost } = of(policy);
      const answered = shortfall(schedule, answer(problem, schedule));
      expect(Math.abs(answered / cost.expected - 1)).toBeLessThan(1e-12);
      const { zMean, zDeviation } = simulate(problem, schedule, paths, cost);
      expect(Math.abs(zMean)).toBeLessThan(3);
      expect(Math.abs(zDeviation)).toBeLessThan(3);
    }
    // What says so: the forecast without links, or half of the deviation, would not pass.
    const { schedule, believed, cost } = of('diagonal');
    expect(Math.abs(shortfall(schedule, answer(problem, schedule)) - believed.expected) / gross).toBeGreaterThan(1);
    const wrong = { expected: cost.expected, deviation: 0.5 * cost.deviation };
    expect(simulate(problem, schedule, paths, wrong).zDeviation).toBeGreaterThan(10);
  });
});

it('risk aversion is what makes links worth knowing', () => {
  const saving = (urgency: number) => {
    const cost = worked('one-sided', urgency);
    return 1 - cost.under(cost.problem)('cross') / cost.under(cost.problem)('diagonal');
  };
  expect(saving(0)).toBeLessThan(0.01);
  expect(saving(1)).toBeGreaterThan(0.05);
});
