import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { writeMinuteMarket } from '../support/minuteMarket.js';

const folder = temporaryFolder();
const sample = join(repository, 'sample-data');
const DATASETS = ['quotes', 'trades', 'fills', 'factors', 'parents'];
const DATES = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11', '2024-03-12', '2024-03-13'];

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** The sample data with its days filed under other dates. */
function refiled(name: string, dates: Readonly<Record<string, string>>): string {
  const data = join(folder, name);
  mkdirSync(data);
  cpSync(join(sample, 'universe.csv'), join(data, 'universe.csv'));
  for (const dataset of DATASETS)
    for (const [date, other] of Object.entries(dates))
      cpSync(join(sample, dataset, `date=${date}`), join(data, dataset, `date=${other}`), { recursive: true });
  return data;
}

function configOf(name: string, calendar: string, more = ''): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, `model: t\ncalendar: ${calendar}\nfit: { window: 6d }\n${more}`);
  return path;
}

const SAMPLE_CALENDAR =
  '{ timezone: America/New_York, sessions: [["10:00", "11:00"], ["13:00", "13:45"]], overrides: {} }';
/** 10:00 in New York on a day of summer time is 23:30 in Darwin, and the trading date there is the next. */
const DARWIN = '{ timezone: Australia/Darwin, sessions: [["23:30", "00:30"], ["02:30", "03:15"]] }';
const SUMMER = { '2024-03-11': '2024-03-12', '2024-03-12': '2024-03-13', '2024-03-13': '2024-03-14' };

const contentOf = (file: string) => rowsOf(engine, `SELECT * FROM '${file}' ORDER BY ALL`);

describe('a session over midnight', () => {
  it('gives the buckets, the matrix and the costs that the same instants give by day', () => {
    const night = refiled('night', SUMMER);
    const day = refiled('day', Object.fromEntries(Object.keys(SUMMER).map((date) => [date, date])));
    const run = (verb: string, date: string, data: string, config: string) =>
      ximJson([verb, '--date', date, '--data', data, '--config', config, '--store', `${data}-store`, '--window', '3d']);
    const configs = { night: configOf('night', DARWIN), day: configOf('day', SAMPLE_CALENDAR) };
    const [own, other] = [run('run', '2024-03-14', night, configs.night), run('run', '2024-03-13', day, configs.day)];
    expect(own.code).toBe(other.code);
    expect(own.document.metrics).toEqual(other.document.metrics);
    expect(own.document.kernel).toEqual(other.document.kernel);
    const cards = [
      run('scorecard', '2024-03-14', night, configs.night),
      run('scorecard', '2024-03-13', day, configs.day),
    ].map(({ document }) => document.scorecard.groups[0].shortfall.mean);
    expect(cards[0]).toEqual(cards[1]);
  });

  it('stamps buckets by the same instants', async () => {
    const args = [
      '--config',
      join(folder, 'night.yaml'),
      '--store',
      join(folder, 'night-store'),
      '--date',
      '2024-03-14',
    ];
    const night = ximJson(['align', ...args, '--data', join(folder, 'night')]).document.days[0];
    const day = ximJson([
      'align',
      '--config',
      join(folder, 'day.yaml'),
      '--store',
      join(folder, 'day-store'),
      '--data',
      join(folder, 'day'),
      '--date',
      '2024-03-13',
    ]).document.days[0];
    expect(night.buckets).toBe(6300);
    for (const file of ['market', 'flow', 'factors']) {
      const [a, b] = [night, day].map((aligned) => contentOf(join(aligned.folder, `${file}.parquet`)));
      expect(await a).toEqual(await b);
    }
  });
});

describe('a session round the clock', () => {
  it.each([
    ['2024-11-03', '2024-11-03 04:00', '2024-11-04 05:00', 1500],
    ['2024-03-10', '2024-03-10 05:00', '2024-03-11 04:00', 1380],
  ])('has every minute of %s', async (date, from, to, minutes) => {
    const data = join(folder, `clock-${date}`);
    await writeMinuteMarket(engine, data, [{ date, from, to }]);
    const config = configOf(
      `clock-${date}`,
      '{ timezone: America/New_York, sessions: [["00:00", "24:00"]] }',
      'align: { bucket: 60s, max_stale: 5m }\n',
    );
    const { code, document } = ximJson([
      'align',
      '--date',
      date,
      '--data',
      data,
      '--config',
      config,
      '--store',
      `${data}-s`,
    ]);
    expect(code).toBe(0);
    const [{ buckets, datasets, coverage, folder: aligned, notes }] = document.days;
    expect([buckets, datasets.quotes.used, notes]).toEqual([minutes, 2 * minutes, []]);
    // Nothing is known when the first bucket opens.
    expect(coverage.map((name: { missingShare: number }) => name.missingShare)).toEqual([1 / minutes, 1 / minutes]);
    const [stamps] = await rowsOf(
      engine,
      `SELECT min(ts)::VARCHAR AS first, max(ts)::VARCHAR AS last, count(DISTINCT ts)::INTEGER AS n FROM '${aligned}/market.parquet'`,
    );
    expect(stamps).toEqual({ first: `${from.slice(0, -2)}01:00`, last: `${to}:00`, n: minutes });
  });
});

describe('a day of its own hours', () => {
  const early = configOf(
    'early',
    SAMPLE_CALENDAR.replace('overrides: {}', 'overrides: { "2024-03-13": [["10:00", "10:40"]] }'),
  );
  const closed = configOf('closed', SAMPLE_CALENDAR.replace('overrides: {}', 'overrides: { "2024-03-12": [] }'));
  const same = Object.fromEntries(DATES.map((date) => [date, date]));

  it('takes part in a run, and orders of an hour are still priced', async () => {
    const data = refiled('early', same);
    for (const dataset of DATASETS.filter((name) => name !== 'parents')) {
      const file = `date=2024-03-13/part-0.parquet`;
      const ends = "TIMESTAMP '2024-03-13 14:40:00'";
      await engine.connection.run(
        `COPY (SELECT * FROM '${join(sample, dataset, file)}' WHERE ts <= ${ends}) TO '${join(data, dataset, file)}' (FORMAT parquet)`,
      );
    }
    const args = ['--date', '2024-03-13', '--data', data, '--store', `${data}-store`];
    const { code, document } = ximJson(['run', ...args, '--config', early]);
    expect([0, 1]).toContain(code);
    expect(document.certificate).toBe('passed');
    const { manifest } = ximJson(['show', '--store', `${data}-store`]).document;
    expect(manifest.config.calendar.overrides).toEqual({ '2024-03-13': [['10:00', '10:40']] });
    const seconds = manifest.metrics.referenceOrders.map((order: { seconds: number }) => order.seconds);
    expect(new Set(seconds)).toEqual(new Set([60, 600, 3600]));
    const days = ximJson(['align', '--from', DATES[0], '--to', DATES[5], ...args.slice(2), '--config', early]).document
      .days;
    expect(days.map((day: { buckets: number }) => day.buckets)).toEqual([6300, 6300, 6300, 6300, 6300, 2400]);
  });

  it('that the calendar does not know is said', async () => {
    const data = join(folder, 'unknown-hours');
    const day = { date: '2024-07-03', from: '2024-07-03 13:30', to: '2024-07-03 17:00' };
    await writeMinuteMarket(engine, data, [day]);
    const calendar = (more = '') =>
      `{ timezone: America/New_York, sessions: [["09:30", "16:00"], ["16:30", "17:00"]]${more} }`;
    const notesBy = (name: string, more?: string) => {
      const config = configOf(name, calendar(more), 'align: { bucket: 60s, max_stale: 5m }\n');
      const args = ['align', '--date', day.date, '--data', data, '--config', config, '--store', `${data}-store`];
      return ximJson(args).document.days[0].notes;
    };
    expect(notesBy('unknown-hours')).toEqual([
      '2024-07-03: no quote in the last 181 min of session 1; a day of other hours belongs in calendar.overrides',
      '2024-07-03: no quote in the whole of session 2; a day of other hours belongs in calendar.overrides',
    ]);
    expect(notesBy('known-hours', ', overrides: { "2024-07-03": [["09:30", "13:00"]] }')).toEqual([]);
  });

  it('without override is the day that it was', () => {
    const store = join(folder, 'empty-overrides');
    const args = ['run', '--date', '2024-03-13', '--data', sample, '--store', store, '--window', '1d'];
    const plain = configOf('plain', SAMPLE_CALENDAR.replace(', overrides: {}', ''));
    const id = ximJson([...args, '--config', plain]).document.id;
    expect(ximJson([...args, '--config', configOf('none', SAMPLE_CALENDAR)]).document).toMatchObject({
      id,
      fresh: false,
    });
    expect(ximJson(['show', '--store', store]).document.manifest.config.calendar).not.toHaveProperty('overrides');
  });

  it('on which the venue is closed is refused where the data has it', () => {
    const args = ['--data', sample, '--config', closed, '--store', join(folder, 'closed-store')];
    for (const command of [
      ['run', '--date', '2024-03-13'],
      ['align', '--date', '2024-03-12'],
    ]) {
      const { code, document } = ximJson([...command, ...args]);
      expect(code).toBe(3);
      expect(document.error.message).toBe(
        'there are quotes for 2024-03-12, but calendar.overrides says that the venue is closed on that day',
      );
    }
  });

  it('that the data does not have is said', () => {
    const config = configOf(
      'unused',
      SAMPLE_CALENDAR.replace('overrides: {}', 'overrides: { "2024-03-09": [["10:00", "11:00"]], "2024-03-10": [] }'),
    );
    const args = ['align', '--from', '2024-03-08', '--to', '2024-03-11', '--data', sample, '--config', config];
    expect(ximJson([...args, '--store', join(folder, 'unused-store')]).document.notes).toEqual([
      'calendar.overrides gives 2024-03-09 sessions of its own, but the data has no such day',
    ]);
  });

  it('is a date', () => {
    for (const date of ['2024-02-30', '20240313', 'July 3']) {
      const { code, document } = ximJson(['config', '--set', `calendar.overrides={"${date}":[]}`]);
      expect([code, document.error.kind]).toEqual([2, 'config']);
      expect(document.error.message).toContain(date);
    }
    const { document } = ximJson(['config', '--set', 'calendar.overrides.2024-07-03=[["09:30","13:00"]]']);
    expect(document.calendar.overrides).toEqual({ '2024-07-03': [['09:30', '13:00']] });
  });
});

describe('a bucket that does not divide a session', () => {
  it('leaves the rest out of it, counted as outside of it, and says so once', () => {
    const args = ['--data', sample, '--config', configOf('rest', SAMPLE_CALENDAR), '--set', 'align.bucket=7s'];
    const store = ['--store', join(folder, 'rest-store')];
    const notes = [
      // 3600 s are 514 buckets and 2 s, 2700 s are 385 and 5 s.
      'the last 2 s of the session 10:00–11:00 are no whole bucket and are left out',
      'the last 5 s of the session 13:00–13:45 are no whole bucket and are left out',
    ];
    const { code, document } = ximJson(['run', '--date', '2024-03-13', ...args, ...store]);
    expect([0, 1]).toContain(code);
    expect(document.notes.filter((note: string) => note.includes('no whole bucket'))).toEqual(notes);
    const [day] = ximJson(['align', '--date', '2024-03-13', ...args, ...store]).document.days;
    expect(day.buckets).toBe(514 + 385);
    const { rows, used, quarantined } = day.datasets.quotes;
    expect(quarantined).toEqual({ out_of_session: rows - used });
    expect(rows - used).toBeGreaterThan(0);
  });
});
