import { describe, expect, it } from 'vitest';
import { bucketGrid } from '../../src/model/grid.js';
import { fromRows } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { choleskyRoot } from '../../src/numerics/triangular.js';
import { type DayProfile, dayProfile, type ProfileColumns, slotNs } from '../../src/stages/schedule/dayProfile.js';
import { marketProfile } from '../../src/stages/schedule/marketProfile.js';
import { timeline, usualBucketSeconds } from '../../src/stages/schedule/timeline.js';

/** An hour, a lunch break, and 17 minutes. */
const calendar = {
  timezone: 'America/New_York',
  sessions: [
    ['10:00', '11:00'],
    ['13:00', '13:17'],
  ] as [string, string][],
};
const grid = bucketGrid(calendar, '2024-03-13', 60e9);

/** Minutes of `n` names; what is not given is missing. */
function aDay(
  n: number,
  values: { mid?: number; move?: (i: number, k: number) => number; volume?: number },
): ProfileColumns {
  const each = (value: (i: number, k: number) => number) =>
    Float64Array.from({ length: n * grid.buckets }, (_, at) => value(Math.floor(at / grid.buckets), at % grid.buckets));
  return {
    grid,
    symbols: Array.from({ length: n }, (_, i) => `N${i}`),
    venues: [],
    flow: {} as ProfileColumns['flow'],
    factors: { names: [], moveBps: new Float64Array() },
    market: {
      mid: each((_, k) => (k < 70 ? (values.mid ?? 100) : Number.NaN)),
      moveBps: each(values.move ?? (() => 0)),
      spreadBps: each((_, k) => (k % 2 === 0 ? 2 : Number.NaN)),
      volume: each(() => values.volume ?? 1),
      flags: new Uint8Array(n * grid.buckets),
    },
  };
}

describe('the profile of a day', () => {
  it('sums volume, spreads and moves over five minutes of every session', () => {
    const day = dayProfile(aDay(2, { move: (i, k) => (i === 0 ? 1 : k < 58 ? Number.NaN : 2) }));
    expect(day.slots).toHaveLength(12 + 4);
    expect([...day.volume.subarray(0, 16)]).toEqual([...new Array(15).fill(5), 2]);
    expect(day.halfSpread[0] / day.quoted[0]).toBe(1);
    expect([...day.mid]).toEqual([100, 100]);
    // Name 1 has two minutes of the last slot before lunch, which is no half, and the three whole ones after it.
    expect([...day.moves]).toEqual([15, 3]);
    expect([...day.products]).toEqual([15 * 25, 3 * 50, 3 * 50, 3 * 100]);
  });

  it('does not take a name for calm because some of its moves are missing', () => {
    const random = randomStream(4);
    const days = Array.from({ length: 400 }, () =>
      dayProfile(aDay(1, { move: (_, k) => (k % 5 < 2 ? Number.NaN : random.normal()) })),
    );
    const variance =
      days.reduce((sum, { products }) => sum + products[0], 0) / days.reduce((sum, { moves }) => sum + moves[0], 0);
    expect(variance / 5).toBeGreaterThan(0.93);
    expect(variance / 5).toBeLessThan(1.07);
  });

  it('has slots of whole buckets, however long those are', () => {
    expect(slotNs(1e9)).toBe(300e9);
    expect(slotNs(7e9)).toBe(301e9);
    expect(slotNs(600e9)).toBe(600e9);
  });
});

/** Days whose moves over minutes have a correlation. */
function daysOf(correlation: number[][], days: number, seed: number): (() => DayProfile)[] {
  const n = correlation.length;
  const { factor: root } = choleskyRoot(fromRows(correlation))!;
  const random = randomStream(seed);
  return Array.from({ length: days }, () => {
    const minutes = Array.from({ length: grid.buckets }, () => {
      const shocks = Array.from({ length: n }, () => random.normal());
      return shocks.map((_, i) => 3 * shocks.reduce((sum, shock, j) => sum + root.data[i * n + j] * shock, 0));
    });
    const day = dayProfile(aDay(n, { move: (i, k) => minutes[k][i] }));
    return () => day;
  });
}

const inBlocks = (n: number, within: number, between: number) =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => (i === j ? 1 : i % 2 === j % 2 ? within : between)),
  );
const blocksOf = (n: number) => Array.from({ length: n }, (_, i) => `b${i % 2}`);
const noValue = () => Number.NaN;

describe('the profile of a window', () => {
  it('finds the covariance of five minutes, semidefinite, with fewer slots than would carry it', () => {
    const truth = inBlocks(40, 0.6, 0.3);
    const { covariance, shrinkage } = marketProfile(daysOf(truth, 8, 3), blocksOf(40), 300, noValue);
    expect(smallestEigenvalue(covariance)).toBeGreaterThan(0);
    // 120 slots say nothing that the means of blocks do not.
    expect(shrinkage).toBeGreaterThan(0.9);
    let worst = 0;
    covariance.data.forEach((value, k) => {
      worst = Math.max(worst, Math.abs(value - 45 * truth[Math.floor(k / 40)][k % 40]));
    });
    expect(worst).toBeLessThan(20);
  });

  it('keeps pairs that differ from their blocks, the more the more days say so', () => {
    const truth = inBlocks(4, 0.2, 0.2);
    truth[0][1] = truth[1][0] = 0.9;
    const pair = (days: number) => {
      const { covariance } = marketProfile(daysOf(truth, days, 5), blocksOf(4), 300, noValue);
      return covariance.data[1] / Math.sqrt(covariance.data[0] * covariance.data[5]);
    };
    expect(pair(60)).toBeGreaterThan(0.85);
    expect(pair(60)).toBeLessThan(0.93);
  });

  it('takes means of volumes over the days that have a slot, the last mid, and what a unit is worth', () => {
    const [first, second] = [aDay(1, { volume: 1, mid: 100 }), aDay(1, { volume: 3, mid: 110 })].map(dayProfile);
    const short = { ...second, slots: second.slots.slice(0, 12), volume: second.volume.slice(0, 12) };
    const half = { ...short, halfSpread: second.halfSpread.slice(0, 12), quoted: second.quoted.slice(0, 12) };
    const profile = marketProfile([() => first, () => half], ['a'], 300, (_, mid) => mid / 1e6);
    expect([...profile.volume.data]).toEqual([...new Array(12).fill(10), 5, 5, 5, 2]);
    expect(profile.halfSpreadBps.data.every((spread) => spread === 1)).toBe(true);
    expect([...profile.unitMillions]).toEqual([110 / 1e6]);
  });
});

describe('the buckets of a schedule', () => {
  const at = (hours: number, minutes = 0) => (hours * 3600 + minutes * 60) * 1e9;

  it('lie within sessions, and say what is left over and where a break is', () => {
    const { buckets, children, hasBreak, leftOverSeconds } = timeline(grid, at(10, 30), at(13, 17), 300e9);
    expect(buckets).toHaveLength(6 + 3);
    expect(buckets[6]).toEqual({ startNs: at(13), endNs: at(13, 5) });
    expect({ children, hasBreak, leftOverSeconds }).toEqual({ children: 5, hasBreak: true, leftOverSeconds: 120 });
    expect(timeline(grid, at(10), at(11), 300e9)).toMatchObject({ hasBreak: false, leftOverSeconds: 0 });
  });

  it('are of a usual length, and no more than can be read', () => {
    expect(usualBucketSeconds(23_400, 1)).toBe(300);
    expect(usualBucketSeconds(600, 1)).toBe(10);
    expect(usualBucketSeconds(20, 1)).toBe(1);
    expect(usualBucketSeconds(600, 7)).toBe(14);
    expect(usualBucketSeconds(86_400, 60)).toBe(1800);
  });
});
