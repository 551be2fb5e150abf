import { type PlacedSum, totalMultiplier } from './totalMultiplier.js';

/**
 * Vectors with a given sum between bounds, and the two problems over them that schedules ask for: the nearest one, and the
 * cheapest one. Both take a cost `kink_k |u_k|` along, which is linear where a bound is zero.
 */
export interface BoxedTotal {
  readonly total: number;
  /** T, and no entry above that of `upper`. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** T, not negative; absent for none. */
  readonly kink?: Float64Array;
}

export const sumOf = (values: Float64Array): number => {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return sum;
};

/** Room of the sums of bounds around the total, negative where none of the vectors has it. */
export const boxRoom = ({ total, lower, upper }: BoxedTotal): number =>
  Math.min(total - sumOf(lower), sumOf(upper) - total);

/**
 * `argmin Σ ½ m_k (u_k − z_k)² + kink_k |u_k|` over them. The sum of `u_k(ν) = clip(soft(z_k − ν/m_k, kink_k/m_k))` falls along
 * a broken line in the multiplier ν of the total. Where the bounds leave no room for the total, they are the answer: the ones that come nearest to it.
 * @param z T
 * @param metric T, positive
 * @param guess of ν, such as that of a problem next to this one
 */
export function nearestBoxed(
  set: BoxedTotal,
  z: Float64Array,
  metric: Float64Array,
  guess = 0,
): { nearest: Float64Array; multiplier: number } {
  const { total, lower, upper } = set;
  if (!(total > sumOf(lower))) return { nearest: lower.slice(), multiplier: guess };
  if (!(total < sumOf(upper))) return { nearest: upper.slice(), multiplier: guess };
  const out = new Float64Array(z.length);
  const multiplier = totalMultiplier((at) => place(set, z, metric, at, out), total, guess, 1e-16);
  settle(set, metric, out);
  return { nearest: out, multiplier };
}

/** Writes u(ν); returns its sum, how fast that falls with ν, and the sum of sizes. */
function place(
  { lower, upper, kink }: BoxedTotal,
  z: Float64Array,
  metric: Float64Array,
  multiplier: number,
  out: Float64Array,
): PlacedSum {
  let [sum, slope, size] = [0, 0, 0];
  for (let k = 0; k < z.length; k++) {
    let free = z[k] - multiplier / metric[k];
    let moves = true;
    if (kink) {
      const width = kink[k] / metric[k];
      moves = Math.abs(free) > width;
      free = moves ? free - Math.sign(free) * width : 0;
    }
    if (free <= lower[k]) out[k] = lower[k];
    else if (free >= upper[k]) out[k] = upper[k];
    else {
      out[k] = free;
      if (moves) slope += 1 / metric[k];
    }
    sum += out[k];
    size += Math.abs(out[k]);
  }
  return { sum, slope, size };
}

/** Puts what rounding left of the total where the multiplier would: on what moves with it, as fast as that moves. */
function settle(set: BoxedTotal, metric: Float64Array, u: Float64Array): void {
  const { total, lower, upper, kink } = set;
  const isInside = (k: number) => u[k] > lower[k] && u[k] < upper[k];
  const moves = (k: number) => isInside(k) && !(kink && kink[k] > 0 && u[k] === 0);
  let slope = 0;
  for (let k = 0; k < u.length; k++) if (moves(k)) slope += 1 / metric[k];
  const rest = total - sumOf(u);
  for (let k = 0; k < u.length && rest !== 0; k++)
    if (moves(k)) u[k] = clip(u[k] + rest / (metric[k] * slope), lower[k], upper[k]);
  for (const mayTake of [moves, moves, isInside]) settleLast(set, u, mayTake);
}

/** The last bits, wherever there is room for them. */
function settleLast({ total, lower, upper }: BoxedTotal, u: Float64Array, mayTake: (k: number) => boolean): void {
  let rest = total - sumOf(u);
  for (let k = 0; k < u.length && rest !== 0; k++) {
    if (!mayTake(k)) continue;
    const next = clip(u[k] + rest, lower[k], upper[k]);
    rest -= next - u[k];
    u[k] = next;
  }
}

const clip = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));

/**
 * `min Σ g_k u_k + kink_k |u_k|` over them: from the lower bounds up, the cheapest room is filled first, in O(T log T). Where the
 * bounds leave no room for the total, it is what they cost.
 * @param price T
 */
export function cheapestBoxed({ total, lower, upper, kink }: BoxedTotal, price: Float64Array): number {
  const rooms: { price: number; room: number }[] = [];
  let [value, rest] = [0, total];
  price.forEach((g, k) => {
    const h = kink?.[k] ?? 0;
    value += g * lower[k] + h * Math.abs(lower[k]);
    rest -= lower[k];
    const [zeroBelow, zeroAbove] = [Math.min(0, upper[k]), Math.max(0, lower[k])];
    if (zeroBelow > lower[k]) rooms.push({ price: g - h, room: zeroBelow - lower[k] });
    if (upper[k] > zeroAbove) rooms.push({ price: g + h, room: upper[k] - zeroAbove });
  });
  rooms.sort((a, b) => a.price - b.price);
  for (const { price: each, room } of rooms) {
    if (!(rest > 0)) break;
    const filled = Math.min(rest, room);
    value += filled * each;
    rest -= filled;
  }
  return value;
}
