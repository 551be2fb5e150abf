import type { DocumentComparison, DocumentCost, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { costPartsChart } from '../../charts/costPartsChart.js';
import { figure, key, NOTHING, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { costDecimals, fixed, partsOf, policyWords } from './words.js';

/** Other ways to work the basket, under the same model. */
export function policies(document: ScheduleDocument): Markup {
  const { comparison } = document;
  if (!comparison || comparison.length === 0)
    return html`<p>Not compared: <code>--compare</code> sets TWAP, VWAP and schedules that do not know the links beside this one.</p>`;
  const text = (value: number) => fixed(value, costDecimals(document));
  const parts = partsOf(...comparison.map(({ cost }) => cost));
  const bars = comparison.map(({ policy, cost, believedBps }) => ({
    label: policy,
    isChosen: policy === document.policy.name,
    parts: parts.map(({ part, words, colour }) => ({ words, colour, value: cost[part] })),
    total: cost.expected,
    believed: Math.abs(believedBps - cost.expected) > 1e-9 * Math.abs(cost.expected) ? believedBps : undefined,
  }));
  const legend = parts.map(({ words, colour }) => html`${key(colour)}${words} `);
  const { move } = unitWords(document.units);
  const ring = bars.some(({ believed }) => believed !== undefined) ? 'ring: what its own model takes it to cost; ' : '';
  return html`${[
    html`<p>${inWords(comparison, document, text)}</p>`,
    figure(
      costPartsChart('Cost by policy', bars, text),
      html`Expected cost, ${move}. ${legend}; ${ring}stroke: the sum of its parts.`,
    ),
    numbers(document, comparison, text),
    hasChild(document)
      ? html`<p class="more">Before whole lots: what is sent costs ${text(document.cost.expected)} ${move}.</p>`
      : NOTHING,
  ]}`;
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
    policy === document.policy.name ? html`<strong>${policy}</strong> <span class="soft">chosen</span>` : policy,
    text(cost.expected),
    ...of(cost),
    text(cost.deviation),
    text(cost.q95),
    text(believedBps),
    text(wasteAtEqualRiskBps),
    text(regretWithoutLinksBps),
    policyWords(policy),
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
    'how it works',
  ];
  return table(headers, rows);
}
