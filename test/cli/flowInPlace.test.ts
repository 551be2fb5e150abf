import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Flow that a day loses because a part of it has other stamps or other sides than the rest. */

const DATE = '2024-03-13';
const SESSIONS = '[["10:00", "11:00"], ["13:00", "13:45"]]';
const TAPE = 'flow: { source: trades }';
const folder = temporaryFolder();
const data = join(folder, 'data');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() => {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data);
  cpSync(join(repository, 'sample-data/universe.csv'), join(data, 'universe.csv'));
  for (const dataset of ['quotes', 'trades', 'fills'])
    cpSync(join(repository, 'sample-data', dataset, `date=${DATE}`), join(data, dataset, `date=${DATE}`), {
      recursive: true,
    });
});

const sample = (dataset: string) => `'${join(repository, 'sample-data', dataset, `date=${DATE}`, 'part-0.parquet')}'`;

/** The dataset with some of its columns replaced. */
const change = (dataset: string, replaced: string) =>
  engine.connection.run(
    `COPY (SELECT * EXCLUDE (file_row_number) REPLACE (${replaced}) FROM read_parquet(${sample(dataset)}, file_row_number = true) ORDER BY ts)
     TO '${join(data, dataset, `date=${DATE}`, 'part-0.parquet')}' (FORMAT parquet)`,
  );

async function count(dataset: string, where: string): Promise<number> {
  const reader = await engine.connection.runAndReadAll(
    `SELECT count(*)::INTEGER FROM read_parquet(${sample(dataset)}, file_row_number = true) WHERE ${where}`,
  );
  return Number(reader.getRows()[0][0]);
}

function align(section = '', { mapping = '', sessions = SESSIONS, command = 'align' } = {}) {
  const config = join(folder, 'xim.yaml');
  writeFileSync(
    config,
    `store: ${join(folder, 'store')}\ndata: { root: ${data}${mapping} }\n${section}\ndefactor: { factors: derived }
calendar: { timezone: America/New_York, sessions: ${sessions} }\nfit: { window: 1d }\n`,
  );
  return ximJson([command, '--date', DATE, '--config', config]);
}

function refusal(...asked: Parameters<typeof align>) {
  const { code, document } = align(...asked);
  expect(code).toBe(3);
  return document.error as { message: string; hint: string };
}

function notes(...asked: Parameters<typeof align>): string {
  const { code, document } = align(...asked);
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  return document.days[0].notes.join('\n');
}

const laterWhere = (condition: string) => `CASE WHEN ${condition} THEN ts + INTERVAL 1 HOUR ELSE ts END AS ts`;

describe('fills outside the sessions', () => {
  it('of one venue are refused, with their stamps', async () => {
    await change('fills', laterWhere("venue = 'ARCX'"));
    const rows = await count('fills', "venue = 'ARCX'");
    const { message } = refusal();
    expect(message).toContain(`${rows} of ${rows} rows of venue "ARCX" lie outside calendar.sessions`);
    expect(message).toMatch(/go from 2024-03-13T15:00.* to 2024-03-13T18:4/);
  });
  it.each(['1 HOUR', '24 HOUR'])('of a whole day, by %s', async (shift) => {
    await change('fills', `ts + INTERVAL ${shift} AS ts`);
    expect(refusal().message).toMatch(/fills of 2024-03-13: all \d+ rows of the universe lie outside/);
  });
  it('are said beyond a few percent', async () => {
    await change('fills', laterWhere('file_row_number % 12 = 0'));
    const [outside, rows] = [await count('fills', 'file_row_number % 12 = 0'), await count('fills', 'true')];
    expect(notes()).toMatch(new RegExp(`fills of ${DATE}: ${outside} of ${rows} rows lie outside .* go from`));
  });
  it('are no news below, nor where sessions are a part of the day', async () => {
    await change('fills', laterWhere('file_row_number % 50 = 0'));
    expect(notes()).not.toContain('lie outside');
    await change('fills', 'ts AS ts');
    expect(notes('', { sessions: '[["10:00", "11:00"]]' })).not.toContain('lie outside');
  });
});

describe('a tape outside the sessions', () => {
  const inVenues = "CASE WHEN file_row_number % 4 = 0 THEN 'A' ELSE 'B' END AS venue";
  it('of one venue is refused', async () => {
    await change('trades', `${inVenues}, ${laterWhere('file_row_number % 4 = 0')}`);
    expect(refusal(TAPE).message).toMatch(/trades of .* rows of venue "A" lie outside/);
  });
  it('of a few prints after hours is not', async () => {
    await change('trades', `${inVenues}, ${laterWhere('file_row_number % 8 = 0')}`);
    expect(notes(TAPE)).not.toContain('"B"');
    await change('trades', laterWhere('file_row_number % 8 = 0'));
    expect(notes(TAPE)).not.toContain('lie outside');
  });
});

describe('rows that data.rows leaves out', () => {
  it('all of them: the key is named, and how many', async () => {
    const { message, hint } = refusal('', { mapping: ', rows: { fills: { venue: [NOWHERE] } }' });
    expect(message).toBe(`fills of ${DATE}: data.rows.fills leaves out all ${await count('fills', 'true')} rows`);
    expect(hint).toContain('NOWHERE');
  });
});

describe('sales coded as 0', () => {
  it.each([
    ['of one venue', "venue = 'A'", /every side of venue "A" is 1 or 0, and none is -1/],
    ['in one session', "ts > TIMESTAMP '2024-03-13 16:00'", /every side in the first half of session 2 is 1 or 0/],
    ['everywhere', 'true', /every side is 1 or 0, and none is -1/],
  ])('%s', async (_, where, message) => {
    const venue = "CASE WHEN file_row_number % 3 = 0 THEN 'A' ELSE 'B' END";
    await change(
      'trades',
      `${venue} AS venue, CASE WHEN side < 0 AND ${where.replace('venue', venue)} THEN 0 ELSE side END AS side`,
    );
    const { message: said, hint } = refusal(TAPE);
    expect(said).toMatch(message);
    expect(hint).toContain('"0": sell');
  });
  it('but not sides that are unknown here and there', async () => {
    await change('trades', 'CASE WHEN file_row_number % 3 = 0 THEN 0 ELSE side END AS side');
    expect(notes(TAPE)).toMatch(/have side 0; they count as volume, not as flow/);
  });
  it('a side that is missing is a bad side', async () => {
    await change('trades', 'CASE WHEN file_row_number % 10 = 0 THEN NULL ELSE side END AS side');
    const { message, hint } = refusal(TAPE);
    expect(message).toMatch(/rows have no side that is known/);
    expect(hint).toContain('data.sides');
  });
});

describe('data.sides: signed where no quantity is negative', () => {
  it('is refused for a tape', async () => {
    const { message, hint } = refusal(TAPE, { mapping: ', sides: { trades: signed }' });
    expect(message).toBe(`trades of ${DATE}: all ${await count('trades', 'true')} rows are bought`);
    expect(hint).toContain('sign of the size');
  });
  it('and said of own fills, which may all be of one side', async () => {
    const rows = await count('fills', 'true');
    expect(notes('', { mapping: ', sides: { fills: signed }' })).toContain(`all ${rows} rows are bought in fills`);
  });
});
