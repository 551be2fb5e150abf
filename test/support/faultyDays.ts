import type { DayBuckets } from '../../src/model/buckets.js';
import type { BucketGrid } from '../../src/model/grid.js';
import { concaveFlow, filterIncrements } from '../../src/model/kernel.js';
import { fromNormalised } from '../../src/model/normalise.js';
import { type DenseMatrix, diagonalOf, fromRows, mapEntries } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { testGrid } from './simulatedBuckets.js';

/** A market in which nothing is wrong unless a fault says so. Names differ in size, spreads are wide every other ten minutes. */
export interface MarketCase {
  readonly names: number;
  readonly days: number;
  readonly seed: number;
  readonly sessionSeconds: readonly number[];
  /** Normalised link of every pair. */
  readonly link: number;
  readonly noise: number;
  readonly density: number;
  /** How strongly flow follows the factor, and how alike a name's orders are from one bucket to the next. */
  readonly contamination: number;
  readonly persistence: number;
  readonly faults: Faults;
}

export interface Faults {
  /** Buckets by which quotes of the last name are late, whole or a part of one. */
  readonly lateQuotes?: number;
  /** Buckets by which flow of the first venue is stamped late; negative: early. */
  readonly lateVenue?: number;
  /** Share of that venue's flow which is; all of it by default. */
  readonly lateShare?: number;
  /** Share of the next bucket's flow in this bucket's. */
  readonly leak?: number;
  /** Flow of the next bucket per unit of this bucket's residual move. */
  readonly chase?: number;
  /** The factor that moves names and draws flow is not recorded. */
  readonly hiddenFactor?: boolean;
  /** Links change sign from this day on, or become this many times as strong. */
  readonly flippedFrom?: number;
  readonly laterLinks?: number;
  /** Impact while spreads are wide; 2 less it while they are not. */
  readonly wideMultiplier?: number;
  /** Share of the effect of links that is taken back in the next bucket. */
  readonly linkReversion?: number;
  /** Flow of others that all names share, with impact, and own flow on its side. */
  readonly crowd?: number;
  /** Power of flow that moves prices. */
  readonly concavity?: number;
}

const DEFAULTS: MarketCase = {
  names: 4,
  days: 6,
  seed: 1,
  sessionSeconds: [3600, 1800],
  link: 0.3,
  noise: 1,
  density: 0.3,
  contamination: 0.7,
  persistence: 0,
  faults: {},
};

export const DECAY = Float64Array.of(Math.exp(-1 / 5), 1);
const WEIGHTS = Float64Array.of(0.4, 0.6);
const SPELL = 600;

/** Typical flow of each name, millions: a large name trades more and moves less. */
const sizeOf = (i: number): number => [1, 2.5, 0.6, 1.6][i % 4] * (1 + 0.1 * Math.floor(i / 4));

export function marketDays(options: Partial<MarketCase> = {}): DayBuckets[] {
  const market = { ...DEFAULTS, ...options };
  return Array.from({ length: market.days }, (_, d) => marketDay(market, d));
}

function marketDay(market: MarketCase, index: number): DayBuckets {
  const { names, faults, sessionSeconds } = market;
  const date = new Date(Date.UTC(2024, 0, 2 + index)).toISOString().slice(0, 10);
  const grid = testGrid(sessionSeconds, date);
  const random = randomStream(1000 * market.seed + index + 1);
  const rows = () => new Float64Array(grid.buckets * names);
  const factor = Float64Array.from({ length: grid.buckets }, () => random.normal());
  const crowd = Float64Array.from({ length: grid.buckets }, () => (faults.crowd ?? 0) * random.normal());
  const noise = rows().map(() => market.noise * random.normal());
  const flow = drawFlow(market, grid, random, { factor, crowd, noise });
  const moves = priceMoves(market, index, grid, flow, crowd);
  for (let k = 0; k < moves.length; k++) moves[k] += noise[k] + (1 + 0.1 * (k % names)) * factor[Math.floor(k / names)];
  return recorded(market, grid, random, flow, moves, factor, crowd);
}

interface Drivers {
  readonly factor: Float64Array;
  readonly crowd: Float64Array;
  readonly noise: Float64Array;
}

function drawFlow(market: MarketCase, grid: BucketGrid, random: RandomStream, drivers: Drivers) {
  const { names, density, contamination, persistence, faults } = market;
  const { factor, crowd, noise } = drivers;
  const wish = new Float64Array(names);
  return new Float64Array(grid.buckets * names).map((_, k) => {
    const [t, i] = [Math.floor(k / names), k % names];
    const chased = t > 0 ? (faults.chase ?? 0) * noise[k - names] : 0;
    const trades = random.uniform() < density;
    wish[i] = persistence * wish[i] + Math.sqrt(1 - persistence ** 2) * random.normal();
    const draw = wish[i] + contamination * factor[t] + crowd[t] + chased;
    return trades ? sizeOf(i) * draw : 0;
  });
}

/** N×N, bps per million: a typical child order moves its own name by about one. */
export function trueImpact({ names, link }: Pick<MarketCase, 'names' | 'link'>, times = 1): DenseMatrix {
  const C = fromRows(
    Array.from({ length: names }, (_, i) =>
      Array.from({ length: names }, (_unused, j) => (i === j ? 1 : times * link)),
    ),
  );
  return fromNormalised(
    C,
    Float64Array.from({ length: names }, (_, i) => 1.2 / sizeOf(i)),
  );
}

/** Time-major, as the flow that they come from. */
function priceMoves(market: MarketCase, day: number, grid: BucketGrid, flow: Float64Array, crowd: Float64Array) {
  const { names, faults } = market;
  const K = trueImpact(market, day >= (faults.flippedFrom ?? Number.POSITIVE_INFINITY) ? (faults.laterLinks ?? -1) : 1);
  const self = diagonalOf(K);
  const cross = mapEntries(K, (value, i, j) => (i === j ? 0 : value));
  const out = new Float64Array(flow.length);
  for (const { firstBucket, buckets } of grid.sessions) {
    for (let j = 0; j < names; j++) {
      const felt = Float64Array.from({ length: buckets }, (_, k) => {
        const at = (firstBucket + k) * names + j;
        return sizeOf(j) * concaveFlow(flow[at] / sizeOf(j) + crowd[firstBucket + k], faults.concavity ?? 1);
      });
      const v = new Float64Array(buckets);
      DECAY.forEach((d, p) => {
        filterIncrements(felt, d).forEach((value, k) => {
          v[k] += WEIGHTS[p] * value;
        });
      });
      for (let k = 0; k < buckets; k++) {
        const before = k > 0 ? (faults.linkReversion ?? 0) * v[k - 1] : 0;
        for (let i = 0; i < names; i++)
          out[(firstBucket + k) * names + i] +=
            scaleAt(faults, k) * ((i === j ? self[j] * v[k] : 0) + cross.data[i * names + j] * (v[k] - before));
      }
    }
  }
  return out;
}

const isWide = (k: number): boolean => Math.floor(k / SPELL) % 2 === 1;
const scaleAt = ({ wideMultiplier = 1 }: Faults, k: number): number =>
  isWide(k) ? wideMultiplier : 2 - wideMultiplier;

/** What the files say: stamps, quotes, tape and factors with the faults of whoever wrote them. */
function recorded(
  { names, faults }: MarketCase,
  grid: BucketGrid,
  random: RandomStream,
  flow: Float64Array,
  moves: Float64Array,
  factor: Float64Array,
  crowd: Float64Array,
): DayBuckets {
  const cells = names * grid.buckets;
  const column = (of: (i: number, t: number) => number) =>
    Float64Array.from({ length: cells }, (_, c) => of(Math.floor(c / grid.buckets), c % grid.buckets));
  const others = column((i, t) => sizeOf(i) * (0.5 * random.normal() + crowd[t]));
  const written = flow.map((u, k) => u + (faults.leak ?? 0) * (flow[k + names] ?? 0));
  const entries = stamped(written, names, grid, random, faults);
  const seen = new Float64Array(cells);
  for (const { bucket, name, notional } of entries) seen[name * grid.buckets + bucket] += notional;
  const late = (i: number) => (i === names - 1 ? (faults.lateQuotes ?? 0) : 0);
  const movedAt = (i: number, t: number, lag: number) =>
    inSession(grid, t, t - lag) ? moves[(t - lag) * names + i] : 0;
  const ints = (of: (entry: Entry) => number) => Int32Array.from(entries, of);
  const doubles = (of: (entry: Entry) => number) => Float64Array.from(entries, of);
  const width = faults.hiddenFactor ? 0 : 1;
  return {
    grid,
    symbols: Array.from({ length: names }, (_, i) => `N${i}`),
    venues: ['V0', 'V1', 'V2'],
    market: {
      mid: column(() => 100),
      moveBps: column((i, t) => {
        const whole = Math.floor(late(i));
        const part = late(i) - whole;
        return part > 0 ? (1 - part) * movedAt(i, t, whole) + part * movedAt(i, t, whole + 1) : movedAt(i, t, whole);
      }),
      spreadBps: column((_, t) => (isWide(t - sessionStart(grid, t)) ? 3 : 1)),
      bidDepth: column(() => 1),
      askDepth: column(() => 1),
      queueImbalance: column(() => 0),
      quoteAgeMs: column(() => 10 + 900 * random.uniform()),
      volume: column((i, t) => Math.abs(seen[i * grid.buckets + t]) + Math.abs(others[i * grid.buckets + t])),
      marketFlow: column((i, t) => seen[i * grid.buckets + t] + others[i * grid.buckets + t]),
      flags: new Uint8Array(cells),
    },
    markouts: [],
    flow: {
      bucket: ints((e) => e.bucket),
      name: ints((e) => e.name),
      venue: ints((e) => e.venue),
      signedQty: doubles((e) => e.notional),
      signedNotional: doubles((e) => e.notional),
      count: ints(() => 1),
    },
    factors: { names: width ? ['MARKET'] : [], moveBps: width ? factor : new Float64Array(0) },
  };
}

interface Entry {
  readonly bucket: number;
  readonly name: number;
  readonly venue: number;
  readonly notional: number;
}

/** Every trade goes to one of three venues; the first may have a clock of its own. */
function stamped(
  flow: Float64Array,
  names: number,
  grid: BucketGrid,
  random: RandomStream,
  { lateVenue = 0, lateShare = 1 }: Faults,
): readonly Entry[] {
  const entries: Entry[] = [];
  flow.forEach((notional, k) => {
    const venue = random.integer(3);
    const bucket = Math.floor(k / names);
    const isLate = venue === 0 && (lateShare === 1 || random.uniform() < lateShare);
    const at = bucket + (isLate ? lateVenue : 0);
    if (notional !== 0 && inSession(grid, bucket, at)) entries.push({ bucket: at, name: k % names, venue, notional });
  });
  return entries.sort((a, b) => a.bucket - b.bucket || a.name - b.name || a.venue - b.venue);
}

const sessionStart = (grid: BucketGrid, t: number): number =>
  grid.sessions.findLast(({ firstBucket }) => firstBucket <= t)!.firstBucket;

const inSession = (grid: BucketGrid, t: number, other: number): boolean =>
  other >= 0 && other < grid.buckets && sessionStart(grid, t) === sessionStart(grid, other);
