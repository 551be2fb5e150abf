import type { DocumentChild, DocumentSettings, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { participationChart } from '../../charts/participationChart.js';
import { scheduleChart } from '../../charts/scheduleChart.js';
import { figure } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { areNames, type Group, groupsOf } from './groups.js';
import { counted, label, legend, millions, rowTime, share, sum } from './words.js';

/** What is traded when, and how much of the volume that is. */
export function overTime(document: ScheduleDocument): Markup {
  const groups = groupsOf(document);
  const amounts = document.schedule;
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
    const share = isOfVolume(document, t) ? `; ${participationWords(those)}` : '';
    return `${rowTime(document, t)}, ${groups[g].label} ${verb} ${millions(amount)} m${share}`;
  };
  const chart = scheduleChart({ rows: document.rows, groups: stacked, unit, titleOf });
  const what = areNames(groups) ? 'name' : 'block';
  const sides = 'Bought above the line, sold below it';
  return html`${[figure(chart, html`${sides}, by ${what}: ${legend(groups.map(({ label: words, colour }) => ({ words, colour })))}`), shares(document, children)]}`;
}

const childrenByRow = ({ rows, children }: ScheduleDocument): DocumentChild[][] => {
  const byRow: DocumentChild[][] = rows.map(() => []);
  for (const child of children) byRow[child.row]?.push(child);
  return byRow;
};

/** What is left after the horizon is no share of a volume that is known. */
const isOfVolume = ({ rows }: ScheduleDocument, row: number): boolean => rows[row].kind !== 'cleanUp';

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
  const { rows, settings, names } = document;
  const shown = rows.map((_, t) => {
    const there = isOfVolume(document, t) ? children[t] : [];
    const { together, largest } = participationOf(there);
    const words = there.length === 0 ? 'nothing' : participationWords(there);
    return { together, largest: largest?.participation ?? 0, title: `${rowTime(document, t)}: ${words}` };
  });
  const caps = rows.map(({ kind }) => capOf(kind, settings));
  const bars = names.length === 1 ? '' : ' Bars: the name that takes most; strokes: all that trade together.';
  return figure(participationChart(rows, shown, caps), `Share of the volume taken.${bars} ${capWords(document)}`);
}

function capOf(kind: ScheduleDocument['rows'][number]['kind'], { cap, close }: DocumentSettings): number | undefined {
  if (kind === 'auction') return close?.cap;
  return kind === 'continuous' && cap !== 'none' ? cap : undefined;
}

function capWords({ settings, names }: ScheduleDocument): string {
  const own = names.filter(({ cap }) => cap !== undefined).length;
  const others = own > 0 ? `; ${counted(own, 'name has', 'names have')} a cap of their own` : '';
  return settings.cap === 'none' ? `No cap is set${others}.` : `Dashed: the cap of ${share(settings.cap)}${others}.`;
}
