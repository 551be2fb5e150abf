import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../model/failure.js';
import type { FeedFile } from '../model/feed.js';
import { type DatedDataset, leadingBytes } from './files.js';

/**
 * What lies in a dataset's folder. A date is `date=2024-03-08` in any of its spellings, `year=2024/month=3/day=8`, a folder
 * or a file named by it; below it `key=value` folders say something of every row in them. What is not read is named.
 */

/** Something in a dataset's folder that is not read, and why. */
export interface Unread {
  readonly path: string;
  readonly why: string;
  /** Whether it looks like data, so that what is read without it may be a part of the day only. */
  readonly isData: boolean;
}

export interface DatedFolders {
  /** By date, ascending: its folders, and files that bear the date in their names. */
  readonly byDate: ReadonlyMap<string, readonly string[]>;
  /** What stands beside the dates. */
  readonly unread: readonly Unread[];
}

/** The days of a dataset; none where its folder is missing. @throws data error when it is no folder. */
export function datedFolders(folder: string): DatedFolders {
  const byDate = new Map<string, string[]>();
  const unread: Unread[] = [];
  const found = (date: string, path: string) => byDate.set(date, [...(byDate.get(date) ?? []), path]);
  for (const { name, path, isFolder } of existsSync(folder) ? entriesOf(folder) : []) {
    if (isMarker(name)) continue;
    const date = isFolder ? dateOfFolder(name) : dateInName(name);
    if (date !== undefined) found(date, path);
    else if (isFolder && keyOf(name)?.key === 'year') datesOfYear(path, keyOf(name)!.value, found, unread);
    else
      unread.push({
        path,
        why: isFolder ? 'its name is no date' : 'it lies outside the folders of dates',
        isData: true,
      });
  }
  return { byDate: new Map([...byDate].sort(([a], [b]) => (a < b ? -1 : 1))), unread };
}

/** `year=2024/month=3/day=8`. */
function datesOfYear(
  folder: string,
  year: string,
  found: (date: string, path: string) => void,
  unread: Unread[],
): void {
  const visit = (parent: string, keys: readonly string[], use: (value: string, path: string) => void) => {
    for (const { name, path, isFolder } of entriesOf(parent)) {
      if (isMarker(name)) continue;
      const pair = isFolder ? keyOf(name) : undefined;
      if (pair && keys.includes(pair.key)) use(pair.value, path);
      else unread.push({ path, why: `it is no folder ${keys[0]}=…`, isData: true });
    }
  };
  visit(folder, ['month'], (month, monthFolder) =>
    visit(monthFolder, ['day'], (day, path) => {
      const date = calendarDate(year, month, day);
      if (date === undefined) unread.push({ path, why: 'there is no such date', isData: true });
      else found(date, path);
    }),
  );
}

/** The files of one date, in order of their paths, with what their folders say. */
export function filesOfDate(places: readonly string[]): { files: FeedFile[]; unread: Unread[] } {
  const files: FeedFile[] = [];
  const unread: Unread[] = [];
  for (const place of places) {
    if (statSync(place).isDirectory()) collect(place, {}, files, unread, new Set());
    else consider(place, {}, files, unread);
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), unread };
}

function collect(
  folder: string,
  folders: FeedFile['folders'],
  files: FeedFile[],
  unread: Unread[],
  within: ReadonlySet<string>,
): void {
  const real = realpathSync(folder);
  if (within.has(real)) throw dataError(`${folder} is a link to a folder that it lies in`, 'remove the link');
  for (const { name, path, isFolder } of entriesOf(folder)) {
    if (isMarker(name)) continue;
    const pair = isFolder ? keyOf(name) : undefined;
    if (pair) collect(path, { ...folders, [pair.key]: pair.value }, files, unread, new Set([...within, real]));
    else if (isFolder) unread.push({ path, why: 'it is a folder that is not named key=value', isData: true });
    else consider(path, folders, files, unread);
  }
}

const READABLE = /\.(parquet|parq|pq|[ct]sv|[ct]sv\.gz)$/i;
const OTHER_DATA =
  /\.(arrow|feather|ipc|orc|avro|json|jsonl|ndjson|xlsx?|txt|h5|hdf5?|zip|gz|zst|bz2|xz|lz4|snappy|7z|tar)$/i;
const FOR_PEOPLE = /^(read.?me|licen[cs]e|notes?|changelog)/i;
const UNFINISHED =
  /(\.(tmp|temp|part|partial|inprogress|incomplete|crdownload|filepart)$|^[._].*\.(parquet|csv)(\.|$))/i;
const BACKUP = /(~|\.(bak|old|orig|swp|save))$/i;

function consider(path: string, folders: FeedFile['folders'], files: FeedFile[], unread: Unread[]): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  const say = (why: string, isData: boolean) => unread.push({ path, why, isData });
  if (isFile === undefined) say('it is a link to nothing', true);
  else if (!isFile) say('it is no file', true);
  else if (UNFINISHED.test(name)) say('its name says that it is still being written', true);
  else if (BACKUP.test(name)) say('its name says that it is a copy kept aside', false);
  else if (READABLE.test(name) || isParquet(path)) files.push({ path, folders });
  else if (OTHER_DATA.test(name) && !FOR_PEOPLE.test(name)) say('only Parquet and CSV (also .csv.gz) are read', true);
  else say('its ending is of neither Parquet nor CSV', false);
}

const isParquet = (path: string): boolean => leadingBytes(path) === 'PAR1';

/** What writers and desktops leave behind, and nobody means as data. */
const MARKERS = new Set(['_SUCCESS', '_metadata', '_common_metadata', '.DS_Store', 'Thumbs.db', 'desktop.ini']);
const isMarker = (name: string): boolean =>
  MARKERS.has(name) || /^(_(started|committed)_.*|\..*\.crc|\.(gitkeep|gitignore|keep|nfs.*))$/.test(name);

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

function entriesOf(folder: string): Entry[] {
  return listed(folder)
    .map((entry) => {
      const path = join(folder, entry.name);
      const isFolder = entry.isSymbolicLink()
        ? (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
        : entry.isDirectory();
      return { name: entry.name, path, isFolder };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR')
      throw dataError(`${folder} is no folder`, 'put the files of each date into a folder date=…');
    throw dataError(`${folder} cannot be read (${code})`, 'check its permissions');
  }
}

/** `key=value` with the escapes that Hive and Spark write. */
function keyOf(name: string): { key: string; value: string } | undefined {
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

/** `date=…`, or a date alone. */
function dateOfFolder(name: string): string | undefined {
  const pair = keyOf(name);
  if (pair && pair.key !== 'date') return undefined;
  return writtenDate(pair?.value ?? name);
}

function writtenDate(text: string): string | undefined {
  const parts = /^(\d{4})([-/_.]?)(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (!parts) return undefined;
  const [, year, separator, month, day] = parts;
  return separator === '' && text.length !== 8 ? undefined : calendarDate(year, month, day);
}

/** The one date that the name of a file bears, as in `AAPL_2012-06-21_message_10.csv`. */
function dateInName(name: string): string | undefined {
  const dates = new Set(
    [...name.matchAll(/(?<!\d)\d{4}(-|_|)\d{2}\1\d{2}(?!\d)/g)].map(([text]) => writtenDate(text)).filter(Boolean),
  );
  return dates.size === 1 ? [...dates][0] : undefined;
}

function calendarDate(year: string, month: string, day: string): string | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date;
}

/** The folders of a data root, each read when it is asked for, and once. */
export interface DataFolders {
  readonly dates: (dataset: DatedDataset) => string[];
  /** Folders and files that bear the date. */
  readonly places: (dataset: DatedDataset, date: string) => readonly string[];
  /** Files of one date, in order of their paths; empty where there are none. */
  readonly files: (dataset: DatedDataset, date: string) => readonly FeedFile[];
  /** What is not read: of one date, or beside the dates. */
  readonly unread: (dataset: DatedDataset, date?: string) => readonly Unread[];
}

export function dataFolders(root: string): DataFolders {
  const once = <K, V>(make: (key: K) => V) => {
    const made = new Map<K, V>();
    return (key: K): V => {
      if (!made.has(key)) made.set(key, make(key));
      return made.get(key)!;
    };
  };
  const dated = once((dataset: DatedDataset) => datedFolders(join(root, dataset)));
  const day = once((key: string) => {
    const [dataset, date] = key.split(' ') as [DatedDataset, string];
    return filesOfDate(dated(dataset).byDate.get(date) ?? []);
  });
  return {
    dates: (dataset) => [...dated(dataset).byDate.keys()],
    places: (dataset, date) => dated(dataset).byDate.get(date) ?? [],
    files: (dataset, date) => day(`${dataset} ${date}`).files,
    unread: (dataset, date) => (date === undefined ? dated(dataset) : day(`${dataset} ${date}`)).unread,
  };
}
