/** Dates as folders and files bear them in their names. */

/** `key=value` with the escapes that Hive and Spark write. */
export function keyOf(name: string): { key: string; value: string } | undefined {
  const at = name.indexOf('=');
  if (at < 1) return undefined;
  return { key: name.slice(0, at).toLowerCase(), value: unescaped(name.slice(at + 1)) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Keys whose value is a whole date; `day` may be that of a month, too. */
const DATE_KEYS = new Set(['date', 'dt', 'day', 'trade_date', 'trading_date', 'asof', 'dte']);
export const isDateKey = (key: string): boolean => DATE_KEYS.has(key);

/** `date=…` or one of its like, or a date alone. */
export function dateOfFolder(name: string): string | undefined {
  const pair = keyOf(name);
  if (pair && !isDateKey(pair.key)) return undefined;
  return writtenDate(pair?.value ?? name);
}

function writtenDate(text: string): string | undefined {
  const parts = /^(\d{4})([-/_.]?)(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (!parts) return undefined;
  const [, year, separator, month, day] = parts;
  return separator === '' && text.length !== 8 ? undefined : calendarDate(year, month, day);
}

export function calendarDate(year: string, month: string, day: string): string | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date;
}

/** Year, month and day of folders one in another: `year=2024/month=3/day=8`, `2024/03/08`. */
export const DATE_PARTS = ['year', 'month', 'day'] as const;
type DatePart = (typeof DATE_PARTS)[number];
const DIGITS: Readonly<Record<DatePart, RegExp>> = { year: /^(19|20)\d{2}$/, month: /^\d{1,2}$/, day: /^\d{1,2}$/ };

/** The value that a folder gives for a part of the date, with its key or without. */
export function datePart(name: string, part: DatePart): string | undefined {
  const pair = keyOf(name);
  if (pair && pair.key !== part) return undefined;
  const value = pair?.value ?? name;
  return DIGITS[part].test(value) ? value : undefined;
}

function datesIn(name: string): string[] {
  const dates = [...name.matchAll(/(?<!\d)\d{4}(-|_|)\d{2}\1\d{2}(?!\d)/g)].map(([text]) => writtenDate(text));
  return [...new Set(dates.filter((date) => date !== undefined))].sort();
}

/** The one date that the name of a file bears, as in `AAPL_2012-06-21_message_10.csv`. */
export function dateInName(name: string): string | undefined {
  const dates = datesIn(name);
  return dates.length === 1 ? dates[0] : undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Whether a path may mean a date that is not written as one of ours: `arcx_240312`, `12Mar2024`, `0312`, `2024-03`, a span of
 * dates. Rather too often than too seldom: who is asked renames a file, who is not asked loses a part of the day.
 */
export function mayMean(path: string, date: string): boolean {
  const written = datesIn(path);
  if (written.length > 1 && written[0] <= date && date <= written.at(-1)!) return true;
  const [year, month, day] = date.split('-');
  const [short, m, d] = [year.slice(2), String(Number(month)), String(Number(day))];
  const monthName = MONTHS[Number(month) - 1];
  const letters = path.toLowerCase().replace(/[^a-z\d]/g, '');
  if (new RegExp(`(^|\\D)0?${d}${monthName}|${monthName}[a-z]{0,6}0?${d}(\\D|$)`).test(letters)) return true;
  const otherMonth = MONTHS.some(
    (name) => name !== monthName && new RegExp(`\\d${name}|${name}[a-z]{0,6}\\d`).test(letters),
  );
  const whole = [year, short].flatMap((y) => [y + month + day, day + month + y, month + day + y]);
  const few = [year + month, year + m, month + year, `${year}${m}${d}`, month + day, day + month];
  const runs = [...path.matchAll(/\d+(?:[-_./]\d+)*/g)].map(([text]) => text.replace(/\D/g, ''));
  return runs.some(
    (run) => (run === year && !otherMonth) || few.includes(run) || whole.some((form) => run.includes(form)),
  );
}
