import { type DayBuckets, FLAG } from '../../src/model/buckets.js';
import type { BucketGrid } from '../../src/model/grid.js';
import type { DenseMatrix } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream, studentT } from '../../src/numerics/random.js';
import { median } from '../../src/numerics/statistics.js';
import { type ConcaveTruth, ImpactLevel } from './concaveTruth.js';
import { testGrid } from './simulatedBuckets.js';

export interface ConcaveCase extends ConcaveTruth {
  readonly names: number;
  readonly seed: number;
  readonly days?: number;
  /** Buckets of a second in each session; one session of 2000 where left out. */
  readonly sessionBuckets?: readonly number[];
  readonly flow?: {
    /** Share of the buckets in which a name trades; all of them where left out. */
    readonly density?: number;
    /** Degrees of freedom of Student t sizes; normal where left out. */
    readonly tails?: number;
    /** Millions by which the sizes are multiplied, by name; 1 where left out. */
    readonly size?: readonly number[];
  };
  /** Flow counts times `(D̄/D)^γ`, D at the end of the bucket before; log D is AR(1). */
  readonly depth?: {
    readonly gamma: number;
    /** Standard deviation of log D. */
    readonly spread: number;
    /** Buckets; 300 where left out. */
    readonly halfLife?: number;
    /** Millions, by name; 1 where left out. */
    readonly level?: readonly number[];
  };
  /** Standard normal moves; N×F loadings in bps, and sizes a bucket that follow the first factor. */
  readonly factors?: { readonly loadings: DenseMatrix; readonly follow?: number };
  /** Standard deviation of the residual move, bps. */
  readonly noise?: number;
  /** A name neither trades nor moves in these buckets, and its flow is forgotten where they begin and end. */
  readonly halts?: readonly {
    readonly day: number;
    readonly name: number;
    readonly from: number;
    readonly to: number;
  }[];
  /** Share of the moves that are missing. */
  readonly missingShare?: number;
}

export interface ConcaveMarket {
  readonly days: DayBuckets[];
  /** Moves without noise, bps, factors included: names × buckets as in a day; there where the move is missing too. */
  readonly predicted: readonly Float64Array[];
  /** Of these, what own flow makes. */
  readonly impact: readonly Float64Array[];
  /** D̄, millions: the median by name over all days. */
  readonly typicalDepth: Float64Array;
}

/** A market of MODEL §2a in buckets of a second, made directly without events. */
export function concaveMarket(options: ConcaveCase): ConcaveMarket {
  const random = randomStream(options.seed);
  const grids = Array.from({ length: options.days ?? 1 }, (_, d) =>
    testGrid(options.sessionBuckets ?? [2000], date(d)),
  );
  const draws = grids.map((grid, day) => drawDay(options, grid, day, random));
  const typicalDepth = Float64Array.from({ length: options.names }, (_, i) =>
    median(draws.flatMap(({ grid, depth }) => [...rowOf(depth, grid, i)])),
  );
  const impact = draws.map((draw) => impactOf(options, draw, typicalDepth));
  const predicted = draws.map((draw, d) => withFactors(options, draw, impact[d]));
  return { days: draws.map((draw, d) => bucketsOf(options, draw, predicted[d])), predicted, impact, typicalDepth };
}

/** `1 − Σ(r−p)²/Σr²` of the moves that are there, by name. */
export function explainedShare({ days }: ConcaveMarket, predicted: readonly Float64Array[]): Float64Array {
  return Float64Array.from(days[0].symbols, (_, i) => {
    let [left, all] = [0, 0];
    days.forEach(({ market, grid }, d) => {
      rowOf(market.moveBps, grid, i).forEach((move, t) => {
        if (Number.isNaN(move)) return;
        left += (move - predicted[d][i * grid.buckets + t]) ** 2;
        all += move ** 2;
      });
    });
    return 1 - left / all;
  });
}

const date = (day: number) => new Date(Date.UTC(2024, 0, 2 + day)).toISOString().slice(0, 10);

const rowOf = (columns: Float64Array, { buckets }: BucketGrid, name: number) =>
  columns.subarray(name * buckets, (name + 1) * buckets);

/** All that is random in a day. */
interface Draw {
  readonly grid: BucketGrid;
  /** Names × buckets, millions. */
  readonly depth: Float64Array;
  /** Buckets × names, millions. */
  readonly flow: Float64Array;
  /** Buckets × factors. */
  readonly factors: Float64Array;
  /** Names × buckets, bps; missing where the move is. */
  readonly noise: Float64Array;
  /** Names × buckets, 1 in a halt. */
  readonly halted: Uint8Array;
}

function drawDay(options: ConcaveCase, grid: BucketGrid, day: number, random: RandomStream): Draw {
  const { names, noise = 0, missingShare = 0 } = options;
  const width = options.factors?.loadings.cols ?? 0;
  const halted = new Uint8Array(names * grid.buckets);
  for (const halt of options.halts ?? [])
    if (halt.day === day) halted.fill(1, halt.name * grid.buckets + halt.from, halt.name * grid.buckets + halt.to);
  const depth = drawDepth(options, grid, random);
  const factors = Float64Array.from({ length: grid.buckets * width }, () => random.normal());
  const flow = drawFlow(options, { grid, factors, width, halted }, random);
  const moveNoise = Float64Array.from(halted, (out) => {
    const value = noise * random.normal();
    return out || random.uniform() < missingShare ? Number.NaN : value;
  });
  return { grid, depth, flow, factors, noise: moveNoise, halted };
}

/** Starts every session in its stationary state. */
function drawDepth({ names, depth }: ConcaveCase, grid: BucketGrid, random: RandomStream): Float64Array {
  const out = new Float64Array(names * grid.buckets).fill(1);
  if (!depth) return out;
  const kept = 0.5 ** (1 / (depth.halfLife ?? 300));
  for (let i = 0; i < names; i++) {
    for (const { firstBucket, buckets } of grid.sessions) {
      let state = random.normal();
      for (let t = firstBucket; t < firstBucket + buckets; t++) {
        out[i * grid.buckets + t] = (depth.level?.[i] ?? 1) * Math.exp(depth.spread * state);
        state = kept * state + Math.sqrt(1 - kept * kept) * random.normal();
      }
    }
  }
  return out;
}

function drawFlow(
  { names, flow, factors }: ConcaveCase,
  day: Pick<Draw, 'grid' | 'factors' | 'halted'> & { readonly width: number },
  random: RandomStream,
): Float64Array {
  const { density = 1, tails, size } = flow ?? {};
  const out = new Float64Array(names * day.grid.buckets);
  for (let t = 0; t < day.grid.buckets; t++) {
    const pull = factors?.follow ? factors.follow * day.factors[t * day.width] : 0;
    for (let i = 0; i < names; i++) {
      if (random.uniform() >= density || day.halted[i * day.grid.buckets + t]) continue;
      out[t * names + i] = (size?.[i] ?? 1) * (pull + (tails ? studentT(random, tails) : random.normal()));
    }
  }
  return out;
}

/** Names × buckets, bps. */
function impactOf(options: ConcaveCase, { grid, depth, flow, halted }: Draw, typical: Float64Array): Float64Array {
  const { names } = options;
  const gamma = options.depth?.gamma ?? 0;
  const out = new Float64Array(names * grid.buckets);
  for (const { firstBucket, buckets } of grid.sessions) {
    const market = new ImpactLevel(options, names);
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      const felt = Float64Array.from({ length: names }, (_, i) => {
        const cell = i * grid.buckets + t;
        // Before the first bucket of a session nothing is known of the depth.
        if (t === firstBucket) return flow[t * names + i];
        if (halted[cell] !== halted[cell - 1]) market.forget(i);
        return flow[t * names + i] * (typical[i] / depth[cell - 1]) ** gamma;
      });
      market.step(felt).forEach((move, i) => {
        out[i * grid.buckets + t] = move;
      });
    }
  }
  return out;
}

function withFactors({ factors }: ConcaveCase, draw: Draw, impact: Float64Array): Float64Array {
  if (!factors) return impact.slice();
  const { data, cols } = factors.loadings;
  return impact.map((move, cell) => {
    const [i, t] = [Math.floor(cell / draw.grid.buckets), cell % draw.grid.buckets];
    let sum = move;
    for (let f = 0; f < cols; f++) sum += data[i * cols + f] * draw.factors[t * cols + f];
    return sum;
  });
}

function bucketsOf({ names, factors }: ConcaveCase, draw: Draw, predicted: Float64Array): DayBuckets {
  const { grid, depth, flow } = draw;
  const constant = () => new Float64Array(names * grid.buckets).fill(1);
  const entries = [...flow.keys()].filter((k) => flow[k] !== 0);
  const notional = Float64Array.from(entries, (k) => flow[k]);
  return {
    grid,
    symbols: Array.from({ length: names }, (_, i) => `N${i}`),
    venues: [''],
    market: {
      mid: constant(),
      moveBps: predicted.map((move, cell) => move + draw.noise[cell]),
      spreadBps: constant(),
      // The sides differ and have the depth as their mean.
      bidDepth: depth.map((d, cell) => d * (1 + imbalance(cell))),
      askDepth: depth.map((d, cell) => d * (1 - imbalance(cell))),
      queueImbalance: Float64Array.from(depth, (_, cell) => imbalance(cell)),
      quoteAgeMs: constant(),
      volume: constant(),
      marketFlow: constant(),
      flags: draw.halted.map((out) => (out ? FLAG.halted : 0)),
    },
    markouts: [],
    flow: {
      bucket: Int32Array.from(entries, (k) => Math.floor(k / names)),
      name: Int32Array.from(entries, (k) => k % names),
      venue: new Int32Array(entries.length),
      signedQty: notional,
      signedNotional: notional,
      count: new Int32Array(entries.length).fill(1),
    },
    factors: {
      names: Array.from({ length: factors?.loadings.cols ?? 0 }, (_, f) => `F${f}`),
      moveBps: draw.factors,
    },
  };
}

const imbalance = (cell: number): number => ((cell % 7) - 3) / 10;
