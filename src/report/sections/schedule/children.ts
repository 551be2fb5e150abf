import type { DocumentChild, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { NOTHING, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { sharesCell } from './basketNames.js';
import { counted, fixed, millions, named, rowTime, share } from './words.js';

/** Children of each end that are listed. */
const MOST = 12;

/** What goes out first, and what last: the orders that are looked at before it starts, and that must not be missed. */
export function firstAndLast(document: ScheduleDocument): Markup {
  const { children } = document;
  if (children.length === 0) return html`<p>Nothing is traded.</p>`;
  const rows = children.map(({ row }) => row);
  const [first, last] = [Math.min(...limits(rows)), Math.max(...limits(rows))];
  const ends = first === last ? [first] : [first, last];
  return html`${[
    html`<p>${counted(children.length, 'child order')} in all; each line of schedule.csv is one.</p>`,
    ...ends.map((row, k) => endOf(document, row, k === 0 ? 'First' : 'Last')),
  ]}`;
}

/** Children are ordered by row. */
const limits = (rows: readonly number[]): number[] => [rows[0], rows[rows.length - 1]];

function endOf(document: ScheduleDocument, row: number, which: string): Markup {
  const { move } = unitWords(document.units);
  const there = document.children.filter((child) => child.row === row);
  const ordered = [...there].sort((a, b) => Math.abs(b.notional) - Math.abs(a.notional));
  const cells = (child: DocumentChild) => [
    named(child.symbol),
    child.notional < 0 ? 'sell' : 'buy',
    sharesCell(child.qty),
    millions(Math.abs(child.notional)),
    document.rows[row].kind === 'cleanUp' ? '–' : share(child.participation, 2),
    fixed(child.expectedCostBps, 2),
    fixed(child.marginalCostBps, 2),
  ];
  const headers = ['name', 'side', 'shares', 'millions', '% of volume', `costs, ${move}`, `next million, ${move}`];
  const rest = ordered.length - MOST;
  return html`<h3>${which}: ${rowTime(document, row)}</h3>${[
    table(headers, ordered.slice(0, MOST).map(cells), (column) => column > 1),
    rest > 0 ? html`<p class="more">… ${rest} more in schedule.csv</p>` : NOTHING,
  ]}`;
}
