import type { DayBuckets } from '../../model/buckets.js';
import type { NameLevels, OwnLevels } from '../../model/levels.js';
import { kthSmallest, medianInPlace } from '../../numerics/quickselect.js';
import { missingCount, squareSum, total } from '../../stages/align/moveSizes.js';
import { reversedMoves } from '../../stages/align/reversedMoves.js';

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

/** Own fills, with what they are worth: millions by name. */
export interface OwnTrades extends TradedPrices {
  readonly volume: Float64Array;
}

/** What there is beside the buckets to judge their units by. */
interface DayEvidence {
  readonly tape?: TradedPrices | undefined;
  readonly fills?: OwnTrades | undefined;
  /** By name, of buckets that a user brings. */
  readonly own?: readonly OwnLevels[] | undefined;
}

/** What is there of every name on a day. */
export function coverage(
  day: DayBuckets,
  used: Int32Array,
  { tape, fills, own: ownLevels }: DayEvidence = {},
): NameCoverage[] {
  const { symbols, grid, market, flow } = day;
  const cells = new Int32Array(symbols.length);
  // Of the user's own buckets the fills are not known: what they net to is no more than they are worth.
  const netted = tape || fills ? undefined : nettedFlow(day);
  for (const name of flow.name) cells[name]++;
  const scratch = new Float64Array(grid.buckets);
  return symbols.map((symbol, i) => {
    const own = (column: Float64Array) => column.subarray(i * grid.buckets, (i + 1) * grid.buckets);
    const volume = total(own(market.volume));
    return {
      symbol,
      quotes: used[i],
      missingShare: missingCount(own(market.moveBps)) / grid.buckets,
      flowCells: cells[i],
      volume,
      levels: {
        ...midLevels(own(market.mid), scratch),
        ...moveLevels(grid, own(market.moveBps), own(market.spreadBps), scratch),
        ...(tape && tape.used[i] > 0 ? { trades: tape.used[i], tradePrice: tape.meanPrice[i] } : {}),
        ...(fills && fills.used[i] > 0
          ? { fills: fills.used[i], fillPrice: fills.meanPrice[i], ownVolume: fills.volume[i] }
          : {}),
        ...(netted && volume > 0 ? { ownVolume: netted[i] } : {}),
        ...(ownLevels ? { own: ownLevels[i] } : {}),
      },
    };
  });
}

function midLevels(mids: Float64Array, known: Float64Array): Pick<NameLevels, 'mid' | 'lowestMid' | 'highestMid'> {
  let [count, lowestMid, highestMid] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let t = 0; t < mids.length; t++) {
    const mid = mids[t];
    if (Number.isNaN(mid)) continue;
    known[count++] = mid;
    lowestMid = Math.min(lowestMid, mid);
    highestMid = Math.max(highestMid, mid);
  }
  if (count === 0) return {};
  return { mid: kthSmallest(known.subarray(0, count), count >> 1), lowestMid, highestMid };
}

function moveLevels(
  grid: DayBuckets['grid'],
  moves: Float64Array,
  spreads: Float64Array,
  scratch: Float64Array,
): Pick<NameLevels, 'spreadBps' | 'moveSquares' | 'reversedMoves'> {
  const known = knownSpreads(spreads, scratch);
  const spreadBps = medianInPlace(known);
  const reversed = reversedMoves(grid, moves, spreadBps, scratch);
  return {
    ...(known.length > 0 ? { spreadBps } : {}),
    moveSquares: squareSum(moves),
    ...(reversed ? { reversedMoves: reversed } : {}),
  };
}

function knownSpreads(spreads: Float64Array, known: Float64Array): Float64Array {
  let count = 0;
  for (let t = 0; t < spreads.length; t++) if (spreads[t] >= 0) known[count++] = spreads[t];
  return known.subarray(0, count);
}

/** Millions by name, over buckets and venues. */
function nettedFlow({ symbols, flow }: DayBuckets): Float64Array {
  const sums = new Float64Array(symbols.length);
  for (let k = 0; k < flow.name.length; k++) sums[flow.name[k]] += Math.abs(flow.signedNotional[k]);
  return sums;
}
