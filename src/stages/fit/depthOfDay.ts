import type { DayFlow } from '../../model/buckets.js';
import { touchDepth } from '../../model/touchDepth.js';

/** What a day says of the depth that its flow is measured against (MODEL §2a), by name. */
export interface DepthOfDay {
  readonly date: string;
  /** Median over the day's buckets of the depth at the touch, millions; `null` where the name has none. */
  readonly median: readonly (number | null)[];
  /** Buckets with flow, and those of them without depth before: they take the median, or keep their flow as it is. */
  readonly flowBuckets: readonly number[];
  readonly fellBack: readonly number[];
}

export function depthOfDay(day: DayFlow): DepthOfDay {
  const { bucket, name } = day.flow;
  const { medians, before } = touchDepth(day);
  const flowBuckets = day.symbols.map(() => 0);
  const fellBack = day.symbols.map(() => 0);
  for (let k = 0; k < bucket.length; k++) {
    if (k > 0 && bucket[k] === bucket[k - 1] && name[k] === name[k - 1]) continue;
    flowBuckets[name[k]]++;
    if (Number.isNaN(before(name[k], bucket[k]))) fellBack[name[k]]++;
  }
  const median = Array.from(medians, (depth) => (Number.isNaN(depth) ? null : depth));
  return { date: day.grid.date, median, flowBuckets, fellBack };
}
