import type { DayMoves } from '../../src/model/buckets.js';
import { filterIncrements } from '../../src/model/kernel.js';
import type { FoldMoments } from '../../src/model/moments.js';
import type { ReplayedBaskets } from '../../src/model/scheduleReplay.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import type { KernelForm } from '../../src/stages/fit/kernelForms.js';
import { predictMoves } from '../../src/stages/replay/replay.js';
import type { ExecutedBasket } from '../../src/stages/scheduleReplay/basket.js';
import { costOfForms, type JudgedPrice } from '../../src/stages/scheduleReplay/forms.js';
import { type ReplayedBasket, replayBasket } from '../../src/stages/scheduleReplay/replayBasket.js';
import { residualMid } from '../../src/stages/scheduleReplay/residualMid.js';
import { type ReplaySide, replaySides } from '../../src/stages/scheduleReplay/sides.js';
import { defaultCalibration } from './calibration.js';
import { LINEAR_FLOW } from './linearFlow.js';
import { testGrid } from './simulatedBuckets.js';

/** A market in buckets with a desk that works baskets in it; all is known. */
export interface ReplayWorld {
  readonly seed: number;
  readonly names?: number;
  readonly days?: number;
  /** Of a day. */
  readonly buckets?: number;
  readonly basketsADay?: number;
  /** Buckets that a basket takes. */
  readonly length?: number;
  /** What every pair of names has in common, as a share of self impact. */
  readonly links?: number;
  /** Scales all impact; at zero no schedule is better than another. */
  readonly impact?: number;
  /** Probability that a name is traded against the side of its basket. */
  readonly hedged?: number;
  /** Bps in a bucket. */
  readonly noise?: number;
  readonly form?: KernelForm;
  /** How the desk works a basket: in lumps at random, a name early and the other late, or all of them late. */
  readonly desk?: 'lumpy' | 'early and late' | 'late';
  /** Bps a bucket by which prices run away in the direction of a basket once it has begun. */
  readonly alpha?: number;
  /** A day, by its number, with moves of its own beside all others. */
  readonly odd?: { readonly day: number; readonly bps: number };
}

export const WORLD_DECAY = Float64Array.of(Math.exp(-1 / 2), Math.exp(-1 / 20));

/** Self impact fades at once for one part and slowly for the other; links are of the slow part. */
export function worldParts({ names = 2, links = 0, impact = 1 }: ReplayWorld): DenseMatrix[] {
  const part = (own: number, link: number) => mapEntries(zeros(names), (_, i, j) => impact * (i === j ? own : link));
  return [part(0.5, 0), part(0.5, 0.5 * links)];
}

interface WorldDay {
  readonly day: DayMoves;
  readonly baskets: readonly ExecutedBasket[];
}

export interface ReplayedWorld {
  readonly truth: JudgedPrice;
  readonly baskets: readonly ReplayedBasket[];
  readonly sides: readonly ReplaySide[];
  readonly counts: ReplayedBaskets;
}

/** The whole chain: moments, two models, every basket worked anew. */
export function replayedWorld(world: ReplayWorld): ReplayedWorld {
  const { names = 2, days = 10, form = 'modes' } = world;
  const random = randomStream(world.seed);
  const dates = Array.from({ length: days }, (_, d) => `2024-01-${String(d + 2).padStart(2, '0')}`);
  const all = dates.map((date, d) => {
    const { day, baskets } = worldDay(world, date, random);
    if (world.odd?.day === d)
      for (let k = 0; k < day.market.moveBps.length; k += 3) day.market.moveBps[k] += world.odd.bps;
    return { day, baskets };
  });
  const params = { decay: WORLD_DECAY, transform: LINEAR_FLOW };
  const folds: FoldMoments[] = all.flatMap(({ day }) => accumulateDay(day, { ...params, foldBuckets: 'day' }));
  const sides = replaySides(folds, {
    ...params,
    calibration: {
      ...defaultCalibration(Array.from({ length: names }, () => 'all')),
      kernelForm: form,
      weights: 'diagonal',
    },
    limits: { rho: 0.9, metric: 'frobenius' },
    groups: 5,
  });
  const covariance = mapEntries(zeros(names), (_, i, j) => (i === j ? (world.noise ?? 0.2) ** 2 : 0));
  const baskets = all.flatMap(({ day, baskets: executed }) => {
    const { model, propagator } = sides.find((side) => side.days.includes(day.grid.date))!;
    const moves = predictMoves(day, model, { ...params, fromBucket: 0 });
    return executed.map((basket) => {
      const volume = mapEntries(basket.executed, () => 1);
      return replayBasket(basket, { volume, residualBps: residualMid(moves, basket) }, propagator, covariance);
    });
  });
  const none = { notDrawn: 0, oneName: 0, unfinished: 0, unfilled: 0, halted: 0, acrossSessions: 0, twoSided: 0 };
  const counts = { found: baskets.length, replayed: baskets.length, tooShort: 0, ...none };
  return { truth: { matrices: worldParts(world), weights: Float64Array.of(1, 1) }, baskets, sides, counts };
}

/** What the schedules save in truth, bps of what was traded. */
export function trueSaving({ baskets, truth }: ReplayedWorld, against: 'executed' | 'vwap' | 'diagonal'): number {
  let [sum, millions] = [0, 0];
  for (const basket of baskets) {
    const cost = (of: 'executed' | 'vwap' | 'diagonal' | 'cross') =>
      costOfForms(basket.schedules[of].forms, truth, basket.names);
    sum += cost(against) - cost('cross');
    millions += basket.millions;
  }
  return sum / millions;
}

function worldDay(world: ReplayWorld, date: string, random: RandomStream): WorldDay {
  const { names = 2, buckets = 120, basketsADay = 2, length = 24, noise = 0.2, alpha = 0 } = world;
  const grid = testGrid([buckets], date);
  const flow = zeros(buckets, names);
  const drift = zeros(buckets, names);
  const baskets = Array.from({ length: basketsADay }, (_, b): ExecutedBasket => {
    const fromBucket = Math.floor((b * buckets) / basketsADay);
    const executed = deskSchedule(world, length, names, random);
    for (let t = 0; t < length; t++)
      for (let i = 0; i < names; i++) {
        const at = (fromBucket + t) * names + i;
        flow.data[at] += executed.data[t * names + i];
        drift.data[at] += alpha * Math.sign(executed.data[i] || 1);
      }
    const open = Array.from({ length: names }, () => ({ from: 0, to: length - 1 }));
    return {
      id: `${date}-${b}`,
      date,
      fromBucket,
      names: Array.from({ length: names }, (_, i) => i),
      executed,
      open,
      completion: 1,
    };
  });
  const moveBps = new Float64Array(names * buckets);
  const parts = worldParts(world);
  for (let j = 0; j < names; j++) {
    const own = Float64Array.from({ length: buckets }, (_, t) => flow.data[t * names + j]);
    parts.forEach((part, p) => {
      filterIncrements(own, WORLD_DECAY[p]).forEach((v, t) => {
        for (let i = 0; i < names; i++) moveBps[i * buckets + t] += part.data[i * names + j] * v;
      });
    });
  }
  for (let i = 0; i < names; i++)
    for (let t = 0; t < buckets; t++) moveBps[i * buckets + t] += noise * random.normal() + drift.data[t * names + i];
  const entries = [...flow.data.keys()].filter((k) => flow.data[k] !== 0);
  const day: DayMoves = {
    grid,
    symbols: Array.from({ length: names }, (_, i) => `N${i}`),
    venues: [''],
    market: { moveBps, flags: new Uint8Array(names * buckets) },
    flow: {
      bucket: Int32Array.from(entries, (k) => Math.floor(k / names)),
      name: Int32Array.from(entries, (k) => k % names),
      venue: new Int32Array(entries.length),
      signedQty: Float64Array.from(entries, (k) => flow.data[k]),
      signedNotional: Float64Array.from(entries, (k) => flow.data[k]),
      count: new Int32Array(entries.length).fill(1),
    },
    factors: { names: [], moveBps: new Float64Array(0) },
  };
  return { day, baskets };
}

/** Millions of a name, one to ten, one-sided or hedged at random. */
function deskSchedule(
  { desk = 'lumpy', hedged = 0.25 }: ReplayWorld,
  length: number,
  names: number,
  random: RandomStream,
): DenseMatrix {
  const out = zeros(length, names);
  const side = random.uniform() < 0.5 ? -1 : 1;
  for (let i = 0; i < names; i++) {
    const quantity = side * (random.uniform() < hedged ? -1 : 1) * (1 + 9 * random.uniform());
    const weights = Float64Array.from({ length }, (_, t) => {
      const lump = Math.exp(1.2 * random.normal());
      if (desk === 'lumpy') return lump;
      const isEarly = desk === 'early and late' && i % 2 === 0;
      return lump * (t < length / 2 === isEarly ? 1 : 0.1);
    });
    const whole = weights.reduce((sum, w) => sum + w, 0);
    weights.forEach((w, t) => {
      out.data[t * names + i] = (quantity * w) / whole;
    });
  }
  return out;
}
