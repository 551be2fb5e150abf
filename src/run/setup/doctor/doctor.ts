import type { Config } from '../../../config/schema.js';
import type { Engine } from '../../../io/duckdb.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import type { LockOwner } from '../../../store/lock.js';
import { gridOf } from '../../window/alignKey.js';
import { refuseMemory, type WorkSize, workBytes } from '../../window/memory.js';
import { configuredTaus, foldBuckets } from '../../window/windowShape.js';
import { type Check, ok, orProblem, type ProblemKind } from './check.js';
import { type DataFindings, type DayFiles, dataChecks } from './data.js';
import { diskChecks, machineChecks, sizeText, storeChecks } from './environment.js';
import type { Machine } from './machine.js';

/** Whether a run can go ahead, and what it would read and need. */
export interface Examination {
  readonly checks: readonly Check[];
  readonly days: readonly DayFiles[];
  readonly dates: readonly string[];
  readonly names: number;
  /** Rough, for a run with nothing cached; absent where the data are not known. */
  readonly estimate?: Estimate;
  /** How a run would end; absent where it can go ahead. */
  readonly problem?: ProblemKind;
}

export interface Estimate {
  readonly seconds: number;
  /** Beside what the columnar engine takes. */
  readonly memoryBytes: number;
  readonly storeBytes: number;
}

/** Checks in the order in which a run would stumble over them. Nothing is written. */
export async function examine(
  config: Config,
  asked: string,
  engine: Engine,
  machine: Machine,
  owner: LockOwner,
): Promise<Examination> {
  const found = await dataChecks(config, asked, engine);
  const size = found.names > 0 && found.dates.length > 0 ? sizeOf(config, found) : undefined;
  const estimate = size && estimateOf(config, found, size);
  const memory = size
    ? await orProblem('memory of the work', () => refuseMemory(config, size))
    : ok('memory of the work', 'not known without data');
  const disk = { store: estimate?.storeBytes ?? 0, temporary: largestDay(found.days) };
  const checks = [
    ...found.checks,
    ...storeChecks(config, machine, owner),
    ...diskChecks(config, machine, disk),
    ...machineChecks(config, machine, found.dates.at(-1)),
    'check' in memory
      ? memory
      : ok('memory of the work', `about ${sizeText(estimate!.memoryBytes)} beside the columnar engine`),
  ];
  const first = checks.find(({ status }) => status === 'problem');
  return {
    checks,
    days: found.days,
    dates: found.dates,
    names: found.names,
    ...(estimate ? { estimate } : {}),
    ...(first?.kind ? { problem: first.kind } : {}),
  };
}

/** Time constants that are chosen are rarely more. */
const TYPICAL_BASES = 5;

function sizeOf(config: Config, { dates, names }: DataFindings): WorkSize {
  const { buckets } = gridOf(config, dates[0]);
  const length = foldBuckets(config, dates);
  const folds = dates.length * (length === 'day' ? 1 : Math.ceil(buckets / length));
  return { names, factors: 0, bases: configuredTaus(config.fit.kernel)?.length ?? TYPICAL_BASES, buckets, folds };
}

/** Rates as measured on two cores: events aligned, and days of 23 400 buckets and 500 names summed and fitted. */
const ROWS_PER_SECOND = 1.5e6;
const START_SECONDS = 3;
const LARGE_DAY = { names: 500, buckets: 23_400, seconds: 7 } as const;
const LARGE_FIT_SECONDS = 48;
/** Bytes that a bucket of a name takes in the store, compressed, and what reports and matrices take at least. */
const CELL_BYTES = 70;
const LEAST_STORE_BYTES = 20e6;
/** Of a row in a file that does not say how many it has. */
const ROW_BYTES = 40;

function estimateOf(config: Config, { days, dates }: DataFindings, size: WorkSize): Estimate {
  const rows = days.reduce((sum, day) => sum + (day.rows ?? day.bytes / ROW_BYTES), 0);
  const share = squared(size.names / LARGE_DAY.names);
  const sums = dates.length * share * (size.buckets / LARGE_DAY.buckets) * LARGE_DAY.seconds;
  return {
    seconds: Math.ceil(START_SECONDS + rows / ROWS_PER_SECOND + sums + share * LARGE_FIT_SECONDS),
    memoryBytes: workBytes(size, config.data.source),
    storeBytes: LEAST_STORE_BYTES + CELL_BYTES * size.names * size.buckets * dates.length,
  };
}

/** Stamps of nanoseconds are read from a copy of the day. */
function largestDay(days: readonly DayFiles[]): number {
  const byDate = new Map<string, number>();
  for (const { date, bytes } of days) byDate.set(date, (byDate.get(date) ?? 0) + bytes);
  return Math.max(0, ...byDate.values());
}
