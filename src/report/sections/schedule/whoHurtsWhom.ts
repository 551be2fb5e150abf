import type { DocumentPair, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { currencyPerMoveMillion, unitWords } from '../../../model/units.js';
import { pairMatrix } from '../../charts/pairMatrix.js';
import { pairsChart } from '../../charts/pairsChart.js';
import { details, figure, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { costDecimals, decimalsOf, grouped, label, money, named, signed, sum } from './words.js';

/** Bars that are read one by one, and names of a square with numbers. */
const MOST_BARS = 12;
const MOST_IN_SQUARE = 6;

/** What one name's trades add to the cost of another. */
export function whoHurtsWhom(document: ScheduleDocument): Markup {
  const { pairs, cost, names } = document;
  if (pairs.length === 0) return html`<p>No two names of it move each other.</p>`;
  const { move, ofBasket } = unitWords(document.units);
  const decimals = Math.max(costDecimals(document), decimalsOf(pairs[0].costBps));
  const text = (value: number) => signed(value, decimals);
  const bars = pairs.slice(0, MOST_BARS).map(({ from, to, costBps }) => ({
    label: `${label(from, 11)} → ${label(to, 11)}`,
    value: costBps,
    title: `trading ${label(from, 40)} makes ${label(to, 40)} ${costBps < 0 ? 'cheaper' : 'dearer'}: ${text(costBps)} ${move}`,
  }));
  const known = sum(pairs.map(({ costBps }) => costBps));
  const all = names.length * (names.length - 1);
  const rest = pairs.length < all ? `The ${pairs.length} strongest of ${grouped(all)} pairs` : 'The pairs';
  const strongest = figure(
    pairsChart(bars, text),
    'The first name trades, the second pays: right of the line it pays more for it, left of it less.',
  );
  return html`${[
    html`<p>What trading one name adds to the cost of another, in ${ofBasket}. ${rest} sum to ${text(known)} ${move}, of ${text(cost.cross)} that names cost each other.</p>`,
    isSquare(document)
      ? html`<div class="pair">${strongest}<div class="square">${squareFigure(document, text)}</div></div>`
      : strongest,
    details(`${pairs.length} pairs as a table`, pairTable(document, text)),
  ]}`;
}

function isSquare({ names, pairs }: ScheduleDocument): boolean {
  return names.length > 2 && names.length <= MOST_IN_SQUARE && pairs.length > names.length;
}

const squareFigure = (document: ScheduleDocument, text: (value: number) => string): Markup =>
  figure(square(document, text), 'The row pays for what the column trades: + dearer, - cheaper.');

function square({ names, pairs }: ScheduleDocument, text: (value: number) => string): Markup {
  const byPair = new Map(pairs.map((pair) => [JSON.stringify([pair.to, pair.from]), pair.costBps]));
  const matrix = names.map((to) => names.map((from) => byPair.get(JSON.stringify([to.symbol, from.symbol]))));
  return pairMatrix(
    names.map(({ symbol }) => label(symbol, 8)),
    matrix,
    text,
  );
}

function pairTable({ pairs, gross, units }: ScheduleDocument, text: (value: number) => string): Markup {
  const { move } = unitWords(units);
  const inMoney = ({ costBps }: DocumentPair) => money(costBps * gross * currencyPerMoveMillion(units));
  const rows = pairs.map((pair) => [
    named(pair.from),
    pair.costBps < 0 ? '▼ helps' : '▲ hurts',
    named(pair.to),
    text(pair.costBps),
    text(pair.ofItsOwnBps),
    inMoney(pair),
  ]);
  const headers = ['trading', 'what it does', 'which pays', `${move} of the basket`, `${move} of what pays`, 'money'];
  return table(headers, rows, (column) => column > 2);
}
