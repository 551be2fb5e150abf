import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import {
  changedSample,
  LAST_DATE as DATE,
  SAMPLE_NAMES,
  type SampleChange,
  universeOf,
} from '../support/changedSample.js';
import { repository, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const root = join(folder, 'data');
const six = SAMPLE_NAMES.slice(0, 6);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

let stores = 0;
async function align(sample: SampleChange, ...more: string[]) {
  await changedSample(engine, root, sample);
  const store = join(folder, `store${stores++}`);
  const { code, document } = ximJson([
    'align',
    '--config',
    'configs/sample.yaml',
    '--data',
    root,
    '--store',
    store,
    '--date',
    DATE,
    ...more,
  ]);
  return { code, error: document.error, day: document.days?.[0] };
}

const rowsIn = async (dataset: string, where: string): Promise<number> => {
  const file = `read_parquet('${join(repository, `sample-data/${dataset}/date=${DATE}/part-0.parquet`)}')`;
  return Number((await rowsOf(engine, `SELECT count(*)::INTEGER AS n FROM ${file} WHERE ${where}`))[0].n);
};

const flowOf = (day: { folder: string }) =>
  rowsOf(engine, `SELECT ts, symbol, signed_notional FROM '${day.folder}/flow.parquet' ORDER BY ALL`);
const marketOf = (day: { folder: string }, where = 'true') =>
  rowsOf(engine, `SELECT * EXCLUDE (symbol) FROM '${day.folder}/market.parquet' WHERE ${where} ORDER BY symbol, ts`);

describe('a universe within a larger feed', () => {
  it('takes its names, and counts the others apart', async () => {
    const { code, day } = await align({ files: { 'universe.csv': universeOf(six) } });
    expect(code).toBe(0);
    for (const dataset of ['quotes', 'trades', 'fills']) {
      const outside = await rowsIn(dataset, "symbol IN ('SIM7', 'SIM8', 'SIM9')");
      const report = day.datasets[dataset];
      expect(report.quarantined).toEqual(outside > 0 ? { unknown_symbol: outside } : {});
      expect(report.used).toBe((await rowsIn(dataset, 'true')) - outside);
      expect(report.outsideUniverse?.rows).toBe(outside > 0 ? outside : undefined);
    }
    const { symbols, commonest } = day.datasets.quotes.outsideUniverse;
    expect(symbols).toBe(3);
    expect(commonest[0].rows).toBeGreaterThanOrEqual(commonest[2].rows);
    expect(commonest[1].rows).toBe(await rowsIn('quotes', `symbol = '${commonest[1].symbol}'`));
    expect(day.notes.filter((note: string) => /quotes|trades/.test(note))).toEqual([]);
  });

  it('gives the six what they have in a feed of their own', async () => {
    const alone = await align({
      change: Object.fromEntries(
        ['quotes', 'trades', 'fills'].map((dataset) => [dataset, "SELECT * FROM $ WHERE symbol <= 'SIM6'"]),
      ),
      files: { 'universe.csv': universeOf(six) },
    });
    const alike = await marketOf(alone.day);
    const { day } = await align({ files: { 'universe.csv': universeOf(six) } });
    expect(await marketOf(day)).toEqual(alike);
  });

  it('does not mind what is wrong with rows of the others', async () => {
    const broken = "SELECT * REPLACE (CASE WHEN symbol > 'SIM6' THEN -1 ELSE bid END AS bid) FROM $";
    const { code, day } = await align({ change: { quotes: broken }, files: { 'universe.csv': universeOf(six) } });
    expect(code).toBe(0);
    expect(Object.keys(day.datasets.quotes.quarantined)).toEqual(['unknown_symbol']);
  });

  it('names what a silent name may be called now', async () => {
    const { code, error } = await align({
      change: { quotes: "SELECT * REPLACE (replace(symbol, 'SIM2', 'NEW2') AS symbol) FROM $" },
    });
    // One day alone has nothing of the name: that is refused as before.
    expect(code).toBe(3);
    expect(error.message).toMatch(/SIM2: no usable quote on 2024-03-13; the feed has .*: "NEW2" \(\d+ rows\)/);
    const run = ximJson([
      'run',
      '--config',
      'configs/sample.yaml',
      '--data',
      root,
      '--store',
      join(folder, 'run'),
      '--date',
      DATE,
      '--window',
      '1d',
    ]);
    expect(run.code).toBe(3);
    expect(run.document.error.message).toMatch(/SIM2: no quote gives a move in the whole window; .*"NEW2"/);
    const trades = await align({
      change: { trades: "SELECT * REPLACE (replace(symbol, 'SIM2', 'NEW2') AS symbol) FROM $" },
    });
    const n = await rowsIn('trades', "symbol = 'SIM2'");
    expect(trades.day.notes).toContain(
      `${DATE}: SIM2 has no usable row in trades; the feed has symbols not in the universe: "NEW2" (${n} rows)`,
    );
  });

  it('says how much of the own flow is not of the universe', async () => {
    const { day } = await align({
      change: { fills: "SELECT * REPLACE (replace(symbol, 'SIM2', 'OTHER') AS symbol) FROM $" },
    });
    const n = await rowsIn('fills', "symbol = 'SIM2'");
    expect(n).toBeGreaterThan(0);
    expect(day.notes.join()).toContain(`${n} rows of fills are of symbols not in the universe and no part of the flow`);
  });

  it.each([
    ['a blank before it', "' SIM3'", /misspelt_symbol/],
    ['another case', "'sim3'", /misspelt_symbol/],
    ['nothing', 'NULL', /no_symbol/],
  ])('takes a symbol with %s for a defect and never for the name', async (_, written, reason) => {
    const { code, error } = await align({
      change: {
        quotes: `SELECT * REPLACE (CASE WHEN symbol = 'SIM3' THEN ${written} ELSE symbol END AS symbol) FROM $`,
      },
    });
    expect(code).toBe(3);
    expect(error.message).toMatch(reason);
  });

  it('names a few misspelt rows in a note', async () => {
    const { code, day } = await align({
      change: {
        quotes:
          "SELECT * EXCLUDE (n) REPLACE (CASE WHEN n = 8 THEN concat(symbol, ' ') ELSE symbol END AS symbol) FROM (SELECT *, row_number() OVER () AS n FROM $)",
      },
    });
    expect(code).toBe(0);
    expect(day.datasets.quotes.quarantined).toEqual({ misspelt_symbol: 1 });
    expect(day.datasets.quotes.examples).toMatchObject([{ reason: 'misspelt_symbol', row: 7 }]);
    expect(day.notes.join()).toMatch(/"SIM\d " for "SIM\d" \(1 rows\)/);
  });

  it.each(['quotes', 'trades', 'fills'] as const)('refuses a day without any of its names in %s', async (dataset) => {
    const { code, error } = await align({
      change: { [dataset]: "SELECT * REPLACE (concat(symbol, '.N') AS symbol) FROM $" },
    });
    expect(code).toBe(3);
    expect(error.message).toMatch(
      new RegExp(`${dataset} of ${DATE}: none of \\d+ rows is of the universe; .*"SIM\\d\\.N"`),
    );
  });

  it('refuses own fills that call a sale 0', async () => {
    const { code, error } = await align({ change: { fills: 'SELECT * REPLACE (greatest(side, 0) AS side) FROM $' } });
    expect(code).toBe(3);
    expect(error.message).toMatch(/no side that is known; found 0, 1/);
  });

  it('refuses a tape of which no trade lies in a session', async () => {
    const { code, error } = await align({
      change: { trades: 'SELECT * REPLACE (ts - INTERVAL 14 HOUR AS ts) FROM $' },
    });
    expect(code).toBe(3);
    expect(error.message).toMatch(
      /trades of 2024-03-13: all \d+ rows .* outside calendar\.sessions; their stamps go from 2024-03-13T0/,
    );
  });

  it('refuses stamps of 1970, and says that they are', async () => {
    const seconds = 'SELECT * REPLACE (make_timestamp_ns(CAST(epoch_ms(ts) / 1000 AS BIGINT)) AS ts) FROM $';
    const { code, error } = await align({ change: { quotes: seconds } });
    expect(code).toBe(3);
    expect(error.message).toMatch(/other_date.*go from 1970-01-01T.*seconds or milliseconds/);
  });
});

describe('symbols that stand for names', () => {
  const renamed = (symbol: string) =>
    `SELECT * REPLACE (CASE WHEN symbol = 'SIM2' THEN '${symbol}' ELSE symbol END AS symbol) FROM $`;
  const all = (query: string) => ({ quotes: query, trades: query, fills: query, parents: query });
  const map = (...rows: string[]) => ({ 'symbols.csv': ['symbol,from,to,as', ...rows].join('\n') });

  it('give what the name itself would', async () => {
    const plain = await align({});
    const [market, flow] = [await marketOf(plain.day), await flowOf(plain.day)];
    const { code, day } = await align({ change: all(renamed('OLD2')), files: map('OLD2,2024-01-01,2024-03-13,SIM2') });
    expect(code).toBe(0);
    expect(await marketOf(day)).toEqual(market);
    expect(await flowOf(day)).toEqual(flow);
    expect(day.datasets.quotes.quarantined).toEqual({});
  });

  it('may be names of the universe before another', async () => {
    // SIM3 is called SIM2 and SIM2 is called SIM3 on this day alone.
    const plain = await align({});
    const [two, three] = [await marketOf(plain.day, "symbol = 'SIM2'"), await marketOf(plain.day, "symbol = 'SIM3'")];
    const { day } = await align({ files: map(`SIM2,${DATE},${DATE},SIM3`, `SIM3,${DATE},,SIM2`) });
    expect(await marketOf(day, "symbol = 'SIM3'")).toEqual(two);
    expect(await marketOf(day, "symbol = 'SIM2'")).toEqual(three);
  });

  it('stand for it on their dates only', async () => {
    const { code, error } = await align({ change: all(renamed('OLD2')), files: map('OLD2,,2024-03-12,SIM2') });
    expect(code).toBe(3);
    expect(error.message).toMatch(/SIM2/);
  });

  it.each(['quotes', 'trades', 'fills'] as const)(
    'are refused beside rows of the name itself in %s',
    async (dataset) => {
      const some =
        "SELECT * REPLACE (CASE WHEN symbol = 'SIM2' AND hash(ts) % 2 = 0 THEN 'OLD2' ELSE symbol END AS symbol) FROM $";
      const { code, error } = await align({ change: { [dataset]: some }, files: map('OLD2,,,SIM2') });
      expect(code).toBe(3);
      expect(error.message).toMatch(
        /rows of "OLD2", which stands for "SIM2" on this date, and .* has rows of "SIM2" itself/,
      );
    },
  );

  it('two of them may be one name where both are declared', async () => {
    const some =
      "SELECT * REPLACE (CASE WHEN symbol = 'SIM2' THEN CASE WHEN hash(ts) % 2 = 0 THEN 'A2' ELSE 'B2' END ELSE symbol END AS symbol) FROM $";
    const { code, day } = await align({ change: { trades: some }, files: map('A2,,,SIM2', 'B2,,,SIM2') });
    expect(code).toBe(0);
    expect(day.datasets.trades.quarantined).toEqual({});
  });

  it.each([
    [
      'a name that is not in the universe',
      ['OLD2,,,NOPE'],
      /row 0 maps "OLD2" to "NOPE", which the universe does not list/,
    ],
    ['nothing', ['OLD2,,,'], /row 0 maps "OLD2" to nothing/],
    ['reversed dates', ['A,,,SIM1', 'OLD2,2024-03-02,2024-03-01,SIM2'], /row 1 begins on 2024-03-02 and ends before/],
    ['no date', ['OLD2,March,,SIM2'], /row 0 has "from" = March, not a date/],
    ['no symbol', [',,,SIM2'], /row 0 has no symbol/],
    [
      'two names on common dates',
      ['OLD2,,2024-03-05,SIM2', 'OLD2,2024-03-05,,SIM3'],
      /"OLD2" stands for "SIM2" in row 0 and for "SIM3" in row 1/,
    ],
  ])('are refused with %s', async (_, rows, message) => {
    const { code, error } = await align({ files: map(...rows) });
    expect(code).toBe(3);
    expect(error.message).toMatch(message);
  });

  it('are an input: another map is another day', async () => {
    await changedSample(engine, root, { files: map('A,,,SIM1') });
    const align = () =>
      ximJson([
        'align',
        '--config',
        'configs/sample.yaml',
        '--data',
        root,
        '--store',
        join(folder, 'keys'),
        '--date',
        DATE,
      ]).document.days[0].folder;
    const before = align();
    await changedSample(engine, root, { files: map('B,,,SIM1') });
    expect(align()).not.toBe(before);
  });
});
