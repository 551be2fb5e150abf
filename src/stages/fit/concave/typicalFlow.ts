import type { DayFlow } from '../../../model/buckets.js';
import type { FlowTransform } from '../../../model/flowTransform.js';
import { median } from '../../../numerics/statistics.js';
import { netFlow } from '../netFlow.js';

/** By name the median size of flow over the buckets in which it trades, millions; `null` for a name that does not. */
export function typicalFlows(day: DayFlow, transform: FlowTransform): (number | null)[] {
  const { name, value } = netFlow(day, transform);
  const sizes: number[][] = day.symbols.map(() => []);
  name.forEach((i, e) => {
    if (value[e] !== 0) sizes[i].push(Math.abs(value[e]));
  });
  return sizes.map((own) => (own.length > 0 ? median(own) : null));
}
