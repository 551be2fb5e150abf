import type { DocumentComparison, DocumentCost, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { costPartsChart } from '../../charts/costPartsChart.js';
import { bullets, details, figure, NOTHING, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { costDecimals, fixed, label, legend, POLICY_MEANINGS, partsOf } from './words.js';

/** Other ways to work the basket, under the same model. */
export function policies(document: ScheduleDocument): Markup {
  const { comparison } = document;
  if (!comparison || comparison.length === 0)
    return html`<p>Not compared: <code>--compare</code> sets TWAP, VWAP and schedules that do not know the links beside this one.</p>`;
  const text = (value: number) => fixed(value, costDecimals(document));
  const parts = partsOf(...comparison.map(({ cost }) => cost));
  const bars = comparison.map(({ policy, cost, believedBps }) => ({
    label: label(policy, 12),
    isChosen: policy === document.policy.name,
    parts: parts.map(({ part, words, colour }) => ({ words, colour, value: cost[part] })),
    total: cost.expected,
    believed: Math.abs(believedBps - cost.expected) > 1e-9 * Math.abs(cost.expected) ? believedBps : undefined,
  }));
  const { move } = unitWords(document.units);
  const ring = bars.some(({ believed }) => believed !== undefined) ? 'Ring: what its own model takes it to cost. ' : '';
  return html`${[
    html`<p>${inWords(comparison, document, text)}</p>`,
    figure(
      costPartsChart('Cost by policy', bars, text),
      html`Expected cost, ${move}. ${legend(parts)} ${ring}Stroke: the sum of its parts.`,
    ),
    numbers(document, comparison, text),
    details('What the policies and columns are', meanings(comparison)),
    hasChild(document)
      ? html`<p class="more">All before whole lots; in whole lots this schedule costs ${text(document.cost.expected)} ${move}.</p>`
      : NOTHING,
  ]}`;
}

const COLUMN_MEANINGS = [
  'risk ±: one standard deviation of what prices do while it is worked',
  'q95: what it costs less than in 95 % of cases',
  'it thinks: the expected cost by the policy’s own view of the market',
  'waste at equal risk: what it costs more than the cheapest schedule of the same risk',
  'regret if no links: what it costs more than the best schedule, were there no links at all',
];

function meanings(comparison: readonly DocumentComparison[]): Markup {
  const there = new Set(comparison.map(({ policy }) => policy));
  const policyLines = POLICY_MEANINGS.filter(([policy]) => there.has(policy)).map((pair) => pair.join(': '));
  return bullets([...policyLines, ...COLUMN_MEANINGS]);
}

/** Lots made it another number than the row of its policy says. */
const hasChild = ({ comparison = [], policy, cost }: ScheduleDocument): boolean =>
  comparison.some((one) => one.policy === policy.name && one.cost.expected !== cost.expected);

function inWords(
  comparison: readonly DocumentComparison[],
  document: ScheduleDocument,
  text: (value: number) => string,
): string {
  const { move } = unitWords(document.units);
  const least = (of: (one: DocumentComparison) => number) =>
    comparison.reduce((best, one) => (of(one) < of(best) ? one : best));
  const cheapest = least(({ cost }) => cost.expected);
  const calmest = least(({ cost }) => cost.deviation);
  const wasteful = comparison.reduce((most, one) => (one.wasteAtEqualRiskBps > most.wasteAtEqualRiskBps ? one : most));
  const first = `Under this version’s model ${cheapest.policy} has the least expected cost (${text(cheapest.cost.expected)} ${move}, risk ±${text(cheapest.cost.deviation)})`;
  const second =
    calmest === cheapest
      ? ' and the least risk.'
      : `, ${calmest.policy} the least risk (±${text(calmest.cost.deviation)}, for ${text(calmest.cost.expected)}).`;
  if (wasteful.wasteAtEqualRiskBps <= 0) return first + second;
  return `${first}${second} At its own risk, ${wasteful.policy} pays ${text(wasteful.wasteAtEqualRiskBps)} ${move} more than it need.`;
}

function numbers(
  document: ScheduleDocument,
  comparison: readonly DocumentComparison[],
  text: (value: number) => string,
): Markup {
  const { move } = unitWords(document.units);
  const parts = partsOf(...comparison.map(({ cost }) => cost));
  const of = (cost: DocumentCost) => parts.map(({ part }) => text(cost[part]));
  const rows = comparison.map(({ policy, cost, believedBps, wasteAtEqualRiskBps, regretWithoutLinksBps }) => [
    policy === document.policy.name ? html`<strong>${policy}</strong>\u00a0<span class="soft">chosen</span>` : policy,
    text(cost.expected),
    ...of(cost),
    text(cost.deviation),
    text(cost.q95),
    text(believedBps),
    text(wasteAtEqualRiskBps),
    text(regretWithoutLinksBps),
  ]);
  const headers = [
    'policy',
    `expected, ${move}`,
    ...parts.map(({ words }) => words),
    'risk ±',
    'q95',
    'it thinks',
    'waste at equal risk',
    'regret if no links',
  ];
  return table(headers, rows);
}
