import { statSync } from 'node:fs';
import type { Config } from '../../../config/schema.js';
import type { Engine } from '../../../io/duckdb.js';
import {
  checkDataRoot,
  checkParquetFile,
  type DatedDataset,
  partitionDates,
  partitionFiles,
  staticFile,
} from '../../../io/files.js';
import { rowsOfFooters } from '../../../io/profileReader.js';
import { readUniverse } from '../../../io/referenceReader.js';
import { dataError } from '../../../model/failure.js';
import { datasetsOf, mainDataset, participationOf, windowDates } from '../../window/inputs.js';
import { type Check, ok, orProblem, warning } from './check.js';

/** What a run would read of one dataset on one day, by names and footers alone. */
export interface DayFiles {
  readonly date: string;
  readonly dataset: string;
  readonly files: number;
  /** Absent where a file has no footer that counts them. */
  readonly rows: number | undefined;
  readonly bytes: number;
}

export interface DataFindings {
  readonly checks: readonly Check[];
  readonly dates: readonly string[];
  readonly days: readonly DayFiles[];
  readonly names: number;
}

/** `latest` is the last day with data. @throws data error where there is none. */
export function dayOf(config: Config, asked: string): string {
  checkDataRoot(config.data.root);
  if (asked !== 'latest') return asked;
  const dataset = mainDataset(config);
  const last = partitionDates(config.data.root, dataset).at(-1);
  if (last === undefined)
    throw dataError(
      `${config.data.root} has no folder ${dataset}/date=YYYY-MM-DD`,
      `set data.root to the folder that holds ${dataset}`,
    );
  return last;
}

/** Looks for everything that a run of the date would read. Nothing but names, sizes, footers and the universe is read. */
export async function dataChecks(config: Config, asked: string, engine: Engine): Promise<DataFindings> {
  const none = { dates: [], days: [], names: 0 };
  const wanted = Number.parseInt(config.fit.window, 10);
  const window = await orProblem('days', () => windowDates(config, dayOf(config, asked), wanted));
  if (!('value' in window)) return { ...none, checks: [window] };
  const dates = window.value;
  const universe = await universeCheck(config, engine);
  const settled = await orProblem('datasets', () => participationOf(config, dates));
  if (!('value' in settled)) return { ...none, dates, checks: [daysCheck(dates, wanted), ...universe.checks, settled] };
  const checks = [daysCheck(dates, wanted), ...universe.checks];
  const days: DayFiles[] = [];
  for (const dataset of datasetsOf(config, settled.value)) {
    const found = await orProblem(dataset, () => filesOfDates(config, dataset, dates, engine));
    if ('value' in found) days.push(...found.value);
    checks.push('value' in found ? ok(dataset, `${found.value.length} of ${dates.length} days`) : found);
  }
  checks.push(...settled.value.notes.map((note) => ok('left out', note)));
  return { checks, dates, days, names: universe.names };
}

const daysCheck = (dates: readonly string[], wanted: number): Check => {
  const says = `${dates.length} from ${dates[0]} to ${dates.at(-1)}`;
  return dates.length < wanted
    ? warning('days', `${says}, fit.window asks for ${wanted}`, 'a run uses what is there; intervals are wider')
    : ok('days', says);
};

async function universeCheck(config: Config, engine: Engine): Promise<{ checks: Check[]; names: number }> {
  const found = await orProblem('universe', () => {
    const path = staticFile(config.data.root, 'universe');
    if (path === undefined)
      throw dataError(
        `${config.data.root} has neither universe.parquet nor universe.csv`,
        'list the names: symbol, block; "xim init" writes one',
      );
    return readUniverse(engine, path);
  });
  if (!('value' in found)) return { checks: [found], names: 0 };
  return { checks: [ok('universe', `${found.value.length} names`)], names: found.value.length };
}

async function filesOfDates(
  config: Config,
  dataset: DatedDataset,
  dates: readonly string[],
  engine: Engine,
): Promise<DayFiles[]> {
  const days: DayFiles[] = [];
  for (const date of dates) {
    const paths = partitionFiles(config.data.root, dataset, date);
    if (paths.length === 0 && dataset === 'parents') continue;
    if (paths.length === 0)
      throw dataError(
        `${dataset}/date=${date} below ${config.data.root} has no file`,
        'every day of the window needs it: add the day or shorten fit.window',
      );
    const files = paths.map((path) => ({
      path,
      format: path.endsWith('.parquet') ? ('parquet' as const) : ('csv' as const),
    }));
    for (const { path, format } of files) if (format === 'parquet') checkParquetFile(path);
    const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    days.push({ date, dataset, files: paths.length, rows: await rowsOfFooters(engine, files), bytes });
  }
  return days;
}
