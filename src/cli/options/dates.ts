import { Option } from 'commander';
import { XimError } from '../../model/failure.js';
import { tradingDate } from './parsers.js';

/** The date of a verb that works on one. */
export interface DateArgument {
  readonly date: string;
}

/** One date, or an inclusive range. */
export interface RangeArguments {
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
}

const dateOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(tradingDate);

export const optionalDate = dateOption('--date <date>', 'trading day of the data, YYYY-MM-DD');
export const requiredDate = dateOption('--date <date>', 'trading day of the data, YYYY-MM-DD').makeOptionMandatory();

export const rangeOptions: readonly Option[] = [
  dateOption('--date <date>', 'trading day of the data'),
  dateOption('--from <date>', 'first trading day'),
  dateOption('--to <date>', 'last trading day'),
];

export const rangeOfStoredDates: readonly Option[] = [
  dateOption('--from <date>', 'first date, inclusive'),
  dateOption('--to <date>', 'last date, inclusive'),
];

/** First and last date that were asked for. @throws XimError `usage` when there is none. */
export function rangeOf({ date, from, to }: RangeArguments): { readonly from: string; readonly to: string } {
  const [first, last] = [date ?? from, date ?? to];
  if (first === undefined || last === undefined)
    throw new XimError('usage', 'no date given', 'pass --date YYYY-MM-DD, or --from and --to');
  return { from: first, to: last };
}
