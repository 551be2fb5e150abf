import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainMoves, readBuckets, writeBuckets, writePlainBuckets } from '../../src/io/bucketFiles.js';
import type { Engine } from '../../src/io/duckdb.js';
import { type DayBuckets, eachMovesOf } from '../../src/model/buckets.js';
import { bucketGrid } from '../../src/model/grid.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  await writeBuckets(engine, folder, day);
  await writePlainBuckets(folder, day);
});
afterAll(() => engine.close());

const sessions = [
  ['09:30', '09:40'],
  ['13:00', '13:05'],
];
const grid = bucketGrid(
  { timezone: 'America/New_York', sessions, holidays: [], overrides: {} } as never,
  '2024-03-08',
  1e9,
);
const symbols = ['A', "B'", 'ü'];
const venues = ['', 'X'];
const cells = symbols.length * grid.buckets;
const column = (value: (k: number) => number) => Float64Array.from({ length: cells }, (_, k) => value(k));
const odd = [Number.NaN, -0, 0, Number.MIN_VALUE, -1e-310, 1e300];
const absent = column(() => Number.NaN);

const day: DayBuckets = {
  grid,
  symbols,
  venues,
  market: {
    mid: column((k) => (k % 11 === 0 ? Number.NaN : 100 + k / 7)),
    moveBps: column((k) => odd[k] ?? Math.sin(k)),
    spreadBps: column((k) => k % 5),
    bidDepth: column((k) => k / 3),
    askDepth: absent,
    queueImbalance: absent,
    quoteAgeMs: absent,
    volume: column(() => 0),
    marketFlow: absent,
    flags: Uint8Array.from({ length: cells }, (_, k) => k % 32),
  },
  markouts: [{ label: '1s', horizonNs: 1e9, moveBps: absent }],
  flow: {
    bucket: Int32Array.of(0, 0, 599, 600, 899),
    name: Int32Array.of(0, 2, 1, 2, 0),
    venue: Int32Array.of(1, 0, 1, 1, 0),
    signedQty: Float64Array.of(-0, 5, 2.5, -7.25, 1e9),
    signedNotional: Float64Array.of(0.1 + 0.2, -0, Number.MIN_VALUE, -3, 1),
    count: Int32Array.of(1, 2, 3, 4, 5),
  },
  factors: { names: ['F', 'G'], moveBps: Float64Array.from({ length: 2 * grid.buckets }, (_, k) => odd[k] ?? k) },
};
const layout = { grid, symbols, venues, factors: day.factors.names };
const noEngine = () => Promise.reject(new Error('the engine was asked for'));
const bitsOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array | Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');
const bitsOfAll = (columns: object) =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, bitsOf(values)]));

describe('the files of a day', () => {
  it('give the moves name by name as well', () => {
    const visited: [number, string][] = [];
    plainMoves(folder, layout)((name, moves) => visited.push([name, bitsOf(moves.slice())]));
    const expected: [number, string][] = [];
    eachMovesOf(day)((name, moves) => expected.push([name, bitsOf(moves)]));
    expect(visited).toEqual(expected);
    expect(visited).toHaveLength(3);
  });

  it('give back moves, flags, flow and factors without the engine, bit for bit', async () => {
    const { moveBps, flags } = day.market;
    const found = await readBuckets(noEngine, folder, layout, ['moveBps']);
    expect(bitsOfAll(found.market)).toEqual(bitsOfAll({ moveBps, flags }));
    expect(bitsOfAll(found.flow)).toEqual(bitsOfAll(day.flow));
    expect(bitsOf(found.factors.moveBps)).toBe(bitsOf(day.factors.moveBps));
    expect(bitsOfAll((await readBuckets(noEngine, folder, layout, [])).market)).toEqual(bitsOfAll({ flags }));
  });

  it('give back the other columns of the market, with the moves or without them', async () => {
    const { moveBps, mid, bidDepth, askDepth, flags } = day.market;
    const asked = ['mid', 'bidDepth', 'askDepth'] as const;
    const some = await readBuckets(async () => engine, folder, layout, asked);
    expect(bitsOfAll(some.market)).toEqual(bitsOfAll({ mid, bidDepth, askDepth, flags }));
    const more = await readBuckets(async () => engine, folder, layout, [...asked, 'moveBps']);
    expect(bitsOfAll(more.market)).toEqual(bitsOfAll({ moveBps, mid, bidDepth, askDepth, flags }));
  });

  it('say the same as Parquet: stamps of bucket ends, symbols, venues, values', async () => {
    const path = (name: string) => `'${join(folder, `${name}.parquet`)}'`;
    const flow = await rowsOf(
      engine,
      `SELECT CAST(ts AS VARCHAR) AS ts, symbol, venue, signed_qty, signed_notional, n FROM ${path('flow')}`,
    );
    expect(flow.map((row) => Object.values(row))).toEqual([
      ['2024-03-08 14:30:01', 'A', 'X', -0, 0.1 + 0.2, 1],
      ['2024-03-08 14:30:01', 'ü', '', 5, -0, 2],
      ['2024-03-08 14:40:00', "B'", 'X', 2.5, Number.MIN_VALUE, 3],
      ['2024-03-08 18:00:01', 'ü', 'X', -7.25, -3, 4],
      ['2024-03-08 18:05:00', 'A', '', 1e9, 1, 5],
    ]);
    const market = await rowsOf(
      engine,
      `SELECT CAST(ts AS VARCHAR) AS ts, symbol, ret_bps, flags FROM ${path('market')} WHERE file_row_number IN (0, 1, 901)`.replace(
        path('market'),
        `read_parquet(${path('market')}, file_row_number = true)`,
      ),
    );
    expect(market.map((row) => Object.values(row))).toEqual([
      ['2024-03-08 14:30:01', 'A', null, 0],
      ['2024-03-08 14:30:02', 'A', -0, 1],
      ['2024-03-08 14:30:02', "B'", Math.sin(901), 901 % 32],
    ]);
  });

  it('of a day without factors and flow hold neither', async () => {
    const empty = temporaryFolder();
    const none = new Int32Array(0);
    const flow = {
      bucket: none,
      name: none,
      venue: none,
      signedQty: new Float64Array(0),
      signedNotional: new Float64Array(0),
      count: none,
    };
    const bare = { ...day, flow, factors: { names: [], moveBps: new Float64Array(0) } };
    await writeBuckets(engine, empty, bare);
    await writePlainBuckets(empty, bare);
    const found = await readBuckets(noEngine, empty, { ...layout, factors: [] }, ['moveBps']);
    expect(found.flow).toEqual(flow);
    expect(found.factors).toEqual(bare.factors);
  });
});
