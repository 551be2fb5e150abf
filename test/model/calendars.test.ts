import { describe, expect, it } from 'vitest';
import { type Calendar, localTime, type Session, sessionSpans, utcNanoseconds } from '../../src/model/calendar.js';
import { bucketAt, bucketEnds, bucketGrid, leftOver } from '../../src/model/grid.js';

const utc = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
const at = (timezone: string, sessions: readonly Session[], overrides = {}): Calendar => ({
  timezone,
  sessions,
  overrides,
});
const NEW_YORK = 'America/New_York';
const MINUTE = 60e9;

describe('a wall clock', () => {
  it.each([
    // Skipped: the first instant after the gap.
    [NEW_YORK, '2024-03-10', '02:30', '2024-03-10T07:00:00Z'],
    ['Europe/London', '2024-03-31', '01:15', '2024-03-31T01:00:00Z'],
    ['Africa/Cairo', '2024-04-26', '00:00', '2024-04-25T22:00:00Z'],
    ['America/Sao_Paulo', '2017-10-15', '00:00', '2017-10-15T03:00:00Z'],
    // Twice: the first.
    [NEW_YORK, '2024-11-03', '01:30', '2024-11-03T05:30:00Z'],
    ['Europe/London', '2024-10-27', '01:30', '2024-10-27T00:30:00Z'],
    // The end of a day is the beginning of the next.
    [NEW_YORK, '2024-03-10', '24:00', '2024-03-11T04:00:00Z'],
    ['Asia/Kathmandu', '2024-02-28', '24:00', '2024-02-28T18:15:00Z'],
  ])('%s %s %s', (zone, date, time, expected) => {
    expect(utcNanoseconds(zone, date, time)).toBe(utc(expected));
  });

  it.each([
    ['2024-03-10T06:59:59.999Z', '2024-03-10T01:59:59'],
    ['2024-03-10T07:00:00Z', '2024-03-10T03:00:00'],
    ['1969-07-20T20:17:40.5Z', '1969-07-20T16:17:40'],
  ])('shows %s as %s in New York', (instant, local) => {
    expect(localTime(NEW_YORK, utc(instant))).toBe(local);
  });
});

describe('a session round the clock', () => {
  const day: Session[] = [['00:00', '24:00']];
  it.each([
    [NEW_YORK, '2024-03-09', 24],
    [NEW_YORK, '2024-03-10', 23],
    [NEW_YORK, '2024-11-03', 25],
    ['Europe/London', '2024-03-31', 23],
    ['Europe/London', '2024-10-27', 25],
    ['UTC', '2024-03-10', 24],
    ['Australia/Lord_Howe', '2024-04-07', 24.5],
  ])('of %s has on %s as many hours as the day: %d', (zone, date, hours) => {
    const grid = bucketGrid(at(zone, day), date, MINUTE);
    expect(grid.buckets).toBe(60 * hours);
    expect(grid.epochNs + BigInt(grid.sessions[0].endNs)).toBe(utcNanoseconds(zone, date, '24:00'));
  });

  it('leaves no instant of two days out, and none in both', () => {
    const calendar = at(NEW_YORK, day);
    const [first, second] = ['2024-11-03', '2024-11-04'].map((date) => sessionSpans(calendar, date)[0]);
    expect(second.startNs).toBe(first.endNs);
  });
});

describe('a session over midnight', () => {
  const futures = at('America/Chicago', [['17:00', '16:00']]);

  it('begins on the evening before its date and has negative times there', () => {
    const grid = bucketGrid(futures, '2024-03-12', MINUTE);
    expect(sessionSpans(futures, '2024-03-12')).toEqual([
      { startNs: utc('2024-03-11T22:00:00Z'), endNs: utc('2024-03-12T21:00:00Z') },
    ]);
    expect(grid.epochNs).toBe(utc('2024-03-12T05:00:00Z'));
    expect(grid.sessions[0].startNs).toBe(-7 * 3600e9);
    expect(grid.buckets).toBe(23 * 60);
    const ends = bucketEnds(grid);
    expect(ends[0]).toBe(-7 * 3600e9 + MINUTE);
    ends.forEach((end, k) => {
      expect(bucketAt(grid, end)).toBe(k);
      expect(bucketAt(grid, end - MINUTE + 1)).toBe(k);
    });
    expect(bucketAt(grid, -7 * 3600e9)).toBe(-1);
    // Nanoseconds at the far end are told apart.
    expect(bucketAt(grid, -1)).toBe(7 * 60 - 1);
    expect(bucketAt(grid, 1)).toBe(7 * 60);
  });

  it('has the length of the wall clock where the clocks change in it', () => {
    expect(bucketGrid(futures, '2024-03-10', MINUTE).buckets).toBe(22 * 60);
    expect(bucketGrid(futures, '2024-11-03', MINUTE).buckets).toBe(24 * 60);
  });

  it('comes before the sessions of the day', () => {
    const night = at('Asia/Shanghai', [
      ['21:00', '02:30'],
      ['09:00', '11:30'],
      ['13:30', '15:00'],
    ]);
    const { sessions } = bucketGrid(night, '2024-03-12', MINUTE);
    expect(sessions.map(({ startNs, endNs }) => [startNs / 3600e9, endNs / 3600e9])).toEqual([
      [-3, 2.5],
      [9, 11.5],
      [13.5, 15],
    ]);
  });

  it('may meet the next one at midnight', () => {
    const fx = at(NEW_YORK, [
      ['17:00', '00:00'],
      ['00:00', '17:00'],
    ]);
    const grid = bucketGrid(fx, '2024-03-12', MINUTE);
    expect(grid.buckets).toBe(24 * 60);
    expect([bucketAt(grid, 0), bucketAt(grid, 1)]).toEqual([7 * 60 - 1, 7 * 60]);
  });
});

describe('single dates', () => {
  const calendar = at(NEW_YORK, [['09:30', '16:00']], { '2024-07-03': [['09:30', '13:00']], '2024-07-04': [] });

  it('have their own sessions, others the usual ones', () => {
    expect(bucketGrid(calendar, '2024-07-03', 1e9).buckets).toBe(3.5 * 3600);
    expect(bucketGrid(calendar, '2024-07-05', 1e9).buckets).toBe(6.5 * 3600);
  });

  it('may be closed', () => {
    expect(() => bucketGrid(calendar, '2024-07-04', 1e9)).toThrow(/closed on 2024-07-04/);
  });
});

describe('what is no whole bucket at the end of a session', () => {
  it('is left out and named', () => {
    const calendar = at(NEW_YORK, [
      ['09:30', '12:00'],
      ['12:30', '16:00:01'],
    ]);
    const grid = bucketGrid(calendar, '2024-03-12', 7e9);
    // 9000 s are 1285 buckets and 5 s; 12601 s are 1800 and 1 s.
    expect(grid.sessions.map(({ buckets }) => buckets)).toEqual([1285, 1800]);
    const [morning] = grid.sessions;
    expect(bucketAt(grid, morning.startNs + 1285 * 7e9)).toBe(1284);
    expect(bucketAt(grid, morning.startNs + 1285 * 7e9 + 1)).toBe(-1);
    expect(leftOver(calendar, grid)).toEqual([
      'the last 5 s of the session 09:30–12:00 are no whole bucket and are left out',
      'the last 1 s of the session 12:30–16:00:01 are no whole bucket and are left out',
    ]);
    expect(leftOver(calendar, bucketGrid(calendar, '2024-03-12', 1e9))).toEqual([]);
  });
});

describe('sessions that cannot be', () => {
  it.each<[Session[], RegExp]>([
    [[['09:30', '09:30']], /\["09:30", "09:30"\] ends before it starts/],
    [
      [
        ['09:30', '16:00'],
        ['18:00', '02:00'],
      ],
      /\["18:00", "02:00"\] overlaps/,
    ],
    [
      [
        ['18:00', '17:00'],
        ['16:00', '17:30'],
      ],
      /\["16:00", "17:30"\] overlaps/,
    ],
    [
      [
        ['18:00', '02:00'],
        ['09:30', '19:00'],
      ],
      /\["09:30", "19:00"\] ends more than 24 hours after/,
    ],
  ])('%j', (sessions, message) => {
    expect(() => bucketGrid(at('UTC', sessions), '2024-01-02', 1e9)).toThrow(message);
  });

  it('are named with their date', () => {
    const calendar = at('UTC', [['09:30', '16:00']], { '2024-01-02': [['09:30', '09:30']] });
    expect(() => bucketGrid(calendar, '2024-01-02', 1e9)).toThrow(/calendar\.overrides: 2024-01-02/);
  });
});
