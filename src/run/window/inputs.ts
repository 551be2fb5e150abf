import { relative } from 'node:path';
import type { Config } from '../../config/schema.js';
import { dataFolders } from '../../io/datasetFolders.js';
import { type DatedDataset, type StaticDataset, staticFile } from '../../io/files.js';
import type { PageCounts } from '../../io/pageChecksums.js';
import { dataError, XimError } from '../../model/failure.js';
import type { FeedFile } from '../../model/feed.js';
import type { Champion } from './champion.js';
import { digestCache } from './digests.js';
import { missingHint, type Participation, settleParticipation, tableName } from './participation.js';
import { mainDataset, refuseClosedDays } from './tradingDays.js';
import { folderNotes, refuseUnread } from './unread.js';

/** A file that a result depends on. */
export interface InputFile extends FeedFile {
  readonly dataset: string;
  readonly date?: string;
  /** Path below the data folder. */
  readonly name: string;
  readonly sha256: string;
  /** Of a Parquet file. */
  readonly pages?: PageCounts;
}

export interface Inputs {
  readonly universe: InputFile;
  readonly events?: InputFile;
  /** Which symbols of the feed stand for which names, and rates of their currencies. */
  readonly symbols?: InputFile;
  readonly fx?: InputFile;
  /** The promoted version, where a turnover penalty makes the result depend on it. */
  readonly champion?: Champion;
  readonly dates: readonly string[];
  /** The one day whose buckets and sums may be made here, where other processes make the rest; empty: none. */
  readonly only?: string | undefined;
  readonly participation: Participation;
  /** What a reader should know of the input as a whole. */
  readonly notes: readonly string[];
  /** With `only` it lacks the other days of which a file has not been read yet. */
  readonly byDate: ReadonlyMap<string, ReadonlyMap<DatedDataset, readonly InputFile[]>>;
  /** Writes the digests that were computed, for the next run; without `only` the store's lock must be held. */
  readonly rememberDigests: () => void;
  /** What is to be said and is no part of any result: a cache that was damaged. */
  readonly warnings: readonly string[];
}

/** What the orders of a day are scored from; a day may have none. */
const ORDER_DATASETS = ['parents', 'fills'] as const;

/**
 * Finds and digests every file that the days need, or what is known of them and every file of one of them.
 * @throws data error naming what is missing
 */
export async function collectInputs(config: Config, dates: readonly string[], only?: string): Promise<Inputs> {
  const { root } = config.data;
  const folders = dataFolders(root);
  refuseClosedDays(config, mainDataset(config), dates);
  const digest = digestCache(config.store, only);
  const fileOf = async (dataset: string, file: FeedFile, date?: string): Promise<InputFile> => ({
    dataset,
    ...(date === undefined ? {} : { date }),
    ...file,
    name: relative(root, file.path).replaceAll('\\', '/'),
    ...(await digest.of(file.path)),
  });
  const tableOf = async (dataset: StaticDataset): Promise<InputFile | undefined> => {
    const path = staticFile(root, dataset);
    return path === undefined ? undefined : fileOf(dataset, { path, folders: {} });
  };
  const universe = await tableOf('universe');
  if (!universe)
    throw dataError(`${root} has neither universe.parquet nor universe.csv`, 'list the names: symbol, block');
  const events = await tableOf('events');
  const symbols = await tableOf('symbols');
  const fx = await tableOf('fx');
  const participation = settleParticipation(config, folders, events !== undefined, dates);
  const needed = datasetsFor(config, participation);
  const scored = participation.parents ? ORDER_DATASETS.filter((dataset) => !needed.includes(dataset)) : [];
  const filesOf = async (date: string): Promise<ReadonlyMap<DatedDataset, readonly InputFile[]>> => {
    const files = new Map<DatedDataset, readonly InputFile[]>();
    for (const dataset of [...needed, ...scored]) {
      refuseUnread(folders, dataset, date);
      const found: InputFile[] = [];
      for (const file of folders.files(dataset, date)) found.push(await fileOf(labelOf(dataset, file), file, date));
      if (found.length === 0 && needed.includes(dataset))
        throw dataError(`${dataset}/date=${date} below ${root} has no Parquet file`, missingHint(dataset));
      refuseCopies(found);
      if (found.length > 0) files.set(dataset, found);
    }
    return files;
  };
  const isKnown = (date: string) =>
    [...needed, ...scored].every((dataset) => folders.files(dataset, date).every(({ path }) => digest.knows(path)));
  const byDate = new Map<string, ReadonlyMap<DatedDataset, readonly InputFile[]>>();
  for (const date of dates) {
    const files = only === undefined || only === date ? await filesOf(date) : await otherDay(date, isKnown, filesOf);
    if (files) byDate.set(date, files);
  }
  return {
    universe,
    ...(events ? { events } : {}),
    ...(symbols ? { symbols } : {}),
    ...(fx ? { fx } : {}),
    ...(await championOf(config, dates[dates.length - 1])),
    dates,
    only,
    participation,
    notes: [...folderNotes(root, folders, { needed, scored, dates }), ...participation.notes],
    byDate,
    rememberDigests: digest.flush,
    warnings: digest.warnings,
  };
}

/** A day that another process makes: what is known of it, and nothing where it cannot be read, which is for the other to say. */
async function otherDay<T>(
  date: string,
  isKnown: (date: string) => boolean,
  filesOf: (date: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return isKnown(date) ? await filesOf(date) : undefined;
  } catch (error) {
    if (error instanceof XimError) return undefined;
    throw error;
  }
}

/** Tables of own buckets are told apart by their names. */
const labelOf = (dataset: DatedDataset, { path }: FeedFile): string =>
  dataset === 'buckets' ? `buckets/${tableName(path)}` : dataset;

/** Read only where the result depends on it: the artifact's reader takes a moment to load. */
async function championOf(config: Config, date: string): Promise<{ champion?: Champion }> {
  const { fit, validate } = config;
  if (fit.turnover === 0 && !validate.since_champion) return {};
  const { readChampion, readEarlierChampion } = await import('./champion.js');
  const champion = fit.turnover === 0 ? readEarlierChampion(config, date) : readChampion(config);
  return champion ? { champion } : {};
}

/** Every dataset that a run reads by date; days may lack those of parent orders. */
export function datasetsRead(config: Config, participation: Participation): DatedDataset[] {
  const needed = datasetsFor(config, participation);
  return participation.parents ? [...needed, 'parents'] : needed;
}

function datasetsFor(config: Config, participation: Participation): DatedDataset[] {
  if (config.data.source === 'buckets') return ['buckets'];
  const datasets: DatedDataset[] = ['quotes'];
  if (participation.trades) datasets.push('trades');
  if (config.flow.source === 'fills') datasets.push('fills');
  if (participation.factors) datasets.push('factors');
  return datasets;
}

/** The same file twice in one day would count every event twice; below folders of two symbols it says two things. */
function refuseCopies(files: readonly InputFile[]): void {
  const seen = new Map<string, string>();
  for (const { sha256, folders, name } of files) {
    const said = `${sha256} ${JSON.stringify(folders)}`;
    const first = seen.get(said);
    if (first !== undefined) throw dataError(`${name} has the same content as ${first}`, 'remove one of them');
    seen.set(said, name);
  }
}
