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

/** An option that may be repeated gives all its texts. */
export const repeated = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text];

export const numberWithin =
  (what: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new XimError('usage', `"${text}" is not ${what}`, `give a number from ${least} to ${most}`);
  };
