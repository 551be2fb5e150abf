import type { Interval } from '../../model/interval.js';
import type { ArmComparison, Location, Power } from '../../model/scorecard.js';
import { normalCdf } from '../../numerics/distributions.js';
import { squared } from '../../numerics/elementary/elementary.js';
import type { RandomStream } from '../../numerics/random.js';
import { bootstrapError, type Draws, percentileInterval } from './bootstrap.js';
import { locator, type Sample, sortedSample } from './distribution.js';
import type { Experiment } from './experiment.js';
import type { Clusters } from './groupScores.js';
import { permutationTest } from './permutation.js';
import type { ParentCost } from './shortfall.js';
import { type ArmPair, isOf, trialOf } from './trial.js';

const POWER_METHOD =
  'analytic: normal approximation of a one-sided 5 % test, with the bootstrap standard error of the q95 difference';
/** Standard normal quantiles at 95 % and at 80 %. */
const [Z95, Z80] = [1.6448536269514722, 0.8416212335729143];

/** Orders of one arm as samples of their shortfall and of their completion. */
interface ArmSamples {
  readonly shortfall: Sample;
  readonly completion: Sample;
}

/** How the difference of two arms is resampled and tested. */
interface Resampling {
  readonly clusters: Clusters;
  readonly draws: Draws;
  readonly permutations: number;
  readonly random: RandomStream;
  /** Of q95, that the power is stated for. */
  readonly improvement: number;
}

/** Differences of two arms over all orders: intervals by the draws of clusters, p-values by permutation of units. */
export function compareArms(
  costs: readonly ParentCost[],
  pair: ArmPair,
  experiment: Experiment,
  { clusters, draws, ...test }: Resampling,
): ArmComparison {
  const arms = {
    control: samplesOf(costs, pair.control, clusters),
    treatment: samplesOf(costs, pair.treatment, clusters),
  };
  const locate = { control: armLocator(arms.control), treatment: armLocator(arms.treatment) };
  const whole = { control: locate.control()!, treatment: locate.treatment()! };
  const replicates = draws.flatMap((times) => {
    const [control, treatment] = [locate.control(times), locate.treatment(times)];
    return control && treatment ? [{ control, treatment }] : [];
  });
  const count = new Set([...arms.control.shortfall.cluster, ...arms.treatment.shortfall.cluster]).size;
  const estimate = (of: (both: typeof whole) => number): Interval => ({
    value: of(whole),
    ...percentileInterval(replicates.map(of), count, draws.length),
  });
  const members = costs.map((_, k) => k).filter((k) => isOf(costs[k], pair));
  const pValues = permutationTest(trialOf(costs, members, pair, experiment), test.permutations, test.random);
  const difference = (key: keyof Location) => (both: typeof whole) =>
    both.treatment.shortfall[key] - both.control.shortfall[key];
  const orders = { control: arms.control.shortfall.values.length, treatment: arms.treatment.shortfall.values.length };
  const error = bootstrapError(replicates.map(difference('q95')), count);
  return {
    ...pair,
    orders,
    mean: { ...estimate(difference('mean')), ...(pValues ? { pValue: pValues.mean } : {}) },
    q95: { ...estimate(difference('q95')), ...(pValues ? { pValue: pValues.q95 } : {}) },
    ...(whole.control.shortfall.q95 > 0 ? { q95Improvement: estimate(improvementOf) } : {}),
    completion: estimate((both) => both.treatment.completion - both.control.completion),
    ...powerOf(whole.control.shortfall.q95, error, test.improvement, orders),
  };
}

/** A resampled control without a positive q95 leaves nothing to improve on, which counts as the worst. */
function improvementOf({ control, treatment }: { control: ArmLocation; treatment: ArmLocation }): number {
  const base = control.shortfall.q95;
  return base > 0 ? 1 - treatment.shortfall.q95 / base : Number.MIN_SAFE_INTEGER;
}

interface ArmLocation {
  readonly shortfall: Location;
  readonly completion: number;
}

function samplesOf(costs: readonly ParentCost[], arm: string, clusters: Clusters): ArmSamples {
  const members = costs.map((_, k) => k).filter((k) => costs[k].arm === arm);
  const sample = (of: (cost: ParentCost) => number) =>
    sortedSample(
      members.map((k) => of(costs[k])),
      members.map(() => 1),
      members.map((k) => clusters.of[k]),
    );
  return { shortfall: sample((cost) => cost.totalBps), completion: sample((cost) => cost.completion) };
}

function armLocator(samples: ArmSamples): (times?: Uint16Array) => ArmLocation | undefined {
  const [shortfall, completion] = [locator(samples.shortfall), locator(samples.completion)];
  return (times) => {
    const cost = shortfall(times);
    return cost && { shortfall: cost, completion: completion(times)!.mean };
  };
}

function powerOf(
  q95: number,
  error: number,
  improvement: number,
  orders: ArmComparison['orders'],
): { readonly power?: Power } {
  if (!(q95 > 0 && error > 0)) return {};
  const effect = (improvement * q95) / error;
  const harmonic = 2 / (1 / orders.control + 1 / orders.treatment);
  return {
    power: {
      improvement,
      probability: normalCdf(effect - Z95),
      ordersForEighty: Math.ceil(harmonic * squared((Z95 + Z80) / effect)),
      method: POWER_METHOD,
    },
  };
}
