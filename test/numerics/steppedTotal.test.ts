import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestBoxed } from '../../src/numerics/boxedTotal.js';
import { mapEntries, zeros } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { type SteppedTotal, totalsInSteps } from '../../src/numerics/steppedChain.js';
import { SteppedProblems } from '../../src/numerics/steppedTotal.js';
import { seeds } from '../support/matrices.js';
import { quadraticProgram, type Row } from '../support/quadraticProgram.js';

interface Case extends SteppedTotal {
  readonly z: Float64Array;
  readonly metric: Float64Array;
}

/** Steps from those that hold everywhere to those that hold nowhere; entries without volume or closed; a rate before, or none. */
function randomCase(random: RandomStream, length: number, isPlain = false): Case {
  const side = random.integer(3);
  const entry = (f: (k: number) => number) => Float64Array.from({ length }, (_, k) => f(k));
  const volume = entry(() => (!isPlain && random.uniform() < 0.1 ? 0 : 0.3 + random.uniform()));
  const cap = entry(() => (!isPlain && random.uniform() < 0.15 ? 0 : 0.2 + random.uniform()));
  const lower = entry((k) => (side === 0 ? 0 : -cap[k]));
  const upper = entry((k) => (side === 1 ? 0 : cap[k]));
  const step = 10 ** (2.5 * random.uniform() - 2);
  const before = random.uniform() < 0.5 ? undefined : 0.1 * random.normal();
  const drawn = {
    total: 0,
    lower,
    upper,
    volume,
    step,
    before,
    kink: entry(() => (isPlain || random.uniform() < 0.4 ? 0 : 0.5 * random.uniform())),
    z: entry(() => random.normal()),
    metric: entry(() => 10 ** (2 * random.uniform() - 1)),
  };
  const totals = totalsInSteps(drawn);
  if (!totals) return { ...drawn, before: undefined, ...withTotal({ ...drawn, before: undefined }, random) };
  return { ...drawn, ...withTotal(drawn, random) };
}

function withTotal(set: SteppedTotal, random: RandomStream) {
  const { least, most } = totalsInSteps(set)!;
  return { total: least + (most - least) * random.uniform() };
}

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

/** Pairs of entries that follow each other in the chain, and the number of steps between them. */
function linksOf({ volume, lower, upper }: SteppedTotal) {
  const rated = [...volume.keys()].filter((k) => volume[k] > 0 && (lower[k] !== 0 || upper[k] !== 0));
  return rated.map((k, at) => ({ from: at > 0 ? rated[at - 1] : -1, to: k }));
}

/** By how much bounds and steps are missed. */
function miss(set: SteppedTotal, u: Float64Array): number {
  const rate = (k: number) => (k < 0 ? set.before! : u[k] / set.volume[k]);
  const steps = linksOf(set)
    .filter(({ from }) => from >= 0 || set.before !== undefined)
    .map(({ from, to }) => Math.abs(rate(to) - rate(from)) - set.step * (to - from));
  return Math.max(0, ...steps, ...u.map((value, k) => Math.max(value - set.upper[k], set.lower[k] - value)));
}

const unit = (size: number, entries: readonly (readonly [number, number])[]) =>
  Array.from({ length: size }, (_, k) => entries.find(([at]) => at === k)?.[1] ?? 0);

/** With sizes s ≥ |u| beside u where there are kinks. */
function byQuadraticProgram(given: Case): Float64Array {
  const n = given.z.length;
  const size = 2 * n;
  const ridge = 1e-8;
  const equal: Row[] = [];
  const atLeast: Row[] = [];
  for (let k = 0; k < n; k++) {
    if (given.lower[k] === given.upper[k]) equal.push({ coefficients: unit(size, [[k, 1]]), bound: given.lower[k] });
    else
      atLeast.push(
        { coefficients: unit(size, [[k, 1]]), bound: given.lower[k] },
        { coefficients: unit(size, [[k, -1]]), bound: -given.upper[k] },
      );
    for (const sign of [1, -1])
      atLeast.push({
        coefficients: unit(size, [
          [n + k, 1],
          [k, sign],
        ]),
        bound: 0,
      });
  }
  const open = [...given.z.keys()].filter((k) => given.lower[k] < given.upper[k]);
  if (open.length > 0)
    equal.push({
      coefficients: unit(
        size,
        open.map((k) => [k, 1] as const),
      ),
      bound: given.total,
    });
  for (const { from, to } of linksOf(given)) {
    if (from < 0 && given.before === undefined) continue;
    const far = given.step * (to - from);
    const rate = (sign: number) =>
      from < 0
        ? unit(size, [[to, sign / given.volume[to]]])
        : unit(size, [
            [to, sign / given.volume[to]],
            [from, -sign / given.volume[from]],
          ]);
    const offset = from < 0 ? given.before! : 0;
    atLeast.push({ coefficients: rate(1), bound: offset - far }, { coefficients: rate(-1), bound: -offset - far });
  }
  const H = mapEntries(zeros(size), (_, i, j) => (i !== j ? 0 : i < n ? given.metric[i] : ridge));
  return quadraticProgram(H, [...given.z.map((z, k) => -z * given.metric[k]), ...given.kink!], equal, atLeast).slice(
    0,
    n,
  );
}

const costOf = ({ z, metric, kink }: Case, u: Float64Array) =>
  u.reduce((sum, value, k) => sum + 0.5 * metric[k] * (value - z[k]) ** 2 + kink![k] * Math.abs(value), 0);

describe('the nearest vector of a total in steps', () => {
  it('is what a quadratic program finds', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = randomStream(seed);
      const given = randomCase(random, 1 + random.integer(9));
      const { nearest } = new SteppedProblems(given).nearest(given.z, given.metric, random.normal());
      const [own, other] = [nearest, byQuadraticProgram(given)].map((u) => costOf(given, u));
      expect(own).toBeLessThanOrEqual(other + 1e-10 * (1 + other));
      expect(own).toBeGreaterThanOrEqual(other - 1e-7 * (1 + other));
    }
  });

  it('keeps its bounds, steps and total, from any guess, and gives one answer', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 120 }), (seed, length) => {
        const random = randomStream(seed);
        const given = randomCase(random, length);
        const problems = new SteppedProblems(given);
        const { nearest } = problems.nearest(given.z, given.metric);
        const size = given.upper.reduce((sum, bound, k) => sum + bound - given.lower[k], 0);
        // What rounding loses is passed on from entry to entry.
        expect(miss(given, nearest)).toBeLessThan(1e-12 * (10 + length) * (1 + given.step));
        nearest.forEach((u, k) => {
          expect(u >= given.lower[k] && u <= given.upper[k]).toBe(true);
        });
        expect(Math.abs(sumOf(nearest) - given.total)).toBeLessThanOrEqual(1e-13 * size);
        const again = problems.nearest(given.z, given.metric, 100 * random.normal()).nearest;
        again.forEach((u, k) => {
          expect(Math.abs(u - nearest[k])).toBeLessThan(1e-10);
        });
      }),
      { numRuns: 1500 },
    );
  });

  it('cannot be improved by a move to any other vector: a variational inequality', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 60 }), (seed, length) => {
        const random = randomStream(seed);
        const given = randomCase(random, length);
        const problems = new SteppedProblems(given);
        const { nearest } = problems.nearest(given.z, given.metric);
        const other = problems.nearest(
          given.z.map(() => 3 * random.normal()),
          given.metric,
        ).nearest;
        for (const part of [1, 0.01]) {
          const moved = nearest.map((u, k) => u + part * (other[k] - u));
          expect(costOf(given, nearest)).toBeLessThanOrEqual(costOf(given, moved) + 1e-10 * (1 + costOf(given, moved)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is the nearest between the bounds where no step holds it', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const given = { ...randomCase(randomStream(seed), 20, true), step: 1e6, before: undefined };
      const { nearest } = new SteppedProblems(given).nearest(given.z, given.metric);
      nearestBoxed(given, given.z, given.metric).nearest.forEach((u, k) => {
        expect(nearest[k]).toBeCloseTo(u, 11);
      });
    }
  });

  it('is as volume comes where the rate may hardly change', () => {
    const given = { ...randomCase(randomStream(3), 12, true), step: 1e-12, before: undefined };
    const set = { ...given, lower: new Float64Array(12), upper: new Float64Array(12).fill(1), total: 2 };
    const { nearest } = new SteppedProblems(set).nearest(given.z, given.metric);
    const rate = 2 / sumOf(given.volume);
    nearest.forEach((u, k) => {
      expect(u).toBeCloseTo(rate * given.volume[k], 10);
    });
  });

  it('adds up what may change over entries without volume or closed', () => {
    const set = {
      total: 4,
      step: 1,
      before: 0,
      volume: Float64Array.of(1, 0, 1, 1),
      lower: new Float64Array(4),
      upper: Float64Array.of(9, 0, 0, 9),
    };
    // 1 at the most at first, and three steps more after the gap.
    expect(totalsInSteps(set)).toEqual({ least: 0, most: 5 });
    const { nearest } = new SteppedProblems(set).nearest(Float64Array.of(-5, 0, 0, 5), new Float64Array(4).fill(1));
    expect([...nearest]).toEqual([0.5, 0, 0, 3.5]);
  });

  it('is the extreme one where the total is out of reach, and an error where steps and bounds contradict', () => {
    const set = {
      total: 9,
      step: 0.1,
      before: 0,
      volume: Float64Array.of(1, 1, 1),
      lower: new Float64Array(3),
      upper: new Float64Array(3).fill(1),
    };
    const [z, metric] = [new Float64Array(3), new Float64Array(3).fill(1)];
    [...new SteppedProblems(set).nearest(z, metric).nearest].forEach((u, k) => {
      expect(u).toBeCloseTo(0.1 * (k + 1), 14);
    });
    expect([...new SteppedProblems({ ...set, total: -1 }).nearest(z, metric).nearest]).toEqual([0, 0, 0]);
    const torn = { ...set, lower: Float64Array.of(0, 0, 0.5) };
    expect(totalsInSteps(torn)).toBeUndefined();
    expect(() => new SteppedProblems(torn)).toThrow(/no rate within the bounds/);
  });
});

describe('the cheapest vector of a total in steps', () => {
  it('costs no more than any, and one costs hardly more', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60 }), (seed, length) => {
        const random = randomStream(seed);
        const given = randomCase(random, length);
        const problems = new SteppedProblems(given);
        const price = given.z.map((g) => (random.uniform() < 0.2 ? 0.5 : g));
        const cost = (u: Float64Array) =>
          u.reduce((sum, value, k) => sum + price[k] * value + given.kink![k] * Math.abs(value), 0);
        const least = problems.cheapest(price);
        expect(least).toBeLessThanOrEqual(cost(problems.nearest(given.z, given.metric).nearest) + 1e-11 * length);
        // A little curvature costs at most half of it times the squares of the bounds.
        const bent = 1e-5;
        const metric = new Float64Array(length).fill(bent);
        const { nearest } = problems.nearest(
          price.map((g) => -g / bent),
          metric,
        );
        expect(cost(nearest)).toBeLessThanOrEqual(least + bent * length * 1.5);
        expect(cost(nearest)).toBeGreaterThanOrEqual(least - 1e-11 * length);
      }),
      { numRuns: 500 },
    );
  });

  it('remembers where it looked last, and finds the same', () => {
    const given = randomCase(randomStream(11), 40);
    const problems = new SteppedProblems(given);
    const first = problems.cheapest(given.z);
    problems.cheapest(given.metric);
    expect(problems.cheapest(given.z)).toBeCloseTo(first, 11);
  });
});
