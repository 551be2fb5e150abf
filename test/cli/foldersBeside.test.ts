import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { changedSample, LAST_DATE as DATE, type SampleChange } from '../support/changedSample.js';
import { repository, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

/** Data of a used day wherever it lies: read to the last row, or refused by name. */

const folder = temporaryFolder();
const root = join(folder, 'data');
const BEFORE = '2024-03-12';

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

let stores = 0;
const command = (verb: string) => [
  ...[verb, '--config', 'configs/sample.yaml', '--data', root, '--date', DATE],
  ...['--store', join(folder, `store${stores++}`)],
];
const sample = (change: SampleChange = {}) => changedSample(engine, root, change);
const part = (date = DATE) => join(root, `fills/date=${date}/part-0.parquet`);

async function flowOf(): Promise<unknown[]> {
  const { code, document } = ximJson(command('align'));
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  return rowsOf(engine, `SELECT * FROM '${document.days[0].folder}/flow.parquet' ORDER BY ALL`);
}

describe('fills by venue before date', () => {
  it('are the fills of the day, beside those in its own folder', async () => {
    await sample();
    const expected = await flowOf();
    const fills = `read_parquet('${part()}', hive_partitioning = false)`;
    const venues = (await rowsOf(engine, `SELECT DISTINCT venue FROM ${fills} ORDER BY venue`)).map((r) => r.venue);
    expect(venues.length).toBeGreaterThan(1);
    for (const venue of venues.slice(1)) {
      const target = join(root, `fills/venue=${venue}/date=${DATE}`);
      mkdirSync(target, { recursive: true });
      await engine.connection.run(
        `COPY (SELECT * EXCLUDE (venue) FROM ${fills} WHERE venue = '${venue}') TO '${target}/a.parquet' (FORMAT parquet)`,
      );
    }
    const rest = join(root, 'rest.parquet');
    await engine.connection.run(
      `COPY (SELECT * FROM ${fills} WHERE venue = '${venues[0]}') TO '${rest}' (FORMAT parquet)`,
    );
    cpSync(rest, part());
    rmSync(rest);
    expect(await flowOf()).toEqual(expected);
  });
});

describe('beside the folder of a used day', () => {
  it.each(['arcx_240313.parquet', 'ARCX/date=2024-03-13/a.parquet', 'venue=ARCX/a.parquet'])(
    '%s is refused',
    async (name) => {
      await sample({ dates: [BEFORE, DATE] });
      mkdirSync(join(root, 'fills', name, '..'), { recursive: true });
      cpSync(part(BEFORE), join(root, 'fills', name));
      const { code, document } = ximJson(command('align'));
      expect(code).toBe(3);
      expect(document.error.message).toMatch(/is not read: .*; it may hold fills of 2024-03-13/);
      expect(document.error.hint).toContain('fills/date=2024-03-13');
    },
  );

  it('an empty folder and what macOS leaves are nothing', async () => {
    await sample();
    const expected = await flowOf();
    mkdirSync(join(root, `fills/date=${DATE}/tmp`));
    writeFileSync(join(root, `fills/date=${DATE}/._part-0.parquet`), '\0\x05\x16\x07 and so on');
    expect(await flowOf()).toEqual(expected);
  });

  it('a file without rows is said', async () => {
    await sample();
    const expected = await flowOf();
    const file = join(root, `fills/date=${DATE}/part-1.parquet`);
    await engine.connection.run(`COPY (SELECT NULL AS ts, NULL AS symbol WHERE false) TO '${file}' (FORMAT parquet)`);
    expect(await flowOf()).toEqual(expected);
    expect(ximJson(command('align')).document.days[0].notes).toContain(
      `${DATE}: without a row: fills/date=${DATE}/part-1.parquet`,
    );
  });

  it('a folder of events is refused, since they are one table', async () => {
    await sample();
    mkdirSync(join(root, 'events'));
    writeFileSync(join(root, 'events/2024.csv'), 'ts\n');
    const { code, document } = ximJson(command('align'));
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/data\/events is a folder, and is not read/);
  });
});

it('what begins as Parquet and is none is called cut off', async () => {
  await sample();
  writeFileSync(part(), 'PAR1garbage');
  expect(ximJson(command('align')).document.error.message).toMatch(/cut off: it begins as Parquet, but has no footer/);
});

it('arrival mids in pence are refused', async () => {
  await sample({ change: { parents: 'SELECT * REPLACE (CAST(arrival_mid AS DOUBLE) * 100 AS arrival_mid) FROM $' } });
  const { code, document } = ximJson(command('scorecard'));
  expect(code).toBe(3);
  expect(document.error.message).toMatch(/arrival_mid is more than 20 % from the quoted mid/);
  expect(document.error.hint).toContain('data.columns.parents.arrival_mid');
});

describe('without permission', () => {
  /** Whoever may read everything runs the command as nobody. */
  const NOBODY = 65_534;
  function refused(args: readonly string[]) {
    const { status, stdout } = spawnSync(process.execPath, [join(repository, 'bin/xim.js'), ...args, '--json'], {
      encoding: 'utf8',
      cwd: repository,
      env: { PATH: process.env.PATH, TMPDIR: openFolder() },
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    return { code: status, message: JSON.parse(stdout).error.message as string };
  }
  function openFolder(): string {
    chmodSync(folder, 0o755);
    const path = join(folder, 'open');
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    return path;
  }
  const withStore = (store: string) => [...command('run').slice(0, -1), store];

  it('a folder of data is the machine’s refusal, like a file', async () => {
    await sample();
    chmodSync(root, 0o755);
    for (const locked of [join(root, 'fills'), join(root, `quotes/date=${DATE}`), root]) {
      chmodSync(locked, 0o000);
      const { code, message } = refused(withStore(join(openFolder(), 'store')));
      chmodSync(locked, 0o755);
      expect(code).toBe(74);
      expect(message).toContain(locked);
    }
  });

  it('a store is named, not a file in it', async () => {
    await sample();
    chmodSync(root, 0o755);
    const store = join(folder, 'locked');
    mkdirSync(store);
    chmodSync(store, 0o555);
    const { code, message } = refused(withStore(store));
    expect(code).toBe(74);
    expect(message).toBe(`permission is denied: the store ${store} cannot be written`);
  });
});

it('a file in the folder of another symbol is refused', async () => {
  await sample();
  const bytes = readFileSync(part());
  rmSync(part());
  mkdirSync(join(root, `fills/date=${DATE}/symbol=SIM2`));
  writeFileSync(join(root, `fills/date=${DATE}/symbol=SIM2/a.parquet`), bytes);
  const { code, document } = ximJson(command('align'));
  expect(code).toBe(3);
  expect(document.error.message).toMatch(/lies in symbol=SIM2, but its own column "symbol" has SIM\d/);
});
