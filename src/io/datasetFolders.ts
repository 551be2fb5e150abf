import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dataError, XimError } from '../model/failure.js';
import type { FeedFile } from '../model/feed.js';
import {
  calendarDate,
  DATE_PARTS,
  dateInName,
  dateOfFolder,
  datePart,
  isDateKey,
  keyOf,
  mayMean,
} from './datesInNames.js';
import { type DatedDataset, leadingBytes } from './files.js';

/**
 * What lies in a dataset's folder. A date is `date=2024-03-08` in any of its spellings, `year=2024/month=3/day=8`, a folder
 * or a file named by it; `key=value` folders above and below it say something of every row in them. What is not read is
 * named.
 */

/** Something in a dataset's folder that is not read, and why. */
export interface Unread {
  readonly path: string;
  readonly why: string;
  /** Whether it looks like data, so that what is read without it may be a part of the day only. */
  readonly isData: boolean;
  /** Whether something beside the dates may be of this one. */
  readonly mayBeOf?: (date: string) => boolean;
}

/** A folder of a date or a file that bears it, and what the folders above it say. */
type Place = FeedFile;

export interface DatedFolders {
  /** By date, ascending: its folders, and files that bear the date in their names. */
  readonly byDate: ReadonlyMap<string, readonly Place[]>;
  /** What stands beside the dates. */
  readonly unread: readonly Unread[];
}

/** The days of a dataset; none where its folder is missing. @throws data error when it is no folder. */
export function datedFolders(folder: string): DatedFolders {
  const byDate = new Map<string, Place[]>();
  const unread: Unread[] = [];
  const found = (date: string, place: Place) => byDate.set(date, [...(byDate.get(date) ?? []), place]);
  if (existsSync(folder))
    datesBelow({ root: folder, folder, folders: {}, parts: [], within: new Set() }, found, unread);
  return { byDate: new Map([...byDate].sort(([a], [b]) => (a < b ? -1 : 1))), unread };
}

/** A folder above the dates. */
interface Above {
  readonly root: string;
  readonly folder: string;
  readonly folders: FeedFile['folders'];
  /** Year and month, as far as folders gave them. */
  readonly parts: readonly string[];
  /** The folders that it lies in, without their links. */
  readonly within: ReadonlySet<string>;
}

function datesBelow(above: Above, found: (date: string, place: Place) => void, unread: Unread[]): void {
  const within = entered(above.folder, above.within);
  const { folders, parts } = above;
  for (const entry of entriesOf(above.folder)) {
    const { name, path, isFolder } = entry;
    const date = isFolder ? dateOfFolder(name) : dateInName(name);
    const part = isFolder && date === undefined ? datePart(name, DATE_PARTS[parts.length]) : undefined;
    const pair = isFolder ? keyOf(name) : undefined;
    if (date !== undefined) found(date, { path, folders });
    else if (part !== undefined && parts.length < 2)
      datesBelow({ ...above, folder: path, parts: [...parts, part], within }, found, unread);
    else if (part !== undefined) {
      const [year, month] = parts;
      const day = calendarDate(year, month, part);
      if (day === undefined) unread.push({ path, why: 'there is no such date', isData: true });
      else found(day, { path, folders });
    } else if (pair && !isDateKey(pair.key) && !(DATE_PARTS as readonly string[]).includes(pair.key))
      datesBelow({ ...above, folder: path, folders: { ...folders, [pair.key]: pair.value }, within }, found, unread);
    else leaveBeside(above, entry, unread);
  }
}

/** What nobody means as a part of any day. */
const KEPT_ASIDE = /^([a-z_]+=)?[._]?(back.?up|bak|old|orig|archiv|cop(y|ies)|save|trash|te?mp|latest|current)/i;
/** Names that say nothing of what is in them: those that writers give, and a part of a date alone. */
const SAYS_NOTHING = /^((part|data|file|chunk)[-_.]?\d|\d{1,3}\D|0\d*_\d|(year|month|day)=\d)/i;

/** Something that bears no date: named; refused where it may hold a part of a day. */
function leaveBeside({ root, folders, parts }: Above, { name, path, isFolder }: Entry, unread: Unread[]): void {
  const data = isFolder ? dataBelow(path) : [path];
  if (isFolder && data.length === 0) return;
  const isPartition = Object.keys(folders).length > 0;
  const mayBeOf = (date: string) => {
    if (KEPT_ASIDE.test(name) || BACKUP.test(name)) return false;
    const [year, month] = date.split('-');
    if (parts.length > 0 && (parts[0] !== year || (parts.length > 1 && Number(parts[1]) !== Number(month))))
      return false;
    if (isPartition || parts.length > 0 || SAYS_NOTHING.test(name)) return true;
    return data.some((file) => mayMean(relative(root, file), date));
  };
  const missing = parts.length > 0 ? `it is no folder ${DATE_PARTS[parts.length]}=…` : 'its name is no date';
  unread.push({
    path,
    why: isFolder ? missing : 'it lies outside the folders of dates',
    isData: isFolder || isDataName(path),
    mayBeOf,
  });
}

/** @throws data error for a link to a folder that it lies in. */
function entered(folder: string, within: ReadonlySet<string>): ReadonlySet<string> {
  const real = realpathSync(folder);
  if (within.has(real)) throw dataError(`${folder} is a link to a folder that it lies in`, 'remove the link');
  return new Set([...within, real]);
}

/** Files of data in a folder that is not read; what writers leave behind is none. */
function dataBelow(folder: string, within: ReadonlySet<string> = new Set()): string[] {
  const seen = entered(folder, within);
  return entriesOf(folder).flatMap(({ path, isFolder }) =>
    isFolder ? dataBelow(path, seen) : isDataName(path) ? [path] : [],
  );
}

function isDataName(path: string): boolean {
  const unread: Unread[] = [];
  const files: FeedFile[] = [];
  consider(path, {}, files, unread);
  return files.length > 0 || unread.some(({ isData }) => isData);
}

/** The files of one date, in order of their paths, with what their folders say. */
export function filesOfDate(places: readonly Place[]): { files: FeedFile[]; unread: Unread[] } {
  const files: FeedFile[] = [];
  const unread: Unread[] = [];
  for (const { path, folders } of places) {
    if (statSync(path).isDirectory()) collect(path, folders, files, unread, new Set());
    else consider(path, folders, files, unread);
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
  const seen = entered(folder, within);
  for (const { name, path, isFolder } of entriesOf(folder)) {
    const pair = isFolder ? keyOf(name) : undefined;
    if (pair) collect(path, { ...folders, [pair.key]: pair.value }, files, unread, seen);
    else if (!isFolder) consider(path, folders, files, unread);
    // A folder without data is nothing.
    else if (dataBelow(path).length > 0)
      unread.push({ path, why: 'it is a folder that is not named key=value', isData: true });
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
const LEFT_BEHIND = /^(_(started|committed)_.*|\..*\.crc|\.(gitkeep|gitignore|keep|nfs.*))$/;
/** `._name` is where macOS puts what another file system cannot hold of a file; data may be called so, too. */
const isMarker = ({ name, path, isFolder }: Entry): boolean =>
  MARKERS.has(name) || LEFT_BEHIND.test(name) || (!isFolder && name.startsWith('._') && isAppleDouble(path));

const isAppleDouble = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true && leadingBytes(path) === '\0\x05\x16\x07';

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/** Without markers. */
function entriesOf(folder: string): Entry[] {
  return listed(folder)
    .map((entry) => {
      const path = join(folder, entry.name);
      const isFolder = entry.isSymbolicLink()
        ? (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
        : entry.isDirectory();
      return { name: entry.name, path, isFolder };
    })
    .filter((entry) => !isMarker(entry))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR')
      throw dataError(`${folder} is no folder`, 'put the files of each date into a folder date=…');
    throw new XimError('environment', `${folder} cannot be read (${code})`, 'check its owner and its mode');
  }
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
    places: (dataset, date) => (dated(dataset).byDate.get(date) ?? []).map(({ path }) => path),
    files: (dataset, date) => day(`${dataset} ${date}`).files,
    unread: (dataset, date) => (date === undefined ? dated(dataset) : day(`${dataset} ${date}`)).unread,
  };
}
