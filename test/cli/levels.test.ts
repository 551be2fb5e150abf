import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { changedSample, LAST_DATE, SAMPLE_DATES } from '../support/changedSample.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const root = join(folder, 'data');
const PENCE_DATES = SAMPLE_DATES.slice(3, 5);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const inPence = (dates: readonly string[], ...prices: string[]) => {
  const scaled = prices.map(
    (price) => `CAST(${price} AS DOUBLE) * CASE WHEN symbol = 'SIM1' THEN 100 ELSE 1 END AS ${price}`,
  );
  return (date: string) => (dates.includes(date) ? `SELECT * REPLACE (${scaled.join(', ')}) FROM $` : undefined);
};
const write = (dates: readonly string[]) =>
  changedSample(engine, root, {
    dates: SAMPLE_DATES,
    drop: ['parents'],
    change: { quotes: inPence(dates, 'bid', 'ask'), trades: inPence(dates, 'price'), fills: inPence(dates, 'price') },
  });

function run(store: string, config = '') {
  const file = join(folder, 'xim.yaml');
  const sessions = 'calendar: { sessions: [["10:00", "11:00"], ["13:00", "13:45"]] }';
  writeFileSync(file, [sessions, 'fit: { window: 6d }', config].join('\n'));
  const { code, document } = ximJson([
    'run',
    '--date',
    LAST_DATE,
    '--config',
    file,
    '--data',
    root,
    '--store',
    join(folder, store),
  ]);
  return { code, document, gate: document.gates.find(({ name }: { name: string }) => name === 'levels') };
}

describe('a name quoted in another unit', () => {
  it('on two days is named with the days, and is not promoted', async () => {
    await write(PENCE_DATES);
    const { code, gate, document } = run('two');
    expect(code).toBe(1);
    expect(gate).toMatchObject({ verdict: 'failed' });
    // Up on the first day, down on the day after the last: the larger of the two is said.
    const said = /SIM1 \(2024-03-11, 2024-03-13\): its mid is (?:1\/(\d+) of|([\d.]+) times) that of 2024-03-(?:12|08)/;
    const [, down, up] = said.exec(gate.reason)!;
    expect(Math.abs(Number(down ?? up) - 100)).toBeLessThan(2);
    expect(document.notes.join()).toContain(gate.reason);
  });

  it('on all days is named by its volume, and may be accepted', async () => {
    await write(SAMPLE_DATES);
    const failed = run('all');
    expect(failed.code).toBe(1);
    expect(failed.gate.reason).toMatch(/SIM1 \(2024-03-06, .*2024-03-13\): its volume over its adv is/);
    const accepted = run('all', 'validate: { gates: { accept: { levels: adv is in pence } } }');
    expect(accepted.gate).toMatchObject({
      verdict: 'passed',
      reason: expect.stringMatching(/accepted: adv is in pence/),
    });
  });
});
