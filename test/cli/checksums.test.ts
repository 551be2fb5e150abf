import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { checkedJson } from '../../src/store/checkedJson.js';
import { readJson, repository, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { PHYSICAL, type PlacedPage, plain, type TestColumn, writeParquetBytes } from '../support/parquetBytes.js';

const folder = temporaryFolder();
const DATE = '2024-03-13';
const data = join(folder, 'data');
const day = (dataset: string) => join(data, dataset, `date=${DATE}`);
const sample = (dataset: string) => join(repository, 'sample-data', dataset, `date=${DATE}`, 'part-0.parquet');
const run = (verb: string, store: string) => [
  ...[verb, '--date', DATE, '--config', 'configs/sample.yaml', '--data', data],
  ...['--store', join(folder, store), '--set', 'fit.window=1d'],
];

const PAGE_ROWS = 2000;

/** Pages of one row group. */
function pagesOf<T>(values: readonly T[], encode: (part: readonly T[]) => Buffer) {
  const pages = [];
  for (let at = 0; at < values.length; at += PAGE_ROWS) {
    const part = values.slice(at, at + PAGE_ROWS);
    pages.push({ values: part.length, bytes: encode(part) });
  }
  return [pages];
}

/** The day's trades of the sample, uncompressed, half of them a file each. */
async function tradeColumns(engine: Engine, where: string): Promise<TestColumn[]> {
  const rows = await rowsOf(
    engine,
    `SELECT epoch_ns(ts)::VARCHAR AS ns, symbol, price::DOUBLE AS price, size, side, venue
     FROM '${sample('trades')}' WHERE ${where} ORDER BY ts`,
  );
  const text = { physical: PHYSICAL.bytes, element: [[6, 'i32', 0]] } as const;
  const texts = (name: string) => ({
    ...text,
    name,
    rowGroups: pagesOf(rows, (part) => plain.bytes(...part.map((row) => String(row[name])))),
  });
  const integers = (name: string) => ({
    name,
    physical: PHYSICAL.int32,
    rowGroups: pagesOf(rows, (part) => plain.int32(...part.map((row) => Number(row[name])))),
  });
  const nanoseconds = [
    [8, 'struct', [[1, 'bool', false] as const, [2, 'struct', [[3, 'struct', []]]] as const]],
  ] as const;
  return [
    {
      name: 'ts',
      physical: PHYSICAL.int64,
      element: [[10, 'struct', nanoseconds]],
      rowGroups: pagesOf(rows, (part) => plain.int64(...part.map((row) => BigInt(String(row.ns))))),
    },
    texts('symbol'),
    {
      name: 'price',
      physical: PHYSICAL.double,
      rowGroups: pagesOf(rows, (part) => plain.double(...part.map((row) => Number(row.price)))),
    },
    integers('size'),
    integers('side'),
    texts('venue'),
  ];
}

let engine: Engine;
let early: PlacedPage[];
let late: PlacedPage[];
beforeAll(async () => {
  engine = await testEngine(folder);
  for (const dataset of ['quotes', 'fills', 'factors']) cpSync(sample(dataset), join(day(dataset), 'part-0.parquet'));
  cpSync(join(repository, 'sample-data/universe.csv'), join(data, 'universe.csv'));
  mkdirSync(day('trades'), { recursive: true });
  const noon = `TIMESTAMP '${DATE} 16:00:00'`;
  early = writeParquetBytes(join(day('trades'), 'a.parquet'), await tradeColumns(engine, `ts < ${noon}`), () => true);
  late = writeParquetBytes(join(day('trades'), 'b.parquet'), await tradeColumns(engine, `ts >= ${noon}`), () => true);
});
afterAll(() => engine.close());

describe('files with page checksums', () => {
  it('are read, and what was verified is said', () => {
    const { code, document } = ximJson(run('align', 'whole'));
    expect(code).toBe(0);
    const { trades, quotes } = document.days[0].datasets;
    const [{ rows, used, checksums }] = [trades];
    expect([rows, used]).toEqual([9880, 9880]);
    expect(checksums).toEqual({ verified: early.length + late.length, without: 0 });
    expect(quotes.checksums.verified).toBe(0);
    expect(quotes.checksums.without).toBeGreaterThan(0);
    expect(document.days[0].notes.filter((note: string) => note.includes('checksum'))).toEqual([]);
    expect(readJson(join(document.days[0].folder, 'align.json')).datasets.trades.checksums).toEqual(checksums);
    const { stdout } = xim(run('align', 'whole'));
    expect(stdout).toMatch(new RegExp(`trades .* ${checksums.verified} of ${checksums.verified} pages`));
    expect(stdout).toMatch(/quotes .* none/);
  });

  it('are refused when one bit of a price has changed, which no gate would see', () => {
    const path = join(day('trades'), 'b.parquet');
    const whole = readFileSync(path);
    const page = late.filter(({ column }) => column === 'price').at(-1)!;
    const damaged = Buffer.from(whole);
    // The last byte but one of a double that is written from its low end: exponent and high digits.
    damaged[page.start + 8 * 17 + 6] ^= 4;
    writeFileSync(path, damaged);
    const { code, document } = ximJson(run('run', 'damaged'));
    writeFileSync(path, whole);
    expect(code).toBe(3);
    const place = `column "price", row group 1, page ${page.page}`;
    expect(document.error.message).toContain(`b.parquet cannot be read: ${place}: its checksum is `);
  });

  it('beside files without are noted', async () => {
    const path = join(day('trades'), 'b.parquet');
    const whole = readFileSync(path);
    const half = await tradeColumns(engine, `ts >= TIMESTAMP '${DATE} 16:00:00'`);
    writeParquetBytes(path, half, () => false);
    const { code, document } = ximJson(run('align', 'half'));
    writeFileSync(path, whole);
    expect(code).toBe(0);
    expect(document.days[0].notes).toContain(
      `${DATE}: 1 of 2 trades files carry no page checksums, trades/date=${DATE}/b.parquet is one`,
    );
    expect(document.days[0].datasets.trades.checksums).toEqual({ verified: early.length, without: late.length });
  });

  it('are digested and compared once: a second run reads neither', () => {
    const store = join(folder, 'warm');
    expect(ximJson(run('run', 'warm')).code).toBeLessThanOrEqual(1);
    const path = join(store, 'stages', 'fileDigests.json');
    const known = readJson(path).content;
    const entry = Object.keys(known).find((key) => key.includes('/a.parquet|'))!;
    expect(known[entry].pages).toEqual({ verified: early.length, without: 0 });
    // Counts that no file has: they can only come from what is remembered.
    known[entry].pages = { verified: 1000 + early.length, without: 0 };
    writeFileSync(path, checkedJson(known));
    const { document } = ximJson([...run('align', 'warm'), '--set', 'align.bucket=5s']);
    expect(document.days[0].datasets.trades.checksums.verified).toBe(1000 + early.length + late.length);
  });
});

describe('a matrix with page checksums', () => {
  const path = join(folder, 'matrix.parquet');
  const constrain = ['constrain', '--matrix', path, '--store', join(folder, 'matrices')];

  it('is taken whole, and refused before anything is published when a bit has changed', () => {
    const column = (name: string, ...values: number[]): TestColumn => ({
      name,
      physical: PHYSICAL.double,
      rowGroups: [[{ values: 2, bytes: plain.double(...values) }]],
    });
    const [page] = writeParquetBytes(path, [column('A', 2, 0.5), column('B', 0.5, 3)], () => true);
    const whole = readFileSync(path);
    whole[page.start + 6] ^= 4;
    writeFileSync(path, whole);
    const { code, document } = ximJson(constrain);
    expect(code).toBe(3);
    expect(document.error.message).toContain('column "A", row group 1, page 1: its checksum is');
    expect(existsSync(join(folder, 'matrices', 'versions'))).toBe(false);
    whole[page.start + 6] ^= 4;
    writeFileSync(path, whole);
    expect(ximJson(constrain).code).toBe(0);
  });
});
