import type { Config } from '../../config/schema.js';
import { dataFolders } from '../../io/datasetFolders.js';
import type { Name } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { dataError } from '../../model/failure.js';
import { type BasketClustering, basketClustering } from '../../stages/scorecard/basketPlan.js';
import { type IssueCount, summariseIssues } from '../../stages/scorecard/issues.js';
import { RESAMPLING, type Scorecard, type ScorecardParams, scorecard } from '../../stages/scorecard/scorecard.js';
import type { Decomposed } from '../../stages/scorecard/shortfall.js';
import type { StoredVersion } from '../../store/store.js';
import { refuseOtherUnits } from '../versions/sameUnits.js';
import type { AlignContext } from '../window/alignKey.js';
import { mainDataset, noTradingDays, presentDays } from '../window/tradingDays.js';
import { type StoredPriceModel, storedPriceModel } from './priceModel.js';
import { type ScoredDay, scoreDate } from './scorecardDay.js';

/** A scorecard with what was read for it. */
export interface ScorecardReport {
  /** Folder of the version that costs were decomposed by. */
  readonly version: string | null;
  readonly decomposed: Decomposed;
  readonly rows: { readonly parents: number; readonly fills: number };
  readonly issues: readonly IssueReport[];
  readonly scorecard: Scorecard;
  /** How orders hang together in their baskets, where there are enough of these: what an experiment is planned by. */
  readonly clustering?: BasketClustering;
}

/** An issue with the names of its files. */
export interface IssueReport extends Omit<IssueCount, 'examples'> {
  readonly examples: readonly { readonly file: string; readonly row: number; readonly value: string }[];
}

/** Trading dates with parent orders from `from` to `to`, both inclusive. @throws data error where there are none. */
export function scorecardDates(config: Config, from: string, to: string): string[] {
  const { root } = config.data;
  const dates = dataFolders(root).dates('parents');
  if (dates.length === 0)
    throw dataError(`${root} has no folder parents/date=YYYY-MM-DD`, 'add the parent orders: CONTRACT §1, parents');
  const chosen = dates.filter((date) => date >= from && date <= to);
  if (chosen.length === 0)
    throw (
      noTradingDays(presentDays(config, mainDataset(config)), from, to) ??
      dataError(
        `there are no parents ${from === to ? `for ${from}` : `from ${from} to ${to}`} below ${root}`,
        `there are parents from ${dates[0]} to ${dates.at(-1)}`,
      )
    );
  return chosen;
}

/** What the configuration says of a scorecard. */
export const scorecardParams = ({ validate, align }: Config, stored?: StoredPriceModel): ScorecardParams => ({
  limits: {
    q95Improvement: validate.gates.q95_improvement,
    completionMargin: validate.gates.completion_margin,
    driftZ: validate.gates.drift_z,
  },
  arms: validate.arms,
  units: align.units,
  ...(stored?.regimeEdges ? { regimeEdges: stored.regimeEdges } : {}),
  ...RESAMPLING,
});

/** A model that costs are decomposed by, and the folder of the version that holds it; null for one that is being made. */
export interface Judge {
  readonly version: string | null;
  readonly stored: StoredPriceModel;
}

/** A stored version as a judge. @throws data error when its buckets or units are not those of the configuration. */
export function judgeOf(config: Config, version: StoredVersion, names: readonly Name[]): Judge {
  refuseOtherUnits(version, config.align.units, 'to tell apart what orders cost');
  const stored = storedPriceModel(config.store, version, names);
  refuseOtherBuckets(config, version, stored);
  return { version: version.folder, stored };
}

/**
 * Scores the parent orders of the context's dates by a model, or without one. @throws data error when no order of the
 * dates can be scored.
 */
export async function scoreDates(
  context: AlignContext,
  judge: Judge | undefined,
  announce: (text: string) => void,
): Promise<ScorecardReport> {
  const { config, inputs } = context;
  const stored = judge?.stored;
  const days: ScoredDay[] = [];
  for (const [k, date] of inputs.dates.entries()) {
    announce(`score ${date} (${k + 1} of ${inputs.dates.length})`);
    days.push(await scoreDate(context, date, stored?.model));
  }
  const costs = days.flatMap((day) => day.costs);
  const issues = issueReports(inputs.dates, days);
  if (costs.length === 0) {
    const worst = [...issues].sort((a, b) => b.count - a.count)[0];
    throw dataError(
      `parents of ${inputs.dates.join(', ')}: none of ${total(days, 'parents')} orders can be scored${worst ? `; most often ${worst.issue} (${worst.count} rows)` : ''}`,
      'check the parents dataset of these days',
    );
  }
  const decomposed = {
    impact: stored !== undefined,
    factors: days.every((day) => day.decomposed.factors),
  };
  const card = scorecard(costs, decomposed, scorecardParams(config, stored));
  const unknown = stored?.unknown ?? [];
  const clustering = basketClustering(costs);
  return {
    version: judge?.version ?? null,
    decomposed,
    rows: { parents: total(days, 'parents'), fills: total(days, 'fills') },
    issues,
    ...(clustering ? { clustering } : {}),
    scorecard: { ...card, notes: [...card.notes, ...unknownNotes(unknown), ...days.flatMap(depthNotes)] },
  };
}

const unknownNotes = (symbols: readonly string[]): string[] =>
  symbols.length === 0 ? [] : [`the version does not know ${symbols.join(', ')}: no impact is told apart there`];

const depthNotes = ({ date, withoutDepth }: ScoredDay): string[] =>
  withoutDepth.length === 0
    ? []
    : [`no depth of ${withoutDepth.join(', ')} on ${date}: flow counts there as if the book were as deep as usual`];

const total = (days: readonly ScoredDay[], dataset: 'parents' | 'fills'): number =>
  days.reduce((sum, { rows }) => sum + rows[dataset], 0);

function refuseOtherBuckets({ align }: Config, { folder }: StoredVersion, { bucketMs }: StoredPriceModel): void {
  if (durationNs(align.bucket) / 1e6 === bucketMs) return;
  throw dataError(
    `${folder} counts its decay in buckets of ${bucketMs} ms, align.bucket is ${align.bucket}`,
    `set align.bucket: ${bucketMs}ms, or name a version of these buckets`,
  );
}

function issueReports(dates: readonly string[], days: readonly ScoredDay[]): IssueReport[] {
  return summariseIssues(days.map((day) => day.log)).map((issue) => ({
    ...issue,
    examples: issue.examples.map(({ date, dataset, file, row, value }) => ({
      file: days[dates.indexOf(date)].files[dataset][file],
      row,
      value,
    })),
  }));
}
