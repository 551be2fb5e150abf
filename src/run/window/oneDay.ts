import type { Inputs } from './inputs.js';

/**
 * A process may make one day of a window while others make the rest (`Inputs.only`). It goes the way that a run goes, so that
 * what it makes is what a run looks for, and stops where something of another day is not there yet.
 */
export class DayMissing extends Error {
  constructor(readonly date: string) {
    super(`${date} is made by another process`);
    this.name = 'DayMissing';
  }
}

/** @throws DayMissing where this process must not make anything of the day. */
export function refuseOther({ only }: Pick<Inputs, 'only'>, date: string): void {
  if (only !== undefined && only !== date) throw new DayMissing(date);
}

/** What is said of each day before its work. */
export interface Said {
  readonly announce: (text: string) => void;
  readonly what: string;
}

/** Works through the days of a window; the one that this process makes is done before others are found missing. */
export async function overDays<T>(
  { dates, only }: Pick<Inputs, 'dates' | 'only'>,
  work: (date: string, k: number) => Promise<T>,
  said?: Said,
): Promise<T[]> {
  const results: T[] = [];
  const first = only === undefined ? -1 : dates.indexOf(only);
  const order = [...dates.keys()].sort((a, b) => Number(b === first) - Number(a === first) || a - b);
  for (const k of order) {
    if (only === undefined || k === first) said?.announce(`${said.what} ${dates[k]} (${k + 1} of ${dates.length})`);
    results[k] = await work(dates[k], k);
  }
  return results;
}
