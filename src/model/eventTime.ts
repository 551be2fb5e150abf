import { isDate } from './calendar.js';

/** A time as people write it: an instant, or a date, which is the whole trading day. */
export type EventTime =
  | { readonly text: string; readonly utcNs: bigint; readonly hasZone: boolean }
  | { readonly text: string; readonly date: string };

const SPACED = String.raw`(?<year>\d{4})(?<mark>[-/])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})`;
const COMPACT = String.raw`(\d{4})(\d{2})(\d{2})`;
const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const COMPACT_CLOCK = String.raw`(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,9}))?`;
const ZONE = String.raw`\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?`;
const DATES = [new RegExp(`^${SPACED}`), new RegExp(`^${COMPACT}(?!\\d)`)];
const CLOCKS = [new RegExp(`^(?:T|\\s+)${CLOCK}${ZONE}$`, 'i'), new RegExp(`^(?:T|\\s+)${COMPACT_CLOCK}${ZONE}$`, 'i')];

/**
 * Reads `2024-03-13`, `2024/03/13` or `20240313`, alone or with a time after `T` or a blank: hours and minutes, perhaps
 * seconds, perhaps a fraction to the nanosecond, perhaps `Z` or an offset. A time without a zone is UTC. `undefined` for
 * anything else.
 */
export function parseEventTime(text: string): EventTime | undefined {
  const found = DATES.map((pattern) => pattern.exec(text)).find((match) => match !== null);
  if (!found) return undefined;
  const [year, month, day] = found.groups
    ? [found.groups.year, found.groups.month, found.groups.day]
    : [found[1], found[2], found[3]];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (!isDate(date)) return undefined;
  const rest = text.slice(found[0].length);
  return rest === '' ? { text, date } : instant(text, date, rest);
}

function instant(text: string, date: string, rest: string): EventTime | undefined {
  const found = CLOCKS.map((pattern) => pattern.exec(rest)).find((match) => match !== null);
  if (!found) return undefined;
  const [, hours, minutes, seconds = '0', fraction = '', zone] = found;
  const second = 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
  const wholeDay = second === 86_400 && Number(fraction) === 0;
  if (!wholeDay && (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59)) return undefined;
  const offset = offsetMinutes(zone);
  if (offset === undefined) return undefined;
  const utcMs = Date.parse(`${date}T00:00:00Z`) + 1000 * second - 60_000 * offset;
  const utcNs = BigInt(utcMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return { text, utcNs, hasZone: zone !== undefined };
}

/** Minutes by which a zone is ahead of UTC. */
function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return 0;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)!;
  if (Number(hours) > 15 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes));
}

/** `2024-03-13T14:30:00.5Z`, with as many digits of a second as there are. */
export function utcText(utcNs: bigint): string {
  const perSecond = 1_000_000_000n;
  const within = ((utcNs % perSecond) + perSecond) % perSecond;
  const seconds = new Date(Number((utcNs - within) / 1_000_000n)).toISOString().slice(0, -5);
  const fraction = String(within).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
