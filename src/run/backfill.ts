import type { Config } from '../config/schema.js';
import { staticFile } from '../io/files.js';
import { type FailureKind, XimError } from '../model/failure.js';
import type { CacheWorld } from '../store/stageCaches.js';
import type { DayTask } from './clusterWork.js';
import type { Effects } from './effects.js';
import { type RunOptions, type RunResult, runWindow, withEngine } from './pipeline.js';
import { gridOf } from './window/alignKey.js';
import { dayBytes, memoryBytes } from './window/memory.js';
import { choicesOfWindow } from './window/summedDays.js';
import { roundsOf, type WindowState, windowState } from './windowState.js';

export type BackfillOptions = Omit<RunOptions, 'date'> & {
  /** Trading days, ascending. */
  readonly dates: readonly string[];
  /** Days that are made at the same time. */
  readonly jobs: number;
};

/** How a day is made beside this process. @throws XimError what is wrong with the day */
export type MakeDay = (day: DayTask) => Promise<void>;

/** What became of a date. */
export type BackfilledDate =
  | ({ readonly date: string } & RunResult)
  | { readonly date: string; readonly failure: XimError };

/** How far the work is: days and versions that are done, of all that are to be made. */
export type Progress = (done: number, all: number, text: string) => void;

/**
 * The versions that dates lack, in their order, each as a run would make it; the days that they need are made before, several at a
 * time. A day that is bad stops only the windows that hold it.
 * @throws XimError that is not about one day: settings, store, machine
 */
export async function backfill(
  options: BackfillOptions,
  effects: Effects,
  makeDay: MakeDay,
  progress: Progress,
): Promise<BackfilledDate[]> {
  const { dates, jobs } = options;
  const plan = await backfillPlan(options, effects);
  const pending = plan.windows.filter(({ state }) => !state?.version).length;
  let [done, all] = [0, plan.days.length + pending];
  const bad = new Map<string, XimError>();
  const makeDays = (days: readonly DayTask[]) =>
    inParallel(jobs, days, async (day) => {
      if (bad.has(day.date)) return;
      const failure = await failureOf(() => makeDay(day));
      if (failure) bad.set(day.date, failure);
      progress(++done, all, failure ? `${day.date} is bad: ${failure.message}` : `made ${day.date}`);
    });
  await makeDays(plan.days);
  const results: BackfilledDate[] = [];
  for (const [k, date] of dates.entries()) {
    const known = plan.windows[k].state?.version;
    if (known) {
      results.push({ date, version: known, fresh: false });
      continue;
    }
    const rest = await laterRounds(options, date, effects, bad);
    all += rest.reduce((sum, days) => sum + days.length, 0);
    for (const days of rest) await makeDays(days);
    const result = await versionOf(options, date, effects, bad);
    results.push(result);
    progress(
      ++done,
      all,
      'failure' in result ? `${date}: ${result.failure.message}` : `version ${result.version.folder}`,
    );
  }
  return results;
}

export interface BackfillPlan {
  /** By date; none where the window cannot be looked at, which its run will say. */
  readonly windows: readonly { readonly date: string; readonly state?: WindowState }[];
  /** Days without buckets, each for the first window without a version that holds it. */
  readonly days: readonly DayTask[];
}

export async function backfillPlan(
  { dates, ...options }: Pick<BackfillOptions, 'dates'> & Omit<RunOptions, 'date'>,
  world: CacheWorld,
): Promise<BackfillPlan> {
  const windows: { date: string; state?: WindowState }[] = [];
  const days = new Map<string, DayTask>();
  for (const date of dates) {
    const state = await stateOf({ ...options, date }, world);
    windows.push({ date, ...(state ? { state } : {}) });
    if (!state || state.version) continue;
    for (const day of state.missing) if (!days.has(day)) days.set(day, { date: day, asof: date });
  }
  return { windows, days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) };
}

async function stateOf(options: RunOptions, world: CacheWorld): Promise<WindowState | undefined> {
  try {
    return await windowState(options, world);
  } catch (error) {
    if (error instanceof XimError && isOfADay(error.kind)) return undefined;
    throw error;
  }
}

/** How many of the days fit into the memory that a command may take. @throws data error for a universe that cannot be read */
export async function daysThatFit(config: Config, dates: readonly string[], effects: Effects): Promise<number> {
  const size = await dayShape(config, dates, effects);
  return size
    ? Math.max(1, Math.floor(memoryBytes(config) / dayBytes(config.data.source, size.names, size.buckets)))
    : 1;
}

/** Names times buckets below which a process more has hardly begun when a day is made. */
const WORTH_A_PROCESS = 1_000_000;

/** How many days a run makes at the same time: as many as fit, one where they are small. */
export async function jobsFor(config: Config, dates: readonly string[], effects: Effects): Promise<number> {
  const size = await dayShape(config, dates, effects);
  if (!size || size.names * size.buckets < WORTH_A_PROCESS) return 1;
  return Math.floor(memoryBytes(config) / dayBytes(config.data.source, size.names, size.buckets));
}

async function dayShape(config: Config, dates: readonly string[], effects: Effects) {
  const { readUniverse } = await import('../io/referenceReader.js');
  const universe = staticFile(config.data.root, 'universe');
  if (universe === undefined) return undefined;
  const names = await withEngine(config, effects, async (engine) => readUniverse(await engine(), universe));
  return { names: names.length, buckets: Math.max(...dates.map((date) => gridOf(config, date).buckets)) };
}

/** What waits for the choices of a window, where more than its last day does: the buckets are there by now. */
async function laterRounds(
  options: BackfillOptions,
  date: string,
  world: CacheWorld,
  bad: ReadonlyMap<string, XimError>,
): Promise<DayTask[][]> {
  const state = await stateOf({ ...options, date }, world);
  if (!state || choicesOfWindow(options.config) === 0 || state.unsummed.length < 2) return [];
  if (state.dates.some((day) => bad.has(day))) return [];
  return roundsOf(options.config, { ...state, missing: [] }).map((days) =>
    days.map((day) => ({ date: day, asof: date })),
  );
}

async function versionOf(
  options: BackfillOptions,
  date: string,
  effects: Effects,
  bad: ReadonlyMap<string, XimError>,
): Promise<BackfilledDate> {
  const state = await stateOf({ ...options, date }, effects);
  const badDay = state?.dates.find((day) => bad.has(day));
  if (badDay !== undefined) return { date, failure: inWindow(bad.get(badDay)!, badDay) };
  let result: RunResult | undefined;
  const failure = await failureOf(async () => {
    result = await runWindow({ ...options, date }, effects);
  });
  return failure ? { date, failure } : { date, ...result! };
}

const inWindow = ({ kind, message, hint }: XimError, day: string): XimError =>
  new XimError(kind, `its window holds ${day}, which is bad: ${message}`, hint);

/** Failures that another date need not have. */
const isOfADay = (kind: FailureKind): boolean => kind === 'data' || kind === 'numerical' || kind === 'noTradingDay';

async function failureOf(work: () => Promise<void>): Promise<XimError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const failure = error as Error & { readonly hint?: string };
    if (failure instanceof XimError && isOfADay(failure.kind)) return failure;
    if (failure.name === 'NumericalError') return new XimError('numerical', failure.message, failure.hint ?? '');
    throw error;
  }
}

/** Does the work on every item, a few at a time; the first error that is thrown stops what has not begun. */
export async function inParallel<T>(
  jobs: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  let stopped = false;
  const worker = async () => {
    for (let item = left.shift(); item !== undefined && !stopped; item = left.shift())
      try {
        await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(jobs, items.length) }, worker));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
