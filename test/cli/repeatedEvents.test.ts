import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Rows that a day holds twice, in forms that no identity shows: every impact would be half of what it is. */

const DATE = '2024-03-13';
const folder = temporaryFolder();
const data = join(folder, 'data');
const config = join(folder, 'xim.yaml');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() => {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data);
  cpSync(join(repository, 'sample-data/universe.csv'), join(data, 'universe.csv'));
  for (const dataset of ['quotes', 'trades', 'fills'])
    cpSync(join(repository, 'sample-data', dataset, `date=${DATE}`), day(dataset), { recursive: true });
});

const day = (dataset: string) => join(data, dataset, `date=${DATE}`);
const sample = (dataset: string) => `'${join(repository, 'sample-data', dataset, `date=${DATE}`, 'part-0.parquet')}'`;
/** Fills of the sample with stamps between the milliseconds, as an exchange gives them. */
const FILLS = `(SELECT * REPLACE (make_timestamp_ns(epoch_ns(ts::TIMESTAMP_NS) + (hash(child_id) % 999983)::BIGINT) AS ts,
  CAST(substr(child_id, 2) AS BIGINT) AS child_id) FROM ${sample('fills')})`;
/** Ends of four files of the day: each begins a minute before the one before it ends. */
const ENDS = ['14:30', '15:00', '17:15', '18:00'];

/** Files of one dataset, by queries. */
async function write(dataset: string, files: Readonly<Record<string, string>>): Promise<void> {
  rmSync(day(dataset), { recursive: true });
  mkdirSync(day(dataset));
  for (const [name, select] of Object.entries(files))
    await engine.connection.run(`COPY (${select}) TO '${join(day(dataset), `${name}.parquet`)}' (FORMAT parquet)`);
}

const parts = (from: string, replaced: (k: number) => string) =>
  Object.fromEntries(
    ENDS.map((end, k) => {
      const start = k === 0 ? '00:00' : ENDS[k - 1];
      const span = `ts >= TIMESTAMP '${DATE} ${start}' - INTERVAL ${k === 0 ? 0 : 1} MINUTE AND ts < TIMESTAMP '${DATE} ${end}'`;
      return [`part-${k}`, `SELECT * ${replaced(k)} FROM ${from} WHERE ${span} ORDER BY ts`];
    }),
  );

function align(section = 'flow: { source: fills }') {
  writeFileSync(
    config,
    `store: ${join(folder, 'store')}\ndata: { root: ${data} }\n${section}\ndefactor: { factors: derived }
calendar: { timezone: America/New_York, sessions: [["10:00", "11:00"], ["13:00", "13:45"]] }\n`,
  );
  return ximJson(['align', '--date', DATE, '--config', config]);
}

function expectRefusal(message: RegExp, section?: string): void {
  const { code, document } = align(section);
  expect(document.error?.message).toMatch(message);
  expect(code).toBe(3);
}

function used(dataset: string, section?: string) {
  const { code, document } = align(section);
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  return document.days[0].datasets[dataset];
}

async function rowsOf(from: string): Promise<number> {
  const reader = await engine.connection.runAndReadAll(`SELECT count(*)::INTEGER AS n FROM ${from}`);
  return Number(reader.getRows()[0][0]);
}

describe('a second export of the fills is refused, whatever its form:', () => {
  it.each([
    ['without identifiers', 'NULL::VARCHAR AS child_id', /rows of .*part-1.* stand in .*part-0.*second export/],
    ['identifiers as doubles', 'child_id::DOUBLE AS child_id', /50\.00 % .* most often duplicate/],
    ['prices in single precision', 'price::FLOAT AS price', /stand in .* too/],
    ['stamps in milliseconds', "date_trunc('milliseconds', ts::TIMESTAMP) AS ts", /stand in .* too/],
    ['stamps in microseconds', 'ts::TIMESTAMP AS ts', /stand in .* too/],
    ['venues by other names', "venue || '.X' AS venue", /stand in .* too/],
    ['identifiers of its own, venues gone', "'x' || child_id AS child_id, '' AS venue", /stand in .* too/],
  ])('%s', async (_, replaced, message) => {
    await write('fills', {
      'part-0': `SELECT * FROM ${FILLS} ORDER BY ts`,
      'part-1': `SELECT * REPLACE (${replaced}) FROM ${FILLS} ORDER BY ts`,
    });
    expectRefusal(message);
  });

  it('files that overlap by a minute, every other one with venues by other names', async () => {
    await write(
      'fills',
      parts(FILLS, (k) => (k % 2 === 0 ? '' : "REPLACE (venue || '.X' AS venue)")),
    );
    expectRefusal(/rows of .*part-\d.* stand in .*part-\d.* too/);
  });

  it('counted by hand', async () => {
    const [half, rows] = [`child_id % 2 = 0`, await rowsOf(`${FILLS} WHERE child_id % 2 = 0`)];
    await write('fills', {
      'part-0': `SELECT * FROM ${FILLS} ORDER BY ts`,
      'part-1': `SELECT * REPLACE (price::FLOAT AS price) FROM ${FILLS} WHERE ${half} ORDER BY ts`,
    });
    expectRefusal(new RegExp(`fills of ${DATE}: ${rows} of ${rows} rows of fills/date=${DATE}/part-1\\.parquet stand`));
  });
});

describe('a day in several files passes where', () => {
  it('they overlap by a minute: what stands in two counts once', async () => {
    await write(
      'fills',
      parts(FILLS, () => ''),
    );
    await write(
      'trades',
      parts(sample('trades'), () => ''),
    );
    const { rows, quarantined } = used('fills');
    expect(rows - quarantined.duplicate).toBe(await rowsOf(FILLS));
    expect(quarantined.duplicate).toBeGreaterThan(0.02 * rows);
  });

  it('each is of one venue, with stamps in seconds and no identifiers', async () => {
    const seconds = `(SELECT * EXCLUDE (child_id) REPLACE (date_trunc('second', ts) AS ts) FROM ${sample('fills')})`;
    await write(
      'fills',
      Object.fromEntries(
        ['ARCX', 'BATS', 'XNAS'].map((venue) => [
          venue,
          `SELECT * FROM ${seconds} WHERE venue = '${venue}' ORDER BY ts`,
        ]),
      ),
    );
    const { rows, quarantined } = used('fills');
    expect([rows, quarantined.duplicate]).toEqual([await rowsOf(FILLS), undefined]);
  });

  it('orders were split evenly over venues, with one stamp, quantity and price', async () => {
    const even = (venue: string) =>
      `SELECT * REPLACE ('${venue}' AS venue, child_id::VARCHAR || '${venue}' AS child_id) FROM ${FILLS} WHERE child_id % 3 > 0
         OR venue = '${venue}' ORDER BY ts`;
    await write('fills', { A: even('ARCX'), B: even('BATS') });
    expect(used('fills').quarantined).toEqual({});
  });

  it('their rows take turns', async () => {
    const turn = (k: number) => `SELECT * FROM ${FILLS} WHERE child_id % 2 = ${k} ORDER BY ts`;
    await write('fills', { a: turn(0), b: turn(1) });
    expect(used('fills').quarantined).toEqual({});
  });
});

describe('every row twice in one file', () => {
  const TAPE = 'flow: { source: trades }';
  const twice = (from: string, times = 2) => `SELECT * FROM ${from}, range(${times}) ORDER BY ts`;
  const without = (from: string) => `SELECT * EXCLUDE (range) FROM (${from})`;

  it('is refused in a tape', async () => {
    await write('trades', { tape: without(twice(sample('trades'))) });
    const rows = 2 * (await rowsOf(sample('trades')));
    expectRefusal(new RegExp(`trades of ${DATE}: ${rows} of ${rows} rows of .*tape\\.parquet stand there twice`), TAPE);
  });
  it('three times too', async () => {
    await write('trades', { tape: without(twice(sample('trades'), 3)) });
    expectRefusal(/stand there three times/, TAPE);
  });
  it('and in fills without identifiers', async () => {
    await write('fills', { f: `SELECT * EXCLUDE (range, child_id) FROM (${twice(sample('fills'))})` });
    expectRefusal(/fills of .* stand there twice/);
  });
  it('but not where a column tells the rows apart, or prints are alike as often as chance has it', async () => {
    await write('trades', { tape: `SELECT * RENAME (range AS sequence) FROM (${twice(sample('trades'))})` });
    expect(used('trades', TAPE).quarantined).toEqual({});
    const lots = `SELECT date_trunc('minute', ts) AS ts, symbol, price * 0 + 100 AS price, 1 AS size, side FROM ${sample('trades')}`;
    await write('trades', { tape: `${lots} ORDER BY ts` });
    expect(used('trades', TAPE).quarantined.duplicate).toBeUndefined();
  });
});

describe('an identifier that all rows share', () => {
  it.each(["'0'", "''", '0'])('such as %s identifies none, and that is said', async (id) => {
    const coarse = `* REPLACE (date_trunc('second', ts) AS ts), ${id} AS trade_id`;
    await write('trades', { tape: `SELECT ${coarse} FROM ${sample('trades')} ORDER BY ts` });
    const { code, document } = align('flow: { source: trades }');
    expect(code).toBe(0);
    expect(document.days[0].datasets.trades.quarantined.duplicate).toBeUndefined();
    expect(document.days[0].notes.join('\n')).toMatch(/trades have files with ".?" for the identifier of every row/);
  });
});

describe('two symbols that stand for one name', () => {
  const TAPE = 'flow: { source: trades }';
  beforeEach(async () => {
    writeFileSync(join(data, 'symbols.csv'), 'symbol,from,to,as\nFB,,,SIM1\nMETA,,,SIM1\n');
    await write('quotes', {
      q: `SELECT * REPLACE (CASE symbol WHEN 'SIM1' THEN 'META' ELSE symbol END AS symbol) FROM ${sample('quotes')} ORDER BY ts`,
    });
  });
  const tape = (of: string) =>
    `SELECT t.* REPLACE (CASE t.symbol WHEN 'SIM1' THEN s.symbol ELSE t.symbol END AS symbol)
     FROM (SELECT *, row_number() OVER (ORDER BY ts, symbol, price, size) AS n FROM ${sample('trades')}) t
     JOIN (VALUES ('FB', 0), ('META', 1)) s(symbol, k) ON ${of} ORDER BY ts`;

  it('and hold the same prints', async () => {
    await write('trades', { t: `SELECT * EXCLUDE (n) FROM (${tape("t.symbol = 'SIM1' OR s.k = 0")})` });
    expectRefusal(/rows of "META" stand under "FB" too/, TAPE);
  });
  it('pass where each has prints of its own', async () => {
    await write('trades', { t: `SELECT * EXCLUDE (n) FROM (${tape('s.k = t.n % 2')})` });
    const { rows, used: counted } = used('trades', TAPE);
    expect([rows, counted]).toEqual([await rowsOf(sample('trades')), rows]);
  });
});
