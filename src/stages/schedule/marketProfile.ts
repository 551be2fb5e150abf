import type { MarketProfile, Slot } from '../../model/marketProfile.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import type { DayProfile } from './dayProfile.js';

/**
 * Adds up days. Moves over slots of minutes are used, not those of a bucket times their number: at a second prices that move
 * together have not yet met (Epps 1979), and what a basket risks by waiting would be understated.
 *
 * Correlations are drawn to the means within and between blocks, by the share that their scatter over days says is noise (Ledoit and
 * Wolf 2004; Schäfer and Strimmer 2005). The mean over all orders of the names within blocks is semidefinite, so the sum is.
 * @param days read one at a time, more than once
 * @param unitMillions of a name at a mid: what a unit of quantity is worth
 */
export function marketProfile(
  days: readonly (() => DayProfile)[],
  blocks: readonly string[],
  slotSeconds: number,
  unitMillions: (name: number, mid: number) => number,
): MarketProfile {
  const n = blocks.length;
  const slots = unionOfSlots(days);
  const columns = new Map(slots.map((slot, c) => [keyOf(slot), c]));
  const sums = () => zeros(n, slots.length);
  const [volume, spread, quoted] = [sums(), sums(), sums()];
  const seen = new Float64Array(slots.length);
  const mids = new Float64Array(n).fill(Number.NaN);
  const products = zeros(n);
  const moves = new Float64Array(n);
  for (const read of days) {
    const day = read();
    day.slots.forEach((slot, k) => {
      const c = columns.get(keyOf(slot))!;
      seen[c]++;
      for (let i = 0; i < n; i++) {
        const from = i * day.slots.length + k;
        const to = i * slots.length + c;
        volume.data[to] += day.volume[from];
        spread.data[to] += day.halfSpread[from];
        quoted.data[to] += day.quoted[from];
      }
    });
    day.mid.forEach((mid, i) => {
      if (Number.isFinite(mid)) mids[i] = mid;
    });
    day.moves.forEach((count, i) => {
      moves[i] += count;
    });
    day.products.forEach((value, k) => {
      products.data[k] += value;
    });
  }
  const variance = moves.map((count, i) => (count > 0 ? products.data[i * (n + 1)] / count : 0));
  const { correlation, shrinkage } = shrunkCorrelation(products, days, blocks);
  return {
    days: days.length,
    slots,
    volume: mapEntries(volume, (sum, _, c) => sum / seen[c]),
    halfSpreadBps: mapEntries(spread, (sum, i, c) => sum / quoted.data[i * slots.length + c]),
    unitMillions: mids.map((mid, i) => unitMillions(i, mid)),
    covariance: mapEntries(correlation, (r, i, j) => r * Math.sqrt(variance[i] * variance[j])),
    slotSeconds,
    shrinkage,
  };
}

const keyOf = ({ startNs, endNs }: Slot): string => `${startNs}-${endNs}`;

function unionOfSlots(days: readonly (() => DayProfile)[]): Slot[] {
  const all = new Map(days.flatMap((read) => read().slots.map((slot): [string, Slot] => [keyOf(slot), slot])));
  return [...all.values()].sort((a, b) => a.startNs - b.startNs || a.endNs - b.endNs);
}

/** Fewer days than this say nothing of scatter: correlations are then drawn to their means by half. */
const LEAST_DAYS = 4;
const UNKNOWN_SHRINKAGE = 0.5;

function shrunkCorrelation(
  products: DenseMatrix,
  days: readonly (() => DayProfile)[],
  blocks: readonly string[],
): { correlation: DenseMatrix; shrinkage: number } {
  const n = blocks.length;
  const size = Float64Array.from({ length: n }, (_, i) => Math.sqrt(products.data[i * (n + 1)]));
  const raw = mapEntries(products, (value, i, j) => (i === j ? 1 : value / (size[i] * size[j] || 1)));
  const target = blockMeans(raw, blocks);
  const shrinkage = days.length < LEAST_DAYS ? UNKNOWN_SHRINKAGE : noiseShare(raw, target, days, size);
  return { correlation: mapEntries(raw, (r, i, j) => r + shrinkage * (target.data[i * n + j] - r)), shrinkage };
}

/** Mean correlation of every pair of blocks, ones on the diagonal. */
function blockMeans(raw: DenseMatrix, blocks: readonly string[]): DenseMatrix {
  const means = new Map<string, { sum: number; pairs: number }>();
  const pairOf = (i: number, j: number) => JSON.stringify([blocks[i], blocks[j]].sort());
  mapEntries(raw, (r, i, j) => {
    if (i === j) return r;
    const mean = means.get(pairOf(i, j)) ?? { sum: 0, pairs: 0 };
    means.set(pairOf(i, j), { sum: mean.sum + r, pairs: mean.pairs + 1 });
    return r;
  });
  return mapEntries(raw, (_, i, j) => {
    if (i === j) return 1;
    const { sum, pairs } = means.get(pairOf(i, j))!;
    return sum / pairs;
  });
}

/** `Σ Var(r_ij) / Σ (r_ij − target_ij)²` over pairs, variances from the scatter of the days' shares of a correlation. */
function noiseShare(
  raw: DenseMatrix,
  target: DenseMatrix,
  days: readonly (() => DayProfile)[],
  size: Float64Array,
): number {
  const n = raw.rows;
  const D = days.length;
  let noise = 0;
  for (const read of days) {
    const { products } = read();
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        const share = products[i * n + j] / (size[i] * size[j] || 1);
        noise += squared(share - raw.data[i * n + j] / D);
      }
  }
  let signal = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) signal += squared(raw.data[i * n + j] - target.data[i * n + j]);
  // The shares of the days sum to the correlation: the variance of a sum of D.
  return signal > 0 ? Math.min(1, (noise * D) / (D - 1) / signal) : 1;
}
