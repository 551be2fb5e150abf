import type { DayBuckets } from '../../src/model/buckets.js';
import { combine, type DenseMatrix, mapEntries, symmetricPart, zeros } from '../../src/numerics/dense.js';
import { nearestFeasible } from '../../src/numerics/nearestFeasible.js';
import { randomStream } from '../../src/numerics/random.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

export const NOISES = { low: 1, medium: 4, high: 10 } as const;
export const KERNELS = ['scalar', 'modes'] as const;
export const CONDITIONS = ['clean', 'contaminated', 'asynchronous', 'missing'] as const;

export interface World {
  readonly names: number;
  readonly noise: keyof typeof NOISES;
  readonly kernel: (typeof KERNELS)[number];
  readonly condition: (typeof CONDITIONS)[number];
}

/** What generated the data. Matrices are bps per million. */
export interface Truth {
  readonly blocks: readonly string[];
  readonly parts: readonly DenseMatrix[];
  readonly K: DenseMatrix;
}

/** Off the grid of the fit on purpose: nobody knows the true time constants. */
export const TRUE_DECAY = Float64Array.of(Math.exp(-1 / 4), Math.exp(-1 / 90), 1);
const SHARES = [0.5, 0.3, 0.2];
/** A mode holds no short-lived impact: the market moves slowly and for good. */
const MODE_SHARES = [0, 0.4, 0.6];
const MODE = 0.12;
export const BUCKETS_PER_DAY = 1500;
export const DAYS = 6;

/** Blocks of five to ten names, links of .3 inside and .06 between them, each a little different; self impacts of all sizes. */
export function truthOf({ names, kernel }: World, seed: number): Truth {
  const random = randomStream(seed);
  const perBlock = names <= 10 ? 5 : 10;
  const blocks = Array.from({ length: names }, (_, i) => `block ${Math.floor(i / perBlock)}`);
  const self = Float64Array.from({ length: names }, () => Math.exp(0.5 * random.normal()));
  const links = mapEntries(zeros(names), (_, i, j) =>
    i === j ? 1 : (blocks[i] === blocks[j] ? 0.3 : 0.06) + 0.04 * Math.SQRT2 * random.normal(),
  );
  const C = nearestFeasible(symmetricPart(links), { bound: 0.9 }).matrix;
  const scaled = (matrix: DenseMatrix) => mapEntries(matrix, (v, i, j) => v * Math.sqrt(self[i] * self[j]));
  const own = scaled(C);
  const market = scaled(mapEntries(C, () => MODE));
  const parts = SHARES.map((a, p) =>
    kernel === 'scalar' ? mapEntries(own, (v) => a * v) : combine(own, a, market, MODE_SHARES[p] * Math.sqrt(names)),
  );
  return { blocks, parts, K: parts.reduce((sum, part) => combine(sum, 1, part, 1)) };
}

export function dayOf(world: World, truth: Truth, seed: number): DayBuckets {
  const { condition, names } = world;
  const day = simulatedBuckets({
    names,
    seed,
    parts: truth.parts,
    decay: TRUE_DECAY,
    density: 0.15,
    noise: NOISES[world.noise],
    factors: 1,
    contamination: condition === 'contaminated' ? 0.8 : 0,
    common: 0.25,
    missingShare: condition === 'missing' ? 0.05 : 0,
    sessionSeconds: [BUCKETS_PER_DAY],
  });
  return condition === 'asynchronous' ? delayed(day) : day;
}

/** Every third name's quotes come half a bucket late: half of each move is seen in the bucket after. */
function delayed(day: DayBuckets): DayBuckets {
  const { moveBps } = day.market;
  const { buckets } = day.grid;
  for (let i = 0; i < day.symbols.length; i += 3) {
    for (let t = buckets - 1; t > 0; t--)
      moveBps[i * buckets + t] = 0.5 * moveBps[i * buckets + t] + 0.5 * moveBps[i * buckets + t - 1];
  }
  return day;
}
