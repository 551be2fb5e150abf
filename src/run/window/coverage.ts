import type { DayBuckets } from '../../model/buckets.js';
import type { NameLevels, OwnLevels } from '../../model/levels.js';
import { kthSmallest } from '../../numerics/quickselect.js';

export interface NameCoverage {
  readonly symbol: string;
  readonly quotes: number;
  /** Share of the day's buckets whose move is missing. */
  readonly missingShare: number;
  readonly flowCells: number;
  /** Millions that the tape traded; 0 without one. */
  readonly volume: number;
  readonly levels: NameLevels;
}

/** Trades of one dataset, by name. */
interface TradedPrices {
  readonly used: Int32Array;
  readonly meanPrice: Float64Array;
}

/** What there is beside the buckets to judge their units by. */
interface DayEvidence {
  readonly tape?: TradedPrices | undefined;
  readonly fills?: TradedPrices | undefined;
  /** By name, of buckets that a user brings. */
  readonly own?: readonly OwnLevels[] | undefined;
}

/** What is there of every name on a day. */
export function coverage(
  { symbols, grid, market, flow }: DayBuckets,
  used: Int32Array,
  { tape, fills, own: ownLevels }: DayEvidence = {},
): NameCoverage[] {
  const cells = new Int32Array(symbols.length);
  for (const name of flow.name) cells[name]++;
  return symbols.map((symbol, i) => {
    const own = (column: Float64Array) => column.subarray(i * grid.buckets, (i + 1) * grid.buckets);
    const missing = own(market.moveBps).reduce((sum, r) => sum + (Number.isNaN(r) ? 1 : 0), 0);
    return {
      symbol,
      quotes: used[i],
      missingShare: missing / grid.buckets,
      flowCells: cells[i],
      volume: own(market.volume).reduce((sum, v) => sum + v, 0),
      levels: {
        ...midLevels(own(market.mid)),
        ...(tape && tape.used[i] > 0 ? { trades: tape.used[i], tradePrice: tape.meanPrice[i] } : {}),
        ...(fills && fills.used[i] > 0 ? { fillPrice: fills.meanPrice[i] } : {}),
        ...(ownLevels ? { own: ownLevels[i] } : {}),
      },
    };
  });
}

function midLevels(mids: Float64Array): Pick<NameLevels, 'mid' | 'lowestMid' | 'highestMid'> {
  const known = mids.filter((mid) => !Number.isNaN(mid));
  if (known.length === 0) return {};
  const range = {
    lowestMid: known.reduce((a, b) => Math.min(a, b)),
    highestMid: known.reduce((a, b) => Math.max(a, b)),
  };
  return { mid: kthSmallest(known, known.length >> 1), ...range };
}
