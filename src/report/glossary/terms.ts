import type { GLOSSARY } from '../../model/words/glossary.js';
import { html, Markup } from '../html.js';
import { CATALOGUE, idOf, type Kind } from './catalogue.js';

/**
 * Words of the field that a page explains wherever it uses them, with the other forms in which it writes them. Words that are
 * those of every day as well (form, part, gap) are not among them: they would be found where they mean nothing.
 */
const TERMS: readonly (readonly [word: keyof typeof GLOSSARY, ...forms: string[]])[] = [
  ['K'],
  ['R²'],
  ['TWAP'],
  ['VWAP'],
  ['arm', 'arms'],
  ['basket norm'],
  ['block', 'blocks'],
  ['bps', 'bps per million'],
  ['bucket', 'buckets'],
  ['certificate'],
  ['champion'],
  ['concave impact', 'concave'],
  ['concave term', 'concave terms'],
  ['condition number'],
  ['coverage'],
  ['cross share'],
  ['cross-impact'],
  ['crowding'],
  ['decay', 'decays'],
  ['design effect'],
  ['diagnostic', 'diagnostics', 'failure mode', 'failure modes'],
  ['duality gap', 'proved nearest'],
  ['eigenvalue', 'eigenvalues'],
  ['exogenous'],
  ['factor', 'factors'],
  ['family', 'families'],
  ['flow', 'own flow'],
  ['fold', 'folds'],
  ['gate', 'gates'],
  ['guardrail', 'guardrails'],
  ['hedged basket', 'hedged baskets', 'buy half, sell half'],
  ['held-out raw'],
  ['implementation shortfall', 'shortfall'],
  ['impact state'],
  ['interval', 'intervals', '90 % interval', '90 % intervals', '95 % interval', '95 % intervals'],
  ['kernel'],
  ['Kyle’s matrix', 'kyle', 'Kyle', "Kyle's matrix"],
  ['lead–lag'],
  ['link', 'links'],
  ['liquidity scaling'],
  ['marginal cost', 'next million'],
  ['markout'],
  ['mid'],
  ['mode', 'modes'],
  ['multiplier', 'multipliers'],
  ['normalised'],
  ['notional'],
  ['one-sided basket', 'one-sided baskets', 'buy every name'],
  ['out of sample', 'out-of-sample', 'in sample'],
  ['parent order', 'parent orders', 'child orders'],
  ['participation'],
  ['permanent'],
  ['point value'],
  ['policy', 'policies'],
  ['positive semidefinite'],
  ['price point', 'price points'],
  ['projection'],
  ['q95', 'q99'],
  ['quarantine', 'quarantined'],
  ['realised / predicted', 'slope'],
  ['reference order', 'reference orders', 'reference baskets'],
  ['regime', 'regimes'],
  ['residual move', 'residual moves'],
  ['residual vol'],
  ['round trip', 'round trips'],
  ['self impact', 'self impacts'],
  ['shape of impact'],
  ['shrinkage', 'shrunk', 'intensity'],
  ['standard error', 'standard errors'],
  ['tail'],
  ['time constant', 'time constants'],
  ['timing'],
  ['turnover'],
  ['typical flow'],
  ['urgency'],
  ['walk-forward'],
  ['witness'],
];

const WORD_OF = new Map(TERMS.flatMap(([word, ...forms]) => [word, ...forms].map((form) => [form, idOf(word)])));

/** What stands around words that elsewhere mean something else: the symbol of a name, `by a factor of two`, `bps of turnover`. */
const CONTEXTS: Readonly<Record<string, string>> = {
  K: '(?<=(?:of|normalised|published) )K',
  factor: '[Ff]actor(?! of )',
  timing: alone('timing'),
  turnover: alone('turnover'),
};

function alone(word: string): string {
  return `(?<!\\S\\s*)${word}(?!\\s*\\S)`;
}

/** Longest first, so that `concave term` is not found as `concave`. */
const PATTERN = new RegExp(
  `(?<![\\p{L}\\p{N}_.-])(?:${[...WORD_OF.keys()]
    .sort((a, b) => b.length - a.length)
    .map((form) => CONTEXTS[form] ?? eitherCase(form))
    .join('|')})(?![\\p{L}\\p{N}_-]|\\.\\p{L})`,
  'gu',
);

/** A sentence may begin with the word; names of instruments are in capitals and stay what they are. */
function eitherCase(form: string): string {
  const escaped = form.slice(1).replaceAll(/[/().]/g, '\\$&');
  return `[${form[0].toUpperCase()}${form[0]}]${escaped}`;
}

function idOfForm(found: string): string {
  return WORD_OF.get(found) ?? WORD_OF.get(`${found[0].toLowerCase()}${found.slice(1)}`)!;
}

/** Ids of the terms in a text, each once. */
export const termsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(PATTERN)].map(([found]) => idOfForm(found))),
];

/** What is explained under `kind`, or the plain text where nothing is known of it. */
export function explained(word: string, kind: Kind = '', text: string | Markup = word): Markup {
  const id = idOf(word, kind);
  return CATALOGUE.has(id) ? linked(id, text) : html`${text}`;
}

/** Leads to the entry where there is no script; with it the entry comes to the reader. */
const linked = (id: string, text: string | Markup): Markup =>
  html`<a class="term" href="#${id}" aria-describedby="${id}">${text}</a>`;

/** Elements whose text is left as it is: drawings, code, and what the reader presses for something else. */
const LEFT_AS_IT_IS = new Set(['svg', 'a', 'nav', 'pre', 'summary', 'h1', 'script', 'style', 'data', 'code']);

/** What is known while a page is walked through. */
interface Walk {
  readonly out: string[];
  /** Ids that the section explains already. */
  readonly seen: Set<string>;
  /** Open elements whose text is left as it is. */
  left: number;
  /** Where the open button began; none is open below zero. */
  button: number;
  isCell: boolean;
  /** Whether the open term was explained before: its text stands without it. */
  isRepeated: boolean;
}

/** Every term that a page uses, explained where a section uses it first, and in every heading of a table. */
export function withTerms(body: Markup): Markup {
  const walk: Walk = { out: [], seen: new Set(), left: 0, button: -1, isCell: false, isRepeated: false };
  for (const token of body.text.match(/<[^>]*>|[^<]+/g) ?? []) {
    const [, slash, name] = /^<(\/?)(\w+)/.exec(token) ?? [];
    if (name === undefined) passText(walk, token);
    else passTag(walk, token, { name, isClosing: slash === '/' });
  }
  return new Markup(walk.out.join(''));
}

function passText({ out, left, button, isCell, seen }: Walk, text: string): void {
  out.push(left > 0 || button >= 0 ? text : marked(text, seen, isCell));
}

interface Tag {
  readonly name: string;
  readonly isClosing: boolean;
}

function passTag(walk: Walk, token: string, { name, isClosing }: Tag): void {
  const { out, seen } = walk;
  if (name === 'section') seen.clear();
  if (LEFT_AS_IT_IS.has(name)) walk.left += isClosing ? -1 : 1;
  if (name === 'td') walk.isCell = !isClosing;
  if (name === 'button') {
    if (isClosing) out[walk.button] = described(out[walk.button], out.slice(walk.button + 1).join(''));
    walk.button = isClosing ? -1 : out.length;
  }
  if (name === 'a' && !isClosing) walk.isRepeated = isRepeated(token, seen);
  if (name !== 'a' || !walk.isRepeated) out.push(token);
}

/** Whether a term that a section itself explains was explained in it before. */
function isRepeated(tag: string, seen: Set<string>): boolean {
  const id = /^<a class="term" href="#([^"]+)"/.exec(tag)?.[1];
  if (id === undefined || seen.has(id)) return id !== undefined;
  seen.add(id);
  return false;
}

/** A heading is a button already: it is described, since a button holds no links. */
function described(tag: string, text: string): string {
  const ids = termsIn(text);
  return ids.length > 0 ? tag.replace(/>$/, ` class="term" aria-describedby="${ids.join(' ')}">`) : tag;
}

/** Of a cell its whole text alone: cells hold names that others chose. */
function marked(text: string, seen: Set<string>, isCell: boolean): string {
  return text.replace(PATTERN, (found) => {
    const id = idOfForm(found);
    if (seen.has(id) || (isCell && found !== text)) return found;
    seen.add(id);
    return linked(id, new Markup(found)).text;
  });
}

/** Ids of what a page explains, each once. */
export function termsOf(body: Markup): string[] {
  const ids = [...body.text.matchAll(/ aria-describedby="(term-[^"]+)"/g)].flatMap(([, found]) => found.split(' '));
  return [...new Set(ids)];
}
