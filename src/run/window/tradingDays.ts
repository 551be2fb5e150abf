import type { Config } from '../../config/schema.js';
import { dataFolders } from '../../io/datasetFolders.js';
import { checkDataRoot, type DatedDataset } from '../../io/files.js';
import { daysLater, isClosed, isRoundTheClock } from '../../model/calendar.js';
import { dataError, XimError } from '../../model/failure.js';

/** Days of the data that are asked for by their place rather than by their date. */
export type NamedDay = 'latest' | 'previous';

/** The days of the dataset that says which there are. */
export interface PresentDays {
  readonly config: Config;
  readonly dataset: DatedDataset;
  /** Ascending. */
  readonly dates: readonly string[];
}

export function presentDays(config: Config, dataset = mainDataset(config)): PresentDays {
  checkDataRoot(config.data.root);
  return { config, dataset, dates: dataFolders(config.data.root).dates(dataset) };
}

/** The dataset whose days are the days of a calibration. */
export const mainDataset = (config: Config): DatedDataset => (config.data.source === 'buckets' ? 'buckets' : 'quotes');

/**
 * The trading days of a window: the last `count` days with quotes, ending at `date`. @throws XimError `noTradingDay` or
 * `data` where it is none of them.
 */
export function windowDates(config: Config, date: string, count: number): string[] {
  const present = presentDays(config);
  const { dataset, dates } = present;
  if (dates.length === 0)
    throw dataError(
      `${config.data.root} has no folder ${dataset}/date=YYYY-MM-DD`,
      `set data.root to the folder that holds ${dataset}`,
    );
  if (!dates.includes(date)) throw missingDay(present, date);
  return dates.filter((d) => d <= date).slice(-count);
}

/** Days of a window. */
export const windowDays = (config: Config): number => Number.parseInt(config.fit.window, 10);

/** The last day that is present, or the one before it. @throws data error where there is none. */
export function namedDay({ config, dataset, dates }: PresentDays, name: NamedDay): string {
  const date = dates.at(name === 'latest' ? -1 : -2);
  if (date !== undefined) return date;
  throw dataError(
    `there is no ${name} day: ${config.data.root} has ${dates.length} ${dates.length === 1 ? 'day' : 'days'} of ${dataset}`,
    `set data.root to the folder that holds ${dataset}`,
  );
}

const OTHERS: readonly DatedDataset[] = ['quotes', 'trades', 'fills', 'factors', 'parents', 'buckets'];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * Why a date is missing from the data, for a scheduler that has to know whether to wait. No trading day, and so nothing to
 * do: a date that the calendar says is closed; a Saturday or Sunday, or in data of four weeks any day of the week, where the
 * data has none of its kind and the sessions do not go round the clock; a date inside the data of which no dataset has anything. Late: a date after the last one. Broken:
 * a date of which other datasets have rows, that the calendar gives sessions of its own, or that lies before the data.
 */
export function missingDay(present: PresentDays, date: string): XimError {
  const { config, dataset, dates } = present;
  const why = noTradingDay(present, date);
  const near = nearest(dates, date);
  if (why !== undefined)
    return new XimError('noTradingDay', `${date} is no trading day: ${why}`, `nothing to do; ${near}`);
  const missing = `there are no ${dataset} for ${date} below ${config.data.root}`;
  const others = datasetsOf(present, date);
  if (others.length > 0)
    return dataError(`${missing}, but there are ${others.join(' and ')}`, `add the ${dataset} of that day; ${near}`);
  if (date > dates[dates.length - 1])
    return dataError(
      `${missing} yet: the last day is ${dates[dates.length - 1]}`,
      `the data is late: run again when it is there; ${near}`,
    );
  return dataError(missing, near);
}

/** `noTradingDay` where that holds for every day of a range, both ends inclusive; `undefined` otherwise. */
export function noTradingDays(present: PresentDays, from: string, to: string): XimError | undefined {
  let date = from;
  for (let days = 0; date <= to && days < LONGEST_CLOSURE; days++, date = daysLater(date, 1))
    if (present.dates.includes(date) || noTradingDay(present, date) === undefined) return undefined;
  if (from > to || date <= to) return undefined;
  if (from === to) return missingDay(present, from);
  const message = `${from} to ${to} has no trading day: ${noTradingDay(present, from)}`;
  return new XimError('noTradingDay', message, `nothing to do; ${nearest(present.dates, from)}`);
}

/** Days; no venue is closed for longer. */
const LONGEST_CLOSURE = 31;

function noTradingDay(present: PresentDays, date: string): string | undefined {
  const { config, dataset, dates } = present;
  const { calendar } = config;
  if (isClosed(calendar, date)) return 'calendar.overrides says that the venue is closed';
  if (dates.length === 0 || Object.hasOwn(calendar.overrides, date) || datasetsOf(present, date).length > 0)
    return undefined;
  const weekday = weekdayOf(date);
  const tells = weekday % 6 === 0 || dates[dates.length - 1] >= daysLater(dates[0], TELLING_DAYS);
  if (tells && !isRoundTheClock(calendar) && !dates.some((other) => weekdayOf(other) === weekday))
    return `it is a ${WEEKDAYS[weekday]}, and the data has none`;
  const isInside = date > dates[0] && date < dates[dates.length - 1];
  return isInside ? `no dataset has it, and the ${dataset} go on to ${dates[dates.length - 1]}` : undefined;
}

/** Data of so many days tell which days of the week a venue trades on: some have their weekend on other days. */
const TELLING_DAYS = 28;

const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();

/** The other datasets that have the date. */
const datasetsOf = ({ config, dataset }: PresentDays, date: string): DatedDataset[] =>
  OTHERS.filter((other) => other !== dataset && dataFolders(config.data.root).dates(other).includes(date));

function nearest(dates: readonly string[], date: string): string {
  const before = dates.filter((d) => d < date).at(-1);
  const after = dates.find((d) => d > date);
  const near = [before, after].filter((d) => d !== undefined);
  return near.length === 1 ? `the nearest day is ${near[0]}` : `the nearest days are ${near.join(' and ')}`;
}

/** @throws data error for a day of the data on which the calendar says that the venue is closed. */
export function refuseClosedDays({ calendar }: Config, dataset: DatedDataset, dates: readonly string[]): void {
  const closed = dates.find((date) => isClosed(calendar, date));
  if (closed !== undefined)
    throw dataError(
      `there are ${dataset} for ${closed}, but calendar.overrides says that the venue is closed on that day`,
      'give the date its sessions in calendar.overrides, or take the day out of the data',
    );
}
