import { POLICIES, type PolicyName } from '../../../src/model/scheduleSettings.js';
import type { DenseMatrix } from '../../../src/numerics/dense.js';
import { mean } from '../../../src/numerics/statistics.js';
import { vwap } from '../../../src/stages/schedule/baselines.js';
import { costParts } from '../../../src/stages/schedule/costParts.js';
import { typicalAversion } from '../../../src/stages/schedule/frontier.js';
import { type PolicyOutcome, viewOf, workedBy } from '../../../src/stages/schedule/policies.js';
import type { ScheduleProblem } from '../../../src/stages/schedule/problem.js';
import { answer, shortfall, simulate } from '../../support/answeringMarket.js';
import { settled } from '../../support/settled.js';
import {
  AVERSIONS,
  type Aversion,
  beliefsOf,
  ERRORS,
  isNoise,
  type ModelError,
  truthOf,
  type World,
} from './worlds.js';

/** Estimates that a row with noise is the mean of. */
export const DRAWS = 3;

/** Costs are bps of the basket's gross, under what is true. */
export interface ScheduleRow extends World {
  readonly aversion: Aversion;
  /** λ, per million and bps. */
  readonly lambda: number;
  readonly error: ModelError;
  readonly policy: PolicyName;
  readonly expected: number;
  readonly deviation: number;
  readonly objective: number;
  /** What the policy takes its schedule for: expected cost under its own view of what is believed. */
  readonly believed: number;
  /** Mean and standard deviation of simulated shortfall, and how many standard errors they are off. */
  readonly simulated: number;
  readonly simulatedDeviation: number;
  readonly zMean: number;
  readonly zDeviation: number;
  /** What the market's answer costs, summed up trade by trade, beside `expected`: relative. */
  readonly answerError: number;
  /** Relative gap of the solver, zero where nothing was solved. */
  readonly gap: number;
}

/** Every error and policy at one aversion. */
export async function measure(
  world: World,
  model: ScheduleProblem,
  aversion: Aversion,
  paths: readonly DenseMatrix[],
): Promise<ScheduleRow[]> {
  const lambda = AVERSIONS[aversion] * typicalAversion(model, vwap(model));
  const averse = { ...model, aversion: lambda };
  const solved = new Map<string, PolicyOutcome>();
  const all: ScheduleRow[] = [];
  for (const error of ERRORS) {
    await settled();
    const truth = truthOf(error, averse);
    const beliefs = beliefsOf(error, averse, DRAWS);
    for (const policy of POLICIES) {
      const rows = beliefs.map((belief, draw) => {
        const key = usesLinks(policy) && isNoise(error) ? `${policy} ${error} ${draw}` : policy;
        const outcome = solved.get(key) ?? workedBy(policy, belief);
        solved.set(key, outcome);
        const believed = costParts(viewOf(policy, belief), outcome.schedule).expected;
        return { ...measured(truth, outcome, paths), believed: believed / grossOf(truth) };
      });
      all.push({ ...world, aversion, lambda, error, policy, ...averaged(rows) });
    }
  }
  return all;
}

/** Noise on links changes no schedule of the others. */
const usesLinks = (policy: PolicyName): boolean => policy === 'half' || policy === 'cross';

const grossOf = ({ quantity }: ScheduleProblem): number => quantity.reduce((sum, q) => sum + Math.abs(q), 0);

type Measured = Omit<ScheduleRow, keyof World | 'aversion' | 'lambda' | 'error' | 'policy'>;

function measured(truth: ScheduleProblem, outcome: PolicyOutcome, paths: readonly DenseMatrix[]) {
  const { schedule } = outcome;
  const cost = costParts(truth, schedule);
  const played = simulate(truth, schedule, paths, cost);
  const gross = grossOf(truth);
  return {
    expected: cost.expected / gross,
    deviation: cost.deviation / gross,
    objective: cost.objective / gross,
    simulated: played.mean / gross,
    simulatedDeviation: played.deviation / gross,
    zMean: played.zMean,
    zDeviation: played.zDeviation,
    answerError: Math.abs(shortfall(schedule, answer(truth, schedule)) / cost.expected - 1),
    gap: outcome.solved?.gap ?? 0,
  };
}

/** Means over draws, but the worst of what must be small. */
function averaged(rows: readonly Measured[]): Measured {
  const of = (key: keyof Measured) => rows.map((row) => row[key]);
  const middle = (key: keyof Measured) => mean(of(key));
  const worst = (key: keyof Measured) => of(key).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  return {
    expected: middle('expected'),
    deviation: middle('deviation'),
    objective: middle('objective'),
    believed: middle('believed'),
    simulated: middle('simulated'),
    simulatedDeviation: middle('simulatedDeviation'),
    zMean: worst('zMean'),
    zDeviation: worst('zDeviation'),
    answerError: worst('answerError'),
    gap: worst('gap'),
  };
}
