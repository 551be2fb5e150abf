import type { DayBuckets } from '../../src/model/buckets.js';
import { randomStream } from '../../src/numerics/random.js';

/** The day with a book of so many millions on either side; NaN or 0 where a side is not there. */
export function withDepth(
  day: DayBuckets,
  depth: (name: number, bucket: number) => readonly [number, number],
): DayBuckets {
  const cells = Array.from({ length: day.symbols.length * day.grid.buckets }, (_, cell) =>
    depth(Math.floor(cell / day.grid.buckets), cell % day.grid.buckets),
  );
  const side = (of: 0 | 1) => Float64Array.from(cells, (both) => both[of]);
  return { ...day, market: { ...day.market, bidDepth: side(0), askDepth: side(1) } };
}

/** Depth that wanders about two millions a side, by factors of a few within minutes. */
export function wanderingDepth(day: DayBuckets, seed: number): DayBuckets {
  const random = randomStream(seed);
  const level = new Float64Array(day.symbols.length);
  const logs = day.symbols.map((_, i) =>
    Float64Array.from({ length: day.grid.buckets }, () => {
      level[i] = 0.97 * level[i] + 0.25 * random.normal();
      return level[i];
    }),
  );
  return withDepth(day, (i, t) => [2 * Math.exp(logs[i][t]), (2 + i) * Math.exp(logs[i][t])]);
}

/**
 * Flow times the factor of its depth, by the definition and in another way than the program's: the mean of both sides in the
 * bucket before, else the median of the day, else as it is. `usual` is D̄; ones leave it to be applied later.
 */
export function scaledByHand(day: DayBuckets, liquidity: number, usual: readonly number[]): DayBuckets {
  const { grid, market, flow } = day;
  const depthAt = (i: number, t: number): number | undefined => {
    const [bid, ask] = [market.bidDepth[i * grid.buckets + t], market.askDepth[i * grid.buckets + t]];
    return bid > 0 && ask > 0 ? 0.5 * (bid + ask) : undefined;
  };
  const medianOf = (i: number): number | undefined => {
    const known = Array.from({ length: grid.buckets }, (_, t) => depthAt(i, t) ?? []).flat();
    const sorted = known.sort((a, b) => a - b);
    const middle = sorted.length / 2;
    if (sorted.length === 0) return undefined;
    return sorted.length % 2 === 1 ? sorted[middle - 0.5] : (sorted[middle - 1] + sorted[middle]) / 2;
  };
  const medians = day.symbols.map((_, i) => medianOf(i));
  const signedNotional = flow.signedNotional.map((u, k) => {
    const [i, t] = [flow.name[k], flow.bucket[k]];
    const isFirst = grid.sessions.some(({ firstBucket }) => firstBucket === t);
    const depth = (isFirst ? undefined : depthAt(i, t - 1)) ?? medians[i];
    return depth === undefined || Number.isNaN(usual[i]) ? u : u * Math.exp(liquidity * Math.log(usual[i] / depth));
  });
  return { ...day, flow: { ...flow, signedNotional } };
}
