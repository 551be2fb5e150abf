import { XimError } from '../../model/failure.js';
import { gatesPass } from '../../model/gate.js';
import type { Interval } from '../../model/interval.js';
import type { ArmComparison, GroupScore } from '../../model/scorecard.js';
import { judgingVersion } from '../../run/orders/priceModel.js';
import { judgeOf, type ScorecardReport, scorecardDates, scoreDates } from '../../run/orders/scorecardDates.js';
import { alignContext, withEngine, withLock } from '../../run/pipeline.js';
import { collectInputs } from '../../run/window/inputs.js';
import { partsToldApart } from '../../stages/scorecard/shortfall.js';
import type { CommandResult, Session } from '../session.js';
import { fixed, textTable } from '../text.js';

export interface ScorecardArguments {
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly ref?: string;
}

/** `xim scorecard`: transaction costs of parent orders; exit 1 when a gate fails or lacks the data to pass. */
export async function scorecard(session: Session, args: ScorecardArguments): Promise<CommandResult> {
  const { config, effects, options } = session;
  const [from, to] = [args.date ?? args.from, args.date ?? args.to];
  if (from === undefined || to === undefined)
    throw new XimError('usage', 'no date given', 'pass --date YYYY-MM-DD, or --from and --to');
  const version = judgingVersion(config.store, args.ref);
  const dates = scorecardDates(config, from, to);
  if (options.dryRun)
    return {
      text: `would score the parents of ${dates.join(', ')} by ${version?.folder ?? 'no version'}`,
      json: { dates, version: version?.folder ?? null },
    };
  const inputs = await collectInputs(config, dates);
  const report = await withLock(config, session.lockTimeoutMs, effects, () =>
    withEngine(config, effects, async (engine) => {
      const context = await alignContext(config, inputs, engine, effects);
      return scoreDates(context, version && judgeOf(config, version, context.names), effects.stage);
    }),
  );
  return { text: textOf(report), json: report, exitCode: gatesPass(report.scorecard.gates) ? 0 : 1 };
}

/** Groups that a terminal shows; the document has all. */
const SHOWN = new Set(['all', 'arm', 'side', 'size']);

function textOf({ version, rows, issues, scorecard: card, decomposed }: ScorecardReport): string {
  const { clusteredBy, clusters, coverage } = card.intervals;
  const shown = partsToldApart(decomposed);
  const lines = [
    `${card.parents} of ${rows.parents} parent orders on ${card.days.length} days, ${rows.fills} fills; decomposed by ${version ?? 'no version'}`,
    textTable(
      ['shortfall in bps', 'orders', 'mean', 'median', 'q95', 'q99', ...shown, 'completion', 'misses'],
      card.groups
        .filter(({ dimension }) => SHOWN.has(dimension))
        .map((group) => [
          ...scoreRow(group),
          ...shown.map((part) => fixed(group.parts[part], 2)),
          fixed(group.completion, 4),
          group.deadlineMisses,
        ]),
    ),
    `${100 * coverage} % intervals by bootstrap of ${clusters} ${clusteredBy === 'day' ? 'days' : `${clusteredBy}s`}`,
  ];
  if (card.comparisons.length > 0) lines.push('', comparisonTable(card.comparisons));
  lines.push(
    '',
    textTable(
      ['gate', 'verdict', 'value', 'bound', 'low', 'high', 'meaning'],
      card.gates.map((g) => [g.name, g.verdict, fixed(g.value), fixed(g.bound), fixed(g.low), fixed(g.high), g.reason]),
    ),
    ...issues.map(({ issue, count, meaning, examples }) => {
      const [first] = examples;
      return `${issue}: ${count}, ${meaning}; first in row ${first.row} of ${first.file} (${first.value})`;
    }),
    ...card.notes.map((note) => `note: ${note}`),
  );
  return lines.join('\n');
}

function scoreRow({ dimension, group, parents, shortfall }: GroupScore): (string | number)[] {
  const name = dimension === 'all' ? 'all' : `${dimension} ${group}`;
  return [
    name,
    Math.round(parents),
    ...(['mean', 'median', 'q95', 'q99'] as const).map((key) => range(shortfall[key])),
  ];
}

const range = ({ value, low, high }: Interval, digits = 2): string =>
  low === undefined ? fixed(value, digits) : `${fixed(value, digits)} [${fixed(low, digits)}, ${fixed(high, digits)}]`;

function comparisonTable(comparisons: readonly ArmComparison[]): string {
  return textTable(
    ['arm less control', 'mean bps', 'p', 'q95 bps', 'p', 'completion', 'power'],
    comparisons.map(({ treatment, control, mean, q95, completion, power }) => [
      `${treatment} − ${control}`,
      range(mean),
      fixed(mean.pValue, 3),
      range(q95),
      fixed(q95.pValue, 3),
      range(completion, 4),
      power ? `${(100 * power.probability).toFixed(0)} % for ${100 * power.improvement} %` : '–',
    ]),
  );
}
