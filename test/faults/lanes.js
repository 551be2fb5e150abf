import { availableParallelism } from 'node:os';

/** Does every piece of work, as many at a time as the machine has cores. */
export async function inLanes(pieces, work) {
  const queue = pieces.entries();
  const lane = async () => {
    for (const [k, piece] of queue) await work(piece, k);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

/** So many of the items, evenly spread, with the first and the last. */
export function spread(items, count) {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, k) => items[Math.round((k * (items.length - 1)) / Math.max(1, count - 1))]);
}

/** Every N-th of the items from the K-th on, for part `K/N`: N machines or nights do them all. */
export function shareOf(items, part) {
  if (part === undefined) return items;
  const [k, count] = part.split('/').map(Number);
  if (!(Number.isInteger(k) && Number.isInteger(count) && k >= 1 && k <= count))
    throw new RangeError(`--part ${part}: it is K/N with 1 ≤ K ≤ N`);
  return items.filter((_, at) => at % count === k - 1);
}
