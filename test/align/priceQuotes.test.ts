import { describe, expect, it } from 'vitest';
import type { QuoteChunk } from '../../src/stages/align/chunks.js';
import { quoteAligner } from '../../src/stages/align/quotes.js';
import { spreadSurvey } from '../../src/stages/align/typicalSpread.js';
import { testGrid } from '../support/simulatedBuckets.js';

const SECOND = 1e9;
const grid = testGrid([20]);
const NONE = Number.NaN;

/** Second of the session, bid, ask, and sizes where they are not 5. */
type Quote = readonly [second: number, bid: number, ask: number, bidSize?: number, askSize?: number];

function chunkOf(quotes: readonly Quote[], shift: number): QuoteChunk {
  const { startNs } = grid.sessions[0];
  const column = (of: (quote: Quote) => number) => Float64Array.from(quotes, of);
  return {
    rows: quotes.length,
    file: new Int32Array(quotes.length),
    row: Float64Array.from(quotes.keys()),
    timeNs: column(([second]) => startNs + second * SECOND),
    name: new Int32Array(quotes.length),
    venue: new Int32Array(quotes.length),
    bid: column(([, bid]) => bid + shift),
    ask: column(([, , ask]) => ask + shift),
    bidSize: column(([, , , size = 5]) => size),
    askSize: column(([, , , , size = 5]) => size),
  };
}

/** Mids at the ends of buckets and reasons of rows, where any price may be one. */
function aligned(quotes: readonly Quote[], shift = 0) {
  const chunk = chunkOf(quotes, shift);
  const survey = spreadSurvey(grid, 1);
  survey.push(chunk);
  const aligner = quoteAligner({
    grid,
    names: 1,
    venues: 1,
    maxStaleNs: 30 * SECOND,
    lockedIsDefect: false,
    badTickJump: 0.05,
    typicalSpread: survey.typical(),
    offGridHorizonsNs: [],
  });
  expect(aligner.push(chunk)).toBe(true);
  const { mid, quarantine } = aligner.finish();
  return {
    typical: survey.typical()[0],
    mids: Array.from(mid, (value) => Number((value - shift).toFixed(6)) + 0),
    reasons: Object.fromEntries(quarantine.counts),
  };
}

/** Quotes of a tick of 0.01 around zero, one a second, as the market of a quiet day. */
const quiet: readonly Quote[] = Array.from({ length: 21 }, (_, k) => {
  const centre = 0.05 - 0.005 * k;
  return [k, centre - 0.005, centre + 0.005] as const;
});
const midsOf = (quotes: readonly Quote[]) => quotes.map(([, bid, ask]) => Number(((bid + ask) / 2).toFixed(6)) + 0);
/** One of them in place of another, or removed. */
const changed = (second: number, ...by: readonly Quote[]): Quote[] =>
  quiet.flatMap((quote) => (quote[0] === second ? by : [quote]));

describe('quotes of names whose price may be zero', () => {
  it('count as they are, at zero, across it and below', () => {
    const { mids, reasons, typical } = aligned(quiet);
    expect(reasons).toEqual({});
    expect(mids).toEqual(midsOf(quiet));
    expect(mids.some((mid) => mid < 0)).toBe(true);
    expect(typical / 0.01).toBeGreaterThan(0.95);
    expect(typical / 0.01).toBeLessThan(1.05);
    expect(aligned(changed(3, [3, 0, 0.01])).mids[3]).toBe(0.005);
    expect(aligned(changed(3, [3, -0.01, 0])).reasons).toEqual({});
  });

  it('without a size or a price on one side have no mid', () => {
    for (const quote of [
      [3, 0, 0.04, 0, 5],
      [3, 0.03, 0.04, 5, NONE],
      [3, NONE, 0.04],
      [3, NONE, NONE, NONE, NONE],
    ] as const) {
      const { mids, reasons } = aligned(changed(3, quote));
      expect(reasons).toEqual({ one_sided: 1 });
      expect(mids[3]).toBeNaN();
      expect(mids[4]).toBe(midsOf(quiet)[4]);
    }
  });

  it('that are crossed or infinite are set aside', () => {
    expect(aligned(changed(3, [3, 0.05, 0.04])).reasons).toEqual({ crossed: 1 });
    expect(aligned(changed(3, [3, Number.NEGATIVE_INFINITY, 0.04])).reasons).toEqual({ not_a_number: 1 });
    expect(aligned(changed(3, [3, Number.POSITIVE_INFINITY, 0.04])).reasons).toEqual({ non_finite: 1 });
    expect(aligned(changed(3, [3, 0.01, 0.02, -1, 5])).reasons).toEqual({ non_positive_size: 1 });
  });

  it('that are placeholders have no mid, though the day opens with them', () => {
    const opening: Quote[] = [[0, -99999, 99999], [1, -99999, 99999], [2, -99999, 0.05], ...quiet.slice(3)];
    const { mids, reasons } = aligned(opening);
    expect(reasons).toEqual({ absurd_spread: 3 });
    expect(mids.slice(0, 3).every(Number.isNaN)).toBe(true);
    expect(mids.slice(3)).toEqual(midsOf(quiet).slice(3));
    // Ninety times the usual is a market, if a poor one.
    expect(aligned(changed(9, [9, -0.45, 0.45])).reasons).toEqual({});
  });

  it('that jump by more than twenty spreads and come back are bad ticks, and moves where they do not', () => {
    const tick = aligned(changed(9, [9, -5, -4.99]));
    expect(tick.reasons).toEqual({ bad_tick: 1 });
    expect(tick.mids[9]).toBe(midsOf(quiet)[8]);
    const near = aligned(changed(9, [9, -0.15, -0.14]));
    expect(near.reasons).toEqual({});
    expect(near.mids[9]).toBe(-0.145);
    const plunge = quiet.map(([k, bid, ask]): Quote => (k < 9 ? [k, bid, ask] : [k, bid - 40, ask - 40]));
    expect(aligned(plunge)).toMatchObject({ reasons: {}, mids: midsOf(plunge) });
    // Twenty spreads of a book that is wide just then.
    const wide = changed(8, [8, -0.095, 0.125]).map((q): Quote => (q[0] === 9 ? [9, -0.5, -0.49] : q));
    expect(aligned(wide).reasons).toEqual({});
  });

  it('mean the same wherever they lie', () => {
    const mixed: Quote[] = [[0, -99999, 99999], [1, 0.04, 0.05], ...changed(9, [9, -5, -4.99]).slice(2)];
    const here = aligned(mixed);
    for (const shift of [1000, -37.5, 0.123456])
      expect(aligned(mixed, shift)).toMatchObject({ mids: here.mids, reasons: here.reasons });
  });

  it('that all have no spread are judged by none', () => {
    const locked = quiet.map(([k, bid]): Quote => [k, bid, bid]);
    expect(aligned(locked)).toMatchObject({ typical: NONE, reasons: {}, mids: midsOf(locked) });
  });
});
