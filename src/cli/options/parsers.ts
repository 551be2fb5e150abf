import { isDate } from '../../model/calendar.js';
import { XimError } from '../../model/failure.js';

/** @throws XimError `usage`, as every parser of an option does. */
export function tradingDate(text: string): string {
  if (isDate(text)) return text;
  throw new XimError('usage', `"${text}" is no date`, 'write dates as YYYY-MM-DD');
}

/** A date, or the name of a day by its place in the data. @throws XimError `usage`. */
export function dayOfData(text: string): string {
  if (text === 'latest' || text === 'previous' || isDate(text)) return text;
  throw new XimError('usage', `"${text}" is no date`, 'write dates as YYYY-MM-DD, or latest, or previous');
}

export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  throw new XimError('usage', `"${text}" is not a number of at least 0`, 'give a plain number');
}

export function positiveCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new XimError('usage', `"${text}" is not a whole number of at least 1`, 'give a plain number');
}

/** An option that may be repeated gives all its texts. */
export const repeated = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text];

export const numberWithin =
  (what: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new XimError('usage', `"${text}" is not ${what}`, `give a number from ${least} to ${most}`);
  };

/** A count of at least 0. @throws XimError `usage`. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new XimError('usage', `"${text}" is no whole number`, 'give a count of at least 0');
}

const KB = 1024;
const BYTES: Readonly<Record<string, number>> = { MB: 1024 * KB, GB: 1024 * 1024 * KB, TB: 1024 * 1024 * 1024 * KB };

/** Bytes of a size such as `500MB`, `20GB` or `1.5TB`. @throws XimError `usage`. */
export function byteCount(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(MB|GB|TB)$/.exec(text) ?? [];
  if (unit !== undefined) return Number(number) * BYTES[unit];
  throw new XimError('usage', `"${text}" is no size`, 'write sizes as 500MB, 20GB or 1TB');
}
