import { explained } from './glossary/terms.js';
import { html, Markup } from './html.js';

/** What sections are made of. */

export type Cell = string | number | Markup;

/** A table that a click on a heading sorts; columns that hold nothing but numbers stand on the right, unless it is said which. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  isRight = (column: number): boolean => rows.every((row) => isNumeric(row[column])),
): Markup {
  const kinds = headers.map((_, c) => (isRight(c) ? NUMBER : PROSE_HEADERS.has(headers[c]) ? PROSE : NOTHING));
  const head = headers.map((h, c) => html`<th scope="col"${kinds[c]}><button type="button">${h}</button></th>`);
  const body = rows.map((row) => html`<tr>${row.map((cell, c) => html`<td${kinds[c]}>${cell}</td>`)}</tr>`);
  const whole = html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
  const width = headers.length > WIDEST ? ' wide widest' : headers.length > WIDE ? ' wide' : '';
  return html`<div class="scroll${width}" tabindex="0" role="region" aria-label="${headers.join(', ')}">${whole}</div>`;
}

/** With more columns than these a table is printed in smaller letters, and in very small ones. */
const [WIDE, WIDEST] = [8, 16];

const NUMBER = new Markup(' class="number"');
const PROSE = new Markup(' class="prose"');
export const NOTHING = new Markup('');

/** Columns of sentences, which a narrow screen must not make columns of single words. */
const PROSE_HEADERS: ReadonlySet<string> = new Set(['meaning', 'evidence', 'what became of them']);

const isNumeric = (cell: Cell): boolean =>
  typeof cell === 'number' || (typeof cell === 'string' && /^[–\d.\-+e %]*$/.test(cell));

/** The table, or nothing where it would have no rows. */
export const tableIfAny = (headers: readonly string[], rows: readonly (readonly Cell[])[]): Markup =>
  rows.length > 0 ? table(headers, rows) : NOTHING;

export function figure(chart: Markup, caption: string | Markup | readonly Markup[]): Markup {
  return html`<figure>${chart}<figcaption>${caption}</figcaption></figure>`;
}

/** What a reader may open. */
export function details(summary: string, body: Markup): Markup {
  return html`<details><summary>${summary}</summary>${body}</details>`;
}

export function bullets(items: readonly (string | Markup)[]): Markup {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

/** A verdict in its colour, with what it means. */
export const pill = (verdict: string): Markup => coloured(verdict, explained(verdict, 'verdict'));

/** The same without: an index holds links of its own. */
export const plainPill = (verdict: string): Markup => coloured(verdict, verdict);

function coloured(verdict: string, text: string | Markup): Markup {
  return html`<span class="pill ${verdict.replaceAll(' ', '-')}">${text}</span>`;
}

/** An entry of a legend, by the class that gives its colour. */
export function key(colour: string): Markup {
  return html`<span class="key ${colour}"></span>`;
}
