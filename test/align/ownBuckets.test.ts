import { describe, expect, it } from 'vitest';
import { bucketGrid } from '../../src/model/grid.js';
import type { MoveUnit } from '../../src/model/units.js';
import type { FlowRows, MarketRows } from '../../src/stages/align/ownRows.js';
import { type RegridInput, regrid } from '../../src/stages/align/regrid.js';

const BUCKETS = 100;
const grid = bucketGrid(
  { timezone: 'UTC', sessions: [['00:00', '00:01:40']], holidays: [], overrides: {} } as never,
  '2024-03-08',
  1e9,
);

/** Prices of a walk in small steps, the mids at the ends of the buckets. */
const mids = Float64Array.from({ length: BUCKETS }, (_, t) => 100 + Math.sin(t * t) * 0.05);
const moves = mids.map((mid, t) => (t === 0 ? Number.NaN : 1e4 * Math.log(mid / mids[t - 1])));
const stamps = Float64Array.from({ length: BUCKETS }, (_, t) => (t + 1) * 1e9);

const market = (columns: MarketRows['columns']): MarketRows => ({
  timeNs: stamps,
  name: new Int32Array(BUCKETS),
  columns,
});
const flowOf = (venues: number, notional = (k: number) => Math.cos(k), timeNs = stamps): FlowRows => ({
  timeNs: Float64Array.from({ length: BUCKETS * venues }, (_, k) => timeNs[k % BUCKETS]),
  name: new Int32Array(BUCKETS * venues),
  venue: Int32Array.from({ length: BUCKETS * venues }, (_, k) => Math.floor(k / BUCKETS)),
  signedQty: new Float64Array(BUCKETS * venues).fill(Number.NaN),
  signedNotional: Float64Array.from({ length: BUCKETS * venues }, (_, k) => notional(k)),
  count: new Float64Array(BUCKETS * venues).fill(1),
});

const regridded = (columns: MarketRows['columns'], more: Partial<RegridInput> = {}, units: MoveUnit = 'bps') => {
  const input = {
    grid,
    symbols: ['A'],
    venues: ['X', 'Y'],
    market: market(columns),
    flow: flowOf(1),
    horizons: [],
    units,
  };
  const { buckets, quarantine } = regrid({ ...input, ...more });
  return {
    buckets,
    market: Object.fromEntries(quarantine.market.counts),
    flow: Object.fromEntries(quarantine.flow.counts),
  };
};
const changed = (values: Float64Array, value: number, ...at: number[]) =>
  values.map((old, t) => (at.includes(t) ? value : old));

describe('moves beside mids', () => {
  it('that are those of the mids are taken, also rounded to whole bps', () => {
    expect(regridded({ mid: mids, moveBps: moves }).market).toEqual({});
    expect(regridded({ mid: mids, moveBps: moves.map(Math.round) }).market).toEqual({});
  });

  it.each([
    ['a fraction', (move: number) => move / 1e4, /looks like a fraction/],
    ['per cent', (move: number) => move / 100, /looks like per cent/],
    ['with the opposite sign', (move: number) => -move, /opposite sign/],
    ['of the bucket before', (_: number, t: number) => moves[t - 1] ?? Number.NaN, /in the row of the bucket/],
  ])('that are %s are refused with row, values and the likely unit', (_, change, hint) => {
    const given = { mid: mids, moveBps: moves.map(change) };
    expect(() => regridded(given)).toThrow(
      /ret_bps of A contradicts mid in \d+ of \d+ moves; market row [12] has ret_bps = /,
    );
    try {
      regridded(given);
    } catch (error) {
      expect((error as { hint: string }).hint).toMatch(hint);
    }
  });

  it('are differences under price points', () => {
    const points = mids.map((mid, t) => (t === 0 ? Number.NaN : mid - mids[t - 1]));
    expect(regridded({ mid: mids, moveBps: points }, {}, 'price').market).toEqual({});
    expect(() => regridded({ mid: mids, moveBps: moves }, {}, 'price')).toThrow(/make .* price points/);
  });
});

describe('rows of own market buckets', () => {
  it('with a mid of zero are defects, but where prices may be zero', () => {
    const zero = { mid: changed(mids, 0, 7, 8) };
    const { market: counts, buckets } = regridded(zero);
    expect(counts).toEqual({ non_positive_price: 2 });
    expect(Array.from(buckets.market.moveBps.subarray(7, 10))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(regridded(zero, {}, 'price').market).toEqual({});
  });

  it('with a placeholder for a move are defects: by its size, or by how often it stands there', () => {
    expect(regridded({ moveBps: changed(moves, -9999, 7) }).market).toEqual({ sentinel: 1 });
    expect(regridded({ moveBps: changed(moves, -999, 7, 20, 33, 50, 51) }).market).toEqual({ sentinel: 5 });
    // Four may be news.
    expect(regridded({ moveBps: changed(moves, -999, 7, 20, 33, 50) }).market).toEqual({});
  });

  it('are judged by what is usual in their own name, in whatever order they come', () => {
    const of = (order: readonly number[]) => {
      const rows = order.map((k) => ({ i: k % 2, t: Math.floor(k / 2) }));
      const far = ({ i, t }: { i: number; t: number }) => t % 17 === 3 && i === 0;
      const columns = {
        moveBps: Float64Array.from(rows, (row) => (far(row) ? 300 : (row.i ? 100 : 1) * moves[row.t])),
      };
      const name = Int32Array.from(rows, ({ i }) => i);
      const input = { timeNs: Float64Array.from(rows, ({ t }) => stamps[t]), name, columns };
      return regridded({}, { symbols: ['A', 'B'], market: input });
    };
    const byTime = Array.from({ length: 2 * BUCKETS }, (_, k) => k);
    const byName = byTime.toSorted((a, b) => (a % 2) - (b % 2) || a - b);
    expect(of(byTime).market).toEqual({ sentinel: 6 });
    expect(of(byName).market).toEqual({ sentinel: 6 });
    expect(of(byName).buckets.market).toEqual(of(byTime).buckets.market);
  });

  it('with infinite values, or with what text was read as, are defects', () => {
    expect(regridded({ moveBps: changed(moves, Number.POSITIVE_INFINITY, 7) }).market).toEqual({ non_finite: 1 });
    expect(regridded({ moveBps: changed(moves, Number.NEGATIVE_INFINITY, 7) }).market).toEqual({ not_a_number: 1 });
  });
});

describe('own flow', () => {
  it('counts a row once that stands there twice, wherever the copy is', () => {
    const once = flowOf(1);
    const twice = Object.fromEntries(
      Object.entries(once).map(([column, values]) => [
        column,
        (values as Float64Array).constructor === Int32Array
          ? Int32Array.from([...values, ...values.subarray(10, 15)])
          : Float64Array.from([...values, ...values.subarray(10, 15)]),
      ]),
    ) as unknown as FlowRows;
    const { flow, buckets } = regridded({ moveBps: moves }, { flow: twice });
    expect(flow).toEqual({ duplicate: 5 });
    expect(buckets.flow.signedNotional).toEqual(regridded({ moveBps: moves }).buckets.flow.signedNotional);
  });

  it('is sorted and summed by cell, whatever the order of its rows', () => {
    // Two rows of each cell, halves of a bucket, in an order of their own; the last of them comes first.
    const rows = Array.from({ length: 2 * BUCKETS }, (_, k) => (k * 77 + 199) % (2 * BUCKETS));
    const at = (k: number) => rows[k] % BUCKETS;
    const notional = Float64Array.from(rows, (row) => Math.sin(row));
    const flow: FlowRows = {
      timeNs: Float64Array.from(rows, (row, k) => stamps[at(k)] - (row < BUCKETS ? 5e8 : 0)),
      name: new Int32Array(rows.length),
      venue: Int32Array.from(rows, (_, k) => at(k) % 2),
      signedQty: notional.map((value, k) => (k % 3 ? value : Number.NaN)),
      signedNotional: notional,
      count: new Float64Array(rows.length).fill(Number.NaN),
    };
    const found = regridded({ moveBps: moves }, { flow }).buckets.flow;
    const sums = new Float64Array(BUCKETS);
    for (const [k, value] of notional.entries()) sums[at(k)] += value;
    expect(found.bucket).toEqual(Int32Array.from({ length: BUCKETS }, (_, t) => t));
    expect(found.venue).toEqual(Int32Array.from({ length: BUCKETS }, (_, t) => t % 2));
    expect(found.signedNotional).toEqual(sums);
    expect(found.count).toEqual(new Int32Array(BUCKETS).fill(2));
  });

  it('of one venue that is a copy of another is refused; a cell in two of them is not', () => {
    const copied = { flow: flowOf(2, (k) => Math.cos(k % BUCKETS)) };
    expect(() => regridded({ moveBps: moves }, copied)).toThrow(/flow of venue "Y" is that of "X" in 100 of 100 cells/);
    const mostly = { flow: flowOf(2, (k) => (k % 2 ? Math.cos(k % BUCKETS) : Math.cos(k))) };
    expect(regridded({ moveBps: moves }, mostly).flow).toEqual({});
  });
});
