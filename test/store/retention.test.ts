import { appendFileSync, cpSync, existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/store/collect.js';
import { stageCaches } from '../../src/store/stageCaches.js';
import { readObject, readVersion, type StoredVersion, versionNames } from '../../src/store/store.js';
import { xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { likeVersion, pointAt, smallStore } from '../support/smallVersions.js';

const folder = temporaryFolder();
const DATES = ['2023-11-30', '2023-12-28', '2023-12-29', '2024-01-02', '2024-01-03', '2024-01-04'];
let source: string;
let undated: StoredVersion;
/** By date, in model `a`. */
const byDate = new Map<string, StoredVersion>();

beforeAll(async () => {
  const made = smallStore(folder);
  source = made.store;
  undated = made.version;
  for (const asof of DATES) {
    byDate.set(asof, await likeVersion(source, undated, { asof, model: 'a' }));
    pointAt(source, 'candidate', byDate.get(asof)!);
  }
});

let copies = 0;
function copy(): string {
  const target = join(folder, `copy-${copies++}`);
  cpSync(source, target, { recursive: true });
  return target;
}
const names = (...dates: string[]) => dates.map((date) => byDate.get(date)!.folder);
const keep = (daily: number, monthly: number, dryRun = false) => ({ retention: { daily, monthly }, dryRun });

/** Every version that is left has all its objects, and nothing else is there. */
function expectWhole(store: string): void {
  const objects = versionNames(store).flatMap((name) => readVersion(store, name).manifest.objects);
  for (const object of objects) readObject(store, object);
  expect(readdirSync(join(store, 'objects')).length).toBe(new Set(objects.map(({ sha256 }) => sha256)).size);
}

describe('retention', () => {
  it.each([
    [2, 0, ['2024-01-03', '2024-01-04']],
    [1, 2, ['2023-12-29', '2024-01-04']],
    [0, 3, ['2023-11-30', '2023-12-29', '2024-01-04']],
    [9, 0, DATES],
    [0, 0, ['2024-01-04']],
  ])('of %d days and %d months keeps the last of each, the candidate and what has no date', (daily, monthly, kept) => {
    const store = copy();
    collectGarbage(store, keep(daily, monthly));
    expect(versionNames(store)).toEqual([...names(...kept), undated.folder]);
    expectWhole(store);
  });

  it('keeps what is champion, and what was at any time', () => {
    const store = copy();
    for (const date of ['2023-12-28', '2024-01-02']) pointAt(store, 'champion', byDate.get(date)!);
    collectGarbage(store, keep(0, 0));
    expect(versionNames(store)).toEqual([...names('2023-12-28', '2024-01-02', '2024-01-04'), undated.folder]);
  });

  it('counts models apart, and takes of a date what became candidate last', async () => {
    const store = copy();
    const again = await likeVersion(store, undated, { asof: '2024-01-03', model: 'a', notes: ['again'] });
    const other = await likeVersion(store, undated, { asof: '2023-01-02', model: 'b' });
    for (const version of [again, other]) pointAt(store, 'candidate', version);
    collectGarbage(store, keep(2, 0));
    const kept = [...names('2024-01-04'), again.folder, other.folder, undated.folder];
    expect(versionNames(store)).toEqual(kept.sort());
  });

  it('says what it would remove, and removes it with --yes', () => {
    const store = copy();
    const before = readdirSync(store, { recursive: true });
    const args = ['gc', '--keep-daily', '1', '--store', store];
    const planned = ximJson(args);
    expect(planned).toMatchObject({ code: 0, document: { dryRun: true } });
    expect(planned.document.versions).toHaveLength(5);
    expect(xim(args).stdout).toMatch(/would remove .*2023-11-30.*nothing was removed: add --yes/s);
    expect(readdirSync(store, { recursive: true })).toEqual(before);
    expect(ximJson([...args, '--yes']).document.removed).toEqual(planned.document.removed);
    expect(versionNames(store)).toEqual([...names('2024-01-04'), undated.folder]);
    expect(xim([...args, '--yes', '--dry-run']).stdout).toBe('would remove 0 entries, 0 bytes\n');
    expect(xim(['verify', '--store', store]).code).toBe(0);
    expect(xim(['gc', '--keep-daily', '1.5', '--store', store]).code).toBe(2);
  });

  it.each<[string, (store: string) => void, RegExp]>([
    ['a manifest', (s) => breakFile(s, 'versions', undated.folder, 'manifest.json'), /manifest\.json has digest/],
    ['the candidate', (s) => breakFile(s, 'aliases', 'candidate.json'), /candidate\.json is not valid JSON/],
    ['a line of the history', (s) => appendFileSync(join(s, 'history.jsonl'), '\0\0\0\n'), /line 7 cannot be read/],
    ['the history', (s) => rmSync(join(s, 'history.jsonl')), /history\.jsonl is missing/],
  ])('removes nothing where %s cannot be read', (_, harm, message) => {
    const store = copy();
    harm(store);
    const before = readdirSync(store, { recursive: true });
    const { kind, message: said } = failure(() => collectGarbage(store, keep(0, 0)));
    expect([kind, said]).toEqual(['corrupt', expect.stringMatching(message)]);
    expect(readdirSync(store, { recursive: true })).toEqual(before);
  });

  it('removes no object either where a manifest cannot be read, though no version is to go', () => {
    const store = copy();
    breakFile(store, 'versions', undated.folder, 'manifest.json');
    expect(failure(() => collectGarbage(store, { dryRun: false })).kind).toBe('corrupt');
    expect(readdirSync(join(store, 'objects'))).toEqual(readdirSync(join(source, 'objects')));
  });

  it('goes by a history whose last line a crash cut off', () => {
    const store = copy();
    appendFileSync(join(store, 'history.jsonl'), '{"when":"2024-01');
    collectGarbage(store, keep(0, 0));
    expect(versionNames(store)).toHaveLength(2);
  });

  it.each([1, 2, 4])('leaves versions whole that are not yet removed when it is killed before step %d', (step) => {
    const store = copy();
    const killer = new URL('../support/killAt.mjs', import.meta.url).href;
    const env = { NODE_OPTIONS: `--import ${killer}`, KILLED_AT: `${step}`, KILLED_BELOW: store };
    expect(xim(['gc', '--keep-daily', '1', '--yes', '--store', store], { env }).code).toBeNull();
    expect(xim(['verify', '--store', store]).code).toBe(0);
    collectGarbage(store, keep(1, 0));
    expectWhole(store);
  });
});

function breakFile(store: string, ...parts: string[]): void {
  const path = join(store, ...parts);
  rmSync(path);
  writeFileSync(path, '{');
}

describe('a budget of caches', () => {
  /** Ten kilobytes each, used one after the other. */
  async function withCaches(): Promise<{ readonly store: string; readonly folders: readonly string[] }> {
    const store = copy();
    const caches = stageCaches(store, { warn: () => {}, now: () => new Date() });
    const folders = [];
    for (const [k, stage] of ['align', 'own', 'align', 'run'].entries()) {
      const path = await caches.open({ stage, key: `${k}`.repeat(32) }, async (temporary) =>
        writeFileSync(join(temporary, 'content'), 'x'.repeat(10_000)),
      );
      utimesSync(join(path, 'files.json'), 1e9 + k, 1e9 + k);
      folders.push(path);
    }
    return { store, folders };
  }

  it('is met by removing those that were used longest ago, and results of runs stay', async () => {
    const { store, folders } = await withCaches();
    // Opened again: used now.
    const later = stageCaches(store, { warn: () => {}, now: () => new Date() });
    await later.open({ stage: 'align', key: '0'.repeat(32) }, () => Promise.reject(new Error('it is there')));
    collectGarbage(store, { cacheBytes: 25_000, dryRun: false });
    expect(folders.map((path) => existsSync(path))).toEqual([true, false, true, true]);
    collectGarbage(store, { cacheBytes: 0, dryRun: false });
    expect(folders.map((path) => existsSync(path))).toEqual([false, false, false, true]);
  });

  it('is written with its unit', async () => {
    const { store, folders } = await withCaches();
    expect(xim(['gc', '--cache-budget', '0MB', '--store', store]).code).toBe(0);
    expect(folders.filter((path) => existsSync(path))).toEqual([folders[3]]);
    expect(ximJson(['gc', '--cache-budget', '20', '--store', store]).document.error.message).toBe('"20" is no size');
  });
});
