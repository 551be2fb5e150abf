import { html, type Markup } from '../html.js';
import { CATALOGUE } from './catalogue.js';
import { termsIn } from './terms.js';

/** What every term of a page means, by the alphabet: on paper it is all there is, on a screen it is what terms show. */
export function glossary(ids: readonly string[]): Markup {
  const entries = [...withTheirs(ids)]
    .map((id) => ({ id, ...CATALOGUE.get(id)! }))
    .sort((a, b) => (sorted(a) < sorted(b) ? -1 : 1));
  const body = entries.map(
    ({ id, word, kind, text }) =>
      html`<div id="${id}"><dt>${word}${kind ? html` <span class="soft">${kind}</span>` : ''}</dt><dd>${text}</dd></div>`,
  );
  return html`<dl class="glossary">${body}</dl>`;
}

/** With the terms by which they are explained. */
const withTheirs = (ids: readonly string[]): Set<string> =>
  new Set(ids.flatMap((id) => [id, ...termsIn(CATALOGUE.get(id)!.text)]));

const sorted = ({ word, kind }: { readonly word: string; readonly kind: string }): string =>
  `${word.toLowerCase()} ${kind}`;
