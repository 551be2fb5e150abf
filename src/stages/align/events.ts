import { FLAG, type MarketColumns } from '../../model/buckets.js';
import { type EventWindow, isHalt } from '../../model/events.js';
import type { BucketGrid } from '../../model/grid.js';

/** Flags the buckets that touch an event and removes their moves. Quotes and volumes stay, for the reader. */
export function maskEvents(grid: BucketGrid, market: MarketColumns, events: readonly EventWindow[]): number {
  const names = market.mid.length / grid.buckets;
  let masked = 0;
  for (const event of events) {
    const flag = isHalt(event.label) ? FLAG.halted : FLAG.maskedEvent;
    for (let i = 0; i < names; i++) {
      if (event.name !== 'all' && event.name !== i) continue;
      for (const bucket of touchedBuckets(grid, event)) {
        const cell = i * grid.buckets + bucket;
        market.flags[cell] |= flag;
        market.moveBps[cell] = Number.NaN;
        masked++;
      }
    }
  }
  return masked;
}

/** Buckets of the day that share a moment with the event. */
export function* touchedBuckets(grid: BucketGrid, event: Omit<EventWindow, 'name' | 'label'>): Generator<number> {
  if (!(event.endNs > event.startNs)) return;
  for (const { startNs, firstBucket, buckets } of grid.sessions) {
    const from = Math.max(0, Math.floor((event.startNs - startNs) / grid.bucketNs));
    const to = Math.min(buckets, Math.ceil((event.endNs - startNs) / grid.bucketNs));
    for (let k = from; k < to; k++) yield firstBucket + k;
  }
}
