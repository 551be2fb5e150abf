import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { changedSample, LAST_DATE, SAMPLE_DATES, type SampleChange } from '../support/changedSample.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const root = join(folder, 'data');
const dates = SAMPLE_DATES.slice(-2);

let engine: Engine;
let stores = 0;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** The gates of a run on the last two days of the sample data with some changes. */
async function run(change: NonNullable<SampleChange['change']>, config = '') {
  await changedSample(engine, root, { dates, drop: ['parents'], change });
  const file = join(folder, 'xim.yaml');
  const sessions = 'calendar: { sessions: [["10:00", "11:00"], ["13:00", "13:45"]] }';
  writeFileSync(file, [sessions, 'fit: { window: 2d }', config].join('\n'));
  const store = join(folder, `store${stores++}`);
  const { code, document } = ximJson(
    ['run', '--date', LAST_DATE, '--config', file, '--data', root].concat('--store', store),
  );
  const gate = (wanted: string) => document.gates.find(({ name }: { name: string }) => name === wanted);
  return { code, gate, levels: gate('levels'), notes: document.notes.join() };
}

const times = (column: string, factor: number, condition: string) =>
  `SELECT * REPLACE (CAST(${column} AS DOUBLE) * CASE WHEN ${condition} THEN ${factor} ELSE 1 END AS ${column}) FROM $`;

/** Bid and ask of some quotes of SIM1 times a factor, by their number from zero. */
const quotesTimes = (factor: number, numbers: string) => {
  const wrong = `CASE WHEN symbol = 'SIM1' AND ${numbers} THEN ${factor} ELSE 1 END`;
  const numbered = 'SELECT *, row_number() OVER (PARTITION BY symbol ORDER BY ts) - 1 AS k FROM $';
  const prices = ['bid', 'ask'].map((side) => `CAST(${side} AS DOUBLE) * ${wrong} AS ${side}`);
  return `SELECT * EXCLUDE (k) REPLACE (${prices.join(', ')}) FROM (${numbered}) ORDER BY ts, symbol`;
};

describe('levels that only other data contradict', () => {
  it('are own fills of a name in lots', async () => {
    const { code, levels, notes } = await run({ fills: times('qty', 0.01, "symbol = 'SIM1'") });
    expect(code).toBe(1);
    expect(levels.reason).toMatch(/SIM1 \(2024-03-12, 2024-03-13\): the mean value of its own fills .* 1\/99/);
    expect(notes).toContain(levels.reason);
  });

  it('are quotes adjusted for a split of 2:1 while trades are not', async () => {
    const half = "CASE WHEN symbol = 'SIM1' THEN 0.5 ELSE 1 END";
    const { code, levels } = await run({
      quotes: `SELECT * REPLACE (CAST(bid AS DOUBLE) * ${half} AS bid, CAST(ask AS DOUBLE) * ${half} AS ask) FROM $`,
    });
    expect(code).toBe(1);
    expect(levels.reason).toMatch(/SIM1 .*the mean price of trades of the tape is 2 times its mid/);
  });
});

describe('quotes that were wrong for a moment', () => {
  it('are named where two of them in a row doubled the price', async () => {
    const { code, levels } = await run({
      quotes: (date) => (date === LAST_DATE ? quotesTimes(2, 'k IN (1000, 1001)') : undefined),
    });
    expect(code).toBe(1);
    expect(levels).toMatchObject({ verdict: 'failed', value: 1 });
    expect(levels.reason).toMatch(
      /SIM1 \(2024-03-13\): its mid moved by 69\d\d bps at 2024-03-13T14:1[89]:\d\d.* and back/,
    );
  });

  it('are accepted with a reason, though each is below align.bad_tick_jump', async () => {
    const changes = { quotes: quotesTimes(1.03, 'k % 200 = 50') };
    const { levels } = await run(changes, 'validate: { gates: { accept: { levels: prints of a venue } } }');
    expect(levels).toMatchObject({ verdict: 'passed' });
    expect(levels.reason).toMatch(/SIM1 .* such moves are \d\d+ % of its squared moves; accepted: prints of a venue/);
  });

  it('are no price that jumps and stays, nor one that is as it was', async () => {
    const late = `ts >= TIMESTAMP '${LAST_DATE} 14:30:00' AND symbol = 'SIM1'`;
    const jump =
      (...columns: string[]) =>
      (date: string) =>
        date === LAST_DATE
          ? `SELECT * REPLACE (${columns.map((c) => `CAST(${c} AS DOUBLE) * CASE WHEN ${late} THEN 1.2 ELSE 1 END AS ${c}`).join(', ')}) FROM $`
          : undefined;
    const news = await run({ quotes: jump('bid', 'ask'), trades: jump('price'), fills: jump('price') });
    expect(news.levels).toBeUndefined();
    const quotes = join(root, 'quotes', `date=${LAST_DATE}`, '*.parquet');
    const jumped = await engine.connection.runAndReadAll(
      `SELECT max(bid) / min(bid) > 1.15 FROM read_parquet('${quotes}') WHERE symbol = 'SIM1'`,
    );
    expect(jumped.getRows()).toEqual([[true]]);
  });
});

describe('own fills with their sides swapped', () => {
  it('make the gates ask for the sides', async () => {
    const { code, gate, levels } = await run({ fills: 'SELECT * REPLACE (-side AS side) FROM $' });
    expect(code).toBe(1);
    expect(gate('certificate').reason).toMatch(/positive_diagonal; are the sides swapped \(data.sides\)\?/);
    expect(gate('constraint_moves').reason).toMatch(/SIM1 and 8 more moves against own flow: are the sides swapped/);
    expect(levels).toBeUndefined();
  });
});
