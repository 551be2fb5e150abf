import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../src/model/calendar.js';
import { type EventRow, isHalt } from '../../src/model/events.js';
import { parseEventTime } from '../../src/model/eventTime.js';
import { bucketGrid } from '../../src/model/grid.js';
import { dayEvents, eventsBetweenDays } from '../../src/stages/align/dayEvents.js';
import { settleEvents } from '../../src/stages/align/eventRules.js';

const DATE = '2024-03-13';
const SYMBOLS = ['AAA', 'BBB'];
/** New York is four hours behind UTC on this day: sessions 13:30–16:00 and 17:00–20:00 UTC. */
const calendar: Calendar = {
  timezone: 'America/New_York',
  sessions: [
    ['09:30', '12:00'],
    ['13:00', '16:00'],
  ],
};
const futures: Calendar = { timezone: 'America/New_York', sessions: [['18:00', '17:00']] };

type Written = readonly [start: string, end?: string, symbol?: string, label?: string];

const rowOf = ([start, end = '', symbol = '', label = 'news']: Written, k: number): EventRow => ({
  place: `line ${k + 2}`,
  start: parseEventTime(start)!,
  ...(end === '' ? {} : { end: parseEventTime(end)! }),
  symbol,
  label,
});
const placeOf = (symbol: string) => (SYMBOLS.includes(symbol) ? SYMBOLS.indexOf(symbol) : undefined);
const listOf = (rows: readonly Written[], by = calendar) => settleEvents('events.csv', rows.map(rowOf), placeOf, by);
const settled = (row: Written, by = calendar) =>
  listOf([row], by).events.map(({ startNs, endNs }) =>
    [startNs, endNs].map((ns) => new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 16)),
  )[0];
const onDay = (rows: readonly Written[], date = DATE, by = calendar) =>
  dayEvents(listOf(rows, by), by, bucketGrid(by, date, 60e9));

describe('the ends of an event', () => {
  it.each<[string, Written, string, string]>([
    ['an open end is that of the session', ['2024-03-13T14:00Z'], '2024-03-13T14:00', '2024-03-13T16:00'],
    ['or of the last one from between', ['2024-03-13T16:30Z'], '2024-03-13T16:30', '2024-03-13T20:00'],
    ['or at an end', ['2024-03-13T16:00Z'], '2024-03-13T16:00', '2024-03-13T20:00'],
    ['or from before the first', ['2024-03-13T08:00Z'], '2024-03-13T08:00', '2024-03-13T20:00'],
    ['and nothing after the last', ['2024-03-13T20:00Z'], '2024-03-13T20:00', '2024-03-13T20:00'],
    ['a date is the whole day', ['2024-03-13'], '2024-03-13T04:00', '2024-03-14T04:00'],
    ['two dates are all between, inclusive', ['2024-03-08', '2024-03-11'], '2024-03-08T05:00', '2024-03-12T04:00'],
    ['a day has 23 hours now and then', ['2024-03-10', '2024-03-10'], '2024-03-10T05:00', '2024-03-11T04:00'],
    ['a date may end an instant', ['2024-03-13T14:00Z', '2024-03-14'], '2024-03-13T14:00', '2024-03-15T04:00'],
    ['an instant may end a date', ['2024-03-13', '2024-03-13T14:00Z'], '2024-03-13T04:00', '2024-03-13T14:00'],
  ])('%s', (_, row, start, end) => {
    expect(settled(row)).toEqual([start, end]);
  });

  it.each<[string, Written, string, string]>([
    ['the evening is of the next date', ['2024-03-12T22:30Z'], '2024-03-12T22:30', '2024-03-13T21:00'],
    ['the morning of its own', ['2024-03-13T12:00Z'], '2024-03-13T12:00', '2024-03-13T21:00'],
    ['a date reaches from close to close', ['2024-03-13'], '2024-03-12T21:00', '2024-03-13T21:00'],
  ])('where sessions cross midnight: %s', (_, row, start, end) => {
    expect(settled(row, futures)).toEqual([start, end]);
  });

  it('are those of a date’s own sessions', () => {
    const early = { ...calendar, overrides: { [DATE]: [['09:30', '11:00']] as [string, string][] } };
    expect(settled(['2024-03-13T14:00Z'], early)).toEqual(['2024-03-13T14:00', '2024-03-13T15:00']);
  });

  it.each<Written[]>([
    [['2024-03-13T14:00Z', '2024-03-13T13:59:59.999999999Z']],
    [['2024-03-13', '2024-03-12']],
    [['2024-03-13T14:00Z', '2024-03-12']],
  ])('are refused in the wrong order: %j', (row) => {
    expect(() => listOf([['2024-03-13'], row])).toThrow(
      `events.csv: line 3 ends before it starts: ${row[0]} to ${row[1]}`,
    );
  });
});

describe('events of a day', () => {
  it('are shown as they were understood, with the buckets that they touch', () => {
    const { windows, shown, notes } = onDay([
      ['2024-03-13T14:00:30Z', '2024-03-13T14:02Z', 'BBB', 'LULD pause'],
      ['2024-03-13T15:58Z', '2024-03-13T17:01Z', '*', 'auction'],
      ['2024-03-12', '2024-03-14', 'AAA', 'earnings'],
    ]);
    expect(windows.map(({ name }) => name)).toEqual([0, 1, 'all']);
    expect(shown).toEqual([
      {
        symbol: 'AAA',
        label: 'earnings',
        kind: 'masked',
        startUtc: '2024-03-12T04:00:00Z',
        endUtc: '2024-03-15T04:00:00Z',
        startLocal: '2024-03-12T00:00:00',
        endLocal: '2024-03-15T00:00:00',
        maskedBuckets: 330,
      },
      {
        symbol: 'BBB',
        label: 'LULD pause',
        kind: 'halt',
        startUtc: '2024-03-13T14:00:30Z',
        endUtc: '2024-03-13T14:02:00Z',
        startLocal: '2024-03-13T10:00:30',
        endLocal: '2024-03-13T10:02:00',
        maskedBuckets: 2,
      },
      expect.objectContaining({ symbol: '*', label: 'auction', kind: 'masked', maskedBuckets: 3 }),
    ]);
    expect(notes).toEqual([]);
  });

  it('that mask nothing are said on their day alone', () => {
    const rows: Written[] = [
      ['2024-03-13T16:10Z', '2024-03-13T16:50Z', 'AAA', 'lunch'],
      ['2024-03-13T14:00Z', '2024-03-13T14:00Z'],
      ['2024-03-13T21:00Z', '', 'AAA', 'late'],
      ['2024-03-12T21:00Z', '2024-03-13T14:00Z'],
    ];
    expect(onDay(rows).notes).toEqual([
      'events.csv: line 3 (*, "news", 2024-03-13T14:00:00Z to 2024-03-13T14:00:00Z) masks nothing: it ends where it starts',
      'events.csv: line 2 (AAA, "lunch", 2024-03-13T16:10:00Z to 2024-03-13T16:50:00Z) masks nothing: it lies outside the sessions of 2024-03-13',
      'events.csv: line 4 (AAA, "late", 2024-03-13T21:00:00Z to 2024-03-13T21:00:00Z) masks nothing: it has no end and starts after the last session of its day',
    ]);
    expect(onDay(rows, '2024-03-14').notes).toEqual([]);
    expect(onDay(rows, '2024-03-12').notes).toEqual([]);
  });

  it('of strangers are counted and named, and times without a zone are said to be UTC', () => {
    const strangers = ['ZZZ', 'aaa', 'QQQ', 'RRR', 'SSS', 'TTT', 'ZZZ'];
    const rows = strangers.map((symbol): Written => ['2024-03-13 14:00', '2024-03-13 15:00', symbol]);
    expect(onDay(rows).notes).toEqual([
      'events.csv: times without a zone are taken as UTC',
      'events.csv: 7 events of symbols outside the universe mask nothing: QQQ, RRR, SSS, TTT, ZZZ and 1 more',
    ]);
    expect(onDay(rows).windows).toEqual([]);
    expect(onDay(rows, '2024-03-14').notes).toEqual([]);
  });

  it('between trading days are said of the window, unless they reach into one', () => {
    const rows: Written[] = [
      ['2024-03-09', '2024-03-10', 'AAA', 'weekend'],
      ['2024-03-08T21:00Z', '2024-03-11T13:00Z', '*', 'long'],
      ['2024-03-08T21:00Z', '2024-03-11T13:31Z', '*', 'longer'],
      ['2024-03-08T21:00Z', '2024-03-08T21:30Z', '*', 'own day'],
      ['2024-03-16', '', '*', 'after'],
      ['2024-03-09', '', 'ZZZ', 'stranger'],
    ];
    const dates = ['2024-03-08', '2024-03-11', '2024-03-12'];
    expect(eventsBetweenDays(listOf(rows), calendar, dates)).toEqual([
      expect.stringMatching(/line 3 .*"long".* masks nothing: the data has no trading day there/),
      expect.stringMatching(/line 2 .*"weekend".* masks nothing: the data has no trading day there/),
    ]);
    expect(eventsBetweenDays(listOf(rows), calendar, dates.slice(0, 1))).toEqual([]);
  });
});

describe('a label', () => {
  it.each(['halt', 'Trading Halt', 'SUSPENDED', 'suspension', 'LULD', 'limit-up pause', 'volatility auction'])(
    'speaks of a halt: %s',
    (label) => expect(isHalt(label)).toBe(true),
  );
  it.each(['earnings', 'FOMC', 'closing auction', 'volatility', ''])('does not: %s', (label) =>
    expect(isHalt(label)).toBe(false),
  );
});
