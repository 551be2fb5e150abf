import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file that may hold events, and what its path says of it. */
export interface DataFile {
  readonly path: string;
  /** Path below the folder that was listed, with `/`. */
  readonly name: string;
  /** First part of that path; empty for a file that lies in the folder itself. */
  readonly folder: string;
  readonly format: 'parquet' | 'csv';
  /** Trading date, where a part of the path holds one. */
  readonly date: string | undefined;
  /** Parts written `key=value`, dates among them. */
  readonly keys: ReadonlyMap<string, string>;
  readonly bytes: number;
}

export interface FolderListing {
  readonly files: readonly DataFile[];
  /** Files that are neither Parquet nor CSV, by their name below the folder. */
  readonly others: readonly string[];
}

/** Deeper than any partitioning that was seen. */
const DEPTH = 8;
const FORMATS: readonly (readonly [RegExp, DataFile['format']])[] = [
  [/\.parquet$/i, 'parquet'],
  [/\.csv(\.gz)?$/i, 'csv'],
];

/** Every file below a folder in order of names. What begins with a dot or an underscore is a writer's own business. */
export function listFolder(root: string): FolderListing {
  const files: DataFile[] = [];
  const others: string[] = [];
  const visit = (parts: readonly string[]) => {
    for (const entry of sortedEntries(join(root, ...parts))) {
      const own = [...parts, entry.name];
      const path = join(root, ...own);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory() && own.length <= DEPTH && !isStore(path)) visit(own);
      if (!stat?.isFile()) continue;
      const file = dataFile(path, own, stat.size);
      if (file) files.push(file);
      else others.push(own.join('/'));
    }
  };
  visit([]);
  return { files, others };
}

/** A store may lie beside the data; what it holds is ours. */
const isStore = (path: string): boolean => ['objects', 'stages'].every((name) => existsSync(join(path, name)));

const sortedEntries = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !/^[._]/.test(name) && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1));

function dataFile(path: string, parts: readonly string[], bytes: number): DataFile | undefined {
  const format = FORMATS.find(([pattern]) => pattern.test(path))?.[1];
  if (format === undefined) return undefined;
  const keys = new Map(
    parts.flatMap((part) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(part) ?? [];
      return key === undefined ? [] : [[key.toLowerCase(), value] as const];
    }),
  );
  const folder = parts.length > 1 ? parts[0] : '';
  return { path, name: parts.join('/'), folder, format, date: dateOf(parts, keys), keys, bytes };
}

/** 2024-03-06, 20240306, 2024_3_6 in any part, or year=2024/month=3/day=6. */
function dateOf(parts: readonly string[], keys: ReadonlyMap<string, string>): string | undefined {
  const [year, month, day] = ['year', 'month', 'day'].map((key) => keys.get(key));
  if (year && month && day) return calendarDate(year, month, day);
  for (const part of parts) {
    const found =
      /(?<!\d)((?:19|20)\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)/.exec(part) ??
      /(?<!\d)((?:19|20)\d{2})([-_.])(\d{1,2})\2(\d{1,2})(?!\d)/.exec(part);
    const date = found ? calendarDate(found[1], found[3], found[4]) : undefined;
    if (date !== undefined) return date;
  }
  return undefined;
}

function calendarDate(year: string, month: string, day: string): string | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : undefined;
}
