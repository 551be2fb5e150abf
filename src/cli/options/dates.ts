import { Option } from 'commander';
import { XimError } from '../../model/failure.js';
import { dayOfData, tradingDate } from './parsers.js';

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

/** What a verb may have been given of dates. */
export type DatesGiven = Partial<Record<'date' | 'from' | 'to', string>>;

/** Whether a date is asked for by its place among the days of the data. */
export const namesDays = ({ date, from, to }: DatesGiven): boolean =>
  [date, from, to].some((text) => text === 'latest' || text === 'previous');

export const dateOption = (flags: string, description: string, parser = dayOfData): Option =>
  new Option(flags, description).argParser(parser);

const DAY = 'trading day of the data: YYYY-MM-DD, latest or previous (exit 13: no trading day)';

export const optionalDate = dateOption('--date <date>', DAY);
export const requiredDate = dateOption('--date <date>', DAY).makeOptionMandatory();

const [firstDay, lastDay] = [
  () => dateOption('--from <date>', 'first trading day, inclusive'),
  () => dateOption('--to <date>', 'last trading day, inclusive'),
];

export const rangeOptions: readonly Option[] = [dateOption('--date <date>', DAY), firstDay(), lastDay()];

export const rangeOfDays: readonly Option[] = [firstDay().makeOptionMandatory(), lastDay().makeOptionMandatory()];

export const rangeOfStoredDates: readonly Option[] = [
  dateOption('--from <date>', 'first date, inclusive', tradingDate),
  dateOption('--to <date>', 'last date, inclusive', tradingDate),
];

/** First and last date that were asked for. @throws XimError `usage` when there is none. */
export function rangeOf({ date, from, to }: RangeArguments): { readonly from: string; readonly to: string } {
  const [first, last] = [date ?? from, date ?? to];
  if (first === undefined || last === undefined)
    throw new XimError('usage', 'no date given', 'pass --date YYYY-MM-DD, or --from and --to');
  return { from: first, to: last };
}
