import { describe, expect, it } from 'vitest';
import { isTimezone, utcNanoseconds } from '../../src/model/calendar.js';
import { bucketAt, bucketEnds, bucketGrid, sessionAt } from '../../src/model/grid.js';

const utc = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
const lunch = {
  timezone: 'Asia/Shanghai',
  sessions: [
    ['09:30', '11:30'],
    ['13:00', '14:57'],
  ] as [string, string][],
};

describe('calendar', () => {
  it.each([
    ['America/New_York', '2024-03-08', '09:30', '2024-03-08T14:30:00Z'],
    ['America/New_York', '2024-03-11', '09:30', '2024-03-11T13:30:00Z'],
    ['America/New_York', '2024-03-10', '09:30', '2024-03-10T13:30:00Z'],
    ['America/New_York', '2024-11-03', '16:00', '2024-11-03T21:00:00Z'],
    ['Asia/Shanghai', '2023-07-11', '13:00', '2023-07-11T05:00:00Z'],
    ['Europe/London', '2024-03-31', '08:00', '2024-03-31T07:00:00Z'],
    ['Asia/Kolkata', '2024-01-02', '09:15:30', '2024-01-02T03:45:30Z'],
  ])('%s %s %s', (zone, date, time, expected) => {
    expect(utcNanoseconds(zone, date, time)).toBe(utc(expected));
  });

  it('knows zones from other words', () => {
    expect(isTimezone('Europe/Zurich')).toBe(true);
    expect(isTimezone('Mars/Olympus')).toBe(false);
  });
});

describe('bucket grid', () => {
  it('has half-open buckets and no bucket across lunch', () => {
    const grid = bucketGrid(lunch, '2023-07-11', 1e9);
    const [morning, afternoon] = grid.sessions;
    expect(grid.buckets).toBe(7200 + 7020);
    expect(bucketAt(grid, morning.startNs)).toBe(-1);
    expect(bucketAt(grid, morning.startNs + 1)).toBe(0);
    expect(bucketAt(grid, morning.startNs + 1e9)).toBe(0);
    expect(bucketAt(grid, morning.startNs + 1e9 + 1)).toBe(1);
    expect(bucketAt(grid, morning.endNs)).toBe(7199);
    expect(bucketAt(grid, morning.endNs + 1)).toBe(-1);
    expect(bucketAt(grid, afternoon.startNs + 1)).toBe(7200);
    expect(sessionAt(grid, morning.startNs - 1)).toBe(-1);
  });

  it('ends every bucket where bucketAt says', () => {
    const grid = bucketGrid(lunch, '2023-07-11', 60e9);
    bucketEnds(grid).forEach((end, k) => {
      expect(bucketAt(grid, end)).toBe(k);
    });
  });

  it('keeps the length of a session when the clocks change', () => {
    const new_york = { timezone: 'America/New_York', sessions: [['09:30', '16:00']] as [string, string][] };
    for (const date of ['2024-03-08', '2024-03-11', '2024-11-04'])
      expect(bucketGrid(new_york, date, 1e9).buckets).toBe(23_400);
  });

  it.each([
    [[['09:30', '09:30']], 1e9, /ends before it starts/],
    [
      [
        ['09:30', '11:00'],
        ['10:00', '12:00'],
      ],
      1e9,
      /overlaps/,
    ],
    [[['09:30', '11:00']], 5401e9, /shorter than a bucket of 5401000 ms/],
  ])('refuses %j', (sessions, bucketNs, message) => {
    expect(() =>
      bucketGrid({ timezone: 'UTC', sessions: sessions as [string, string][] }, '2024-01-02', bucketNs),
    ).toThrow(message);
  });
});
