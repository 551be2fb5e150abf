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

  it('of one venue that is a copy of another is refused; a cell in two of them is not', () => {
    const copied = { flow: flowOf(2, (k) => Math.cos(k % BUCKETS)) };
    expect(() => regridded({ moveBps: moves }, copied)).toThrow(/flow of venue "Y" is that of "X" in 100 of 100 cells/);
    const mostly = { flow: flowOf(2, (k) => (k % 2 ? Math.cos(k % BUCKETS) : Math.cos(k))) };
    expect(regridded({ moveBps: moves }, mostly).flow).toEqual({});
  });
});
