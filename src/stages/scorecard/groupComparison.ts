import type { Dimension } from '../../model/scorecard.js';
import type { RandomStream } from '../../numerics/random.js';
import type { Experiment } from './experiment.js';
import type { Group } from './groups.js';
import { armDifferences, holm, permutationTest } from './permutation.js';
import type { ParentCost } from './shortfall.js';
import { isOf, MIN_ORDERS, trialOf } from './trial.js';

/** A treatment less the control within one group. */
export interface GroupComparison {
  readonly dimension: Dimension;
  readonly group: string;
  readonly treatment: string;
  readonly mean: { readonly difference: number; readonly pValue: number; readonly adjusted: number };
  readonly q95: { readonly difference: number; readonly pValue: number; readonly adjusted: number };
}

/** Every group in which both arms have enough orders, with p-values by Holm over all of them, mean and q95 apart. */
export function compareGroups(
  costs: readonly ParentCost[],
  groups: readonly Group[],
  experiment: Experiment,
  test: { readonly permutations: number; readonly random: RandomStream },
): GroupComparison[] {
  const compared = groups
    .filter(({ dimension }) => dimension !== 'all' && dimension !== 'arm' && dimension !== 'venue')
    .flatMap((group) =>
      experiment.treatments.flatMap((treatment) => compareWithin(costs, group, treatment, experiment, test)),
    );
  const [means, tails] = [holm(compared.map((c) => c.mean.pValue)), holm(compared.map((c) => c.q95.pValue))];
  return compared.map((c, k) => ({
    ...c,
    mean: { ...c.mean, adjusted: means[k] },
    q95: { ...c.q95, adjusted: tails[k] },
  }));
}

function compareWithin(
  costs: readonly ParentCost[],
  { dimension, group, members }: Group,
  treatment: string,
  experiment: Experiment,
  { permutations, random }: { readonly permutations: number; readonly random: RandomStream },
) {
  const pair = { control: experiment.control, treatment };
  const own = members.filter((k) => isOf(costs[k], pair));
  const treated = own.filter((k) => costs[k].arm === treatment).length;
  if (treated < MIN_ORDERS || own.length - treated < MIN_ORDERS) return [];
  const trial = trialOf(costs, own, pair, experiment);
  const pValues = permutationTest(trial, permutations, random)!;
  const difference = armDifferences(trial)(trial.treated)!;
  return [
    {
      dimension,
      group,
      treatment,
      mean: { difference: difference.mean, pValue: pValues.mean },
      q95: { difference: difference.q95, pValue: pValues.q95 },
    },
  ];
}
