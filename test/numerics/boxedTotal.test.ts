import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BoxedTotal, boxRoom, cheapestBoxed, nearestBoxed } from '../../src/numerics/boxedTotal.js';
import { diagonalMatrix } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { seeds } from '../support/matrices.js';
import { quadraticProgram } from '../support/quadraticProgram.js';

interface Case extends BoxedTotal {
  readonly z: Float64Array;
  readonly metric: Float64Array;
}

/** Boxes on one side, about zero, of no width or open; entries tied; sizes and metrics over `decades`. */
function randomCase(random: RandomStream, buckets: number, decades: number): Case {
  const size = 10 ** (decades * (random.uniform() - 0.5));
  const side = random.integer(3);
  const entry = (f: () => number) => Float64Array.from({ length: buckets }, f);
  const width = entry(() => (random.uniform() < 0.15 ? 0 : size * (random.uniform() < 0.3 ? 1 : random.uniform())));
  const lower = width.map((w) => (side === 0 ? 0 : side === 1 ? -w : -w * random.uniform()));
  const upper = width.map((w) => (side === 0 ? w : side === 1 ? 0 : w * random.uniform()));
  const [least, most] = [lower, upper].map((bounds) => bounds.reduce((sum, bound) => sum + bound, 0));
  const tied = random.uniform() < 0.3;
  const metric = entry(() => (tied ? 1 : 10 ** (decades * (random.uniform() - 0.5))));
  return {
    total: least + (most - least) * random.uniform(),
    lower,
    upper,
    kink: entry(() => (random.uniform() < 0.4 ? 0 : random.uniform() * size * 10 ** (random.uniform() - 0.5))),
    z: entry(() => (random.uniform() < 0.2 ? 0 : 2 * size * random.normal())),
    metric,
  };
}

const sizeOf = (values: Float64Array) => values.reduce((sum, value) => sum + Math.abs(value), 0);
const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

/**
 * How far from optimal: between the steepest entry that could fall and the one that could rise, both as what u would move by.
 * Zero at the optimum, where a trade from one to the other gains nothing. What is within `rounding` of a bound or a kink is at it.
 */
function kktResidual({ lower, upper, kink, z, metric }: Case, u: Float64Array, rounding: number): number {
  let [rise, fall] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [riser, faller] = [0, 0];
  u.forEach((value, k) => {
    const gradient = metric[k] * (value - z[k]);
    const upwards = gradient + kink![k] * (value >= -rounding ? 1 : -1);
    const downwards = gradient + kink![k] * (value > rounding ? 1 : -1);
    if (value < upper[k] - rounding && upwards < rise) [rise, riser] = [upwards, k];
    if (value > lower[k] + rounding && downwards > fall) [fall, faller] = [downwards, k];
  });
  return Math.max(0, fall - rise) / (metric[riser] + metric[faller]) || 0;
}

describe('the nearest vector of a total between bounds', () => {
  it.each([
    { decades: 0, close: 1e-13 },
    { decades: 12, close: 1e-12 },
  ])('is optimal, within its bounds, and sums to it, metrics over $decades decades', ({ decades, close }) => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60 }), (seed, buckets) => {
        const given = randomCase(randomStream(seed), buckets, decades);
        const guess = randomStream(seed + 1).normal() * 10 ** (12 * randomStream(seed + 2).uniform() - 6);
        for (const from of [0, guess]) {
          const { nearest } = nearestBoxed(given, given.z, given.metric, from);
          const size = sizeOf(given.lower) + sizeOf(given.upper);
          const rounding = 1e-14 * size;
          expect(Math.abs(sumOf(nearest) - given.total)).toBeLessThanOrEqual(rounding);
          expect(nearest.every((u, k) => u >= given.lower[k] && u <= given.upper[k])).toBe(true);
          expect(kktResidual(given, nearest, rounding)).toBeLessThanOrEqual(close * (size + sizeOf(given.z)));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is what a quadratic program finds', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomStream(seed);
      const buckets = 1 + random.integer(8);
      const drawn = randomCase(random, buckets, 2);
      // The other solver wants some room in every bucket, and no kinks.
      const upper = drawn.upper.map((bound) => bound + 0.1);
      const given = { ...drawn, upper, kink: new Float64Array(buckets) };
      const unit = (k: number, sign: number) => Array.from({ length: buckets }, (_, j) => (j === k ? sign : 0));
      const u = quadraticProgram(
        diagonalMatrix(given.metric),
        given.z.map((z, k) => -z * given.metric[k]),
        [{ coefficients: new Array(buckets).fill(1), bound: given.total }],
        [...given.z.keys()].flatMap((k) => [
          { coefficients: unit(k, 1), bound: given.lower[k] },
          { coefficients: unit(k, -1), bound: -given.upper[k] },
        ]),
      );
      const { nearest } = nearestBoxed(given, given.z, given.metric);
      const size = sizeOf(given.z) + sizeOf(given.upper) + sizeOf(given.lower);
      nearest.forEach((value, k) => {
        expect(Math.abs(value - u[k])).toBeLessThan(1e-10 * size);
      });
    }
  });

  it('stays at a kink that it does not pay to leave', () => {
    const set = { total: 1, lower: Float64Array.of(-1, -1), upper: Float64Array.of(1, 1), kink: Float64Array.of(1, 0) };
    const { nearest } = nearestBoxed(set, Float64Array.of(0.2, 0.6), Float64Array.of(1, 1));
    expect([...nearest]).toEqual([0, 1]);
  });

  it('is the bounds where the total is theirs, and where it is beyond them', () => {
    const box = { lower: Float64Array.of(-1, 0, 0.1), upper: Float64Array.of(0, 0, 0.3) };
    const z = Float64Array.of(5, Number.MAX_VALUE, -3);
    const metric = Float64Array.of(1e-6, 1, 1e6);
    for (const total of [0.3, 7, 1e300])
      expect([...nearestBoxed({ ...box, total }, z, metric).nearest]).toEqual([...box.upper]);
    for (const total of [-0.9, -7, -1e300])
      expect([...nearestBoxed({ ...box, total }, z, metric).nearest]).toEqual([...box.lower]);
    expect(boxRoom({ ...box, total: 7 })).toBeLessThan(0);
    expect(nearestBoxed({ total: 0, lower: new Float64Array(), upper: new Float64Array() }, z, metric).nearest).toEqual(
      new Float64Array(),
    );
  });

  it('splits a tie evenly, however small the total is', () => {
    for (const total of [1e-12, 1, 1e9]) {
      const set = { total, lower: new Float64Array(3), upper: new Float64Array(3).fill(2 * total) };
      const { nearest } = nearestBoxed(set, new Float64Array(3), new Float64Array(3).fill(1));
      for (const u of nearest) expect(u / total).toBeCloseTo(1 / 3, 14);
    }
  });
});

/** The least of all vectors that have one entry anywhere and the rest at bounds or at zero: a linear program has its optimum there. */
function cheapestByVertices({ total, lower, upper, kink }: BoxedTotal, price: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  const visit = (k: number, free: number, u: number[]): void => {
    if (k === price.length) {
      if (free < 0) return;
      u[free] = total - u.reduce((sum, value, j) => sum + (j === free ? 0 : value), 0);
      if (u[free] < lower[free] - 1e-12 || u[free] > upper[free] + 1e-12) return;
      least = Math.min(
        least,
        u.reduce((sum, value, j) => sum + price[j] * value + kink![j] * Math.abs(value), 0),
      );
      return;
    }
    if (free < 0) visit(k + 1, k, [...u, 0]);
    for (const value of new Set([lower[k], upper[k], ...(lower[k] < 0 && upper[k] > 0 ? [0] : [])]))
      visit(k + 1, free, [...u, value]);
  };
  visit(0, -1, []);
  return least;
}

describe('the cheapest vector of a total between bounds', () => {
  it('costs what the best vertex costs', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, buckets) => {
        const random = randomStream(seed);
        const given = randomCase(random, buckets, 3);
        const price = given.z.map((z, k) => (random.uniform() < 0.3 ? 1 : z * given.metric[k]));
        const size = given.z.reduce(
          (sum, _, k) => sum + (Math.abs(price[k]) + given.kink![k]) * (given.upper[k] - given.lower[k]),
          0,
        );
        const expected = cheapestByVertices(given, price);
        expect(Math.abs(cheapestBoxed(given, price) - expected)).toBeLessThanOrEqual(1e-12 * size);
      }),
      { numRuns: 1000 },
    );
  });

  it('is no more than any other vector costs', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60 }), (seed, buckets) => {
        const given = randomCase(randomStream(seed), buckets, 6);
        const price = given.z.map((z, k) => z * given.metric[k]);
        const { nearest } = nearestBoxed(given, randomCase(randomStream(seed + 1), buckets, 6).z, given.metric);
        const cost = nearest.reduce((sum, u, k) => sum + price[k] * u + given.kink![k] * Math.abs(u), 0);
        const dearest = nearest.reduce((most, _, k) => Math.max(most, Math.abs(price[k]) + given.kink![k]), 0);
        const size = dearest * (sizeOf(given.lower) + sizeOf(given.upper));
        const least = cheapestBoxed(given, price);
        expect(least).toBeLessThanOrEqual(cost + 1e-13 * size);
      }),
      { numRuns: 1000 },
    );
  });

  it('fills up to the bounds where the total is beyond them', () => {
    const box = { lower: Float64Array.of(0, 0), upper: Float64Array.of(1, 2) };
    expect(cheapestBoxed({ ...box, total: 9 }, Float64Array.of(3, -1))).toBe(1);
    expect(cheapestBoxed({ ...box, total: -9 }, Float64Array.of(3, -1))).toBe(0);
  });
});
