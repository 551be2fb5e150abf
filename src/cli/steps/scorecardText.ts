import type { Interval } from '../../model/interval.js';
import type { ArmComparison, GroupScore } from '../../model/scorecard.js';
import { type MoveUnit, type UnitWords, unitWords } from '../../model/units.js';
import type { ScorecardReport } from '../../run/orders/scorecardDates.js';
import { partsToldApart, type ShortfallPart } from '../../stages/scorecard/shortfall.js';
import { fixed, textTable } from '../text.js';

/** Groups that a terminal shows; the document has all. */
const SHOWN = new Set(['all', 'arm', 'side', 'size']);

/** The scorecard for people: groups, arms against control, gates, and what was odd. */
export function scorecardText(report: ScorecardReport, unit: MoveUnit): string {
  const { version, rows, issues, scorecard: card, decomposed } = report;
  const units = unitWords(unit);
  const { clusteredBy, clusters, coverage } = card.intervals;
  return [
    `${card.parents} of ${rows.parents} parent orders on ${card.days.length} days, ${rows.fills} fills; decomposed by ${version ?? 'no version'}`,
    groupTable(card.groups, partsToldApart(decomposed), units),
    `${100 * coverage} % intervals by bootstrap of ${clusters} ${clusteredBy === 'day' ? 'days' : `${clusteredBy}s`}`,
    ...(card.comparisons.length > 0 ? ['', comparisonTable(card.comparisons, units)] : []),
    '',
    textTable(
      ['gate', 'verdict', 'value', 'bound', 'low', 'high', 'meaning'],
      card.gates.map((g) => [g.name, g.verdict, fixed(g.value), fixed(g.bound), fixed(g.low), fixed(g.high), g.reason]),
    ),
    ...issues.map(({ issue, count, meaning, examples: [first] }) => {
      return `${issue}: ${count}, ${meaning}; first in row ${first.row} of ${first.file} (${first.value})`;
    }),
    ...card.notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function groupTable(groups: readonly GroupScore[], parts: readonly ShortfallPart[], { move }: UnitWords): string {
  return textTable(
    [`shortfall in ${move}`, 'orders', 'mean', 'median', 'q95', 'q99', ...parts, 'completion', 'misses'],
    groups
      .filter(({ dimension }) => SHOWN.has(dimension))
      .map((group) => [
        ...scoreRow(group),
        ...parts.map((part) => fixed(group.parts[part], 2)),
        fixed(group.completion, 4),
        group.deadlineMisses,
      ]),
  );
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

function comparisonTable(comparisons: readonly ArmComparison[], { move }: UnitWords): string {
  return textTable(
    ['arm less control', `mean ${move}`, 'p', `q95 ${move}`, 'p', 'completion', 'power'],
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
