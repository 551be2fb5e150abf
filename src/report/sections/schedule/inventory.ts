import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { inventoryChart } from '../../charts/inventoryChart.js';
import { figure } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { areNames, type Group, groupsOf } from './groups.js';
import { label, millions, rowTime, scheduleOf, sum } from './words.js';

/** Small charts that are still looked at one by one. */
const MOST = 12;

/** What is left to do over time, by name while there are few, else by block. */
export function inventory(document: ScheduleDocument): Markup {
  const groups = groupsOf(document, MOST);
  const amounts = scheduleOf(document);
  const charts = groups.map((group) => chartOf(group, document, amounts));
  const what = areNames(groups) ? 'each name' : 'each block';
  return html`<p>What is left of ${what}, the largest first. The dashed line would be an even pace.</p><div class="small">${charts}</div>`;
}

function chartOf(
  { label: text, colour, members }: Group,
  document: ScheduleDocument,
  amounts: readonly (readonly number[])[],
): Markup {
  const { names, rows } = document;
  const whole = sum(members.map((i) => Math.abs(names[i].millions)));
  const done = members.map(() => 0);
  const left = rows.map((_, t) => {
    members.forEach((i, k) => {
      done[k] += amounts[i][t];
    });
    return sum(members.map((i, k) => Math.sign(names[i].millions) * (names[i].millions - done[k]))) / (whole || 1);
  });
  const half = left.findIndex((share) => share <= 0.5);
  const verb = members.length === 1 ? (names[members[0]].millions < 0 ? 'sell ' : 'buy ') : '';
  const by = half < 0 ? 'half is not done' : `half done ${rowEnd(document, half)}`;
  const caption = html`<strong>${label(text, 24)}</strong><br>${verb}${millions(whole)} m, ${by}`;
  return figure(inventoryChart(text, colour, rows, left.map(tidy)), caption);
}

const rowEnd = (document: ScheduleDocument, row: number): string =>
  document.rows[row].kind === 'continuous' ? `by ${document.rows[row].end}` : rowTime(document, row);

/** Without what is left of rounding. */
const tidy = (share: number): number => (Math.abs(share) < 1e-9 ? 0 : share);
