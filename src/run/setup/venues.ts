import type { Session } from '../../model/calendar.js';

/** Hours of a kind of market, in its own time. */
export interface Venue {
  readonly name: string;
  readonly timezone: string;
  readonly sessions: readonly Session[];
}

const venue = (name: string, timezone: string, ...sessions: Session[]): Venue => ({ name, timezone, sessions });

/** Continuous trading of common venues. Of those that fit alike the first is taken: the order is by how often they are traded. */
export const VENUES: readonly Venue[] = [
  venue('US equities', 'America/New_York', ['09:30', '16:00']),
  venue('London', 'Europe/London', ['08:00', '16:30']),
  venue('Frankfurt, Paris, Amsterdam', 'Europe/Berlin', ['09:00', '17:30']),
  venue('Tokyo', 'Asia/Tokyo', ['09:00', '11:30'], ['12:30', '15:30']),
  venue('Tokyo until November 2024', 'Asia/Tokyo', ['09:00', '11:30'], ['12:30', '15:00']),
  venue('Hong Kong', 'Asia/Hong_Kong', ['09:30', '12:00'], ['13:00', '16:00']),
  venue('Shanghai, Shenzhen', 'Asia/Shanghai', ['09:30', '11:30'], ['13:00', '14:57']),
  venue('Mumbai', 'Asia/Kolkata', ['09:15', '15:30']),
  venue('Seoul', 'Asia/Seoul', ['09:00', '15:30']),
  venue('Taipei', 'Asia/Taipei', ['09:00', '13:30']),
  venue('Singapore', 'Asia/Singapore', ['09:00', '12:00'], ['13:00', '17:00']),
  venue('Sydney', 'Australia/Sydney', ['10:00', '16:00']),
  venue('Toronto', 'America/Toronto', ['09:30', '16:00']),
  venue('São Paulo', 'America/Sao_Paulo', ['10:00', '17:00']),
  venue('Johannesburg', 'Africa/Johannesburg', ['09:00', '17:00']),
  venue('Stockholm', 'Europe/Stockholm', ['09:00', '17:25']),
];

/** Markets that never close, in UTC. */
export const ALL_DAY = 'a market that never closes';

/** Hours of the same venues for feeds whose stamps are the venue's wall clock: read as UTC, they are right as they stand. */
export const WALL_CLOCKS: readonly Venue[] = VENUES.map(({ name, sessions }) =>
  venue(`${name}, wall clock`, 'UTC', ...sessions),
);
