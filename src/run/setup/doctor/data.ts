import { statSync } from 'node:fs';
import type { Config } from '../../../config/schema.js';
import { isCsv } from '../../../io/csvScan.js';
import { type DataFolders, dataFolders } from '../../../io/datasetFolders.js';
import type { Engine } from '../../../io/duckdb.js';
import { checkParquetFile, type DatedDataset, staticFile } from '../../../io/files.js';
import { rowsOfFooters } from '../../../io/profileReader.js';
import { readUniverse } from '../../../io/referenceReader.js';
import { dataError } from '../../../model/failure.js';
import { valuedNames } from '../../../stages/align/contracts.js';
import { datasetsRead } from '../../window/inputs.js';
import { settleParticipation } from '../../window/participation.js';
import { namedDay, presentDays, windowDates } from '../../window/tradingDays.js';
import { folderNotes, refuseUnread } from '../../window/unread.js';
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
export const dayOf = (config: Config, asked: string): string =>
  asked === 'latest' ? namedDay(presentDays(config), 'latest') : asked;

/** Looks for everything that a run of the date would read. Nothing but names, sizes, footers and the universe is read. */
export async function dataChecks(config: Config, asked: string, engine: Engine): Promise<DataFindings> {
  const none = { dates: [], days: [], names: 0 };
  const wanted = Number.parseInt(config.fit.window, 10);
  const window = await orProblem('days', () => windowDates(config, dayOf(config, asked), wanted));
  if (!('value' in window)) return { ...none, checks: [window] };
  const dates = window.value;
  const universe = await universeCheck(config, engine);
  const folders = dataFolders(config.data.root);
  const hasEvents = () => staticFile(config.data.root, 'events') !== undefined;
  const settled = await orProblem('datasets', () => settleParticipation(config, folders, hasEvents(), dates));
  if (!('value' in settled)) return { ...none, dates, checks: [daysCheck(dates, wanted), ...universe.checks, settled] };
  const checks = [daysCheck(dates, wanted), ...universe.checks];
  const days: DayFiles[] = [];
  const read = datasetsRead(config, settled.value);
  for (const dataset of read) {
    const found = await orProblem(dataset, () => filesOfDates(folders, dataset, dates, engine));
    if ('value' in found) days.push(...found.value);
    checks.push('value' in found ? ok(dataset, `${found.value.length} of ${dates.length} days`) : found);
  }
  const notes = folderNotes(config.data.root, folders, { needed: read, scored: [], dates });
  checks.push(...notes.map((note) => warning('folders', note, 'a run says so too, and goes ahead')));
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
  const found = await orProblem('universe', async () => {
    const path = staticFile(config.data.root, 'universe');
    if (path === undefined)
      throw dataError(
        `${config.data.root} has neither universe.parquet nor universe.csv`,
        'list the names: symbol, block; "xim init" writes one',
      );
    return valuedNames(await readUniverse(engine, path), config.align.units, path);
  });
  if (!('value' in found)) return { checks: [found], names: 0 };
  return { checks: [ok('universe', `${found.value.length} names`)], names: found.value.length };
}

async function filesOfDates(
  folders: DataFolders,
  dataset: DatedDataset,
  dates: readonly string[],
  engine: Engine,
): Promise<DayFiles[]> {
  const days: DayFiles[] = [];
  for (const date of dates) {
    refuseUnread(folders, dataset, date);
    const paths = folders.files(dataset, date).map(({ path }) => path);
    if (paths.length === 0 && dataset === 'parents') continue;
    if (paths.length === 0)
      throw dataError(
        `${dataset} of ${date}: there is no file`,
        'every day of the window needs it: add the day or shorten fit.window',
      );
    const files = paths.map((path) => ({
      path,
      format: isCsv(path) ? ('csv' as const) : ('parquet' as const),
    }));
    for (const { path, format } of files) if (format === 'parquet') checkParquetFile(path);
    const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    days.push({ date, dataset, files: paths.length, rows: await rowsOfFooters(engine, files), bytes });
  }
  return days;
}
