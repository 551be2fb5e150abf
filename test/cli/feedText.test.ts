import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { changedSample, LAST_DATE } from '../support/changedSample.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Feeds of text with values that are none: what is said of them, and that nothing is taken for an empty side. */

const folder = temporaryFolder();
const data = join(folder, 'data');
const part = (dataset: string, name = 'part-0.csv') => join(data, dataset, `date=${LAST_DATE}`, name);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() => changedSample(engine, data, { drop: ['parents', 'trades'] }));

/** A dataset of the day as CSV, made by a query over `$`. */
async function asCsv(dataset: string, columns: string): Promise<string> {
  const from = `read_parquet('${part(dataset, 'part-0.parquet')}', hive_partitioning = false)`;
  await engine.connection.run(
    `COPY (SELECT * REPLACE (${columns}) FROM (SELECT *, row_number() OVER () - 1 AS k FROM ${from})) TO '${part(dataset)}' (FORMAT csv, HEADER)`,
  );
  rmSync(part(dataset, 'part-0.parquet'));
  return readFileSync(part(dataset), 'utf8');
}

function align(sessions = '[["10:00", "11:00"], ["13:00", "13:45"]]') {
  const config = join(folder, 'xim.yaml');
  writeFileSync(
    config,
    `store: ${join(folder, 'store')}\ndata: { root: ${data} }\ncalendar: { timezone: America/New_York, sessions: ${sessions} }\n`,
  );
  return ximJson(['align', '--date', LAST_DATE, '--config', config]);
}

const text = (every: number, column: string, value: string) =>
  `CASE WHEN k % ${every} = 5 THEN '${value}' ELSE CAST(${column} AS VARCHAR) END AS ${column}`;

describe('text that is no number', () => {
  it.each([
    ['a comma', 'bid', '1,000.05', /a comma is read neither/],
    ['a dash', 'ask_size', '-', /empty text where there is no value/],
    ['n/a', 'ask', 'n/a', /empty text where there is no value/],
  ])('is a defect, shown with its file, row and column: %s', async (_, column, value, hint) => {
    await asCsv('quotes', text(10, column, value));
    const { code, document } = align();
    expect(code).toBe(3);
    expect(document.error.message).toContain(
      `the first ${column} = "${value}" in row 5 of quotes/date=${LAST_DATE}/part-0.csv`,
    );
    expect(document.error.hint).toMatch(hint);
  });

  it('in a few rows is counted, and said in a note and in the examples', async () => {
    await asCsv('quotes', text(500, 'bid', 'n/a'));
    const { code, document } = align();
    expect(code).toBe(0);
    const { quarantined, rows } = document.days[0].datasets.quotes;
    // Every 500th row from the fifth on, but for rows outside the sessions.
    expect(quarantined.not_a_number).toBeGreaterThan(0.9 * Math.floor(rows / 500));
    expect(quarantined.one_sided).toBeUndefined();
    expect(document.days[0].notes.join()).toMatch(/rows of quotes have text that is no number .*bid = "n\/a"/);
  });

  it('in one name of many is refused with the name', async () => {
    await asCsv(
      'quotes',
      `CASE WHEN symbol = 'SIM1' AND k % 8 = 0 THEN '1,000.05' ELSE CAST(bid AS VARCHAR) END AS bid`,
    );
    const { code, document } = align();
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/text that is no number in the quotes of SIM1 \(1\d\.\d %\); .*"1,000.05"/);
  });
});

describe('sides as text', () => {
  it.each(["CAST(side AS VARCHAR) || '.0'", "' ' || CAST(side AS VARCHAR)", "printf('%+d', side)"])(
    'are what they say: %s',
    async (side) => {
      await asCsv('fills', `${side} AS side`);
      const { code, document } = align();
      expect(code).toBe(0);
      expect(document.days[0].datasets.fills.quarantined.bad_side).toBeUndefined();
    },
  );

  it.each([
    ["CASE side WHEN 1 THEN 'BOT' ELSE 'SLD' END", /\{ fills: \{ "BOT": buy, "SLD": sell \} \}/],
    ["CASE side WHEN 1 THEN 'X' ELSE 'Y' END", /"X": buy\|sell\|unknown/],
    ["CASE side WHEN 1 THEN '1' ELSE '2' END", /"1": buy, "2": sell \} \} \(a guess/],
  ])('of other codes are proposed only where their meaning is plain: %s', async (side, hint) => {
    await asCsv('fills', `${side} AS side`);
    const { code, document } = align();
    expect(code).toBe(3);
    // The order is that of how often each stands there.
    expect(document.error.hint.replace(/("(?:SLD|2)": sell), ("(?:BOT|1)": buy)/, '$2, $1')).toMatch(hint);
  });
});

describe('stamps as text', () => {
  it.each([
    ["strftime(ts, '%Y-%m-%d %H:%M:%S') || ' EDT'", / EDT"/, /zone: venue/],
    ["strftime(ts, '%m/%d/%Y %H:%M:%S')", /"03\/13\/2024 /, /zone: venue/],
    ["strftime(ts, '%H:%M:%S')", /"14:/, /after: midnight/],
    ['epoch_ms(ts)', /"17103\d+"/, /ts: \{ column: ts, unit: ms \}/],
    ['epoch_us(ts)', /"17103\d+"/, /unit: us/],
  ])('that are not read are shown: %s', async (ts, shown, hint) => {
    await asCsv('fills', `${ts} AS ts`);
    const { code, document } = align();
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/text is not a stamp, the first ts = /);
    expect(document.error.message).toMatch(shown);
    expect(document.error.hint).toMatch(hint);
  });
});

describe('files of text that cannot be read', () => {
  it.each<[string, (csv: string) => string | Buffer, RegExp]>([
    [
      'a row of too few fields',
      (csv) => csv.replace('\n', '\n2024-03-13,SIM1\n'),
      /line 2: it has 2 fields, the header 9: "2024-03-13,SIM1"/,
    ],
    ['cut off', (csv) => csv.slice(0, csv.lastIndexOf('SIM') + 4), /line \d+: it has 2 fields/],
    ['Latin-1', (csv) => Buffer.from(csv.replaceAll('XNAS', 'Zürich'), 'latin1'), /not UTF-8; it looks like Latin-1/],
    ['gzipped', (csv) => gzipSync(csv), /is gzipped/],
  ])('say why: %s', async (_, change, message) => {
    writeFileSync(part('fills'), change(await asCsv('fills', 'k AS k')));
    const { code, document } = align();
    expect(code).toBe(3);
    expect(document.error.message).toMatch(message);
  });
});

it('sessions longer than the factors are told from factors on a coarse grid', async () => {
  const { document } = align('[["09:30", "16:00"]]');
  expect(document.error.message).toMatch(
    /the sessions are 09:30–16:00 at the venue, and the factors in them go from 10:00 to 13:45/,
  );
  await changedSample(engine, data, {
    drop: ['parents', 'trades'],
    change: { factors: 'SELECT * FROM $ WHERE epoch(ts)::BIGINT % 10 = 0' },
  });
  expect(align().document.error.hint).toMatch(/at least as fine as align.bucket/);
});
