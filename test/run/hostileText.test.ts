import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { isPlain, quoted } from '../../src/model/plainText.js';
import { alignHere, configHere } from '../support/alignHere.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { writeMinuteMarket } from '../support/minuteMarket.js';

const DATE = '2024-03-13';
const folder = temporaryFolder();
const at = (path: string) => join(folder, 'data', path);
const part = (dataset: string) => at(`${dataset}/date=${DATE}/part.parquet`);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() =>
  writeMinuteMarket(engine, join(folder, 'data'), [{ date: DATE, from: `${DATE} 14:00`, to: `${DATE} 14:30` }]),
);

const settings = {
  calendar: { timezone: 'UTC', sessions: [['14:00', '14:30']] },
  align: { bucket: '60s', max_stale: '5m', max_quarantine: 0.5 },
  defactor: { factors: 'none' },
};
const align = (more = {}) => alignHere(engine, configHere(folder, { ...settings, ...more }), DATE, folder);

/** Rows of a dataset, changed by the replacements of a select. */
async function change(dataset: string, replace: string): Promise<void> {
  await rowsOf(engine, `CREATE OR REPLACE TABLE changed AS SELECT * REPLACE (${replace}) FROM '${part(dataset)}'`);
  await rowsOf(engine, `COPY changed TO '${part(dataset)}' (FORMAT parquet)`);
}

const UNSEEN = ['chr(0)', "'x' || chr(0)", "chr(0) || 'y'", "'a' || chr(10) || 'b'", 'chr(8238)', 'chr(27)'];

describe('characters that are not seen', () => {
  it.each(UNSEEN)('in symbols of the feed, %s, stand for no name and are set aside', async (unseen) => {
    const every = 'extract(minute FROM ts)::INTEGER % 5 = 0';
    await change('quotes', `CASE WHEN ${every} THEN symbol || ${unseen} ELSE symbol END AS symbol`);
    const { report } = await align();
    expect(report.datasets.quotes.quarantined).toMatchObject({ unreadable_symbol: 12 });
    expect(report.notes.join('\n')).toMatch(/symbols with characters that are not seen.*"AAA.*\\u|\\n/);
    for (const note of report.notes) expect(isPlain(note)).toBe(true);
  });

  it.each(UNSEEN)('in venues, %s, are set aside', async (unseen) => {
    await change('fills', `CASE WHEN symbol = 'AAA' THEN venue || ${unseen} ELSE venue END AS venue`);
    const { report } = await align();
    const { rows, used, quarantined } = report.datasets.fills;
    expect(quarantined.unreadable_venue).toBeGreaterThan(0);
    expect(used + quarantined.unreadable_venue).toBe(rows);
    expect(report.venues).toEqual(['V']);
  });

  it('in identifiers hurt nobody', async () => {
    await rowsOf(
      engine,
      `CREATE OR REPLACE TABLE changed AS SELECT * , 'P' || chr(0) AS child_id FROM '${part('fills')}'
       UNION ALL SELECT *, 'P' || chr(0) FROM '${part('fills')}'`,
    );
    await rowsOf(engine, `COPY changed TO '${part('fills')}' (FORMAT parquet)`);
    const { report } = await align({ align: { ...settings.align, max_quarantine: 1 } });
    expect(report.datasets.fills.rows).toBeGreaterThan(0);
  });

  it.each([
    ['universe.csv', 'symbol,block\n"AAA\nX",x\nBBB,x\n', /line 2: symbol is "AAA\\nX"/],
    ['universe.csv', 'symbol,block\nAAA,"x\u202ey"\nBBB,x\n', /line 2: block is "x\\u202ey"/],
    ['universe.csv', 'symbol,block\nAAA\0,x\n', /NUL/],
    ['symbols.csv', 'symbol,from,to,as\n"F\nF",,,AAA\n', /row 0: symbol is "F\\nF"/],
    ['events.csv', `start,end,symbol,label\n${DATE},,AAA,"a\u001bb"\n`, /line 2: label is "a\\u001bb"/],
    ['fx.csv', `date,currency,rate\n${DATE},"E\tR",1\n`, /row 0: currency is "E\\tR"/],
  ])('in %s are refused, with their place', async (name, text, message) => {
    const { rmSync } = await import('node:fs');
    writeFileSync(at(name), text);
    try {
      await expect(align()).rejects.toMatchObject({ kind: 'data', message: expect.stringMatching(message) });
    } finally {
      rmSync(at(name));
    }
  });

  it('in the configuration are refused', () => {
    const named = (value: string) => () => configHere(folder, { align: { clock_offsets: { [value]: '1ms' } } });
    expect(named('V\0')).toThrow(/a key of align.clock_offsets in xim.yaml is "V\\u0000"/);
    expect(() => configHere(folder, { model: 'a\nb' })).toThrow(/model in xim.yaml is "a\\nb"/);
  });

  it('are told by their numbers', () => {
    expect(quoted('a\0b\u202ec\u2028"')).toBe('"a\\u0000b\\u202ec\\u2028\\""');
    expect(isPlain('Ünïcode 😀 株 "quotes" <b>')).toBe(true);
  });
});

describe('bytes that are not UTF-8', () => {
  it('end a file with its name', async () => {
    await change('quotes', "symbol || '~~' AS symbol");
    const bytes = readFileSync(part('quotes'));
    for (let k = bytes.indexOf('~~'); k >= 0; k = bytes.indexOf('~~', k)) bytes.fill(0xff, k, k + 2);
    writeFileSync(part('quotes'), bytes);
    await expect(align()).rejects.toMatchObject({ kind: 'data', message: expect.stringContaining(part('quotes')) });
  });
});
