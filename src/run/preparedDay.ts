import type { Config } from '../config/schema.js';
import { dataError } from '../model/failure.js';
import type { Effects } from './effects.js';
import { alignContext, windowInputs, withEngine, worthHelping } from './pipeline.js';
import type { AlignContext } from './window/alignKey.js';
import { DayMissing } from './window/oneDay.js';
import { choicesOfWindow, isSummed, markSummed } from './window/summedDays.js';
import { presentDays, windowDates, windowDays } from './window/tradingDays.js';

export interface DayOptions {
  readonly config: Config;
  readonly date: string;
  /** The window that ends on this date is the one that the day is made for. */
  readonly asof: string;
}

export interface PreparedDay {
  readonly date: string;
  readonly asof: string;
  /** Whether a run of the window finds everything of this day that it sums. */
  readonly complete: boolean;
  /** Otherwise a day of the window that has to be made first: what is summed depends on what the whole window chooses. */
  readonly waitsFor?: string | undefined;
}

/**
 * Makes what a window needs of one of its days, as far as that can be done before the others are there: buckets, depth,
 * profile, what families are compared by; own sums where γ is given or can be chosen; moments where the time constants are.
 * It needs no lock: every folder has its content's key for a name and appears whole, so any number of processes on any
 * number of machines may make days of one store.
 */
export async function prepareDay({ config, date, asof }: DayOptions, effects: Effects): Promise<PreparedDay> {
  const inputs = await windowInputs(config, asof, date);
  if (!inputs.dates.includes(date))
    throw dataError(
      `${date} is no day of the window to ${asof}, which has ${inputs.dates[0]} as its first`,
      'pass the last day of a window that holds it as --asof, or leave --asof out',
    );
  inputs.rememberDigests();
  if (isSummed(config, inputs, date)) return { date, asof, complete: true };
  return withEngine(config, effects, async (engine) => {
    const context = await alignContext(config, inputs, engine, effects);
    if (worthHelping(config, context.names.length)) effects.startBlasHelper();
    const waitsFor = await madeAlone(context, date, effects.stage);
    const complete = waitsFor === undefined || choicesOfWindow(config) === 0;
    if (complete) await markSummed(context);
    return { date, asof, complete, ...(complete ? {} : { waitsFor }) };
  });
}

/** The day that is missing; `undefined` where the whole window could be gone through. */
async function madeAlone(
  context: AlignContext,
  date: string,
  announce: (text: string) => void,
): Promise<string | undefined> {
  const { alignDay } = await import('./window/alignDay.js');
  const { firstFamilyOfDay } = await import('./window/chosenFamily.js');
  const { familyWindow } = await import('./window/familyWindow.js');
  const { profileDay } = await import('./window/profileDay.js');
  try {
    announce(`align ${date}`);
    const day = await alignDay(context, date);
    await profileDay(context, date, day);
    announce(`sums of ${date}`);
    await firstFamilyOfDay(context, date, day);
    await familyWindow(context, () => {});
    return undefined;
  } catch (error) {
    if (error instanceof DayMissing) return error.date;
    throw error;
  }
}

/**
 * The window that a day is made for where none is named: the one that ends on it, or in the first days of the data the first
 * whole one.
 */
export function usualWindow(config: Config, date: string): string {
  windowDates(config, date, 1);
  const { dates } = presentDays(config);
  return dates[Math.min(dates.length - 1, Math.max(dates.indexOf(date), windowDays(config) - 1))];
}
