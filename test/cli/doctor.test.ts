import { cpSync, mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { Engine } from '../../src/io/duckdb.js';
import { examine } from '../../src/run/setup/doctor/doctor.js';
import type { Machine } from '../../src/run/setup/doctor/machine.js';
import { acquireLock } from '../../src/store/lock.js';
import { testEffects } from '../run/testEffects.js';
import { repository, snapshot, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const data = join(folder, 'data');
const store = join(folder, 'store');
const DATE = '2024-03-13';
const doctor = (...more: string[]) =>
  ximJson(['doctor', '--config', 'configs/sample.yaml', '--data', data, '--store', store, ...more]);

interface Found {
  readonly check: string;
  readonly status: string;
  readonly says: string;
}
const named = (checks: readonly Found[], name: string) => checks.find(({ check }) => check === name)!;
const problems = (checks: readonly Found[]) => checks.filter(({ status }) => status === 'problem');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() => {
  rmSync(store, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
  for (const name of ['universe.csv', 'quotes', 'trades', 'fills', 'factors', 'parents'])
    cpSync(join(repository, 'sample-data', name), join(data, name), { recursive: true });
});

describe('doctor', () => {
  it('says what a run would read, day by day, and writes nothing', async () => {
    const before = snapshot(folder);
    const { code, document } = doctor();
    expect(snapshot(folder)).toEqual(before);
    expect([code, document.exitCode, problems(document.checks)]).toEqual([0, 0, []]);
    // The window of the configuration: six days.
    const dates = readdirSync(join(data, 'quotes')).map((name) => name.slice(5));
    expect(document.dates).toEqual(dates.slice(-6));
    const counted = await rowsOf(
      engine,
      `SELECT count(*)::INTEGER AS n FROM read_parquet('${data}/trades/date=2024-03-08/*.parquet')`,
    );
    const day = document.days.find(
      (d: { date: string; dataset: string }) => d.date === '2024-03-08' && d.dataset === 'trades',
    );
    expect([day.files, day.rows]).toEqual([1, counted[0].n]);
    expect(document.days.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0)).toBe(
      snapshot(data)
        .filter((line) => document.dates.some((date: string) => line.includes(`date=${date}`)))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-2)), 0),
    );
    expect(document.names).toBe(9);
    expect(document.estimate.seconds).toBeGreaterThan(0);
    const { stdout } = xim(['doctor', '--config', 'configs/sample.yaml', '--date', DATE, '--store', store]);
    expect(stdout).toMatch(/rough estimate/);
    expect(stdout).toMatch(/^a run can go ahead: xim run --date 2024-03-13$/m);
    expect(named(document.checks, 'time zone').says).toMatch(/America\/New_York, UTC−04:00 on 2024-03-14/);
  });

  it.each([
    [
      'a day of fills',
      () => rmSync(join(data, 'fills', 'date=2024-03-08'), { recursive: true }),
      'fills',
      /2024-03-08/,
    ],
    ['the universe', () => unlinkSync(join(data, 'universe.csv')), 'universe', /xim init|universe\.csv/],
    ['all quotes', () => rmSync(join(data, 'quotes'), { recursive: true }), 'days', /quotes/],
    ['the folder', () => rmSync(data, { recursive: true }), 'days', /does not exist/],
    [
      'half of a file',
      () => writeFileSync(join(data, 'trades', 'date=2024-03-08', 'part-0.parquet'), 'PAR1 and no more'),
      'trades',
      /cut off/,
    ],
  ])('ends like a run, with exit 3, without %s', (_what, spoil, check, says) => {
    spoil();
    const { code, document } = doctor();
    expect(problems(document.checks).map((found) => found.check)).toEqual([check]);
    expect(named(document.checks, check).says).toMatch(says);
    expect([code, document.problem]).toEqual([3, 'data']);
    const run = ximJson(['run', '--date', DATE, '--config', 'configs/sample.yaml', '--data', data, '--store', store]);
    expect(run.code).toBe(3);
  });

  it('names a day that is not there, and refuses what is no date', () => {
    expect(doctor('--date', '2024-03-10').document.checks[0]).toMatchObject({ check: 'days', status: 'problem' });
    expect(doctor('--date', 'yesterday').code).toBe(2);
  });

  it('ends with exit 11 where another process writes, and not for a lock that was left behind', async () => {
    const release = await acquireLock(store, { ...testEffects(folder), pid: process.pid, host: hostname() }, 0);
    const held = doctor();
    expect([held.code, problems(held.document.checks).map(({ check }) => check)]).toEqual([11, ['lock']]);
    release();
    const holder = { pid: 2 ** 22 + 1, host: hostname(), processStart: '1', since: '2024-01-01T00:00:00Z' };
    writeFileSync(join(store, 'lock'), JSON.stringify(holder));
    const left = doctor();
    expect([left.code, named(left.document.checks, 'lock').says]).toEqual([0, expect.stringMatching(/left behind/)]);
  });

  it('warns of a window that is not full, and of memory that would not do', () => {
    const short = doctor('--window', '20d');
    expect([short.code, named(short.document.checks, 'days').status]).toEqual([0, 'warning']);
    const little = doctor('--memory', '10MB');
    expect([little.code, problems(little.document.checks).map(({ check }) => check)]).toEqual([
      2,
      ['memory of the work'],
    ]);
  });

  it('says of a store that is a file what a run says', () => {
    writeFileSync(store, '');
    expect(doctor().code).toBe(2);
  });
});

describe('the machine', () => {
  const healthy: Machine = {
    node: '20.1.0',
    timezoneData: '2025b',
    cores: 8,
    memoryBytes: 64e9,
    temporaryFolder: '/somewhere',
    freeBytes: () => 1e12,
    isWritable: () => true,
  };
  const on = async (machine: Partial<Machine>, flags: Record<string, string> = {}) => {
    mkdirSync(store, { recursive: true });
    const settings = { 'data.root': data, store, ...flags };
    const { config } = loadConfig({
      path: join(repository, 'configs', 'sample.yaml'),
      environment: {},
      flags: Object.entries(settings).map(([path, text]) => ({ path, text, writtenAs: '' })),
      cwd: folder,
    });
    const { checks, problem } = await examine(
      config,
      'latest',
      engine,
      { ...healthy, ...machine },
      testEffects(folder),
    );
    return { problem, status: (check: string) => named(checks, check).status };
  };

  it('is well', async () => {
    expect((await on({})).problem).toBeUndefined();
  });

  it.each([
    ['no room for the store', { freeBytes: (path: string) => (path === store ? 1e5 : 1e12) }, 'disk of the store'],
    ['no room for temporary files', { freeBytes: (path: string) => (path === store ? 1e12 : 0) }, 'temporary files'],
    ['a store that cannot be written', { isWritable: (path: string) => path !== store }, 'store'],
    ['a folder of temporary files that cannot', { isWritable: (path: string) => path === store }, 'temporary files'],
    ['an old program', { node: '18.19.0' }, 'Node.js'],
  ])('has %s', async (_what, machine, check) => {
    const { problem, status } = await on(machine);
    expect([problem, status(check)]).toEqual(['environment', 'problem']);
  });

  it('has less than it is told to use', async () => {
    const tight = await on({ cores: 1, memoryBytes: 1e9, freeBytes: () => 3e7 });
    expect(tight.problem).toBeUndefined();
    expect(['threads', 'memory', 'disk of the store'].map(tight.status)).toEqual(['warning', 'warning', 'warning']);
  });
});
