import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { xim, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { writeMinuteMarket } from '../support/minuteMarket.js';

const folder = temporaryFolder();
const data = join(folder, 'data');
const store = join(folder, 'store');
/** Wednesday to Tuesday, without the Thursday and the weekend. */
const DATES = ['2024-03-06', '2024-03-08', '2024-03-11', '2024-03-12'];
const SETTINGS = [
  'align.bucket=60s',
  'align.max_stale=5m',
  'align.max_quarantine=0.5',
  'calendar.timezone=UTC',
  'calendar.sessions=[["12:00","20:00"]]',
];

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  const days = DATES.map((date) => ({ date, from: `${date} 12:00`, to: `${date} 20:00` }));
  await writeMinuteMarket(engine, data, days);
});
afterAll(() => engine.close());

const args = (...more: string[]) => [
  ...['--data', data, '--store', store],
  ...SETTINGS.flatMap((setting) => ['--set', setting]),
  ...more,
];
const align = (...more: string[]) => ximJson(['align', ...args(...more)]);
const datesOf = ({ document }: ReturnType<typeof align>) => document.days.map(({ date }: { date: string }) => date);

describe('days by their place in the data', () => {
  it('are the last one and the one before it', () => {
    expect(datesOf(align('--date', 'latest'))).toEqual(['2024-03-12']);
    expect(datesOf(align('--date', 'previous'))).toEqual(['2024-03-11']);
    expect(datesOf(align('--from', '2024-03-08', '--to', 'previous'))).toEqual(['2024-03-08', '2024-03-11']);
    expect(datesOf(align('--from', 'previous', '--to', 'latest'))).toEqual(['2024-03-11', '2024-03-12']);
  });

  it('are said on stderr, not under --quiet', () => {
    const { code, stderr } = xim(['align', ...args('--date', 'latest')]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('--date latest is 2024-03-12')]);
    expect(xim(['align', ...args('--date', 'latest', '--quiet')]).stderr).toBe('');
  });

  it('are those of a run, its history included', () => {
    const { document } = ximJson(['run', ...args('--date', 'latest', '--dry-run', '--window', '2d')]);
    expect(document.dates.map(({ date }: { date: string }) => date)).toEqual(['2024-03-11', '2024-03-12']);
  });

  it('are refused where there are none, and where days are not of the data', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    for (const [root, message] of [
      [empty, /there is no latest day: .* has 0 days of quotes/],
      [join(folder, 'nowhere'), /does not exist/],
    ] as const) {
      const { code, document } = ximJson(['align', '--date', 'latest', '--data', root, '--store', store]);
      expect([code, document.error.kind]).toEqual([3, 'data']);
      expect(document.error.message).toMatch(message);
    }
    expect(ximJson(['health', '--from', 'latest', '--store', store]).document.error.kind).toBe('usage');
    expect(ximJson(['align', '--date', 'newest', '--data', data, '--store', store]).code).toBe(2);
    expect(ximJson(['align', '--date', '2024-02-30', '--data', data, '--store', store]).code).toBe(2);
  });
});

describe('a date that the data does not have', () => {
  const closed = ['--set', 'calendar.overrides={"2024-03-13":[]}'];
  const open = ['--set', 'calendar.overrides={"2024-03-09":[["12:00","20:00"]]}'];
  const crypto = ['--set', 'calendar.sessions=[["00:00","24:00"]]'];

  it.each<[string, string, string[], RegExp]>([
    ['a Saturday', '2024-03-09', [], /is no trading day: it is a Saturday, and the data has none/],
    ['a Sunday after the data', '2024-03-17', [], /it is a Sunday/],
    [
      'a hole in which no dataset has anything',
      '2024-03-07',
      [],
      /no dataset has it, and the quotes go on to 2024-03-12/,
    ],
    ['a holiday of the calendar', '2024-03-13', closed, /calendar\.overrides says that the venue is closed/],
    ['a hole of a market without weekends', '2024-03-09', crypto, /no dataset has it/],
  ])('is no trading day: %s', (_, date, more, message) => {
    for (const verb of ['run', 'fit', 'align', 'validate']) {
      const { code, document } = ximJson([verb, ...args('--date', date, ...more)]);
      expect([code, document.error.kind]).toEqual([13, 'noTradingDay']);
      expect(document.error.message).toMatch(message);
    }
    const { code, stdout, stderr } = xim(['run', ...args('--date', date, '--quiet', ...more)]);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([13, '', 1]);
  });

  it.each<[string, string, string[], RegExp]>([
    [
      'a weekday after the data',
      '2024-03-13',
      [],
      /there are no quotes for 2024-03-13 .* yet: the last day is 2024-03-12/,
    ],
    ['a Sunday of a market without weekends', '2024-03-17', crypto, /yet: the last day/],
    ['before the data', '2024-03-05', [], /there are no quotes for 2024-03-05 /],
    ['a Saturday with sessions of its own', '2024-03-09', open, /there are no quotes for 2024-03-09 /],
  ])('is missing: %s', (_, date, more, message) => {
    const { code, document } = align('--date', date, ...more);
    expect([code, document.error.kind]).toEqual([3, 'data']);
    expect(document.error.message).toMatch(message);
  });

  it.each(['2024-03-07', '2024-03-09', '2024-03-13'])('is broken where another dataset has it: %s', async (date) => {
    const trades = join(data, 'trades', `date=${date}`);
    mkdirSync(trades, { recursive: true });
    writeFileSync(join(trades, 'part.parquet'), '');
    const { code, document } = align('--date', date);
    rmSync(join(data, 'trades'), { recursive: true });
    expect([code, document.error.kind]).toEqual([3, 'data']);
    expect(document.error.message).toMatch(/there are no quotes for .*, but there are trades/);
  });

  it('is judged for every day of a range', () => {
    expect(align('--from', '2024-03-09', '--to', '2024-03-10').code).toBe(13);
    expect(align('--from', '2024-03-13', '--to', '2024-03-17').code).toBe(3);
    expect(align('--from', '2024-03-16', '--to', '2024-03-17').code).toBe(13);
    expect(align('--from', '2024-03-12', '--to', '2024-03-11').code).toBe(3);
  });
});
