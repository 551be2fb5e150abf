import type { DayMoves } from '../../../src/model/buckets.js';
import { decays } from '../../../src/model/kernel.js';
import { type DenseMatrix, mapEntries, zeros } from '../../../src/numerics/dense.js';
import { simulatedBuckets } from '../../support/simulatedBuckets.js';

/** How impact decays: none of it lies on the grid of the fit but the permanent one. */
export const KERNELS = {
  'off-grid pair': { tau: [2, 100], weights: [0.5, 0.5] },
  'power law': powerLaw(),
  'within a bucket': { tau: [0.3], weights: [1] },
  'slow, 1000 s': { tau: [1000], weights: [1] },
  permanent: { tau: [Number.POSITIVE_INFINITY], weights: [1] },
} as const satisfies Record<string, TrueKernel>;

export interface TrueKernel {
  readonly tau: readonly number[];
  readonly weights: readonly number[];
}

/** What else is in the moves. Links are alike and among all names; a hidden factor has as much variance as the noise. */
export const DISTURBANCES = {
  none: { links: 0, contamination: 0, loading: 0, isGiven: true },
  'hidden factor .1': { links: 0, contamination: 0.1, loading: 1, isGiven: false },
  'hidden factor .5': { links: 0, contamination: 0.5, loading: 1, isGiven: false },
  'residual correlation .8': { links: 0, contamination: 0, loading: 2, isGiven: false },
  'links .15, factor given': { links: 0.15, contamination: 0.5, loading: 1, isGiven: true },
  'links .4, factor given': { links: 0.4, contamination: 0.5, loading: 1, isGiven: true },
} as const;

export interface OrderWorld {
  readonly names: number;
  readonly kernel: keyof typeof KERNELS;
  /** Largest over smallest self impact. */
  readonly spread: number;
  readonly disturbance: keyof typeof DISTURBANCES;
}

export const BUCKETS = 12_000;
export const DATES = ['2024-01-02', '2024-01-03', '2024-01-04'];

export const decayOf = ({ tau }: TrueKernel): Float64Array => decays({ bucketMs: 1000, tauSeconds: tau });

/** (1+h)^−.4 as a sum of exponentials. */
function powerLaw(): TrueKernel {
  const rates = Array.from({ length: 37 }, (_, k) => 2 ** ((k - 30) / 2));
  const mass = rates.map((rate) => rate ** 0.4 * Math.exp(-rate));
  const whole = mass.reduce((sum, m) => sum + m, 0);
  return { tau: rates.map((rate) => 1 / rate), weights: mass.map((m) => m / whole) };
}

/** Bps per million. */
export function selfImpacts({ names, spread }: OrderWorld): Float64Array {
  return Float64Array.from({ length: names }, (_, i) => spread ** ((i % names) / Math.max(1, names - 1) - 0.5));
}

export function trueK(world: OrderWorld): DenseMatrix {
  const self = selfImpacts(world);
  const { links } = DISTURBANCES[world.disturbance];
  return mapEntries(zeros(world.names), (_, i, j) => (i === j ? 1 : links) * Math.sqrt(self[i] * self[j]));
}

/** A day with noise of 1 bps a bucket; names trade in a fifth of the buckets, the more the more liquid they are. */
export function dayOf(world: OrderWorld, seed: number, date: string): DayMoves {
  const self = selfImpacts(world);
  const { contamination, loading, isGiven } = DISTURBANCES[world.disturbance];
  const truth = KERNELS[world.kernel];
  const K = trueK(world);
  const day = simulatedBuckets({
    names: world.names,
    seed,
    // In units in which every name's flow is alike; the flow is brought to millions below.
    K: mapEntries(K, (value, _, j) => value / self[j]),
    decay: decayOf(truth),
    weights: Float64Array.from(truth.weights),
    noise: 1,
    density: 0.2,
    factors: loading > 0 ? 1 : 0,
    contamination,
    sessionSeconds: [BUCKETS],
    date,
  });
  const { buckets } = day.grid;
  for (let i = 0; i < world.names; i++)
    for (let t = 0; t < buckets && loading > 1; t++)
      day.market.moveBps[i * buckets + t] += (loading - 1) * day.factors.moveBps[t];
  const signedNotional = day.flow.signedNotional.map((u, k) => u / self[day.flow.name[k]]);
  const factors = isGiven ? day.factors : { names: [], moveBps: new Float64Array(0) };
  return { ...day, factors, flow: { ...day.flow, signedNotional } };
}
