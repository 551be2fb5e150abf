import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import type { DataFolders, Unread } from '../../io/datasetFolders.js';
import type { DatedDataset } from '../../io/files.js';
import { dataError } from '../../model/failure.js';

/** What lies in the data folder and is not read: refused where a day would be a part of itself, named elsewhere. */

/** @throws data error naming the first thing that looks like data, is or may be of this day, and is not read */
export function refuseUnread(folders: DataFolders, dataset: DatedDataset, date: string): void {
  const first = folders.unread(dataset, date).find(({ isData }) => isData);
  if (first)
    throw dataError(
      `${first.path} is not read: ${first.why}; ${dataset} of ${date} would be incomplete`,
      'write it as Parquet or CSV into the folder of its date, or move it out of the data folder',
    );
  const beside = folders.unread(dataset).find(({ isData, mayBeOf }) => isData && mayBeOf?.(date));
  if (beside)
    throw dataError(
      `${beside.path} is not read: ${beside.why}; it may hold ${dataset} of ${date}`,
      `put it into ${dataset}/date=${date}, give it the name of its own date, or move it out of the data folder`,
    );
}

export interface DatasetsRead {
  /** What every day needs. */
  readonly needed: readonly DatedDataset[];
  readonly scored: readonly DatedDataset[];
  readonly dates: readonly string[];
}

const EXAMPLES = 3;

/** What a reader should know of the folders: things that are not read, days that other datasets have, likely misnomers. */
export function folderNotes(root: string, folders: DataFolders, read: DatasetsRead): string[] {
  const { needed, scored, dates } = read;
  const unread = [...needed, ...scored].flatMap((dataset) => [
    ...folders.unread(dataset),
    ...dates.flatMap((date) => folders.unread(dataset, date)),
  ]);
  return [
    ...misnomers(root),
    ...unreadNote(root, unread),
    ...spelledOtherwise(root, folders, read),
    ...missingDays(folders, read),
  ];
}

function unreadNote(root: string, unread: readonly Unread[]): string[] {
  if (unread.length === 0) return [];
  const shown = unread.slice(0, EXAMPLES).map(({ path, why }) => `${relative(root, path)} (${why})`);
  const more = unread.length > EXAMPLES ? ` and ${unread.length - EXAMPLES} more` : '';
  return [`not read: ${shown.join(', ')}${more}`];
}

/** Days whose folders are named in another way than their neighbours': they are read, but somebody changed something. */
function spelledOtherwise(root: string, folders: DataFolders, { needed, scored, dates }: DatasetsRead): string[] {
  const odd = [...needed, ...scored].flatMap((dataset) => {
    const isUsual = (date: string, place: string) => place.endsWith(`date=${date}`);
    const places = folders.dates(dataset).map((date) => [date, folders.places(dataset, date)] as const);
    if (!places.some(([date, of]) => of.some((place) => isUsual(date, place)))) return [];
    return places
      .filter(([date]) => dates.includes(date))
      .flatMap(([date, of]) => of.filter((place) => !isUsual(date, place)).map((place) => ({ date, place })));
  });
  if (odd.length === 0) return [];
  const shown = odd.slice(0, EXAMPLES).map(({ date, place }) => `${relative(root, place)} as ${date}`);
  return [`read: ${shown.join(', ')}${odd.length > EXAMPLES ? ` and ${odd.length - EXAMPLES} more` : ''}`];
}

/** Days inside the window that the first dataset lacks, and others have. */
function missingDays(folders: DataFolders, { needed, scored, dates }: DatasetsRead): string[] {
  const [main, ...others] = [...needed, ...scored];
  const [first, last] = [dates[0], dates.at(-1)!];
  const lacking = new Map<string, DatedDataset[]>();
  for (const dataset of others)
    for (const date of folders.dates(dataset))
      if (date > first && date < last && !dates.includes(date))
        lacking.set(date, [...(lacking.get(date) ?? []), dataset]);
  return [...lacking]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, having]) => `${date} has ${having.join(', ')} but no ${main}: the window does not hold it`);
}

const KNOWN = ['quotes', 'trades', 'fills', 'factors', 'parents', 'buckets'];
const KNOWN_TABLES = ['universe', 'events', 'symbols', 'fx'];

/** Folders and tables whose names are nearly those of ours: `Quotes`, `trade`, `event.csv`. */
function misnomers(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const [stem, ending] = entry.isDirectory() ? [entry.name, ''] : splitEnding(entry.name);
      const known = entry.isDirectory() ? KNOWN : KNOWN_TABLES;
      if (known.includes(stem) && /^(\.csv|\.parquet)?$/.test(ending)) return [];
      const meant = known.find((name) => singular(name) === singular(stem.toLowerCase()));
      return meant === undefined
        ? []
        : [`${entry.name} is not read: it would be read as ${meant}${readEnding(ending)}`];
    });
}

const singular = (name: string): string => name.replace(/s$/, '');

function splitEnding(name: string): [string, string] {
  const at = name.indexOf('.');
  return at < 1 ? [name, ''] : [name.slice(0, at), name.slice(at)];
}

const readEnding = (ending: string): string => (ending === '' ? '' : /parquet/i.test(ending) ? '.parquet' : '.csv');
