import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG, type Name } from '../../src/model/buckets.js';
import { randomStream } from '../../src/numerics/random.js';
import type { QuoteChunk } from '../../src/stages/align/chunks.js';
import { bookColumns } from '../../src/stages/align/market.js';
import { defectiveShare } from '../../src/stages/align/quarantine.js';
import { type QuoteParams, quoteAligner } from '../../src/stages/align/quotes.js';
import { tradeAligner } from '../../src/stages/align/trades.js';
import { seeds } from '../support/matrices.js';
import { testGrid } from '../support/simulatedBuckets.js';

const S = 1e9;
const NONE = Number.NaN;
const grid = testGrid([60, 40]);
const [first, second] = grid.sessions;
const at = (seconds: number): number => first.startNs + seconds * S;

interface Quote {
  readonly t: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize?: number;
  readonly askSize?: number;
  readonly venue?: number;
}

function chunk(rows: readonly Quote[]): QuoteChunk {
  return {
    rows: rows.length,
    file: new Int32Array(rows.length),
    row: Float64Array.from(rows.keys()),
    timeNs: Float64Array.from(rows, ({ t }) => t),
    name: new Int32Array(rows.length),
    venue: Int32Array.from(rows, ({ venue = 0 }) => venue),
    bid: Float64Array.from(rows, ({ bid }) => bid),
    ask: Float64Array.from(rows, ({ ask }) => ask),
    bidSize: Float64Array.from(rows, ({ bidSize = 5 }) => bidSize),
    askSize: Float64Array.from(rows, ({ askSize = 7 }) => askSize),
  };
}

function aligned(rows: readonly Quote[], change: Partial<QuoteParams> = {}) {
  const aligner = quoteAligner({
    grid,
    names: 1,
    venues: 1,
    maxStaleNs: 30 * S,
    lockedIsDefect: false,
    badTickJump: 0.05,
    maxSpread: 1,
    offGridHorizonsNs: [],
    ...change,
  });
  expect(aligner.push(chunk(rows))).toBe(true);
  return aligner.finish();
}

describe('a book without one side', () => {
  it.each<[string, Partial<Quote>]>([
    ['no ask', { ask: NONE }],
    ['an ask of zero', { ask: 0 }],
    ['no bid', { bid: NONE }],
    ['no size of the ask', { askSize: 0 }],
    ['no size of the bid', { bidSize: NONE }],
    ['neither side', { bid: 0, ask: 0, bidSize: 0, askSize: 0 }],
  ])('has no mid until the next whole quote: %s', (_, gone) => {
    const whole = { bid: 99, ask: 101 };
    const result = aligned([
      { t: at(0.5), ...whole },
      { t: at(2.5), ...whole, ...gone },
      { t: at(5.5), ...whole },
    ]);
    expect([...result.mid.subarray(0, 8)]).toEqual([NONE, 100, 100, NONE, NONE, NONE, 100, 100]);
    expect([...result.oneSided.subarray(0, 8)]).toEqual([0, 0, 0, 1, 1, 1, 0, 0]);
    expect([...result.quarantine.counts]).toEqual([['one_sided', 1]]);
    expect([result.used[0], result.withdrawn[0]]).toEqual([2, 1]);
    expect(defectiveShare(result.quarantine)).toBe(0);
  });

  it('flags its buckets, and none of the depth is kept', () => {
    const NAME: Name = { symbol: 'A', block: 'x', multiplier: 1, fx: 1 };
    const market = bookColumns(
      grid,
      [NAME],
      aligned([
        { t: at(0), bid: 99, ask: 101 },
        { t: at(1.5), bid: 99, ask: 0 },
        { t: at(3.5), bid: 99, ask: 101 },
      ]),
    );
    const flagged = [0, 1, 2, 3, 4].map((cell) => market.flags[cell] & FLAG.oneSided);
    expect(flagged).toEqual([0, 16, 16, 16, 0]);
    expect([...market.moveBps.subarray(0, 5)]).toEqual([0, NONE, NONE, NONE, 0]);
    expect(market.bidDepth[1]).toBeNaN();
  });

  it('of one venue leaves the sides of the others', () => {
    const { mid, spread, bidSize } = aligned(
      [
        { t: at(0.1), bid: 99, ask: 102, venue: 0 },
        { t: at(0.2), bid: 98, ask: 103, venue: 1 },
        { t: at(1.5), bid: 99, ask: 0, venue: 0 },
        { t: at(2.5), bid: 98, ask: 0, venue: 1 },
        { t: at(3.5), bid: 0, ask: 102, venue: 1 },
      ],
      { venues: 2 },
    );
    expect([mid[1], spread[1]]).toEqual([100.5, 3]);
    expect([mid[2], spread[2], bidSize[2]]).toEqual([101, 4, 5]);
    expect(mid[3]).toBeNaN();
    expect([mid[4], spread[4]]).toEqual([100.5, 3]);
  });

  it('does not hide what a desk knew when it looks back for a mid', () => {
    const instantsNs = [Float64Array.of(at(1), at(3), at(6))];
    const { instants } = aligned(
      [
        { t: at(0.5), bid: 99, ask: 101 },
        { t: at(2.5), bid: 99, ask: 0 },
        { t: at(5.5), bid: 101, ask: 103 },
      ],
      { instantsNs },
    );
    expect([...instants[0].mid]).toEqual([100, 100, 102]);
  });

  it('tells a tick before it from a move by the side that is left', () => {
    const rows = (bid: number): Quote[] => [
      { t: at(0.5), bid: 99, ask: 101 },
      { t: at(1.5), bid: 49, ask: 51 },
      { t: at(3.5), bid, ask: 0 },
    ];
    const back = aligned(rows(99));
    expect([...back.quarantine.counts]).toEqual([
      ['one_sided', 1],
      ['bad_tick', 1],
    ]);
    expect(back.mid[3]).toBe(100);
    const stays = aligned(rows(49));
    expect([...stays.quarantine.counts]).toEqual([['one_sided', 1]]);
    expect([stays.mid[1], stays.mid[2], stays.mid[4]]).toEqual([100, 50, NONE]);
  });

  it('still lets a jump after it be judged', () => {
    const { quarantine, mid } = aligned([
      { t: at(0.5), bid: 99, ask: 101 },
      { t: at(1.5), bid: 99, ask: 0 },
      { t: at(2.5), bid: 49, ask: 51 },
      { t: at(3.5), bid: 99, ask: 101 },
    ]);
    expect(quarantine.counts.get('bad_tick')).toBe(1);
    expect([mid[3], mid[4]]).toEqual([NONE, 100]);
  });

  it('agrees with a search for the last quote at every edge', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomStream(seed);
        const rows = Array.from({ length: 120 }, (): Quote => {
          const session = [first, second][random.integer(2)];
          const t = session.startNs + random.integer(session.buckets * 4) * 0.25 * S;
          const gone = random.uniform();
          return {
            t,
            bid: gone < 0.2 ? 0 : 99 + random.uniform(),
            ask: gone > 0.8 ? NONE : 101,
            venue: random.integer(2),
          };
        }).sort((a, b) => a.t - b.t);
        const result = aligned(rows, { venues: 2, badTickJump: 10, maxStaleNs: 1e12 });
        [first, second].forEach((session, s) => {
          for (let k = 0; k <= session.buckets; k++) {
            const edge = session.startNs + k * S;
            expect(result.mid[result.edges.sessionStart[s] + k]).toBe(bestMid(rows, session.startNs, edge));
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

/** Best bid and ask over the last quotes of both venues in the session; NaN where a side is nowhere. */
function bestMid(rows: readonly Quote[], sessionStart: number, edge: number): number {
  const last = [0, 1].flatMap(
    (venue) => rows.filter((r) => r.venue === venue && r.t >= sessionStart && r.t <= edge).at(-1) ?? [],
  );
  const bids = last.filter(({ bid }) => bid > 0).map(({ bid }) => bid);
  const asks = last.filter(({ ask }) => ask > 0).map(({ ask }) => ask);
  return bids.length > 0 && asks.length > 0 ? (Math.max(...bids) + Math.min(...asks)) / 2 : NONE;
}

describe('a placeholder for no price', () => {
  it('ends the quote instead of making a mid of it', () => {
    const { mid, quarantine } = aligned([
      { t: at(0.5), bid: 99, ask: 101 },
      { t: at(1.5), bid: 99, ask: 199999.99 },
      { t: at(3.5), bid: 0.01, ask: 100 },
      { t: at(4.5), bid: 99, ask: 101 },
    ]);
    expect([...quarantine.counts]).toEqual([['absurd_spread', 2]]);
    expect([...mid.subarray(1, 6)]).toEqual([100, NONE, NONE, NONE, 100]);
  });

  it('is no wide quote of a cheap share, and the bound can be raised', () => {
    expect(aligned([{ t: at(1), bid: 0.02, ask: 0.06 }]).quarantine.counts.size).toBe(0);
    expect(aligned([{ t: at(1), bid: 0.02, ask: 0.07 }]).quarantine.counts.get('absurd_spread')).toBe(1);
    expect(aligned([{ t: at(1), bid: 0.02, ask: 9 }], { maxSpread: 2 }).quarantine.counts.size).toBe(0);
  });

  it('is none either where one venue has the bid and another the ask', () => {
    const { mid } = aligned(
      [
        { t: at(0.1), bid: 0.01, ask: 0, venue: 0 },
        { t: at(0.2), bid: 0, ask: 100, venue: 1 },
      ],
      { venues: 2 },
    );
    expect(mid[1]).toBeNaN();
  });
});

describe('sides and stamps of trades', () => {
  const trade = (timeNs: number, side: number) => ({
    rows: 1,
    file: new Int32Array(1),
    row: new Float64Array(1),
    timeNs: Float64Array.of(timeNs),
    name: new Int32Array(1),
    venue: new Int32Array(1),
    price: Float64Array.of(100),
    size: Float64Array.of(5),
    side: Float64Array.of(side),
    identity: Float64Array.of(NONE),
  });
  const reasons = (timeNs: number, side: number, sided: boolean) => {
    const aligner = tradeAligner({ grid, names: 1, venues: 1, sided });
    aligner.push(trade(timeNs, side));
    return [...aligner.finish().quarantine.counts.keys()];
  };

  it('an own fill has a side, a trade of the tape may have none', () => {
    expect(reasons(at(1), 0, true)).toEqual(['bad_side']);
    expect(reasons(at(1), 0, false)).toEqual([]);
    expect(reasons(at(1), -1, true)).toEqual([]);
  });

  it('a stamp of another date is a defect, one of another hour is not', () => {
    expect(reasons(at(1) - 4 * 86400e9, 1, false)).toEqual(['other_date']);
    expect(reasons(at(1) + 5 * 86400e9, 1, false)).toEqual(['other_date']);
    expect(reasons(at(1) - 86400e9, 1, false)).toEqual(['out_of_session']);
  });
});
