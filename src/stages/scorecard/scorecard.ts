import type { Gate } from '../../model/gate.js';
import type { ScorecardSummary } from '../../model/scorecard.js';
import type { MoveUnit } from '../../model/units.js';
import { randomStream } from '../../numerics/random.js';
import { COVERAGE, drawClusters } from './bootstrap.js';
import { compareArms } from './comparison.js';
import type { ArrivalState } from './dayOrders.js';
import { shortfallDistributions } from './distributions.js';
import { type CellDrift, residualDrift } from './drift.js';
import { type ArmSettings, type Experiment, experimentOf } from './experiment.js';
import { compareGroups, type GroupComparison } from './groupComparison.js';
import { type Clusters, clustersOf, groupScore } from './groupScores.js';
import { groupsOf, regimeOf, type SizeScale, sizeScale, stateEdges } from './groups.js';
import { type PromotionLimits, promotionGates } from './promotionGates.js';
import type { Decomposed, ParentCost } from './shortfall.js';

export interface ScorecardParams {
  readonly limits: PromotionLimits;
  readonly arms: ArmSettings;
  /** Of the market states that tell regimes apart; medians over the arrivals where absent. */
  readonly regimeEdges?: ArrivalState;
  /** Of the costs; bps where absent. */
  readonly units?: MoveUnit;
  readonly seed: number;
  readonly replicates: number;
  readonly permutations: number;
}

/** Replicates and permutations of a report. */
export const RESAMPLING = { seed: 1, replicates: 999, permutations: 999 } as const;

/** Transaction costs of parent orders by group, and by arm where there are arms (MODEL §7). */
export interface Scorecard extends ScorecardSummary {
  readonly days: readonly string[];
  readonly sizes: SizeScale;
  readonly regimeEdges: ArrivalState | null;
  readonly experiment: Experiment | null;
  readonly groupComparisons: readonly GroupComparison[];
  /** By treatment. */
  readonly drift: Readonly<Record<string, readonly CellDrift[]>>;
  readonly gates: readonly Gate[];
}

/**
 * Groups, intervals, comparisons of arms and promotion gates. The result does not depend on the order of the costs, but
 * for the last digits of sums. @throws data error when `arms` names what the orders do not have.
 */
export function scorecard(costs: readonly ParentCost[], decomposed: Decomposed, params: ScorecardParams): Scorecard {
  const random = randomStream(params.seed);
  const clusters = clustersOf(costs);
  const draws = drawClusters(clusters.count, params.replicates, random);
  const sizes = sizeScale(costs);
  const edges = params.regimeEdges ?? stateEdges(costs);
  const groups = groupsOf(costs, sizes, edges);
  const experiment = experimentOf(costs, params.arms);
  const test = { permutations: params.permutations, random, improvement: params.limits.q95Improvement };
  const comparisons = (experiment?.treatments ?? []).map((treatment) =>
    compareArms(costs, { control: experiment!.control, treatment }, experiment!, { clusters, draws, ...test }),
  );
  const drift = driftByArm(costs, experiment, edges, clusters);
  return {
    parents: costs.length,
    days: [...new Set(costs.map(({ date }) => date))].sort(),
    intervals: { coverage: COVERAGE, clusteredBy: clusters.by, clusters: clusters.count },
    sizes,
    regimeEdges: edges ?? null,
    groups: groups.map((group) => groupScore(costs, group, decomposed, { clusters, draws })),
    distributions: shortfallDistributions(costs, groups),
    experiment: experiment ?? null,
    comparisons,
    groupComparisons: experiment ? compareGroups(costs, groups, experiment, test) : [],
    drift: Object.fromEntries(drift),
    gates: promotionGates(experiment, comparisons, drift, params.limits),
    notes: [...unitNotes(costs, params.units), ...notesOf(experiment, edges, decomposed)],
  };
}

function driftByArm(
  costs: readonly ParentCost[],
  experiment: Experiment | undefined,
  edges: ArrivalState | undefined,
  clusters: Clusters,
): Map<string, CellDrift[]> {
  const cells = costs.map((cost) => (cost.state && edges ? regimeOf(cost, edges) : undefined));
  return new Map(
    (experiment?.treatments ?? []).map((treatment) => {
      const members = costs.map((_, k) => k).filter((k) => costs[k].arm === treatment);
      return [treatment, residualDrift(costs, members, cells, clusters)];
    }),
  );
}

/** A mean over names whose points are worth different money. */
function unitNotes(costs: readonly ParentCost[], units: MoveUnit = 'bps'): string[] {
  const names = new Set(costs.map(({ symbol }) => symbol));
  return units === 'price' && names.size > 1
    ? [`shortfalls are in price points per unit: groups add up points of ${names.size} names, whatever those are worth`]
    : [];
}

function notesOf(
  experiment: Experiment | undefined,
  edges: ArrivalState | undefined,
  { impact, factors }: Decomposed,
): string[] {
  const notes: string[] = [];
  if (!impact) notes.push('no version in the store: self and cross impact are absent, their share is in the residual');
  if (impact && !factors) notes.push('no factor moves that the version knows: exogenous moves are in the residual');
  if (!edges) notes.push('the state of the market is not known at any arrival: no regimes');
  if (!experiment) return notes;
  const { mixedBaskets, unassigned, balance, sampleRatio } = experiment;
  if (mixedBaskets.count > 0)
    notes.push(
      `${mixedBaskets.count} baskets have orders in more than one arm (${mixedBaskets.examples.join(', ')}): the parent order is taken as the unit of randomisation`,
    );
  if (unassigned > 0) notes.push(`${unassigned} parent orders have no arm and are in no comparison`);
  for (const { treatment, quantity, standardisedDifference, unbalanced } of balance)
    if (unbalanced)
      notes.push(
        `"${treatment}" differs from the control in ${quantity} by ${standardisedDifference.toFixed(2)} standard deviations: arms were not alike before trading`,
      );
  if (sampleRatio.pValue < 0.001)
    notes.push('arms do not have the share of orders that they should have: do not trust the comparison');
  notes.push('p-values of groups are adjusted by Holm over all groups compared; those of arms over all orders are not');
  return notes;
}
