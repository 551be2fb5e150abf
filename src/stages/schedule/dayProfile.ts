import type { DayWith } from '../../model/buckets.js';
import type { BucketGrid } from '../../model/grid.js';
import type { Slot } from '../../model/marketProfile.js';

/** Columns of a day that a profile is made from. */
export const PROFILE_FIELDS = ['mid', 'moveBps', 'spreadBps', 'volume'] as const;
export type ProfileColumns = DayWith<(typeof PROFILE_FIELDS)[number]>;

/** What a schedule has to know of the market, from one day: names × slots, name-major. */
export interface DayProfile {
  readonly slots: readonly Slot[];
  /** Millions traded. */
  readonly volume: Float64Array;
  /** Sum of half the spread over the buckets with quotes, and how many they are. */
  readonly halfSpread: Float64Array;
  readonly quoted: Float64Array;
  /** N: last mid; NaN for a name without one. */
  readonly mid: Float64Array;
  /** N×N: Σ over whole slots of the products of their moves, 0 where one is missing. */
  readonly products: Float64Array;
  /** N: whole slots with a move. */
  readonly moves: Float64Array;
}

/** Long enough for prices that are quoted at different moments to have met, short enough for some dozens in a day. */
const SLOT_NS = 300e9;

/** Buckets in a slot. */
const slotBuckets = (bucketNs: number): number => Math.max(1, Math.round(SLOT_NS / bucketNs));

export const slotNs = (bucketNs: number): number => slotBuckets(bucketNs) * bucketNs;

/** Slots of a grid: whole ones from the start of every session, and what is left at its end. */
export function slotsOf({ bucketNs, sessions }: BucketGrid): { slots: Slot[]; firstBuckets: number[] } {
  const length = slotBuckets(bucketNs);
  const slots: Slot[] = [];
  const firstBuckets: number[] = [];
  for (const { startNs, firstBucket, buckets } of sessions)
    for (let k = 0; k < buckets; k += length) {
      slots.push({ startNs: startNs + k * bucketNs, endNs: startNs + Math.min(buckets, k + length) * bucketNs });
      firstBuckets.push(firstBucket + k);
    }
  return { slots, firstBuckets };
}

export function dayProfile({ grid, symbols, market }: ProfileColumns): DayProfile {
  const { slots, firstBuckets } = slotsOf(grid);
  const n = symbols.length;
  const sums = () => new Float64Array(n * slots.length);
  const [volume, halfSpread, quoted, moves] = [sums(), sums(), sums(), sums()];
  const whole = slotBuckets(grid.bucketNs);
  const bucketsOf = ({ startNs, endNs }: Slot) => Math.round((endNs - startNs) / grid.bucketNs);
  for (let i = 0; i < n; i++) {
    slots.forEach((slot, c) => {
      const at = i * slots.length + c;
      let [move, seen] = [0, 0];
      const first = i * grid.buckets + firstBuckets[c];
      for (let k = first; k < first + bucketsOf(slot); k++) {
        const spread = market.spreadBps[k];
        if (Number.isFinite(spread)) {
          halfSpread[at] += spread / 2;
          quoted[at]++;
        }
        if (Number.isFinite(market.volume[k])) volume[at] += market.volume[k];
        if (!Number.isFinite(market.moveBps[k])) continue;
        move += market.moveBps[k];
        seen++;
      }
      // What moves while no move is seen is lost: the rest stands for it, so that a thin name is not taken for a calm one.
      const isWhole = seen > 0 && seen >= whole / 2 && bucketsOf(slot) === whole;
      moves[at] = isWhole ? move * Math.sqrt(whole / seen) : Number.NaN;
    });
  }
  return { slots, volume, halfSpread, quoted, mid: lastMids(market.mid, n), ...products(moves, n, slots.length) };
}

function lastMids(mid: Float64Array, names: number): Float64Array {
  const buckets = mid.length / names;
  return Float64Array.from({ length: names }, (_, i) => {
    for (let k = (i + 1) * buckets - 1; k >= i * buckets; k--) if (Number.isFinite(mid[k])) return mid[k];
    return Number.NaN;
  });
}

function products(moves: Float64Array, n: number, slots: number): Pick<DayProfile, 'products' | 'moves'> {
  const out = new Float64Array(n * n);
  const counts = new Float64Array(n);
  const now = new Float64Array(n);
  for (let c = 0; c < slots; c++) {
    for (let i = 0; i < n; i++) {
      const move = moves[i * slots + c];
      now[i] = Number.isFinite(move) ? move : 0;
      if (Number.isFinite(move)) counts[i]++;
    }
    for (let i = 0; i < n; i++) {
      if (now[i] === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j] += now[i] * now[j];
    }
  }
  return { products: out, moves: counts };
}
