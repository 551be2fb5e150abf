import { utcNanoseconds } from '../../model/calendar.js';
import type { BucketGrid } from '../../model/grid.js';
import { type HoursOfDate, type Scenario, scenarioSymbols } from '../../model/scenario.js';

/** Nanoseconds after the grid's epoch, the end not included. */
interface Hours {
  readonly startNs: number;
  readonly endNs: number;
}

/** What happens on one day at given hours. Names and venues by their place. */
export interface Incidents {
  readonly halts: readonly (Hours & { readonly name: number })[];
  readonly lateVenues: readonly (Hours & { readonly venue: number; readonly lateNs: number })[];
  readonly events: readonly (Hours & {
    readonly name: number | 'all';
    readonly label: string;
    readonly jumpBps: number;
  })[];
}

export function incidentsOf(scenario: Scenario, grid: BucketGrid): Incidents {
  const { timezone, venues, halts = [], late_venues = [], events = [] } = scenario;
  const symbols = scenarioSymbols(scenario.names);
  const at = (time: string) => Number(utcNanoseconds(timezone, grid.date, time) - grid.epochNs);
  const hours = ({ from, to }: HoursOfDate): Hours => ({ startNs: at(from), endNs: at(to) });
  const isToday = ({ date }: HoursOfDate) => date === grid.date;
  return {
    halts: halts.filter(isToday).map((halt) => ({ ...hours(halt), name: symbols.indexOf(halt.symbol) })),
    lateVenues: late_venues
      .filter(isToday)
      .map((late) => ({ ...hours(late), venue: venues.indexOf(late.venue), lateNs: Math.round(1e9 * late.seconds) })),
    events: events.filter(isToday).map((event) => ({
      ...hours(event),
      name: event.symbol === '*' ? 'all' : symbols.indexOf(event.symbol),
      label: event.label,
      jumpBps: event.jump_bps,
    })),
  };
}

const isDuring = ({ startNs, endNs }: Hours, timeNs: number): boolean => timeNs >= startNs && timeNs < endNs;

export const isHalted = ({ halts }: Incidents, name: number, timeNs: number): boolean =>
  halts.some((halt) => halt.name === name && isDuring(halt, timeNs));

/** By which a venue stamps late what happens at a time. */
export const lateNs = ({ lateVenues }: Incidents, venue: number, timeNs: number): number =>
  lateVenues.reduce((sum, late) => sum + (late.venue === venue && isDuring(late, timeNs) ? late.lateNs : 0), 0);

/** What events that begin at a time do to the price of a name, bps. */
export const jumpBps = ({ events }: Incidents, name: number, timeNs: number): number =>
  events.reduce(
    (sum, event) =>
      sum + (event.startNs === timeNs && (event.name === 'all' || event.name === name) ? event.jumpBps : 0),
    0,
  );
