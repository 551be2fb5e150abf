import { type UnitWords, wordsOf } from '../../model/units.js';
import { type Answers, answersOf, QUESTIONS } from '../answers.js';
import { html, Markup } from '../html.js';
import type { ReportData } from '../reportData.js';

/** What whoever decides asks first, on the first screen. */
export function answers(data: ReportData): Markup {
  const units = wordsOf(data);
  const { trade, costs, change, links, worries } = answersOf(data, units);
  const cards = [
    card(
      'trade',
      trade.isAllowed ? 'good' : 'bad',
      trade.lines.map((line) => html`<p>${asSentence(line)}.</p>`),
    ),
    card('costs', '', [
      costTable(costs, units),
      costs.missed ? html`<p>${asSentence(costs.missed)}.</p>` : new Markup(''),
    ]),
    card('worries', worries.length > 0 ? 'bad' : 'good', worryList(worries)),
    card('links', '', [
      linkTable(links),
      html`<p class="soft">What buying one million of either does to the price of the other, ${units.move}; negative: it falls.</p>`,
    ]),
    card('change', '', [html`<p>${asSentence(change.line)}.</p>`]),
  ];
  return html`<div class="answers">${cards}</div>`;
}

const asSentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function card(question: keyof typeof QUESTIONS, tone: string, body: readonly Markup[]): Markup {
  return html`<section class="answer ${question} ${tone}" aria-labelledby="answer-${question}">${[
    html`<h2 id="answer-${question}">${QUESTIONS[question]}</h2>`,
    ...body,
  ]}</section>`;
}

function costTable({ rows }: Answers['costs'], { move }: UnitWords): Markup {
  if (rows.length === 0) return html`<p>No reference basket fits into the session.</p>`;
  return plainTable(
    ['one million of', 'over', `costs, ${move}`, '90 %', 'single names'],
    rows.map(({ basket, time, cost, interval, alone }) => [basket, time, cost, interval, alone]),
  );
}

function linkTable(links: Answers['links']): Markup {
  if (links.length === 0) return html`<p>No name is linked to another.</p>`;
  return plainTable(
    ['pair', 'impact', '90 %'],
    links.map(({ bought, moved, impact, interval }) => [`${bought} ↔ ${moved}`, impact, interval]),
  );
}

function worryList(worries: Answers['worries']): Markup[] {
  if (worries.length === 0) return [html`<p>Nothing: no gate failed and no diagnostic is red.</p>`];
  return [html`<ul>${worries.map(({ what, remedy }) => html`<li><strong>${what}</strong>: ${remedy}.</li>`)}</ul>`];
}

/** Small enough to need no sorting. */
function plainTable(headers: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const head = headers.map((h, c) => html`<th scope="col"${c === 0 ? '' : NUMBER}>${h}</th>`);
  const body = rows.map(
    (row) => html`<tr>${row.map((cell, c) => html`<td${c === 0 ? '' : NUMBER}>${cell}</td>`)}</tr>`,
  );
  return html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

const NUMBER = new Markup(' class="number"');
