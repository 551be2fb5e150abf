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
import { readJson, repository, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const root = join(folder, 'data');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

let stores = 0;
const command = (verb: string) => [verb, '--config', 'configs/sample.yaml', '--data', root, '--date', DATE];
async function align(sample: SampleChange) {
  await changedSample(engine, root, sample);
  const { code, document } = ximJson([...command('align'), '--store', join(folder, `store${stores++}`)]);
  return { code, error: document.error, day: document.days?.[0] };
}

const rows = (day: { folder: string }, file: string, columns = '*', where = 'true') =>
  rowsOf(engine, `SELECT ${columns} FROM '${day.folder}/${file}.parquet' WHERE ${where} ORDER BY ALL`);
const universe = (columns: Readonly<Record<string, string>>) => ({ 'universe.csv': universeOf(SAMPLE_NAMES, columns) });

/** Prices doubled, which no rounding spoils when they are halved again. */
const doubled: SampleChange['change'] = {
  quotes: 'SELECT * REPLACE (CAST(bid AS DOUBLE) * 2 AS bid, CAST(ask AS DOUBLE) * 2 AS ask) FROM $',
  trades: 'SELECT * REPLACE (CAST(price AS DOUBLE) * 2 AS price) FROM $',
  fills: 'SELECT * REPLACE (CAST(price AS DOUBLE) * 2 AS price) FROM $',
  parents: 'SELECT * REPLACE (CAST(arrival_mid AS DOUBLE) * 2 AS arrival_mid) FROM $',
};

describe('the scale of prices', () => {
  it('brings them to the quoted currency everywhere', async () => {
    const plain = await align({ files: universe({ price_scale: '1' }) });
    const expected = [await rows(plain.day, 'market'), await rows(plain.day, 'flow')];
    const { day } = await align({ change: doubled, files: universe({ price_scale: '0.5' }) });
    expect([await rows(day, 'market'), await rows(day, 'flow')]).toEqual(expected);
    const other = await align({ files: universe({ price_scale: '0.5' }) });
    expect(await rows(other.day, 'market')).not.toEqual(expected[0]);
  });

  it('and in what orders cost', async () => {
    const scored = async (sample: SampleChange) => {
      await changedSample(engine, root, sample);
      return ximJson([...command('scorecard'), '--store', join(folder, `store${stores++}`)]).document;
    };
    const { code: _, ...expected } = await scored({ files: universe({ price_scale: '1' }) });
    expect(expected.rows.parents).toBeGreaterThan(0);
    expect(await scored({ change: doubled, files: universe({ price_scale: '0.5' }) })).toEqual(expected);
  });
});

describe('contracts', () => {
  const flowSql = (day: { folder: string }) =>
    rowsOf(
      engine,
      `SELECT symbol, signed_qty, signed_notional FROM '${day.folder}/flow.parquet' WHERE symbol = 'SIM1' ORDER BY ts, venue`,
    );

  it('linear and quanto ones are worth quantity, price, multiplier and rate', async () => {
    const linear = await align({ files: universe({ contract: 'linear', multiplier: '10', fx: '0.25' }) });
    const quanto = await align({ files: universe({ contract: 'quanto', multiplier: '10', fx: '0.25' }) });
    const found = await flowSql(linear.day);
    const plain = await flowSql((await align({})).day);
    expect(found.length).toBeGreaterThan(50);
    found.forEach((row, k) => {
      expect(Number(row.signed_notional) / (2.5 * Number(plain[k].signed_notional))).toBeCloseTo(1, 12);
    });
    expect(await flowSql(quanto.day)).toEqual(found);
  });

  it('inverse ones are worth quantity, multiplier and rate whatever the price', async () => {
    const { day } = await align({ files: universe({ contract: 'inverse', multiplier: '100', fx: '0.5' }) });
    const found = await flowSql(day);
    expect(found.length).toBeGreaterThan(50);
    for (const row of found) expect(Number(row.signed_notional)).toBeCloseTo((Number(row.signed_qty) * 50) / 1e6, 12);
    const [{ volume }] = await rowsOf(
      engine,
      `SELECT sum(volume) AS volume FROM '${day.folder}/market.parquet' WHERE symbol = 'SIM1'`,
    );
    const tape = `read_parquet('${join(repository, `sample-data/trades/date=${DATE}/part-0.parquet`)}')`;
    const [{ size }] = await rowsOf(engine, `SELECT sum(size)::DOUBLE AS size FROM ${tape} WHERE symbol = 'SIM1'`);
    expect(Number(volume)).toBeCloseTo((Number(size) * 50) / 1e6, 9);
    const depths = await rows(
      day,
      'market',
      'bid_depth / ask_depth AS ratio, queue_imbalance AS q',
      "symbol = 'SIM1' AND mid IS NOT NULL",
    );
    for (const { ratio, q } of depths) expect(Number(ratio)).toBeCloseTo((1 + Number(q)) / (1 - Number(q)), 9);
  });

  it('of another kind are refused', async () => {
    const { code, error } = await align({ files: universe({ contract: 'perpetual' }) });
    expect(code).toBe(3);
    expect(error.message).toMatch(/contract of "SIM1" is perpetual/);
  });
});

describe('rates of currencies', () => {
  const fx = (...lines: string[]) => ({
    ...universe({ currency: 'EUR', fx: '1' }),
    'fx.csv': ['date,currency,rate', ...lines].join('\n'),
  });

  it('convert what is in their currency, by the date', async () => {
    const sample = { dates: ['2024-03-12', DATE], files: fx('2024-03-12,EUR,1.5', `${DATE},EUR,0.25`) };
    const { day } = await align(sample);
    const before = ximJson([
      ...command('align').slice(0, -1),
      '2024-03-12',
      '--store',
      join(folder, `store${stores++}`),
    ]).document.days[0];
    const plain = await align({ dates: ['2024-03-12', DATE] });
    const earlier = ximJson([
      ...command('align').slice(0, -1),
      '2024-03-12',
      '--store',
      join(folder, `store${stores++}`),
    ]).document;
    expect(earlier.days[0].folder).not.toBe(before.folder);
    const ratio = async (a: { folder: string }, b: { folder: string }) => {
      const total = async (d: { folder: string }) =>
        Number((await rowsOf(engine, `SELECT sum(abs(signed_notional)) AS t FROM '${d.folder}/flow.parquet'`))[0].t);
      return (await total(a)) / (await total(b));
    };
    expect(await ratio(day, plain.day)).toBeCloseTo(0.25, 12);
    expect(await ratio(before, earlier.days[0])).toBeCloseTo(1.5, 12);
  });

  it.each([
    ['a date is missing', ['2024-03-12,EUR,1.1'], /no rate of EUR for 2024-03-13, which "SIM1" needs/],
    ['a currency is missing', [`${DATE},GBP,1.1`], /no rate of EUR, the currency of "SIM1", on any date/],
    ['a date stands twice', [`${DATE},EUR,1.1`, `${DATE},EUR,1.1`], /row 1 gives a second rate of EUR for 2024-03-13/],
    ['a rate is zero', [`${DATE},EUR,0`], /row 0 has rate = 0 for EUR/],
    ['a rate is empty', [`${DATE},EUR,`], /row 0 has rate = nothing/],
    ['a rate is no number', [`${DATE},EUR,par`], /row 0 has rate = par/],
    ['a date is none', ['13/03/2024,EUR,1'], /row 0 has date = 13\/03\/2024/],
  ])('are refused where %s', async (_, lines, message) => {
    const { code, error } = await align({ files: fx(...lines) });
    expect(code).toBe(3);
    expect(error.message).toMatch(message);
  });

  it('are asked for where currencies would be added up as one', async () => {
    const mixed = [
      'symbol,block,currency',
      ...SAMPLE_NAMES.map((name, i) => `${name},X,${i % 2 ? 'EUR' : 'GBP'}`),
    ].join('\n');
    const { code, error } = await align({ files: { 'universe.csv': mixed } });
    expect(code).toBe(3);
    expect(error.message).toMatch(/several currencies \(EUR, GBP\), and neither a column fx nor fx.csv/);
  });

  it('are inputs of the version', async () => {
    await changedSample(engine, root, {
      files: { ...fx(`${DATE},EUR,0.5`), 'symbols.csv': 'symbol,from,to,as\nA,,,SIM1\n' },
    });
    const { document } = ximJson([...command('run'), '--window', '1d', '--store', join(folder, 'inputs')]);
    const { inputs } = readJson(join(folder, 'inputs', 'versions', document.version, 'manifest.json'));
    const of = (dataset: string) => inputs.find((input: { dataset: string }) => input.dataset === dataset);
    expect(of('fx')).toMatchObject({ rows: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(of('symbols')).toMatchObject({ rows: 1 });
  });
});
