import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { methodConfig } from '../../src/config/methodConfig.js';
import { snapshot, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { NOTHING_TO_CHOOSE, SMALL_DATES, smallConfig, writeSmallMarket } from '../support/smallMarket.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const [FIRST, , THIRD, LAST] = SMALL_DATES;
let config: string;
let quotes: string;
beforeAll(() => {
  const root = writeSmallMarket(folder);
  config = smallConfig(join(folder, 'xim.yaml'), root, store, NOTHING_TO_CHOOSE, 2);
  quotes = join(root, 'quotes', `date=${THIRD}`, 'part-0.parquet');
});

const backfill = (from: string, to: string) =>
  ximJson(['backfill', '--from', from, '--to', to, '--jobs', '2', '--config', config]);
const results = (document: { dates: { date: string; fresh?: boolean; error?: { kind: string } }[] }) =>
  document.dates.map(({ date, fresh, error }) => [date, error ? error.kind : fresh]);
const versions = () => (existsSync(join(store, 'versions')) ? readdirSync(join(store, 'versions')) : []);

describe('xim backfill', () => {
  it('says what is missing and does nothing with --dry-run', () => {
    const { document } = ximJson(['backfill', '--from', FIRST, '--to', LAST, '--dry-run', '--config', config]);
    expect(document.dates).toEqual(SMALL_DATES.map((date) => ({ date, version: null })));
    expect(document.days.map(({ date }: { date: string }) => date)).toEqual(SMALL_DATES);
    expect(existsSync(store)).toBe(false);
  });

  it('makes every version but those whose window holds a bad day, and ends with 3', () => {
    copyFileSync(quotes, join(folder, 'kept.parquet'));
    writeFileSync(quotes, 'PAR1 but no table');
    const { code, document } = backfill(SMALL_DATES[1], LAST);
    expect(code).toBe(3);
    expect(results(document)).toEqual([
      [SMALL_DATES[1], true],
      [THIRD, 'data'],
      [LAST, 'data'],
    ]);
    for (const { error } of document.dates.slice(1)) {
      expect(error.message).toContain(quotes);
      expect(error.message).toContain(`holds ${THIRD}`);
    }
    expect(versions()).toHaveLength(1);
  });

  it('does only what is missing when it is called again, with the ids of single runs', () => {
    copyFileSync(join(folder, 'kept.parquet'), quotes);
    const before = snapshot(join(store, 'stages', 'align'));
    const { stdout, stderr } = xim([
      'backfill',
      '--from',
      SMALL_DATES[1],
      '--to',
      LAST,
      '--jobs',
      '2',
      '--config',
      config,
    ]);
    expect(stdout).toMatch(new RegExp(`^${SMALL_DATES[1]} .* there already `, 'm'));
    expect(stdout).toMatch(new RegExp(`^${LAST} .* calibrated `, 'm'));
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^\[#+\.+\] 1 of 3: made 2024-03-08$/),
      expect.stringMatching(/^\[#+\.+\] 2 of 3: version 2024-03-08-/),
      expect.stringMatching(/^\[#{20}\] 3 of 3: version 2024-03-11-/),
    ]);
    const after = snapshot(join(store, 'stages', 'align'));
    expect(after.filter((file) => before.includes(file))).toEqual(before);
    const single = ximJson(['run', '--date', LAST, '--config', config, '--store', join(folder, 'single')]).document;
    expect(versions()).toContain(single.version);
  });

  it('writes nothing when nothing is missing', () => {
    const before = snapshot(store);
    const { code, document } = backfill(SMALL_DATES[1], LAST);
    expect(code).toBe(1); // Gates that lack data, as those of single runs.
    expect(document.dates.map(({ fresh }: { fresh: boolean }) => fresh)).toEqual([false, false, false]);
    expect(snapshot(store)).toEqual(before);
  });

  it('refuses options of a cluster that it does not use', () => {
    const { code, stderr } = xim(['backfill', '--from', FIRST, '--to', LAST, '--partition', 'x', '--config', config]);
    expect(code).toBe(2);
    expect(stderr).toContain('--partition is an option of a cluster');
  });
});

describe('the configuration that tasks get', () => {
  it('says all that the one it was made of does', () => {
    const load = (path: string) => loadConfig({ path, environment: {}, flags: [], cwd: folder }).config;
    const text = {
      align: { bucket: '250ms', clock_offsets: { ARCX: '-3ms' }, markouts: ['1s', '2m'] },
      calendar: { sessions: [['18:00', '24:00']], overrides: { '2024-12-24': [['09:30', '13:00']], '2024-12-25': [] } },
      fit: {
        kernel: {
          tau: ['temporary', '2s', 'permanent'],
          concave: { c: 0.5, scale: 0.5, tau: ['2s'], links: 'linear' },
        },
      },
      data: { columns: { trades: { ts: 'time', price: 'px' } }, sides: { B: 1, S: -1 } },
      guardrails: { basket_cap: 3, canary: ['A'] },
      engine: { memory: '1.5GB', threads: 3 },
    };
    const first = join(folder, 'fancy.yaml');
    writeFileSync(first, JSON.stringify(text));
    const second = join(folder, 'resolved.json');
    writeFileSync(second, JSON.stringify(load(first)));
    expect(load(second)).toEqual(load(first));
    expect(methodConfig(load(second))).toEqual(methodConfig(load(first)));
  });
});
