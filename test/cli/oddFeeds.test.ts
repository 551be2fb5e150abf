import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { changedSample, SAMPLE_DATES } from '../support/changedSample.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** One name of nine has its sides the wrong way round at one venue, another one on the first day; a factor stops for a day. */

const folder = temporaryFolder();
const root = join(folder, 'data');
const turned = (where: string) => `SELECT * REPLACE (CASE WHEN ${where} THEN -side ELSE side END AS side) FROM $`;
let gates: { readonly name: string; readonly verdict: string; readonly reason: string }[];

beforeAll(async () => {
  const engine = await testEngine(folder);
  const atVenue = `symbol = 'SIM3' AND venue = 'BATS'`;
  await changedSample(engine, root, {
    dates: SAMPLE_DATES,
    change: {
      fills: (date) => turned(date === '2024-03-06' ? `${atVenue} OR symbol = 'SIM5'` : atVenue),
      factors: (date) => (date === '2024-03-08' ? `SELECT * REPLACE (0 AS "MARKET") FROM $` : undefined),
    },
  });
  engine.close();
  cpSync(join(repository, 'sample-data', 'events.csv'), join(root, 'events.csv'));
  const where = ['--config', 'configs/sample.yaml', '--data', root, '--store', join(folder, 'store')];
  const { code, document } = ximJson(['run', '--date', '2024-03-13', ...where]);
  expect(code).toBe(1);
  gates = document.gates;
});

const gate = (name: string) => gates.find((each) => each.name === name)!;

it('a name at a venue, and one on a day, whose flow moves its price the other way are named', () => {
  expect(gate('own_impact').verdict).toBe('failed');
  expect(gate('own_impact').reason).toMatch(/SIM5 on 2024-03-06, -[\d.]+ times/);
  expect(gate('own_impact').reason).toMatch(/SIM3 at venue BATS, -[\d.]+ times/);
  expect(gate('own_impact').reason.match(/ times /g)).toHaveLength(2);
});

it('a factor that does not move is named with its day', () => {
  expect(gate('factor_days').verdict).toBe('failed');
  expect(gate('factor_days').reason).toMatch(/: factor MARKET does not move at all on 2024-03-08; what/);
});
