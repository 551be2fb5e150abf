import { type BucketGrid, sessionAt } from '../../model/grid.js';
import { log2, pow } from '../../numerics/elementary/elementary.js';
import type { QuoteChunk } from './chunks.js';

/**
 * Scales for judging quotes whose mid may be zero: by name the typical spread of the day. It comes from a pass of its own over
 * the quotes, since a day may well open with placeholders that nothing before them tells from a market.
 */
export interface SpreadSurvey {
  push(chunk: QuoteChunk): void;
  /** By name, in the unit of the price; NaN where no quote has a spread. */
  typical(): Float64Array;
}

/** Bins of the logarithm of a spread: a typical spread is known to a twentieth, which is nothing beside the multiples of it. */
const BINS_PER_DOUBLING = 8;
const LOWEST = -64;
const BINS = 128 * BINS_PER_DOUBLING;
/** The lower quartile: of a thin book three quotes in four may be placeholders. */
const SHARE = 0.25;

export function spreadSurvey(grid: BucketGrid, names: number): SpreadSurvey {
  const counts = new Float64Array(names * BINS);
  return {
    push: (chunk) => {
      for (let k = 0; k < chunk.rows; k++) {
        const spread = chunk.ask[k] - chunk.bid[k];
        if (chunk.name[k] < 0 || !(spread > 0 && chunk.bidSize[k] > 0 && chunk.askSize[k] > 0)) continue;
        if (sessionAt(grid, chunk.timeNs[k]) >= 0) counts[chunk.name[k] * BINS + binOf(spread)]++;
      }
    },
    typical: () =>
      Float64Array.from({ length: names }, (_, i) => quantile(counts.subarray(i * BINS, (i + 1) * BINS), SHARE)),
  };
}

/** Ticks that are powers of two lie in the middle of a bin, so that rounding of prices moves none to the next. */
function binOf(spread: number): number {
  const bin = Math.floor((log2(spread) - LOWEST) * BINS_PER_DOUBLING + 0.5);
  return Math.max(0, Math.min(BINS - 1, bin));
}

function quantile(counts: Float64Array, share: number): number {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let bin = 0; bin < BINS; bin++) {
    seen += counts[bin];
    if (seen > 0 && seen >= wanted) return pow(2, bin / BINS_PER_DOUBLING + LOWEST);
  }
  return Number.NaN;
}
