import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { bucketsOf, type ScheduleProblem } from './problem.js';
import { nearestIn, roomsOf } from './rooms.js';

/** Evenly over the buckets in which a name may trade, as near to it as bounds allow. */
export const twap = (problem: ScheduleProblem): DenseMatrix =>
  projected(
    problem,
    spread(problem, () => 1),
  );

/** As the market's volume comes. */
export const vwap = (problem: ScheduleProblem): DenseMatrix =>
  projected(
    problem,
    spread(problem, (t, i) => problem.volume.data[t * problem.quantity.length + i]),
  );

/**
 * Block after block, the largest first, each in a slice of the horizon that is as long as its share of the basket, by volume
 * within it: what desks do by hand.
 */
export function staggered(problem: ScheduleProblem): DenseMatrix {
  const { blocks, quantity, volume } = problem;
  const buckets = bucketsOf(problem);
  const sizes = new Map<string, number>();
  quantity.forEach((q, i) => {
    sizes.set(blocks[i], (sizes.get(blocks[i]) ?? 0) + Math.abs(q));
  });
  const whole = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const slices = new Map<string, { from: number; to: number }>();
  let done = 0;
  for (const [block, size] of [...sizes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))) {
    const from = (buckets * done) / whole;
    done += size;
    slices.set(block, { from, to: (buckets * done) / whole });
  }
  return projected(
    problem,
    spread(problem, (t, i) => {
      const { from, to } = slices.get(blocks[i])!;
      const inside = Math.max(0, Math.min(t + 1, to) - Math.max(t, from));
      return inside * volume.data[t * quantity.length + i];
    }),
  );
}

/** Every name's quantity in proportion to weights, evenly where those of the open buckets are all zero. */
function spread({ quantity, lower, upper }: ScheduleProblem, weight: (t: number, i: number) => number): DenseMatrix {
  const isOpen = (k: number) => upper.data[k] > lower.data[k];
  const weights = mapEntries(lower, (_, t, i) => (isOpen(t * quantity.length + i) ? weight(t, i) : 0));
  const open = mapEntries(lower, (_, t, i) => (isOpen(t * quantity.length + i) ? 1 : 0));
  const [sums, counts] = [columnSums(weights), columnSums(open)];
  return mapEntries(weights, (w, t, i) => {
    if (sums[i] > 0) return (quantity[i] * w) / sums[i];
    return counts[i] > 0 ? (quantity[i] * open.data[t * quantity.length + i]) / counts[i] : 0;
  });
}

function columnSums({ rows, cols, data }: DenseMatrix): Float64Array {
  const out = new Float64Array(cols);
  for (let k = 0; k < rows * cols; k++) out[k % cols] += data[k];
  return out;
}

/** The nearest schedule within bounds and steps that trades the quantities. */
export function projected(problem: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { rows, cols, data } = schedule;
  const flat = zeros(rows, cols).data.fill(1);
  const withoutSpread = { ...problem, halfSpreadBps: zeros(rows, cols) };
  return { rows, cols, data: nearestIn(roomsOf(withoutSpread), data, flat) };
}
