import type { DocumentChild, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { participationChart } from '../../charts/participationChart.js';
import { scheduleChart } from '../../charts/scheduleChart.js';
import { figure, key } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { areNames, type Group, groupsOf } from './groups.js';
import { label, millions, rowTime, scheduleOf, share, sum } from './words.js';

/** What is traded when, and how much of the volume that is. */
export function overTime(document: ScheduleDocument): Markup {
  const groups = groupsOf(document);
  const amounts = scheduleOf(document);
  const children = childrenByRow(document);
  const stacked = groups.map(({ label: text, colour, members }) => ({
    label: text,
    colour,
    bought: document.rows.map((_, t) => sum(members.map((i) => Math.max(0, amounts[i][t])))),
    sold: document.rows.map((_, t) => sum(members.map((i) => Math.min(0, amounts[i][t])))),
  }));
  const unit = document.units === 'price' ? 'millions of point value' : 'millions';
  const titleOf = (g: number, t: number, side: 'bought' | 'sold') => {
    const amount = Math.abs(stacked[g][side][t]);
    const those = childrenOf(groups[g], document, children[t], side);
    const verb = side === 'bought' ? 'buys' : 'sells';
    return `${rowTime(document, t)}, ${groups[g].label} ${verb} ${millions(amount)} m; ${participationWords(those)}`;
  };
  const chart = scheduleChart({ rows: document.rows, groups: stacked, unit, titleOf });
  const what = areNames(groups) ? 'name' : 'block';
  const sides = 'Bought above the line, sold below it';
  return html`${[figure(chart, html`${sides}, by ${what}: ${legend(groups)}`), shares(document, children)]}`;
}

const legend = (groups: readonly Group[]): Markup[] =>
  groups.map(({ label: text, colour }) => html`${key(colour)}${text} `);

const childrenByRow = ({ rows, children }: ScheduleDocument): DocumentChild[][] => {
  const byRow: DocumentChild[][] = rows.map(() => []);
  for (const child of children) byRow[child.row]?.push(child);
  return byRow;
};

function childrenOf(
  { members }: Group,
  { names }: ScheduleDocument,
  children: readonly DocumentChild[],
  side: 'bought' | 'sold',
): DocumentChild[] {
  const symbols = new Set(members.map((i) => names[i].symbol));
  return children.filter(({ symbol, notional }) => symbols.has(symbol) && notional > 0 === (side === 'bought'));
}

/** Share of the volume of what trades, and of the name that takes most. */
function participationOf(children: readonly DocumentChild[]) {
  const priced = children.filter(({ participation }) => participation > 0);
  const volume = sum(priced.map(({ notional, participation }) => Math.abs(notional) / participation));
  const together = volume > 0 ? sum(priced.map(({ notional }) => Math.abs(notional))) / volume : 0;
  const largest = priced.reduce<DocumentChild | undefined>(
    (most, child) => (most === undefined || child.participation > most.participation ? child : most),
    undefined,
  );
  return { together, largest, count: children.length };
}

function participationWords(children: readonly DocumentChild[]): string {
  const { together, largest, count } = participationOf(children);
  if (!largest) return 'volume unknown';
  const all = `${share(together)} of the volume`;
  return count === 1 ? all : `${all}, at most ${share(largest.participation)} (${label(largest.symbol, 24)})`;
}

function shares(document: ScheduleDocument, children: readonly (readonly DocumentChild[])[]): Markup {
  const { rows, settings } = document;
  const shown = rows.map((_, t) => {
    const { together, largest } = participationOf(children[t]);
    const words = children[t].length === 0 ? 'nothing' : participationWords(children[t]);
    return { together, largest: largest?.participation ?? 0, title: `${rowTime(document, t)}: ${words}` };
  });
  const cap = settings.cap === 'none' ? undefined : settings.cap;
  const isOf =
    document.names.length === 1 ? 'The name’s' : 'Grey: the name that takes most; line: all that trade together';
  const words = cap === undefined ? 'no cap is set' : `dashed: the cap of ${share(cap)}`;
  const caption =
    document.names.length === 1
      ? `Share of the volume taken; ${words}.`
      : `Share of the volume taken. ${isOf}; ${words}.`;
  return figure(participationChart(rows, shown, cap), caption);
}
