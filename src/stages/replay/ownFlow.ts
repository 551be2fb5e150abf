import type { DayFlow } from '../../model/buckets.js';

/** Own flow over all venues name by name: entries `start[i]` to before `start[i + 1]` are those of name i. */
export interface OwnFlow {
  readonly buckets: number;
  readonly start: Int32Array;
  /** One entry per bucket, ascending. */
  readonly bucket: Int32Array;
  /** Millions. */
  readonly value: Float64Array;
}

/** Few buckets of a name have flow: what is asked of all of them is asked of the entries alone. */
export function ownFlow({ grid, symbols, flow }: Pick<DayFlow, 'grid' | 'symbols' | 'flow'>): OwnFlow {
  const order = byName(flow.name, symbols.length);
  const start = new Int32Array(symbols.length + 1);
  const bucket = new Int32Array(order.length);
  const value = new Float64Array(order.length);
  let count = 0;
  for (let at = 0; at < order.length; at++) {
    const k = order[at];
    const name = flow.name[k];
    const isNew = start[name + 1] === 0 || bucket[count - 1] !== flow.bucket[k];
    if (isNew) bucket[count++] = flow.bucket[k];
    value[count - 1] += flow.signedNotional[k];
    start[name + 1] = count;
  }
  for (let i = 1; i < start.length; i++) start[i] = Math.max(start[i], start[i - 1]);
  return { buckets: grid.buckets, start, bucket: bucket.subarray(0, count), value: value.subarray(0, count) };
}

/** Entries in the order of their names; those of one name stay in theirs. */
function byName(name: Int32Array, names: number): Int32Array {
  const next = new Int32Array(names + 1);
  for (let k = 0; k < name.length; k++) next[name[k] + 1]++;
  for (let i = 1; i <= names; i++) next[i] += next[i - 1];
  const order = new Int32Array(name.length);
  for (let k = 0; k < name.length; k++) order[next[name[k]]++] = k;
  return order;
}

/** Flow of a name in every bucket of the day, times `scale`. */
export function flowColumn(
  flow: OwnFlow,
  name: number,
  scale = 1,
  into: Float64Array = new Float64Array(flow.buckets),
): Float64Array {
  into.fill(0);
  for (let e = flow.start[name]; e < flow.start[name + 1]; e++) into[flow.bucket[e]] += scale * flow.value[e];
  return into;
}

/** Adds the squares of each name's flow to what is there. */
export function addFlowSquares({ start, value }: OwnFlow, square: Float64Array): void {
  for (let i = 0; i < square.length; i++)
    for (let e = start[i]; e < start[i + 1]; e++) square[i] += value[e] * value[e];
}

/** Of all names in every bucket, each times its scale. */
export function flowSums({ buckets, start, bucket, value }: OwnFlow, scale: Float64Array): Float64Array {
  const sums = new Float64Array(buckets);
  for (let i = 0; i < scale.length; i++)
    for (let e = start[i]; e < start[i + 1]; e++) sums[bucket[e]] += scale[i] * value[e];
  return sums;
}
