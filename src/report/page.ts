import { glossary } from './glossary/glossary.js';
import { termsOf, withTerms } from './glossary/terms.js';
import { html, Markup } from './html.js';
import { SCRIPT, SCRIPT_DIGEST } from './script.js';
import { STYLE } from './style.js';

/**
 * One self-contained page: no network, inline SVG, light and dark, prints to A4; `style` is what it needs beside the common one.
 * The terms of the field that it uses are explained where they stand, and listed at its end.
 */
export function page(title: string, sections: readonly Markup[], style = ''): string {
  const parts = withTerms(html`${sections}`);
  const words = section(GLOSSARY_TITLE, glossary(termsOf(parts)));
  const body = html`<body><main>${parts}${words}</main><script>${new Markup(SCRIPT)}</script></body>`;
  return `<!doctype html>\n${html`<html lang="en">${head(title, style)}${body}</html>`.text}\n`;
}

/** The icon is empty: a browser asks for one otherwise. */
function head(title: string, style: string): Markup {
  const settings = [
    html`<meta charset="utf-8">`,
    html`<meta name="viewport" content="width=device-width, initial-scale=1">`,
    html`<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    html`<meta name="color-scheme" content="light dark">`,
    html`<link rel="icon" href="data:,">`,
  ];
  return html`<head>${settings}<title>${title}</title><style>${new Markup(STYLE + style)}</style></head>`;
}

/** Nothing comes from outside: the page has its own style and its one script. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${SCRIPT_DIGEST}'; img-src data:; base-uri 'none'; form-action 'none'`;

export const GLOSSARY_TITLE = 'Glossary';

/** A part of the page that folds and that the index leads to. */
export function section(title: string, body: Markup): Markup {
  const folding = html`<details open><summary><h2>${title}</h2></summary>${body}</details>`;
  return html`<section id="${anchorOf(title)}">${folding}</section>`;
}

/** The title as the end of an address. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** An entry of the index: a title, and what the section came to where it is judged. */
export interface IndexEntry {
  readonly title: string;
  readonly mark?: Markup | undefined;
}

/** Leads to the sections; stays in sight while the reader scrolls. */
export function index(entries: readonly IndexEntry[]): Markup {
  const links = entries.map(({ title, mark }) => html`<li><a href="#${anchorOf(title)}">${title}</a>${mark}</li>`);
  return html`<nav class="index" aria-label="Sections" tabindex="0"><ol>${links}</ol></nav>`;
}
