import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readJson, snapshot } from '../support/cli.js';
import { concaveMarket } from '../support/concaveMarket.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { writeOwnBuckets } from '../support/ownBucketDays.js';
import { runConfigured } from '../support/ownRuns.js';

const [N, DAYS] = [3, 7];
const kept = (tau: number) => Math.exp(-1 / tau);
const every = <T>(value: T): T[] => Array.from({ length: N }, () => value);

/** Seven days of heavy-tailed flow and a book whose depth varies: γ, the bend and concave links are all compared. */
const { days } = concaveMarket({
  names: N,
  seed: 11,
  days: DAYS,
  sessionBuckets: [500, 300],
  noise: 1,
  flow: { tails: 2, density: 0.7 },
  depth: { gamma: 0.5, spread: 0.8 },
  concave: {
    power: 0.4,
    scales: every(0.4),
    decay: [kept(2), kept(20)],
    own: [every(2.4), every(1.2)],
    modes: [{ direction: every(1), scale: 0.8, lambda: [1.2, 0.6] }],
  },
});
const dates = days.map(({ grid }) => grid.date);

describe('a run with concave terms', () => {
  const folder = temporaryFolder();
  let engine: Engine;
  let path: string;
  beforeAll(async () => {
    engine = await testEngine(folder);
    path = await writeOwnBuckets(engine, { root: join(folder, 'own'), days });
    // Other time constants of a window, where they are chosen, are other moments of every day.
    settings({ fit: { window: '6d', kernel: { tau: ['2s', '20s', 'permanent'] } } });
  });
  afterAll(() => engine.close());

  /** Writes the configuration with other sections and the store of this name. */
  const settings = (changed: Record<string, object>, store = 'store') => {
    writeFileSync(path, JSON.stringify({ ...readJson(path), ...changed, store: join(folder, store) }));
  };
  const run = async (store: string, date: string) => {
    settings({}, store);
    return (await runConfigured(path, date, folder)).version;
  };
  /** Every file of a version and the objects that it names. */
  const bytes = (store: string, version: string) => {
    const root = join(folder, store);
    const files = readdirSync(join(root, 'versions', version)).map((name) => join(root, 'versions', version, name));
    const { objects } = readJson(join(root, 'versions', version, 'manifest.json')) as { objects: { sha256: string }[] };
    return [...files.map((file) => readFileSync(file, 'latin1')), ...objects.map(({ sha256 }) => sha256)];
  };
  const cached = (store: string) =>
    snapshot(join(folder, store, 'stages')).filter((line) =>
      /\/stages\/(align|depth|own|moments|family|typical|concave)\//.test(line),
    );

  it('is the same to the last byte on a second run without caches, and with one thread and two', async () => {
    settings({ engine: { threads: 1 } });
    const first = await run('first', dates[5]);
    expect(first.manifest.kernel.concave).toBeDefined();
    const before = bytes('first', first.folder);
    settings({ engine: { threads: 2 } });
    for (const store of ['other', 'first']) {
      rmSync(join(folder, store, 'stages'), { recursive: true, force: true });
      const again = await run(store, dates[5]);
      expect(again.id).toBe(first.id);
      expect(bytes(store, again.folder)).toEqual(before);
    }
    settings({ engine: {} });
  });

  it('reads the days that it knows from their caches when the window moves, and equals a cold run', async () => {
    await run('nightly', dates[5]);
    const before = cached('nightly');
    for (const stage of ['family', 'typical', 'depth', 'moments'])
      expect(before.filter((line) => line.includes(`/stages/${stage}/`)).length).toBeGreaterThanOrEqual(6);
    const moved = await run('nightly', dates[6]);
    const after = cached('nightly');
    // What was there is as it was, to its time; what is new is of the new day.
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    const fresh = (stage: string) =>
      after
        .filter((line) => line.includes(`/stages/${stage}/`) && !before.includes(line))
        .map((line) => line.split('/stages/')[1].split('/')[1]);
    for (const stage of ['align', 'depth', 'typical']) expect(new Set(fresh(stage)).size, stage).toBe(1);
    // One for each comparison: γ and whether to bend, then how much.
    expect(new Set(fresh('family')).size).toBe(2);
    // Own terms and modes at every power that was tried, directions and bends of modes among them.
    const ofSix = new Set(before.flatMap((line) => /\/stages\/(concave\/[^/]+)/.exec(line)?.[1] ?? [])).size;
    expect(new Set(fresh('concave')).size).toBe(ofSix / 6);
    const cold = await run('cold', dates[6]);
    expect(moved.id).toBe(cold.id);
    expect(bytes('nightly', moved.folder)).toEqual(bytes('cold', cold.folder));
  });
});
