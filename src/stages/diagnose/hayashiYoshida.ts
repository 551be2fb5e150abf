import type { DayWith } from '../../model/buckets.js';

/** Moves of one name over a session between the instants at which it was quoted anew: `(from, to]`, nanoseconds. */
export interface QuotedMoves {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly moveBps: Float64Array;
  /** Stretch of the bucket that the quote stood in. */
  readonly stretch: Int32Array;
}

/**
 * Buckets hold no quote by quote mid, but the age of the quote at a bucket's end says when it was last set: the bucket's
 * move came at that instant, at the latest. A bucket without a new quote is no observation. Where ages are missing the
 * quote is taken to have come at the bucket's end. A missing move breaks the chain; the next one starts at its own bucket.
 */
export function quotedMoves(
  { grid, market }: DayWith<'moveBps' | 'quoteAgeMs'>,
  name: number,
  session: number,
  stretchOf: Int32Array,
): QuotedMoves {
  const { startNs, firstBucket, buckets } = grid.sessions[session];
  const [from, to, moveBps, stretch]: number[][] = [[], [], [], []];
  let since = startNs;
  for (let k = 0; k < buckets; k++) {
    const cell = name * grid.buckets + firstBucket + k;
    const move = market.moveBps[cell];
    const endNs = startNs + (k + 1) * grid.bucketNs;
    const ageNs = 1e6 * market.quoteAgeMs[cell];
    if (Number.isNaN(move)) {
      since = endNs;
      continue;
    }
    if (ageNs >= grid.bucketNs && move === 0) continue;
    const atNs = ageNs > 0 && ageNs < grid.bucketNs ? endNs - ageNs : endNs;
    from.push(since);
    to.push(atNs);
    moveBps.push(move);
    stretch.push(stretchOf[firstBucket + k]);
    since = atNs;
  }
  return {
    from: Float64Array.from(from),
    to: Float64Array.from(to),
    moveBps: Float64Array.from(moveBps),
    stretch: Int32Array.from(stretch),
  };
}

/**
 * Adds to `sums`, by stretch, the covariance of Hayashi and Yoshida (2005) at a lag: products of the moves whose intervals
 * overlap once those of `b` are brought back by `lagNs`. At a positive lag a large sum says that `a` comes first. Returns
 * the time that the intervals share as they stand: what moves without any lag would leave at this one.
 */
export function addLaggedCovariance(a: QuotedMoves, b: QuotedMoves, lagNs: number, sums: Float64Array): number {
  const { from: aFrom, to: aTo, moveBps: aMoves, stretch } = a;
  const { from: bFrom, to: bTo, moveBps: bMoves } = b;
  let shared = 0;
  let first = 0;
  for (let k = 0; k < aFrom.length; k++) {
    const begin = aFrom[k];
    const end = aTo[k];
    while (first < bTo.length && bTo[first] - lagNs <= begin) first++;
    let product = 0;
    for (let m = first; m < bFrom.length && bFrom[m] - lagNs < end; m++) {
      product += bMoves[m];
      const overlap = (end < bTo[m] ? end : bTo[m]) - (begin > bFrom[m] ? begin : bFrom[m]);
      if (overlap > 0) shared += overlap;
    }
    sums[stretch[k]] += aMoves[k] * product;
  }
  return shared;
}
