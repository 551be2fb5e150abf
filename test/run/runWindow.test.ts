import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { type RunResult, runWindow } from '../../src/run/pipeline.js';
import { acquireLock } from '../../src/store/lock.js';
import { readHistory } from '../../src/store/store.js';
import { readJson, repository, snapshot } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { type TestEffects, testEffects } from './testEffects.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const DATE = '2024-03-13';
const { version: packageVersion } = readJson(join(repository, 'package.json'));
const { config } = loadConfig({
  path: 'configs/sample.yaml',
  environment: {},
  flags: [{ path: 'store', text: store, writtenAs: 'test' }],
  cwd: repository,
});
const run = (effects: TestEffects, force = false): Promise<RunResult> =>
  runWindow({ config, date: DATE, packageVersion, force, lockTimeoutMs: 0 }, effects);

/** The nightly job in this process, as `xim run` does it, in a world that the test made. */
describe('runWindow', () => {
  const effects = testEffects(folder);
  let first: RunResult;
  beforeAll(async () => {
    first = await run(effects);
  });

  it('makes the golden version', () => {
    expect(first.fresh).toBe(true);
    expect(first.version.id).toBe(readJson(join(repository, 'test/golden/sample.json')).id);
  });

  it('announces its stages in order, and warns of nothing', () => {
    const order = [`align ${DATE} (6 of 6)`, 'fit 9 names on 6 folds', 'constrain', 'diagnose', 'publish'];
    expect(effects.stages.filter((stage) => order.includes(stage))).toEqual(order);
    expect(effects.warnings).toEqual([]);
  });

  it('finds the version again and writes nothing', async () => {
    const before = snapshot(store);
    const again = testEffects(folder);
    expect(await run(again)).toEqual({ version: first.version, fresh: false });
    expect(again.stages).toEqual([]);
    expect(snapshot(store)).toEqual(before);
  });

  it('that waited finds what was made meanwhile, and writes nothing', async () => {
    const other = { ...testEffects(folder), pid: 4243, isAlive: () => true };
    const before = snapshot(store);
    const release = await acquireLock(store, other, 0);
    const made = join(store, 'stages', 'run');
    renameSync(made, `${made}.aside`);
    const waiting = { ...testEffects(folder), isAlive: () => true, now: () => new Date() };
    const stage = (text: string) => {
      expect(text).toMatch(/^wait: the store .* is locked by process 4243/);
      renameSync(`${made}.aside`, made);
      release();
    };
    const options = { config, date: DATE, packageVersion, force: false, lockTimeoutMs: 60_000 };
    expect(await runWindow(options, { ...waiting, stage })).toEqual({ version: first.version, fresh: false });
    expect(snapshot(store)).toEqual(before);
  });

  it('records who ran it and when in the history and in runs', () => {
    expect(readHistory(store)).toEqual([
      {
        when: '2031-07-08T09:10:11.123Z',
        who: 'test-user',
        action: 'run',
        why: `run --date ${DATE}`,
        alias: 'candidate',
        from: null,
        to: first.version.folder,
      },
    ]);
    const facts = readJson(join(store, 'runs', '20310708T091011123Z-4242424', 'run.json'));
    expect(facts).toMatchObject({ outcome: 'done', host: 'test-host', user: 'test-user', pid: 4242424, seconds: 0 });
  });

  it('keeps clock, user, host and paths out of the content', () => {
    const files = ['versions', 'objects'].flatMap((room) =>
      readdirSync(join(store, room), { recursive: true, encoding: 'utf8' }).map((name) => join(store, room, name)),
    );
    const content = files.filter((path) => statSync(path).isFile());
    expect(content.length).toBeGreaterThan(3);
    for (const volatile of ['2031-07', 'test-user', 'test-host', folder, repository])
      expect(content.filter((path) => readFileSync(path, 'latin1').includes(volatile))).toEqual([]);
  });

  it('gives its lock back', () => {
    expect(existsSync(join(store, 'lock'))).toBe(false);
  });

  it('gives its lock back and records the failure when it fails', async () => {
    const failing = testEffects(folder);
    const stage = (text: string) => {
      if (text === 'constrain') throw new Error('the disk is full');
      failing.stage(text);
    };
    const later = () => new Date('2031-07-09T00:00:00Z');
    await expect(run({ ...failing, stage, now: later }, true)).rejects.toThrow('the disk is full');
    expect(existsSync(join(store, 'lock'))).toBe(false);
    expect(readJson(join(store, 'runs', '20310709T000000000Z-4242424', 'run.json')).outcome).toBe('failed');
    expect(readHistory(store)).toHaveLength(1);
  });

  it('writes nothing more to a store that was taken from it, and says so', async () => {
    const lost = testEffects(folder);
    const stage = (text: string) => {
      if (text === 'publish') rmSync(join(store, 'lock'));
      lost.stage(text);
    };
    const before = readdirSync(join(store, 'versions'));
    await expect(run({ ...lost, stage, now: () => new Date('2031-07-10T00:00:00Z') }, true)).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringContaining(`the store ${store} was removed, or its lock taken`),
    });
    expect(readdirSync(join(store, 'versions'))).toEqual(before);
    expect(lost.warnings).toEqual([]);
  });
});
