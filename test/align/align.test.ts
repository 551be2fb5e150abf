import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG, type Name } from '../../src/model/buckets.js';
import { type BucketGrid, bucketEnds } from '../../src/model/grid.js';
import { randomStream } from '../../src/numerics/random.js';
import { assembleBuckets, checkCalendarFit, checkQuarantine } from '../../src/stages/align/align.js';
import type { QuoteChunk, TradeChunk } from '../../src/stages/align/chunks.js';
import { noFactors } from '../../src/stages/align/factors.js';
import { leadLagDiagnostics } from '../../src/stages/align/leadLag.js';
import { defectiveShare } from '../../src/stages/align/quarantine.js';
import { type QuoteParams, quoteAligner } from '../../src/stages/align/quotes.js';
import { tradeAligner } from '../../src/stages/align/trades.js';
import { seeds } from '../support/matrices.js';
import { testGrid } from '../support/simulatedBuckets.js';

const S = 1e9;
const grid = testGrid([60, 40]);
const [first, second] = grid.sessions;

type Quote = [timeNs: number, bid: number, ask: number, name?: number, venue?: number, size?: number];
type Trade = [timeNs: number, side: number, size: number, price?: number, identity?: number, name?: number];

function quoteChunk(rows: readonly Quote[]): QuoteChunk {
  return {
    rows: rows.length,
    file: new Int32Array(rows.length),
    row: Float64Array.from(rows, (_, k) => k),
    timeNs: Float64Array.from(rows, (r) => r[0]),
    name: Int32Array.from(rows, (r) => r[3] ?? 0),
    venue: Int32Array.from(rows, (r) => r[4] ?? 0),
    bid: Float64Array.from(rows, (r) => r[1]),
    ask: Float64Array.from(rows, (r) => r[2]),
    bidSize: Float64Array.from(rows, (r) => r[5] ?? 100),
    askSize: Float64Array.from(rows, () => 100),
  };
}

function tradeChunk(rows: readonly Trade[]): TradeChunk {
  return {
    rows: rows.length,
    file: new Int32Array(rows.length),
    row: Float64Array.from(rows, (_, k) => k),
    timeNs: Float64Array.from(rows, (r) => r[0]),
    name: Int32Array.from(rows, (r) => r[5] ?? 0),
    venue: new Int32Array(rows.length),
    price: Float64Array.from(rows, (r) => r[3] ?? 100),
    size: Float64Array.from(rows, (r) => r[2]),
    side: Float64Array.from(rows, (r) => r[1]),
    identity: Float64Array.from(rows, (r) => r[4] ?? Number.NaN),
  };
}

function alignQuotes(rows: readonly Quote[], change: Partial<QuoteParams> = {}, on: BucketGrid = grid) {
  const aligner = quoteAligner({
    grid: on,
    names: 1,
    venues: 1,
    maxStaleNs: 30 * S,
    lockedIsDefect: false,
    badTickJump: 0.05,
    maxSpread: 1,
    offGridHorizonsNs: [],
    ...change,
  });
  expect(aligner.push(quoteChunk(rows))).toBe(true);
  return aligner.finish();
}

const NAME: Name = { symbol: 'A', block: 'x', multiplier: 1, fx: 1 };

function assemble(
  quotes: readonly Quote[],
  trades: readonly Trade[] = [],
  horizonsNs: readonly number[] = [],
  change: Partial<QuoteParams> = {},
) {
  const tape = tradeAligner({ grid, names: 1, venues: 1 });
  tape.push(tradeChunk(trades));
  const flow = tape.finish();
  return assembleBuckets({
    grid,
    names: [NAME],
    quotes: alignQuotes(quotes, change),
    tape: flow,
    flow,
    flowVenues: [''],
    factors: noFactors(),
    events: [],
    horizons: horizonsNs.map((horizonNs) => ({ label: `${horizonNs / S}s`, horizonNs })),
  });
}

const at = (seconds: number): number => first.startNs + seconds * S;

describe('quotes at bucket edges', () => {
  it('are those of a search for the last quote at or before each edge', () => {
    const cases = fc.record({
      seed: seeds,
      count: fc.integer({ min: 0, max: 150 }),
      stale: fc.constantFrom(2 * S, 30 * S),
      offset: fc.constantFrom(0, 500_000_000, 7 * S),
    });
    fc.assert(
      fc.property(cases, ({ seed, count, stale, offset }) => {
        const random = randomStream(seed);
        const times = Array.from({ length: count }, () => {
          const session = grid.sessions[random.integer(2)];
          const step = random.uniform() < 0.3 ? S : 1_000_003;
          return Math.min(session.endNs, session.startNs + step * random.integer(Math.floor((60 * S) / step)));
        }).sort((a, b) => a - b);
        const rows = times.map((t, k): Quote => [t, 100 + k / 1000, 100.01 + k / 1000]);
        const result = alignQuotes(rows, { maxStaleNs: stale, offGridHorizonsNs: [offset], badTickJump: 10 });
        grid.sessions.forEach((session, s) => {
          for (let k = 0; k <= session.buckets; k++) {
            const edge = session.startNs + k * S;
            expect(result.mid[result.edges.sessionStart[s] + k]).toBe(asOf(rows, session.startNs, edge, stale));
          }
          const { times: instants, mid } = result.offGridMids[0];
          for (let k = instants.sessionStart[s]; k < instants.sessionStart[s + 1]; k++) {
            expect(mid[k]).toBe(asOf(rows, session.startNs, instants.timeNs[k], stale));
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('count at their own nanosecond, and not one before', () => {
    const { mid } = alignQuotes([
      [at(0), 99, 101],
      [at(1), 100, 102],
      [at(2) + 1, 101, 103],
    ]);
    expect([...mid.subarray(0, 4)]).toEqual([100, 101, 101, 102]);
  });

  it('are missing, not zero, when stale, and never cross lunch', () => {
    const result = alignQuotes([[at(1), 99, 101]], { maxStaleNs: 5 * S });
    expect(result.mid[6]).toBe(100);
    expect(result.mid[7]).toBeNaN();
    expect(result.stale[7]).toBe(1);
    expect(result.mid[result.edges.sessionStart[1]]).toBeNaN();
    expect(result.stale[result.edges.sessionStart[1]]).toBe(0);
  });

  it('keep the last of several at one stamp', () => {
    const { mid, quarantine } = alignQuotes([
      [at(1), 99, 101],
      [at(1), 98, 100],
      [at(1), 97, 99],
    ]);
    expect(mid[1]).toBe(98);
    expect(quarantine.counts.size).toBe(0);
  });

  it('consolidate venues to the best bid and ask', () => {
    const { mid, spread } = alignQuotes(
      [
        [at(0.1), 99, 102, 0, 0],
        [at(0.2), 100, 103, 0, 1],
        [at(1.5), 99, 101, 0, 0],
      ],
      { venues: 2 },
    );
    expect([mid[1], spread[1]]).toEqual([101, 2]);
    expect([mid[2], spread[2]]).toEqual([100.5, 1]);
  });
});

describe('quarantine', () => {
  it.each([
    ['crossed', [at(1), 101, 100]],
    ['non_positive_price', [at(1), -1, 100]],
    ['non_positive_size', [at(1), 99, 100, 0, 0, -1]],
    ['non_finite', [at(1), Number.POSITIVE_INFINITY, 100]],
    ['one_sided', [at(1), 0, 100]],
    ['one_sided', [at(1), Number.NaN, 100]],
    ['one_sided', [at(1), 99, 100, 0, 0, 0]],
    ['absurd_spread', [at(1), 99, 199999.99]],
    ['other_date', [first.startNs - 5 * 86400e9, 99, 100]],
    ['unknown_symbol', [at(1), 99, 100, -1]],
    ['out_of_session', [first.startNs - 1, 99, 100]],
    ['out_of_session', [first.endNs + 1, 99, 100]],
  ] as [string, Quote][])('%s', (reason, row) => {
    const { quarantine, used } = alignQuotes([row]);
    expect([...quarantine.counts]).toEqual([[reason, 1]]);
    expect(quarantine.examples).toEqual([{ reason, file: 0, row: 0 }]);
    expect(used[0]).toBe(0);
  });

  it('locked quotes only when so configured', () => {
    expect(alignQuotes([[at(1), 100, 100]]).quarantine.counts.size).toBe(0);
    expect(alignQuotes([[at(1), 100, 100]], { lockedIsDefect: true }).quarantine.counts.get('locked')).toBe(1);
  });

  it('a repeated quote is a duplicate, the same book later is not', () => {
    const rows: Quote[] = [
      [at(1), 99, 100],
      [at(1), 99, 100],
      [at(2), 99, 100],
    ];
    expect([...alignQuotes(rows).quarantine.counts]).toEqual([['duplicate', 1]]);
  });

  it('a bad tick is a jump that is taken back; a jump that stays is a move', () => {
    const back = alignQuotes([
      [at(0.5), 99, 101],
      [at(1.5), 49, 51],
      [at(3.5), 99, 101],
    ]);
    expect([...back.quarantine.counts]).toEqual([['bad_tick', 1]]);
    expect(back.mid[2]).toBe(100);
    expect(back.flags[1] & FLAG.badTickRemoved).toBeTruthy();
    const stays = alignQuotes([
      [at(0.5), 99, 101],
      [at(1.5), 49, 51],
      [at(3.5), 49, 51],
    ]);
    expect(stays.quarantine.counts.size).toBe(0);
    expect([stays.mid[1], stays.mid[2]]).toEqual([100, 50]);
  });

  it('asks for sorted rows when time runs backwards, and takes rows marked late as out of order', () => {
    const rows: Quote[] = [
      [at(2), 99, 101],
      [at(1), 98, 100],
    ];
    const make = () =>
      quoteAligner({
        grid,
        names: 1,
        venues: 1,
        maxStaleNs: 30 * S,
        lockedIsDefect: false,
        badTickJump: 1,
        offGridHorizonsNs: [],
      });
    expect(make().push(quoteChunk(rows))).toBe(false);
    const aligner = make();
    aligner.push({ ...quoteChunk([rows[1], rows[0]]), late: Int32Array.of(1, 0) });
    expect([...aligner.finish().quarantine.counts]).toEqual([['out_of_order', 1]]);
  });

  it('fails the day above the limit, naming dataset, reason, row and file', () => {
    const { quarantine } = alignQuotes([
      [at(1), 99, 101],
      [at(2), 101, 100],
      [first.startNs - 5, 99, 101],
    ]);
    expect(defectiveShare(quarantine)).toBe(0.5);
    expect(() => checkQuarantine('quotes', '2024-01-02', quarantine, 0.02, ['quotes/x.parquet'])).toThrow(
      /50\.00 %.*crossed \(1 rows, the first in row 1 of quotes\/x\.parquet\)/,
    );
    expect(() => checkQuarantine('quotes', '2024-01-02', quarantine, 0.5, ['quotes/x.parquet'])).not.toThrow();
  });

  it('recognises a day in the wrong time zone', () => {
    const shifted = Array.from({ length: 50 }, (_, k): Quote => [at(k + 25), 99 + k / 100, 101 + k / 100]);
    expect(() => checkCalendarFit(grid, alignQuotes(shifted), 'UTC')).toThrow(/calendar\.sessions in UTC/);
  });
});

describe('moves, flow and markouts', () => {
  const quotes: Quote[] = Array.from({ length: 40 }, (_, k) => [at(k + 0.5), 100 + k / 100, 100.02 + k / 100]);

  it('values flow at the mid that stood when the bucket opened', () => {
    const day = assemble(quotes, [
      [at(3) + 1, 1, 1000],
      [at(4), -1, 400],
      [at(4) + 1, 1, 100],
    ]);
    const openingMid = 100.01 + 2 / 100;
    expect([...day.flow.bucket]).toEqual([3, 4]);
    expect(day.flow.signedQty[0]).toBe(600);
    expect(day.flow.signedNotional[0]).toBeCloseTo((600 * openingMid) / 1e6, 12);
    expect(day.flow.count[0]).toBe(2);
    expect(day.market.volume[3]).toBeCloseTo((1400 * 100) / 1e6, 12);
    expect(day.market.marketFlow[3]).toBe(day.flow.signedNotional[0]);
  });

  it('gives the move of the mid over the bucket in bps, and none where an edge is missing', () => {
    const { market } = assemble(quotes);
    expect(market.moveBps[0]).toBeNaN();
    expect(market.moveBps[5]).toBeCloseTo(1e4 * Math.log((100.01 + 0.05) / (100.01 + 0.04)), 9);
    expect(market.moveBps[second.firstBucket]).toBeNaN();
  });

  it('marks out to the horizon on and off the grid, and never past the session', () => {
    const day = assemble(quotes, [], [5 * S, 1.5 * S], { offGridHorizonsNs: [1.5 * S] });
    const mid = (k: number) => 100.01 + k / 100;
    expect(day.markouts[0].moveBps[4]).toBeCloseTo(1e4 * Math.log(mid(9) / mid(4)), 9);
    expect(day.markouts[1].moveBps[4]).toBeCloseTo(1e4 * Math.log(mid(6) / mid(4)), 9);
    expect(day.markouts[0].moveBps[first.buckets - 3]).toBeNaN();
  });

  it('counts side 0 as volume and not as flow, and sets identical fills aside by their identity', () => {
    const aligner = tradeAligner({ grid, names: 1, venues: 1 });
    aligner.push(
      tradeChunk([
        [at(1), 0, 100],
        [at(2), 1, 100, 100, 7],
        [at(2), 1, 100, 100, 7],
        [at(2), 1, 100, 100, 8],
        [at(3), 2, 100],
      ]),
    );
    const { flow, unsigned, quarantine } = aligner.finish();
    expect(unsigned).toBe(1);
    expect([...quarantine.counts]).toEqual([
      ['duplicate', 1],
      ['bad_side', 1],
    ]);
    expect([...flow.signedQty]).toEqual([200]);
  });

  it('removes the moves of masked buckets and says why', () => {
    const base = {
      grid,
      names: [NAME],
      quotes: alignQuotes(quotes),
      flowVenues: [''],
      factors: noFactors(),
      horizons: [],
    };
    const flow = tradeAligner({ grid, names: 1, venues: 1 }).finish();
    const events = [
      { startNs: at(10.2), endNs: at(12.1), name: 'all' as const, label: 'news' },
      { startNs: at(20), endNs: at(21), name: 0, label: 'halt' },
    ];
    const { market } = assembleBuckets({ ...base, flow, events });
    expect([9, 10, 11, 12, 13].map((t) => market.flags[t] & FLAG.maskedEvent)).toEqual([0, 4, 4, 4, 0]);
    expect([19, 20, 21].map((t) => market.flags[t] & FLAG.halted)).toEqual([0, 2, 0]);
    expect(market.moveBps[11]).toBeNaN();
    expect(market.moveBps[14]).not.toBeNaN();
  });

  it('sees which of two names moves first', () => {
    const random = randomStream(2);
    const steps = Array.from({ length: 100 }, () => random.normal());
    const moves = new Float64Array(2 * grid.buckets);
    for (let t = 0; t < grid.buckets; t++) {
      moves[t] = steps[t];
      moves[grid.buckets + t] = t >= 2 ? steps[t - 2] : 0;
    }
    const base = assemble(quotes);
    const day = {
      ...base,
      symbols: ['A', 'B'],
      market: { ...base.market, moveBps: moves, volume: moves.map(Math.abs) },
    };
    const [pair] = leadLagDiagnostics(day).pairs;
    expect(pair).toMatchObject({ leader: 'A', follower: 'B', lagMs: 2000 });
  });

  it('ends buckets at whole seconds after the session starts', () => {
    expect(bucketEnds(grid)[0]).toBe(first.startNs + S);
    expect(bucketEnds(grid)[first.buckets]).toBe(second.startNs + S);
  });
});

/** Mid of the last quote of the session at or before the instant, NaN when none or older than `stale`. */
function asOf(rows: readonly Quote[], sessionStart: number, instant: number, stale: number): number {
  const last = rows.filter(([t]) => t >= sessionStart && t <= instant).at(-1);
  return last && instant - last[0] <= stale ? (last[1] + last[2]) / 2 : Number.NaN;
}
