import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { changedSample, SAMPLE_DATES } from '../support/changedSample.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** The sample with one of its names under a second symbol as well: quotes, trades and fills twice over. */

const folder = temporaryFolder();
const root = join(folder, 'data');

beforeAll(async () => {
  const engine = await testEngine(folder);
  const twice = `SELECT * FROM $ UNION ALL SELECT * REPLACE ('SIM9X' AS symbol) FROM $ WHERE symbol = 'SIM9'`;
  const universe = readFileSync(join(repository, 'sample-data', 'universe.csv'), 'utf8');
  await changedSample(engine, root, {
    dates: SAMPLE_DATES,
    change: { quotes: twice, trades: twice, fills: twice },
    files: { 'universe.csv': `${universe.trimEnd()}\nSIM9X,SECTORC,260,0.01\n` },
  });
  engine.close();
  cpSync(join(repository, 'sample-data', 'events.csv'), join(root, 'events.csv'));
});
const run = (...more: string[]) => {
  const where = ['--config', 'configs/sample.yaml', '--data', root, '--store', join(folder, 'store')];
  const { code, document } = ximJson(['run', '--date', '2024-03-13', ...where, ...more]);
  const gate = document.gates.find(({ name }: { name: string }) => name === 'identification');
  return { code, gate };
};

it('an instrument under two symbols, of which each gets half of its impact, fails a gate that says what to do', () => {
  const { code, gate } = run();
  expect(code).toBe(1);
  expect(gate.verdict).toBe('failed');
  expect(gate.reason).toMatch(
    /the flow of SIM9 and SIM9X goes together: nothing tells what each of them costs.*symbols\.csv/,
  );
});

it('is said where the desk wants it reported alone', () => {
  const { gate } = run('--set', 'validate.gates.identification=report');
  expect(gate.verdict).toBe('passed');
  expect(gate.reason).toContain('SIM9 and SIM9X');
});
