import type { DayBuckets, Name } from '../../model/buckets.js';
import type { OwnLevels } from '../../model/levels.js';
import { medianInPlace } from '../../numerics/quickselect.js';
import { median } from '../../numerics/statistics.js';
import { unitValue, valuedPrice } from './contracts.js';
import { missingCount, moveSizes, squareSum } from './moveSizes.js';

/** What a user's own buckets of a day say of their units, in the order of the names. */
export function ownLevels({ grid, market, flow }: Omit<DayBuckets, 'factors'>, names: readonly Name[]): OwnLevels[] {
  const turnover = new Float64Array(names.length);
  const ratios: number[][] = names.map(() => []);
  for (let k = 0; k < flow.bucket.length; k++) {
    const i = flow.name[k];
    turnover[i] += Math.abs(flow.signedNotional[k]);
    const mid = market.mid[i * grid.buckets + flow.bucket[k]];
    const worth = Math.abs(flow.signedQty[k] * valuedPrice(names[i], mid)) * unitValue(names[i]);
    if (worth > 0 && flow.signedNotional[k] !== 0) ratios[i].push(Math.abs(flow.signedNotional[k]) / worth);
  }
  const scratch = new Float64Array(grid.buckets);
  return names.map((_, i) => {
    const moves = market.moveBps.subarray(i * grid.buckets, (i + 1) * grid.buckets);
    const sizes = moveSizes(moves, scratch);
    return {
      turnover: turnover[i],
      ...(ratios[i].length > 0 ? { notionalRatio: median(ratios[i]) } : {}),
      ...(sizes.length > 0
        ? {
            moves: sizes.length,
            moveRms: Math.sqrt(squareSum(sizes) / (moves.length - missingCount(moves))),
            moveMedian: medianInPlace(sizes),
          }
        : {}),
    };
  });
}
