import { cpSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { runWindow } from '../../src/run/pipeline.js';
import { prepareDay, usualWindow } from '../../src/run/preparedDay.js';
import { roundsOf, windowState } from '../../src/run/windowState.js';
import { collectGarbage } from '../../src/store/collect.js';
import { acquireLock } from '../../src/store/lock.js';
import { temporaryFolder } from '../support/engine.js';
import {
  LITTLE_TO_CHOOSE,
  NOTHING_TO_CHOOSE,
  type Sections,
  SMALL_DATES,
  smallConfig,
  writeSmallMarket,
} from '../support/smallMarket.js';
import { testEffects } from './testEffects.js';

const folder = temporaryFolder();
const asof = SMALL_DATES.at(-1)!;
/** None of them in the order of the window. */
const SHUFFLED = [2, 0, 3, 1].map((k) => SMALL_DATES[k]);
let root: string;
beforeAll(() => {
  root = writeSmallMarket(folder);
});

function configOf(name: string, sections: Sections = {}, days = 4) {
  const path = smallConfig(join(folder, `${name}.yaml`), root, join(folder, name), sections, days);
  return loadConfig({ path, environment: {}, flags: [], cwd: folder }).config;
}
type Config = ReturnType<typeof configOf>;

const effects = () => testEffects(folder);
const options = (config: Config) => ({ config, date: asof, packageVersion: 'test', force: false, lockTimeoutMs: 0 });
const run = async (config: Config) => (await runWindow(options(config), effects())).version.id;
const prepare = (config: Config, date: string) => prepareDay({ config, date, asof }, effects());

/** Folders of what is made day by day. */
const cachesOf = ({ store }: Config): string[] =>
  ['align', 'depth', 'profile', 'family', 'own', 'moments'].flatMap((stage) =>
    existsSync(join(store, 'stages', stage))
      ? readdirSync(join(store, 'stages', stage)).map((key) => `${stage}/${key}`)
      : [],
  );

describe('days that are made before a run', () => {
  it('leave it nothing to make of them where the window chooses, and the version is the same', async () => {
    const days = SMALL_DATES.slice(-3);
    const config = configOf('chooses', LITTLE_TO_CHOOSE, 3);
    const rounds = roundsOf(config, await windowState(options(config), effects()));
    expect(rounds).toEqual([days, days, days]);
    for (const round of rounds) for (const date of SHUFFLED) if (round.includes(date)) await prepare(config, date);
    const before = cachesOf(config);
    expect(before.filter((path) => path.startsWith('moments/'))).toHaveLength(3);
    const id = await run(config);
    expect(cachesOf(config)).toEqual(before);
    expect(id).toBe(await run(configOf('chooses-alone', LITTLE_TO_CHOOSE, 3)));
    expect((await windowState(options(config), effects())).unsummed).toEqual([]);
  });

  it('are made in one go, each alone, where there is nothing to choose', async () => {
    const config = configOf('given', NOTHING_TO_CHOOSE);
    for (const date of SHUFFLED) {
      const { missing, unsummed } = await windowState(options(config), effects());
      expect(missing).toContain(date);
      expect(roundsOf(config, { missing, unsummed })).toEqual([missing]);
      expect((await prepare(config, date)).complete).toBe(true);
    }
    const before = cachesOf(config);
    await run(config);
    expect(cachesOf(config)).toEqual(before);
  });

  it('need no lock, and the same one may be made twice at the same time', async () => {
    const config = configOf('locked', NOTHING_TO_CHOOSE);
    const release = await acquireLock(config.store, effects(), 0);
    const made = await Promise.all([prepare(config, asof), prepare(config, asof), prepare(config, SMALL_DATES[0])]);
    release();
    expect(made.map(({ complete }) => complete)).toEqual([true, true, true]);
    expect(cachesOf(config).filter((path) => path.startsWith('align/'))).toHaveLength(2);
    expect((await windowState(options(config), effects())).missing).toEqual(SMALL_DATES.slice(1, 3));
  });

  it('do not look into the other days: a bad one is named by its own process alone', async () => {
    const bad = join(folder, 'bad');
    cpSync(root, bad, { recursive: true });
    const file = join(bad, 'quotes', `date=${SMALL_DATES[1]}`, 'part-0.parquet');
    writeFileSync(file, 'PAR1 but no table');
    const path = smallConfig(join(folder, 'bad.yaml'), bad, join(folder, 'bad-store'), NOTHING_TO_CHOOSE);
    const { config } = loadConfig({ path, environment: {}, flags: [], cwd: folder });
    for (const date of SHUFFLED.filter((day) => day !== SMALL_DATES[1])) await prepare(config, date);
    await expect(prepare(config, SMALL_DATES[1])).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining(file),
    });
    expect((await windowState(options(config), effects())).missing).toEqual([SMALL_DATES[1]]);
  });

  it('are not disturbed by gc while they are written', () => {
    const { store } = configOf('locked');
    const [young, old] = ['young', 'old'].map((name) => join(store, 'stages', 'align', `.tmp-${name}`));
    for (const path of [young, old]) mkdirSync(path);
    const now = new Date();
    utimesSync(old, now, new Date(now.getTime() - 2 * 3_600_000));
    const { removed } = collectGarbage(store, { dryRun: false, now });
    expect(removed).toEqual([old]);
    expect(existsSync(young)).toBe(true);
  });

  it('are for the window that ends on them, or for the first whole one', () => {
    const config = configOf('usual', {}, 3);
    expect(SMALL_DATES.map((date) => usualWindow(config, date))).toEqual([2, 2, 2, 3].map((k) => SMALL_DATES[k]));
  });
});
