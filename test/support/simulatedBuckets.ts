import { type DayBuckets, FLAG } from '../../src/model/buckets.js';
import { type BucketGrid, bucketGrid } from '../../src/model/grid.js';
import { filterIncrements } from '../../src/model/kernel.js';
import { type DenseMatrix, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';

export interface BucketCase {
  readonly names: number;
  readonly seed: number;
  /** Seconds of each session. */
  readonly sessionSeconds?: readonly number[];
  readonly density?: number;
  readonly noise?: number;
  readonly K?: DenseMatrix;
  readonly decay?: Float64Array;
  readonly weights?: Float64Array;
  /** A matrix per basis instead of K and weights. */
  readonly parts?: readonly DenseMatrix[];
  /** How strongly flow follows the first factor. */
  readonly contamination?: number;
  readonly factors?: number;
  /** Flow that all names share, per bucket in which a name trades. */
  readonly common?: number;
  /** What of the shared flow is left a bucket later; nothing where absent. */
  readonly commonPersistence?: number;
  readonly missingShare?: number;
  readonly date?: string;
}

export function testGrid(sessionSeconds: readonly number[], date = '2024-01-02'): BucketGrid {
  const sessions = sessionSeconds.map((seconds, s): [string, string] => [clock(s * 8), clock(s * 8, seconds)]);
  return bucketGrid({ timezone: 'UTC', sessions }, date, 1e9);
}

function clock(hours: number, seconds = 0): string {
  return new Date(hours * 3_600_000 + seconds * 1000).toISOString().slice(11, 19);
}

/** Buckets that obey `r = B x + Σ_p a_p K v^p + noise` exactly, made directly without events. */
export function simulatedBuckets(options: BucketCase): DayBuckets {
  const {
    names,
    seed,
    density = 0.2,
    noise = 0,
    contamination = 0,
    factors: width = 0,
    missingShare = 0,
    common = 0,
    commonPersistence = 0,
  } = options;
  const grid = testGrid(options.sessionSeconds ?? [600, 400], options.date);
  const random = randomStream(seed);
  const factors = Float64Array.from({ length: grid.buckets * width }, () => random.normal());
  const flow = new Float64Array(grid.buckets * names);
  let shared = 0;
  for (let t = 0; t < grid.buckets; t++) {
    if (common !== 0)
      shared = commonPersistence * shared + common * Math.sqrt(1 - commonPersistence ** 2) * random.normal();
    for (let i = 0; i < names; i++) {
      if (random.uniform() >= density) continue;
      flow[t * names + i] = random.normal() + shared + contamination * (width > 0 ? factors[t * width] : 0);
    }
  }
  const moveBps = moves(options, grid, flow, factors, random.normal, noise);
  const cells = names * grid.buckets;
  const flags = new Uint8Array(cells);
  for (let c = 0; c < cells; c++) if (random.uniform() < missingShare) moveBps[c] = Number.NaN;
  const entries = [...flow.keys()].filter((k) => flow[k] !== 0);
  const constant = () => new Float64Array(cells).fill(1);
  return {
    grid,
    symbols: Array.from({ length: names }, (_, i) => `N${i}`),
    venues: [''],
    market: {
      mid: constant(),
      moveBps,
      spreadBps: constant(),
      bidDepth: constant(),
      askDepth: constant(),
      queueImbalance: constant(),
      quoteAgeMs: constant(),
      volume: constant(),
      marketFlow: constant(),
      flags,
    },
    markouts: [],
    flow: {
      bucket: Int32Array.from(entries, (k) => Math.floor(k / names)),
      name: Int32Array.from(entries, (k) => k % names),
      venue: new Int32Array(entries.length),
      signedQty: Float64Array.from(entries, (k) => flow[k]),
      signedNotional: Float64Array.from(entries, (k) => flow[k]),
      count: new Int32Array(entries.length).fill(1),
    },
    factors: { names: Array.from({ length: width }, (_, f) => `F${f}`), moveBps: factors },
  };
}

function moves(
  options: BucketCase,
  grid: BucketGrid,
  flow: Float64Array,
  factors: Float64Array,
  normal: () => number,
  noise: number,
): Float64Array {
  const {
    names,
    K = zeros(names),
    decay = Float64Array.of(1),
    weights = Float64Array.of(1),
    parts,
    factors: width = 0,
  } = options;
  const out = new Float64Array(names * grid.buckets);
  for (const { firstBucket, buckets } of grid.sessions) {
    for (let j = 0; j < names; j++) {
      const own = Float64Array.from({ length: buckets }, (_, k) => flow[(firstBucket + k) * names + j]);
      decay.forEach((d, p) => {
        filterIncrements(own, d).forEach((v, k) => {
          for (let i = 0; i < names; i++)
            out[i * grid.buckets + firstBucket + k] +=
              v * (parts ? parts[p].data[i * names + j] : weights[p] * K.data[i * names + j]);
        });
      });
    }
  }
  for (let i = 0; i < names; i++) {
    for (let t = 0; t < grid.buckets; t++) {
      for (let f = 0; f < width; f++) out[i * grid.buckets + t] += (1 + 0.1 * i + f) * factors[t * width + f];
      out[i * grid.buckets + t] += noise * normal();
    }
  }
  return out;
}

export function haltName(day: DayBuckets, name: number, from: number, to: number): void {
  for (let t = from; t < to; t++) {
    day.market.flags[name * day.grid.buckets + t] |= FLAG.halted;
    day.market.moveBps[name * day.grid.buckets + t] = Number.NaN;
  }
}
