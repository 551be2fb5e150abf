import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { frontierChart } from '../../charts/frontierChart.js';
import { figure, NOTHING, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { costDecimals, fixed } from './words.js';

/** What less risk costs. */
export function frontier(document: ScheduleDocument): Markup {
  const { frontier: points = [], comparison = [], cost, policy, settings, units } = document;
  if (points.length === 0)
    return html`<p>Not drawn: <code>--frontier</code> sets cost against risk, from no hurry to great hurry.</p>`;
  const { move } = unitWords(units);
  const text = (value: number) => fixed(value, costDecimals(document));
  const spot = ({ expected, deviation }: { readonly expected: number; readonly deviation: number }) => ({
    expected,
    deviation,
  });
  const words = (at: { readonly expected: number; readonly deviation: number }) =>
    `${text(at.expected)} ${move}, ±${text(at.deviation)}`;
  const line = points.map((point) => ({
    ...spot(point),
    label: '',
    title: `λ ${lambda(point.aversion)}: ${words(point)}; 95 % done by ${point.doneBy}`,
  }));
  const others = comparison
    .filter((one) => one.policy !== policy.name)
    .map((one) => ({ ...spot(one.cost), label: one.policy, title: `${one.policy}: ${words(one.cost)}` }));
  const chosen = { ...spot(cost), label: 'this schedule', title: `this schedule: ${words(cost)}` };
  const chart = frontierChart({ points: line, chosen, others, unit: move });
  const rings = others.length > 0 ? ' Rings are other ways to work it.' : '';
  const isOnLine = points.some((point) => point.expected === cost.expected && point.deviation === cost.deviation);
  const lots = isOnLine ? '' : ' This schedule is drawn as it is sent: in whole lots, it lies a little off its place.';
  const rows = points.map(({ aversion, expected, deviation, doneBy }) => [
    lambda(aversion),
    text(expected),
    text(deviation),
    doneBy,
    isSame(aversion, settings.aversion) ? html`<strong>this schedule</strong>` : NOTHING,
  ]);
  const headers = ['λ', `expected, ${move}`, `risk ±, ${move}`, '95 % done by', 'which'];
  return html`${[
    figure(
      chart,
      `The line is the least cost for every risk, from no hurry (right) to great hurry (left).${rings}${lots}`,
    ),
    table(headers, rows, (column) => column < 3),
  ]}`;
}

const lambda = (aversion: number): string => String(Number(aversion.toPrecision(3)));

const isSame = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(a, b);
