import type { Config } from '../../config/schema.js';
import { readEventRows } from '../../io/eventFile.js';
import { nameIndex } from '../../io/symbolCodes.js';
import { isClosed } from '../../model/calendar.js';
import { type EventList, NO_EVENTS } from '../../model/events.js';
import { eventsBetweenDays } from '../../stages/align/dayEvents.js';
import { settleEvents } from '../../stages/align/eventRules.js';
import type { AlignContext } from './alignKey.js';
import { symbolCodes } from './reference.js';

/** The events of the data, their ends settled by the calendar. @throws data error naming the row that cannot be used. */
export async function readEvents(context: Omit<AlignContext, 'events' | 'caches' | 'made'>): Promise<EventList> {
  const { config, inputs, names, reference, temporaryFolder } = context;
  if (!inputs.events) return NO_EVENTS;
  const { path, name } = inputs.events;
  const rows = await readEventRows(await context.engine(), path, temporaryFolder);
  const placeOn = (symbol: string, date: string) => {
    const place = nameIndex(symbolCodes({ names, reference }, date))(symbol);
    return place < 0 ? undefined : place;
  };
  return settleEvents(name, rows, placeOn, config.calendar);
}

/** What is to be said of the days of a window together, rather than of one of them. */
export function windowNotes({ config, inputs, events }: AlignContext): string[] {
  const { calendar } = config;
  return [...unusedOverrides(calendar, inputs.dates), ...eventsBetweenDays(events, calendar, inputs.dates)];
}

/** Sessions that are given for a date between the days, which have none of that date. */
function unusedOverrides(calendar: Config['calendar'], dates: readonly string[]): string[] {
  return Object.keys(calendar.overrides)
    .filter((date) => date > dates[0] && date < dates[dates.length - 1])
    .filter((date) => !isClosed(calendar, date) && !dates.includes(date))
    .sort()
    .map((date) => `calendar.overrides gives ${date} sessions of its own, but the data has no such day`);
}
