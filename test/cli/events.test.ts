import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { FLAG } from '../../src/model/buckets.js';
import { readJson, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { writeMinuteMarket } from '../support/minuteMarket.js';

const folder = temporaryFolder();
const data = join(folder, 'data');
const config = join(folder, 'xim.yaml');
/** A Friday and a Monday; New York is five hours behind UTC on both, sessions 14:30–16:30 and 18:00–20:00 UTC. */
const [FRIDAY, MONDAY] = ['2024-03-01', '2024-03-04'];

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  await writeMinuteMarket(
    engine,
    data,
    [FRIDAY, MONDAY].map((date) => ({ date, from: `${date} 14:00`, to: `${date} 21:00` })),
  );
  writeFileSync(
    config,
    `calendar: { timezone: America/New_York, sessions: [["09:30", "11:30"], ["13:00", "15:00"]] }
align: { bucket: 60s, max_stale: 5m, max_quarantine: 0.5 }
fit: { window: 2d }\n`,
  );
});
afterAll(() => engine.close());

let stores = 0;
function align(events: string, ...dates: string[]) {
  writeFileSync(join(data, 'events.csv'), `start,end,symbol,label\n${events}\n`);
  const store = join(folder, `store-${stores++}`);
  return ximJson(['align', ...dates, '--data', data, '--config', config, '--store', store]);
}

/** Buckets with a flag, as the file has them: symbol, first and last bucket end, how many. */
const flagged = (day: { folder: string }, flag: number) =>
  rowsOf(
    engine,
    `SELECT symbol, strftime(min(ts), '%H:%M') AS first, strftime(max(ts), '%H:%M') AS last, count(*)::INTEGER AS n,
       count(ret_bps)::INTEGER AS moves
     FROM '${join(day.folder, 'market.parquet')}' WHERE flags & ${flag} > 0 GROUP BY symbol ORDER BY symbol`,
  );
const cells = (symbol: string, first: string, last: string, n: number) => ({ symbol, first, last, n, moves: 0 });

describe('events', () => {
  it.each([
    ['an open end', '2024-03-04T15:10:30Z,,AAA,Halt', FLAG.halted, [cells('AAA', '15:11', '16:30', 80)]],
    ['from between sessions', '2024-03-04 17:00,,BBB,x', FLAG.maskedEvent, [cells('BBB', '18:01', '20:00', 120)]],
    [
      'a date',
      '2024-03-04,,,x',
      FLAG.maskedEvent,
      [cells('AAA', '14:31', '20:00', 240), cells('BBB', '14:31', '20:00', 240)],
    ],
    [
      'a weekend and the days beside it',
      '2024/03/01,20240304,*,x',
      FLAG.maskedEvent,
      [cells('AAA', '14:31', '20:00', 240), cells('BBB', '14:31', '20:00', 240)],
    ],
    [
      'times of another zone',
      '2024-03-04T10:00:00-05:00,2024-03-04T10:01:00.000000001-05:00,AAA,volatility auction',
      FLAG.halted,
      [cells('AAA', '15:01', '15:02', 2)],
    ],
  ])('mask what they say: %s', async (_, events, flag, expected) => {
    const [day] = align(events, '--date', MONDAY).document.days;
    expect(await flagged(day, flag)).toEqual(expected);
    expect(await flagged(day, flag === FLAG.halted ? FLAG.maskedEvent : FLAG.halted)).toEqual([]);
    expect(day.events).toHaveLength(1);
    expect(day.events[0].maskedBuckets).toBe(expected[0].n);
    expect(readJson(join(day.folder, 'align.json')).events).toEqual(day.events);
  });

  it('that mask nothing are said, and once in the manifest', () => {
    const events = [
      '2024-03-04T17:00:00Z,2024-03-04T17:30:00Z,AAA,lunch',
      '2024-03-02,,AAA,weekend',
      '2024-03-01 15:00,2024-03-01 15:00,,nothing',
      '2024-03-01,2024-03-04,ZZZ,stranger',
      '2024-02-29 15:00,2024-02-29 16:00,AAA,before',
    ].join('\n');
    const { document } = align(events, '--from', FRIDAY, '--to', MONDAY);
    const stranger = 'events.csv: 1 event of symbols outside the universe masks nothing: ZZZ';
    expect(document.days.map((day: { notes: string[] }) => day.notes)).toEqual([
      ['events.csv: times without a zone are taken as UTC', stranger, expect.stringMatching(/line 4 .* masks nothing/)],
      [stranger, expect.stringMatching(/line 2 .* masks nothing: it lies outside the sessions of 2024-03-04/)],
    ]);
    expect(document.notes).toEqual([expect.stringMatching(/line 3 .*the data has no trading day there/)]);
    const store = join(folder, 'run-store');
    const args = ['--data', data, '--config', config, '--store', store, '--set', 'fit.kernel.tau=["2m","permanent"]'];
    const { document: run } = ximJson(['run', '--date', MONDAY, ...args]);
    const said = run.notes.filter((note: string) => note.startsWith('events.csv'));
    expect(said).toHaveLength(5);
    expect(new Set(said).size).toBe(5);
    // From the cache of the days they are the same.
    expect(ximJson(['run', '--date', MONDAY, ...args, '--force']).document.notes).toEqual(run.notes);
  });

  it.each([
    ['2024-03-04T15:00Z,2024-03-04T14:59Z,AAA,x', /events\.csv: line 2 ends before it starts: .*15:00Z to .*14:59Z/],
    ['2024-03-01,,AAA,x\n\nyesterday,,AAA,x', /events\.csv: start of line 4 is "yesterday"/],
  ])('that cannot be read end the command before a bucket is written: %s', (events, message) => {
    const { code, document } = align(events, '--date', MONDAY);
    expect([code, document.error.kind]).toEqual([3, 'data']);
    expect(document.error.message).toMatch(message);
    expect(readdirSync(join(folder, `store-${stores - 1}`))).not.toContain('stages');
  });
});
