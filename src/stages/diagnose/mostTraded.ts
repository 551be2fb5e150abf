import type { DayWith } from '../../model/buckets.js';

/** Pairs grow with the square of names, and what goes wrong with clocks or buckets shows in the names that trade most. */
const MAX_NAMES = 20;

/** Names with the largest traded volume over some days, or the largest own flow where no tape was read; in their order. */
export function mostTraded(days: readonly DayWith<'volume'>[], limit = MAX_NAMES): number[] {
  if (days.length === 0) return [];
  const volume = new Float64Array(days[0].symbols.length);
  const own = new Float64Array(volume.length);
  for (const { grid, market, flow } of days) {
    for (let i = 0; i < volume.length; i++)
      volume[i] = sumKnown(market.volume, i * grid.buckets, (i + 1) * grid.buckets, volume[i]);
    for (let k = 0; k < flow.name.length; k++) own[flow.name[k]] += Math.abs(flow.signedNotional[k]);
  }
  const order = [...volume.keys()].sort((a, b) => volume[b] - volume[a] || own[b] - own[a] || a - b);
  return order.slice(0, limit).sort((a, b) => a - b);
}

function sumKnown(values: Float64Array, from: number, to: number, before: number): number {
  let sum = before;
  for (let k = from; k < to; k++) if (!Number.isNaN(values[k])) sum += values[k];
  return sum;
}
