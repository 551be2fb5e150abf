import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import type { XimError } from '../../src/model/failure.js';
import { INDEX } from '../../src/store/stageCaches.js';
import { objectPath, type StoredVersion } from '../../src/store/store.js';
import { readJson } from '../support/cli.js';
import { concaveMarket } from '../support/concaveMarket.js';
import { DAMAGES, type Damage, damage } from '../support/damage.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { writeOwnBuckets } from '../support/ownBucketDays.js';
import { runConfigured } from '../support/ownRuns.js';
import { testEffects } from './testEffects.js';

const N = 2;
const kept = (tau: number) => Math.exp(-1 / tau);
const every = <T>(value: T): T[] => Array.from({ length: N }, () => value);

/** As many days as a cache has files, so that each is damaged in a folder of its own. */
const { days } = concaveMarket({
  names: N,
  seed: 3,
  days: 8,
  sessionBuckets: [150, 100],
  noise: 1,
  depth: { gamma: 0.5, spread: 0.8 },
  factors: { loadings: { rows: N, cols: 1, data: Float64Array.of(1, 2) } },
  concave: { power: 0.5, scales: every(0.4), decay: [kept(2)], own: [every(2)], modes: [] },
});
const date = days.at(-1)!.grid.date;

describe('a run over damaged caches', () => {
  const folder = temporaryFolder();
  const store = join(folder, 'own', 'store');
  let engine: Engine;
  let path: string;
  let first: StoredVersion;
  const run = async () => {
    const effects = testEffects(folder);
    const { version, fresh } = await runConfigured(path, date, folder, effects);
    return { version, fresh, warnings: effects.warnings };
  };
  beforeAll(async () => {
    engine = await testEngine(folder);
    path = await writeOwnBuckets(engine, { root: join(folder, 'own'), days });
    const settings = {
      flow: { liquidity: 'auto' },
      fit: { window: '8d', kernel: { tau: ['2s', '20s'], concave: { c: 0.5, tau: ['2s'] } } },
    };
    writeFileSync(path, JSON.stringify({ ...readJson(path), ...settings }));
    first = (await run()).version;
  });
  afterAll(() => engine.close());

  /** Folders of every stage, by stage. */
  const cacheFolders = () =>
    readdirSync(join(store, 'stages'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => readdirSync(join(store, 'stages', name)).map((key) => join(store, 'stages', name, key)));

  /** A file of every kind, each in a folder of its own; where folders do not suffice, the content before the index. */
  const oneOfEach = (): string[] => {
    const files = cacheFolders().flatMap((folders) =>
      contentFirst(readdirSync(folders[0])).map((name, k) => join(folders[k % folders.length], name)),
    );
    const folders = files.map(dirname);
    return files.filter((_, k) => folders.indexOf(folders[k]) === k);
  };
  const contentFirst = (names: readonly string[]) =>
    names.toSorted((a, b) => (a === INDEX ? 1 : 0) - (b === INDEX ? 1 : 0));
  const bytesOf = ({ folder: name, manifest }: StoredVersion) => [
    readFileSync(join(store, 'versions', name, 'manifest.json'), 'utf8'),
    ...manifest.objects.map(({ sha256 }) => sha256),
  ];

  it('meets a cache of every kind', () => {
    const stages = cacheFolders().map(([one]) => basename(dirname(one)));
    expect(stages).toEqual(
      expect.arrayContaining(['align', 'concave', 'depth', 'family', 'moments', 'own', 'profile', 'run', 'typical']),
    );
  });

  it.each(Object.keys(DAMAGES) as Damage[])(
    'heals files that were %s, says each once and gives the same',
    async (how) => {
      const before = bytesOf(first);
      const digests = join(store, 'stages', 'fileDigests.json');
      const damaged = oneOfEach();
      for (const file of [...damaged, digests]) damage(file, how);
      // Tables are looked at where a day is read again.
      rmSync(join(store, 'stages', 'moments'), { recursive: true });
      const expected = damaged.map(dirname).filter((cache) => basename(dirname(cache)) !== 'moments');
      const { version, fresh, warnings } = await run();
      expect([version.id, fresh]).toEqual([first.id, true]);
      expect(bytesOf(version)).toEqual(before);
      const saidOf = (cache: string) =>
        warnings.filter((text) => text.includes(`the cache ${cache} is damaged`)).length;
      expect(Object.fromEntries(expected.map((cache) => [cache, saidOf(cache)]))).toEqual(
        Object.fromEntries(expected.map((cache) => [cache, 1])),
      );
      // That a file was there is not known of one that stands alone.
      expect(saidOf(digests)).toBe(how === 'removed' ? 0 : 1);
      expect(warnings).toHaveLength(expected.length + saidOf(digests));
      expect(await run()).toEqual({ version, fresh: false, warnings: [] });
    },
  );

  it('does not say “unchanged” of a version that is damaged, says what to do, and that mends it', async () => {
    const object = (name: string) => objectPath(store, first.manifest.objects.find((each) => each.name === name)!);
    const manifest = join(store, 'versions', first.folder, 'manifest.json');
    const ways: readonly (readonly [string, Damage])[] = [
      [object('report.html'), 'removed'],
      [object('market.arrow'), 'halved'],
      [object('impact.arrow'), 'flipped'],
      [manifest, 'zeroed'],
    ];
    const before = ways.map(([file]) => readFileSync(file));
    for (const [file, how] of ways) {
      damage(file, how);
      const refusal = await run().catch((error: XimError) => error);
      expect(refusal).toMatchObject({ kind: 'corrupt', hint: 'make the version again: the same command with --force' });
    }
    const { version } = await runConfigured(path, date, folder, testEffects(folder), true);
    expect(version.id).toBe(first.id);
    expect(ways.map(([file]) => readFileSync(file))).toEqual(before);
    expect(await run()).toEqual({ version, fresh: false, warnings: [] });
  });
});
