import { describe, expect, it } from 'vitest';
import { quoteAligner } from '../../src/stages/align/quotes.js';
import { instantsNeeded, midAt } from '../../src/stages/scorecard/orders.js';
import { testGrid } from '../support/simulatedBuckets.js';
import { randomOrders } from './orders.js';

/** Quotes of one name as [seconds, venue, bid, ask], pushed as one chunk. */
function sampled(quotes: readonly (readonly [number, number, number, number])[], instants: readonly number[]) {
  const aligner = quoteAligner({
    grid: testGrid([60, 60]),
    names: 1,
    venues: 2,
    maxStaleNs: 10e9,
    lockedIsDefect: false,
    badTickJump: 0.05,
    offGridHorizonsNs: [],
    instantsNs: [Float64Array.from(instants, (seconds) => seconds * 1e9)],
  });
  const column = (of: (quote: (typeof quotes)[number]) => number) => Float64Array.from(quotes, of);
  const codes = (of: (quote: (typeof quotes)[number]) => number) => Int32Array.from(quotes, of);
  aligner.push({
    rows: quotes.length,
    file: codes(() => 0),
    row: column(() => 0),
    timeNs: column(([seconds]) => seconds * 1e9),
    name: codes(() => 0),
    venue: codes(([, venue]) => venue),
    bid: column(([, , bid]) => bid),
    ask: column(([, , , ask]) => ask),
    bidSize: column(() => 1),
    askSize: column(() => 1),
  });
  const [{ mid, spread }] = aligner.finish().instants;
  return { mid: [...mid], spread: [...spread] };
}

describe('the book as of further instants', () => {
  it('is the last one at or before each, however old, and none before the first', () => {
    const { mid, spread } = sampled(
      [
        [5, 0, 99, 101],
        [20, 0, 100, 104],
      ],
      [4, 5, 19.999, 20, 59, 28_830],
    );
    expect(mid).toEqual([Number.NaN, 100, 100, 102, 102, 102]);
    expect(spread).toEqual([Number.NaN, 2, 2, 4, 4, 4]);
  });

  it('is the best of the venues, without crossed quotes and bad ticks', () => {
    const quotes = [
      [1, 0, 99, 101],
      [2, 1, 99.5, 102],
      [3, 0, 103, 102],
      [4, 0, 60, 62],
      [5, 0, 99, 101],
      [6, 1, 99, 102],
    ] as const;
    const { mid } = sampled(quotes, [1, 2, 3, 4, 5, 6]);
    // The bid of 99.5 of the second venue stands until it is taken back.
    expect(mid).toEqual([100, 100.25, 100.25, 100.25, 100.25, 100]);
  });

  it('is asked for where orders need it, in order and once each', () => {
    const { parents, fills, names } = randomOrders(3, 20, 2);
    const instants = instantsNeeded(parents, fills, names.length);
    for (const times of instants) for (let k = 1; k < times.length; k++) expect(times[k]).toBeGreaterThan(times[k - 1]);
    for (const { name, timeNs } of fills) expect(instants[name]).toContain(timeNs);
    for (const { name, arrivalNs, deadlineNs } of parents)
      expect([...instants[name]]).toEqual(expect.arrayContaining([arrivalNs, deadlineNs]));
  });

  it('is the last known mid where later ones are missing', () => {
    const mids = {
      timeNs: [Float64Array.of(1, 2, 3)],
      mid: [Float64Array.of(7, Number.NaN, 9)],
      spread: [new Float64Array(3)],
    };
    expect([0, 1, 2, 2.5, 3, 9].map((t) => midAt(mids, 0, t))).toEqual([Number.NaN, 7, 7, 7, 9, 9]);
  });
});
