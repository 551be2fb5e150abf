import type { DocumentCost, DocumentName, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { log10 } from '../../../numerics/elementary/elementary.js';
import { key } from '../../elements.js';
import { html, type Markup } from '../../html.js';

/** What the sections of a schedule say numbers and names with. */

/** A number that the document holds: as people read it, and as it is. */
export const exactly = (value: number, text: string): Markup => html`<data value="${value}">${text}</data>`;

/** Digits after the point that give a cost of this size at least three significant ones. */
export function decimalsOf(size: number): number {
  const exponent = size === 0 ? 0 : Math.floor(log10(Math.abs(size)));
  return exponent >= 0 ? 2 : Math.min(9, 2 - exponent);
}

/** The same digits for every cost on the page, so that parts are seen to add up. */
export const costDecimals = ({ cost }: Pick<ScheduleDocument, 'cost'>): number =>
  decimalsOf(cost.expected === 0 ? cost.deviation : cost.expected);

/** With its sign, where it is one of several that may help or hurt; what rounds to zero has none. */
export function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '-' : '+'}${text}`;
}

/** Without a minus where nothing is left of it. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** Amounts in millions: four significant digits, and no exponents. */
export const millions = (value: number): string => {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const decimals = Math.max(0, Math.min(9, 3 - Math.floor(log10(size))));
  return value.toFixed(Math.min(decimals, size >= 1 ? 2 : 9));
};

/** Groups of three digits. */
export const grouped = (value: number | string): string => {
  const [whole, rest] = String(value).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
};

export const money = (value: number): string =>
  Math.abs(value) >= 100 ? grouped(Math.round(value)) : fixed(value, decimalsOf(value));

export const share = (value: number, decimals = 1): string => `${fixed(100 * value, decimals)}\u00a0%`;

/** One line of a name, cut where it is longer than a place has room for. */
export function label(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const letters = [...line];
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`;
}

/** In tables: the whole of it is in its title where it was cut. */
export function named(text: string): Markup {
  const short = label(text, 40);
  return short === text
    ? html`<span class="name">${text}</span>`
    : html`<span class="name" title="${text}">${short}</span>`;
}

export const spell = (seconds: number): string => {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
};

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** What colours mean; a colour and its word stay on one line. */
export const legend = (items: readonly { readonly words: string; readonly colour: string }[]): Markup[] =>
  items.map(({ words, colour }) => html`<span class="item">${key(colour)}${words}</span> `);

/** What a policy does, by its name. */
const POLICY_WORDS: Readonly<Record<string, string>> = {
  twap: 'evenly by the clock',
  vwap: 'as the market’s volume comes',
  staggered: 'sector by sector',
  independent: 'optimal name by name: no links, and each name’s own risk',
  diagonal: 'optimal for a model without links',
  half: 'optimal with links at half their strength',
  cross: 'optimal with all links',
};

export const POLICY_MEANINGS = Object.entries(POLICY_WORDS);

export const policyWords = (policy: string): string => POLICY_WORDS[policy] ?? '';

/** Parts of a cost in the order they are drawn, with their colours. */
export const COST_PARTS = [
  { part: 'spread', words: 'spread', colour: 'g7' },
  { part: 'temporary', words: 'temporary', colour: 'g6' },
  { part: 'self', words: 'own impact', colour: 'g0' },
  { part: 'cross', words: 'cross impact', colour: 'g1' },
  { part: 'earlier', words: 'earlier trades', colour: 'g3' },
  { part: 'alpha', words: 'alpha', colour: 'g2' },
] as const satisfies readonly { part: keyof DocumentCost; words: string; colour: string }[];

/** Those that are anything in one of the costs. */
export const partsOf = (...costs: readonly DocumentCost[]) =>
  COST_PARTS.filter(({ part }) =>
    costs.some((cost) => Math.abs(cost[part]) > 1e-9 * Math.max(1, Math.abs(cost.expected))),
  );

/** When an index of the rows begins and ends; rows after the horizon have no time of their own. */
export const rowTime = ({ rows }: Pick<ScheduleDocument, 'rows'>, row: number): string => {
  const { start, end, kind } = rows[row];
  if (kind === 'cleanUp') return 'after the horizon';
  return kind === 'auction' ? `${end} auction` : `${start}–${end}`;
};

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The largest first; the basket's order where they are the same. */
export const bySize = (names: readonly DocumentName[]): number[] =>
  [...names.keys()].sort((a, b) => Math.abs(names[b].millions) - Math.abs(names[a].millions) || a - b);
