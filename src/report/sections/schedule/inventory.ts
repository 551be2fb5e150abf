import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { inventoryChart } from '../../charts/inventoryChart.js';
import { figure } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { areNames, type Group, groupsOf } from './groups.js';
import { label, millions, rowTime, sum } from './words.js';

/** Small charts that are still looked at one by one. */
const MOST = 11;

/** What is left to do over time, by name while there are few, else by block. */
export function inventory(document: ScheduleDocument): Markup {
  const colours = coloursOf(document);
  const groups = groupsOf(document, MOST).map((group) => ({
    ...group,
    colour: colours[group.members[0]] ?? group.colour,
  }));
  const amounts = document.schedule;
  const charts = groups.map((group) => chartOf(group, document, amounts));
  const what = areNames(groups) ? 'each name, block by block' : 'each block';
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
  const by = half < 0 ? 'half is not done' : `half ${rowEnd(document, half)}`;
  const caption = html`<strong>${label(text, 24)}</strong><br>${verb}${millions(whole)} m, ${by}`;
  return figure(inventoryChart(text, colour, rows, left.map(tidy)), caption);
}

function rowEnd(document: ScheduleDocument, row: number): string {
  const { kind, end } = document.rows[row];
  return kind === 'continuous' ? `by ${end}` : kind === 'auction' ? 'in the auction' : rowTime(document, row);
}

/** Of the piece of the stack that each name is in. */
function coloursOf(document: ScheduleDocument): string[] {
  const colours: string[] = [];
  for (const { colour, members } of groupsOf(document)) for (const i of members) colours[i] = colour;
  return colours;
}

/** Without what is left of rounding. */
const tidy = (share: number): number => (Math.abs(share) < 1e-9 ? 0 : share);
