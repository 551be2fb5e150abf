import { describe, expect, it } from 'vitest';
import { FLAG, type Name } from '../../src/model/buckets.js';
import { randomStream } from '../../src/numerics/random.js';
import { unitValue } from '../../src/stages/align/contracts.js';
import { bookColumns, markouts } from '../../src/stages/align/market.js';
import { type EdgeQuotes, quoteAligner } from '../../src/stages/align/quotes.js';
import { testGrid } from '../support/simulatedBuckets.js';

const S = 1e9;
const grid = testGrid([60, 40, 5]);
const NAMES: Name[] = [1, 10, 0.5].map((multiplier, i) => ({ symbol: `N${i}`, block: 'x', multiplier, fx: 1 + i / 7 }));

/** Books of several names, with gaps that go stale. */
function quotes(): EdgeQuotes {
  const random = randomStream(3);
  const rows = Array.from({ length: 150 }, () => {
    const { startNs, endNs } = grid.sessions[random.integer(3)];
    const bid = 100 + random.integer(9);
    return { timeNs: startNs + random.integer((endNs - startNs) / 1e6) * 1e6, name: random.integer(3), bid };
  }).sort((a, b) => a.timeNs - b.timeNs);
  const aligner = quoteAligner({
    grid,
    names: NAMES.length,
    venues: 1,
    maxStaleNs: 3 * S,
    lockedIsDefect: false,
    badTickJump: 1,
    offGridHorizonsNs: [1.5 * S],
  });
  aligner.push({
    rows: rows.length,
    file: new Int32Array(rows.length),
    row: Float64Array.from(rows.keys()),
    timeNs: Float64Array.from(rows, ({ timeNs }) => timeNs),
    name: Int32Array.from(rows, ({ name }) => name),
    venue: new Int32Array(rows.length),
    bid: Float64Array.from(rows, ({ bid }) => bid),
    ask: Float64Array.from(rows, ({ bid }) => bid + 0.25),
    bidSize: Float64Array.from(rows, () => 1 + random.integer(9)),
    askSize: Float64Array.from(rows, () => 1 + random.integer(9)),
  });
  return aligner.finish();
}

describe('market columns', () => {
  const before = structuredClone(quotes());
  const market = bookColumns(grid, NAMES, quotes());
  const marks = [1 * S, 5 * S, 1.5 * S].map((horizonNs) => ({ label: `${horizonNs / S}s`, horizonNs }));

  it('made in the place of the quotes are those of the quotes at both edges of every bucket', () => {
    let missing = 0;
    forEachCell((cell, { name, open, close }) => {
      const mid = before.mid[close];
      const value = unitValue(NAMES[name]) * mid;
      const [bids, asks] = [before.bidSize[close], before.askSize[close]];
      expect(market.mid[cell]).toBe(mid);
      expect(market.moveBps[cell]).toBe(1e4 * Math.log(mid / before.mid[open]));
      expect(market.spreadBps[cell]).toBe((1e4 * before.spread[close]) / mid);
      expect(market.bidDepth[cell]).toBe(bids * value);
      expect(market.askDepth[cell]).toBe(asks * value);
      expect(market.queueImbalance[cell]).toBe((bids - asks) / (bids + asks));
      expect(market.quoteAgeMs[cell]).toBe(before.ageNs[close] / 1e6);
      expect(market.flags[cell] & FLAG.stale).toBe(before.stale[open] | before.stale[close]);
      if (Number.isNaN(mid)) missing++;
    });
    expect(market.mid.length).toBe(NAMES.length * grid.buckets);
    expect(missing).toBeGreaterThan(10);
    expect(missing).toBeLessThan(market.mid.length - 10);
  });

  it('and markouts from it look ahead within the session only', () => {
    const [one, five, off] = markouts(grid, marks, market, before);
    forEachCell((cell, { name, session, k, buckets }) => {
      const ahead = (steps: number) => (k + steps < buckets ? market.mid[cell + steps] : Number.NaN);
      const { times, mid } = before.offGridMids[0];
      const at = times.sessionStart[session] + k;
      const later = at < times.sessionStart[session + 1] ? mid[name * times.timeNs.length + at] : Number.NaN;
      expect(one.moveBps[cell]).toBe(1e4 * Math.log(ahead(1) / market.mid[cell]));
      expect(five.moveBps[cell]).toBe(1e4 * Math.log(ahead(5) / market.mid[cell]));
      expect(off.moveBps[cell]).toBe(1e4 * Math.log(later / market.mid[cell]));
    });
  });

  it('say that a mid of zero that stays is no move of zero', () => {
    const zero = { mid: new Float64Array(grid.buckets) };
    expect(markouts(grid, marks, zero)[0].moveBps.every(Number.isNaN)).toBe(true);
  });
});

interface Place {
  readonly name: number;
  readonly session: number;
  readonly k: number;
  readonly buckets: number;
  readonly open: number;
  readonly close: number;
}

/** Every cell with the edges of its bucket: a session has one edge more than buckets. */
function forEachCell(visit: (cell: number, place: Place) => void): void {
  for (let name = 0; name < NAMES.length; name++) {
    grid.sessions.forEach(({ firstBucket, buckets }, session) => {
      for (let k = 0; k < buckets; k++) {
        const open = name * (grid.buckets + grid.sessions.length) + firstBucket + session + k;
        visit(name * grid.buckets + firstBucket + k, { name, session, k, buckets, open, close: open + 1 });
      }
    });
  }
}
