import type { BucketGrid } from '../../model/grid.js';
import type { ReversedMoves } from '../../model/levels.js';
import { medianInPlace } from '../../numerics/quickselect.js';
import { moveSizes, squareSum } from './moveSizes.js';

/** A move is far out beyond so many of the name's median moves that are not zero, ... */
const TYPICAL_MOVES = 30;
/** ... and so many of its median spreads: the mid of a book that one side leaves for a moment goes a few of them away. */
const TYPICAL_SPREADS = 10;
/** Fewer moves have no median to speak of. */
const MIN_MOVES = 20;
/** It is taken back when no more than this share of it is left, ... */
const LEFT_SHARE = 0.2;
/** ... within this time. */
const HORIZON_NS = 30e9;

/**
 * Moves that no news makes: far out, and gone again within half a minute, as where a wrong price stands for some quotes. A
 * price that jumps and stays is none of them, whatever its size. Moves next to a missing one are not followed over the gap.
 * @param moves of one name by bucket, NaN where missing
 * @param typicalSpread of the name on the day, in the same unit; 0 where nothing is known of it
 * @param scratch as long as the moves, for one call after the other
 * @returns undefined where there are none
 */
export function reversedMoves(
  grid: BucketGrid,
  moves: Float64Array,
  typicalSpread: number,
  scratch?: Float64Array,
): ReversedMoves | undefined {
  const sizes = moveSizes(moves, scratch);
  if (sizes.length < MIN_MOVES) return undefined;
  const bound = Math.max(TYPICAL_MOVES * medianInPlace(sizes), TYPICAL_SPREADS * typicalSpread);
  let found: ReversedMoves | undefined;
  for (const { startNs, firstBucket, buckets } of grid.sessions) {
    for (let t = 0; t < buckets; t++) {
      const moveBps = moves[firstBucket + t];
      if (!(Math.abs(moveBps) > bound)) continue;
      const back = bucketsUntilBack(moves.subarray(firstBucket + t, firstBucket + buckets), grid.bucketNs);
      if (back === 0) continue;
      const squares = squareSum(moves.subarray(firstBucket + t, firstBucket + t + back + 1));
      const isLargest = !found || Math.abs(moveBps) > Math.abs(found.largest.moveBps);
      const at = stamp(grid, startNs + t * grid.bucketNs);
      found = {
        count: (found?.count ?? 0) + 1,
        squares: (found?.squares ?? 0) + squares,
        largest: isLargest ? { at, moveBps, seconds: (back * grid.bucketNs) / 1e9 } : found!.largest,
      };
      t += back;
    }
  }
  return found;
}

/** How many buckets after the first one its move is taken back; 0 where it is not. */
function bucketsUntilBack(moves: Float64Array, bucketNs: number): number {
  const last = Math.min(moves.length - 1, Math.max(2, Math.ceil(HORIZON_NS / bucketNs)));
  let left = moves[0];
  for (let k = 1; k <= last; k++) {
    // A missing move makes a NaN of all that follows.
    left += moves[k];
    if (Math.abs(left) <= LEFT_SHARE * Math.abs(moves[0])) return k;
  }
  return 0;
}

const stamp = ({ epochNs }: BucketGrid, ns: number): string =>
  new Date(Number((epochNs + BigInt(Math.round(ns))) / 1_000_000n)).toISOString();
