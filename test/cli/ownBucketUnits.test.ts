import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Own buckets of the sample in other units than the contract's: what the fit cannot see is said by gates or refused. */

const folder = temporaryFolder();
const DATE = '2024-03-13';
const own = join(folder, 'own');
const buckets = join(own, 'buckets', `date=${DATE}`);
const sample = ['--config', 'configs/sample.yaml', '--date', DATE, '--window', '1d'];

let engine: Engine;
let aligned: string;
beforeAll(async () => {
  engine = await testEngine(folder);
  aligned = ximJson(['align', ...sample, '--store', join(folder, 'events')]).document.days[0].folder;
});
afterAll(() => engine.close());

async function run(market: string, flow: string) {
  rmSync(own, { recursive: true, force: true });
  mkdirSync(buckets, { recursive: true });
  cpSync(join(repository, 'sample-data/universe.csv'), join(own, 'universe.csv'));
  for (const [name, query] of Object.entries({ market, flow, factors: 'SELECT * FROM $' })) {
    const from = query.replaceAll('$', `'${join(aligned, `${name}.parquet`)}'`);
    await engine.connection.run(`COPY (${from}) TO '${join(buckets, `${name}.parquet`)}' (FORMAT parquet)`);
  }
  const source = ['--data', own, '--set', 'data.source=buckets', '--store', join(folder, 'store')];
  return ximJson(['run', ...sample, ...source]);
}

const levels = (document: { gates: { name: string; verdict: string; reason: string }[] }) =>
  document.gates.find(({ name }) => name === 'levels');

it('flow in dollars fails the gate of levels, with the factor', async () => {
  const { code, document } = await run(
    'SELECT * FROM $',
    'SELECT * REPLACE (signed_notional * 1e6 AS signed_notional) FROM $',
  );
  expect(code).toBe(1);
  expect(levels(document)?.verdict).toBe('failed');
  expect(levels(document)?.reason).toMatch(/signed_notional is (999\d{3}|100\d{4}) times signed_qty × mid/);
});

it('moves as fractions fail it without mids, and are refused beside them', async () => {
  const alone = await run('SELECT ts, symbol, ret_bps / 1e4 AS ret_bps FROM $', 'SELECT * FROM $');
  expect(alone.code).toBe(1);
  expect(levels(alone.document)?.reason).toMatch(/root mean square of ret_bps is 0\.000\d+/);
  const beside = await run('SELECT * REPLACE (ret_bps / 1e4 AS ret_bps) FROM $', 'SELECT * FROM $');
  expect(beside.code).toBe(3);
  expect(beside.document.error.hint).toMatch(/looks like a fraction/);
});

it('a mid of zero is a row of the quarantine, and the run goes on', async () => {
  const zero = "CASE WHEN symbol = 'SIM1' AND epoch(ts)::BIGINT % 500 = 7 THEN 0 ELSE mid END AS mid";
  const { code, document } = await run(`SELECT ts, symbol, ${zero} FROM $`, 'SELECT * FROM $');
  expect(code).toBeLessThan(2);
  expect(document.error).toBeUndefined();
});
