import type { Interval } from '../model/interval.js';

/** Markup that is safe to insert as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

type Insertable = string | number | Markup | readonly Insertable[] | undefined;

/** Template whose insertions are escaped unless they are markup themselves: a symbol can never become a tag. */
export function html(parts: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  return new Markup(parts.reduce((out, part, k) => out + part + (k < values.length ? insert(values[k]) : ''), ''));
}

function insert(value: Insertable): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(insert).join('');
  return escapeText(String(value));
}

export function escapeText(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** A number for people: four significant digits, or exponents where it is very small or large. */
export function shown(value: number | undefined | null, digits = 4): string {
  if (value === undefined || value === null) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  return String(Number(value.toPrecision(digits)));
}

export const percent = (value: number, digits = 2): string => `${(100 * value).toFixed(digits)} %`;

/** Bounds of an interval; nothing where it has none. */
export const range = ({ low, high }: Partial<Interval>, digits = 3): string =>
  low === undefined || high === undefined ? '' : `${shown(low, digits)} … ${shown(high, digits)}`;

/** Kept on one line. */
export const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0');

/** `leadLagRatio` as it is said. */
export const inWords = (key: string): string =>
  key.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
