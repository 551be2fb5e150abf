import { existsSync, readFileSync } from 'node:fs';
import { corrupt } from './documents.js';
import { storePath } from './paths.js';
import { ALIASES, readAlias, readHistory, readVersion, type StoredVersion, versionNames } from './store.js';

/** Of every model: the last version of each of the newest days and months that have one. */
export interface Retention {
  readonly daily: number;
  readonly monthly: number;
}

/**
 * Versions that a retention does not keep, oldest first. It keeps what an alias points at, what was champion at any time,
 * and what has no date, of which days and months say nothing.
 * @throws XimError `corrupt` where a manifest, an alias or the history cannot be read: what to keep is then not known
 */
export function expiredVersions(store: string, { daily, monthly }: Retention): string[] {
  const versions = versionNames(store).map((name) => readVersion(store, name));
  const kept = new Set([
    ...ALIASES.flatMap((alias) => readAlias(store, alias) ?? []),
    ...onceChampions(store, versions),
  ]);
  const arrival = arrivals(store);
  const dated = versions.filter(isDated);
  for (const model of new Set(dated.map(({ manifest }) => manifest.model))) {
    const newestFirst = dated.filter(({ manifest }) => manifest.model === model).sort((a, b) => compare(b, a, arrival));
    for (const [count, unit] of [
      [daily, 10],
      [monthly, 7],
    ] as const)
      for (const version of newestOf(newestFirst, unit, count)) kept.add(version.folder);
  }
  return versions.filter((version) => isDated(version) && !kept.has(version.folder)).map(({ folder }) => folder);
}

const isDated = ({ folder }: StoredVersion): boolean => !folder.startsWith('undated-');

/** By date, and of one date by when a version became candidate last. */
const compare = (a: StoredVersion, b: StoredVersion, arrival: ReadonlyMap<string, number>): number =>
  a.manifest.asof === b.manifest.asof
    ? (arrival.get(a.folder) ?? -1) - (arrival.get(b.folder) ?? -1)
    : a.manifest.asof < b.manifest.asof
      ? -1
      : 1;

/** The first version of each of the first `count` stretches, told apart by the first `digits` characters of their date. */
function newestOf(newestFirst: readonly StoredVersion[], digits: number, count: number): StoredVersion[] {
  const first = new Map<string, StoredVersion>();
  for (const version of newestFirst) {
    const stretch = version.manifest.asof.slice(0, digits);
    if (!first.has(stretch)) first.set(stretch, version);
  }
  return [...first.values()].slice(0, count);
}

const arrivals = (store: string): ReadonlyMap<string, number> =>
  new Map(readHistory(store).map(({ to }, k) => [to, k]));

function onceChampions(store: string, versions: readonly StoredVersion[]): string[] {
  const path = storePath(store, 'history.jsonl');
  if (versions.length > 0 && !existsSync(path)) throw corrupt(`${path} is missing, so who was champion is not known`);
  if (existsSync(path)) refuseUnreadable(path);
  return readHistory(store).flatMap(({ alias, from, to }) =>
    alias === 'champion' ? [to, ...(from ? [from] : [])] : [],
  );
}

/** A line that a crash cut off moved no alias and begins as every line does; any other may have named a champion. */
function refuseUnreadable(path: string): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  const unreadable = lines.findIndex((line) => line !== '' && !isJson(line) && !isCutOff(line));
  if (unreadable >= 0)
    throw corrupt(
      `${path}: line ${unreadable + 1} cannot be read, so who was champion is not known`,
      'restore the history from a backup, or mend the line',
    );
}

const BEGINNING = '{"when":"';
const isCutOff = (line: string): boolean =>
  !/\p{Cc}/u.test(line) && (line.startsWith(BEGINNING) || BEGINNING.startsWith(line));

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
