import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CertifiedModel, certify, propagatorOf } from '../../src/model/certificate.js';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { concaveLevel, concavePotential } from '../../src/model/concaveShape.js';
import { linearised } from '../../src/model/concaveWitness.js';
import { workedShares } from '../../src/model/kernel.js';
import { costOfSchedule, marginalCost } from '../../src/model/marginalCost.js';
import { concaveCost, concaveGradient, evenlyWorkedCost } from '../../src/model/potentials.js';
import { type Propagator, scheduleCost, type Trade } from '../../src/model/roundTrip.js';
import { combine, type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { closed, oneName, randomConcaveModel, randomSchedule, randomTerms } from '../support/concaveModels.js';
import { largestDifference, randomMatrix, seeds } from '../support/matrices.js';

const column = (trades: readonly number[]): DenseMatrix => ({
  rows: trades.length,
  cols: 1,
  data: Float64Array.from(trades),
});
const everyBucket = ({ rows, cols, data }: DenseMatrix): Trade[] =>
  Array.from({ length: rows }, (_, t) => ({ bucket: t, millions: [...data.subarray(t * cols, (t + 1) * cols)] }));
const sizeOf = ({ data }: DenseMatrix) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** MODEL §2a as it is written, with nothing carried from bucket to bucket. */
function literalCost({ power, decay, scales, own, modes }: ConcaveTerms, { rows, cols, data }: DenseMatrix): number {
  const volume = (q: number, t: number, i: number) => {
    let sum = 0;
    for (let s = 0; s <= t; s++) sum += decay[q] ** (t - s) * data[s * cols + i];
    return sum;
  };
  const potential = (q: number, J: readonly number[]) => {
    const alone = J.map((x, i) => own.data[q * cols + i] * concavePotential(x, scales[i], power));
    const together = modes.map(({ direction, scale, weights }) => {
      const x = J.reduce((sum, value, i) => sum + direction[i] * value, 0);
      return weights[q] * concavePotential(x, scale, power);
    });
    return [...alone, ...together].reduce((sum, value) => sum + value, 0);
  };
  let cost = 0;
  for (let t = 0; t < rows; t++)
    decay.forEach((d, q) => {
      const names = Array.from({ length: cols }, (_, i) => i);
      const now = names.map((i) => volume(q, t, i));
      const before = names.map((i) => (t === 0 ? 0 : d * volume(q, t - 1, i)));
      cost += potential(q, now) - potential(q, before);
    });
  return cost;
}

describe('the order book of MODEL §2a: one name, one exponential, ten trades', () => {
  const a = Math.exp(-1 / 5);
  /** First ξ, then ξ(1−a) each, the rest last, by the published condition. */
  function optimal(h: (x: number) => number): number[] {
    const gap = (xi: number) => h(1 - 9 * xi * (1 - a)) - (h(xi) - a * h(a * xi)) / (1 - a);
    let [low, high] = [0, 1 / (9 * (1 - a))];
    for (let step = 0; step < 200; step++) {
      const middle = (low + high) / 2;
      if (gap(middle) > 0) low = middle;
      else high = middle;
    }
    const middle = Array.from({ length: 8 }, () => low * (1 - a));
    return [low, ...middle, 1 - low - 8 * low * (1 - a)];
  }

  it.each([
    {
      name: 'h smoothed at .3',
      terms: oneName({ power: 0.5, decay: a, scale: 0.3 }),
      expected: [0.2813874667, 0.0510068942, 0.31055738],
      cost: 0.2180779814,
      even: 0.2336231532,
    },
    {
      // g h_s → √x as s → 0, for g = c s^(c−1): the difference is s^c.
      name: 'the bare root, as its limit',
      terms: oneName({ power: 0.5, decay: a, scale: 1e-24, weight: 0.5e12 }),
      expected: [0.2720497145, 0.0493142469, 0.3334363104],
      cost: 0.4971795017,
      even: 0.5165944511,
    },
  ])('$name', ({ terms, expected, cost, even }) => {
    const weight = terms.own.data[0];
    const trades = optimal((x) => weight * concaveLevel(x, terms.scales[0], 0.5));
    const found = [trades[0], trades[1], trades[9]];
    for (const k of [0, 1, 2]) expect(Math.abs(found[k] - expected[k])).toBeLessThan(1e-9);
    expect(Math.abs(concaveCost(terms, column(trades)) - cost)).toBeLessThan(1e-9);
    expect(Math.abs(concaveCost(terms, column(new Array(10).fill(0.1))) - even)).toBeLessThan(1e-9);
    // A million more costs the same in every bucket: the optimality condition by our own gradient.
    const { data } = concaveGradient(terms, column(trades));
    expect(Math.max(...data) - Math.min(...data)).toBeLessThan(1e-9);
  });
});

describe('cost and gradient', () => {
  it('are the literal potentials and their finite differences, beside a linear propagator', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), seeds, (n, seed) => {
        const { concave, ...model } = randomConcaveModel(n, seed);
        const schedule = mapEntries(randomMatrix(7, n, seed), (value) => (Math.abs(value) < 0.4 ? 0 : value));
        const [bent, linear] = [propagatorOf({ ...model, concave: concave! }), propagatorOf(model)];
        const cost = costOfSchedule(bent, schedule);
        const literal = literalCost(concave!, schedule) + costOfSchedule(linear, schedule);
        expect(Math.abs(cost - literal)).toBeLessThan(1e-12 * Math.max(1, Math.abs(literal)));
        const gradient = marginalCost(bent, schedule);
        const along = randomMatrix(7, n, seed + 1);
        const step = 1e-5;
        const at = (by: number) => costOfSchedule(bent, combine(schedule, 1, along, by));
        const slope = along.data.reduce((sum, value, k) => sum + value * gradient.data[k], 0);
        expect(Math.abs((at(step) - at(-step)) / (2 * step) - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      }),
      { numRuns: 200 },
    );
  });

  it('agree with the cost that certificates execute, of some names at some buckets too', () => {
    const model = randomConcaveModel(4, 17);
    const propagator = propagatorOf(model);
    const schedule = mapEntries(randomMatrix(20, 4, 3), (value, t, i) => (i % 2 === 0 || t % 3 === 1 ? 0 : value));
    const cost = costOfSchedule(propagator, schedule);
    expect(scheduleCost(propagator, [0, 1, 2, 3], everyBucket(schedule))).toBeCloseTo(cost, 11);
    const some = everyBucket(schedule)
      .filter(({ bucket }) => bucket % 3 !== 1)
      .map(({ bucket, millions }) => ({ bucket, millions: [millions[3], millions[1]] }));
    expect(scheduleCost(propagator, [3, 1], some)).toBeCloseTo(cost, 11);
  });

  it('are those of the linear propagator for c = 1, to 1e-12', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), seeds, (n, seed) => {
        const random = randomStream(seed);
        const bent: Propagator = {
          matrices: [randomMatrix(n, n, seed)],
          decay: Float64Array.of(0.3, 0.95, 1),
          weights: Float64Array.of(0.5, 0.3, 0.2),
          concave: randomTerms(n, random, 1),
        };
        const straight = linearised(bent, bent.concave!, 1);
        const schedule = randomSchedule(12, n, random);
        const [one, other] = [marginalCost(bent, schedule), marginalCost(straight, schedule)];
        const scale = Math.max(sizeOf(other), sizeOf(schedule));
        expect(largestDifference(one, other)).toBeLessThanOrEqual(1e-12 * scale);
        const gross = schedule.data.reduce((sum, flow) => sum + Math.abs(flow), 0);
        const gap = Math.abs(costOfSchedule(bent, schedule) - costOfSchedule(straight, schedule));
        expect(gap).toBeLessThanOrEqual(1e-12 * scale * gross);
        const names = Array.from({ length: n }, (_, i) => i);
        const executed = scheduleCost(straight, names, everyBucket(schedule));
        expect(Math.abs(scheduleCost(bent, names, everyBucket(schedule)) - executed)).toBeLessThanOrEqual(
          1e-12 * scale * gross,
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** What is left of a digit in sums of potentials. */
const ROUNDING = 1e-11;

/** Sum of the sizes of what is added up in a cost: what its rounding is relative to. */
function magnitude({ concave, ...linear }: Propagator, schedule: DenseMatrix): number {
  const sizes = (matrix: DenseMatrix) => mapEntries(matrix, Math.abs);
  const bent = {
    ...concave!,
    modes: concave!.modes.map((mode) => ({ ...mode, direction: mode.direction.map(Math.abs) })),
  };
  const positive = { ...linear, matrices: linear.matrices.map(sizes), concave: bent };
  return costOfSchedule(positive, sizes(schedule));
}

describe('a certified concave model', () => {
  const MODELS = 250;
  const PAIRS = 200;

  it('pays for none of 100 000 schedules, half of them round trips, and its cost is convex along the line of every two', () => {
    const random = randomStream(23);
    const worst = {
      roundTrip: Number.POSITIVE_INFINITY,
      midpoint: Number.POSITIVE_INFINITY,
      second: Number.POSITIVE_INFINITY,
    };
    for (let m = 0; m < MODELS; m++) {
      const n = 1 + random.integer(4);
      const model = randomConcaveModel(n, 1 + 10 * m);
      expect(certify(model).status).toBe('passed');
      const propagator = propagatorOf(model);
      for (let k = 0; k < PAIRS; k++) look(propagator, n, random, worst);
    }
    expect(worst.roundTrip).toBeGreaterThan(-ROUNDING);
    expect(worst.midpoint).toBeGreaterThan(-ROUNDING);
    expect(worst.second).toBeGreaterThan(-ROUNDING);
  }, 120_000);

  /** Three costs on one line: of a round trip, of an open schedule, and between the two. */
  function look(propagator: Propagator, n: number, random: RandomStream, worst: Record<string, number>) {
    const buckets = 2 + random.integer(7);
    const [u, v] = [closed(randomSchedule(buckets, n, random)), randomSchedule(buckets, n, random)];
    const at = (share: number) => costOfSchedule(propagator, combine(u, 1 - share, v, share));
    const [tripScale, scale] = [magnitude(propagator, u), magnitude(propagator, v)].map((size) => size || 1);
    const [roundTrip, open, middle] = [at(0), at(1), at(0.5)];
    const centre = random.uniform();
    const second = at(centre - 0.01) + at(centre + 0.01) - 2 * at(centre);
    worst.roundTrip = Math.min(worst.roundTrip, roundTrip / tripScale, open / scale);
    worst.midpoint = Math.min(worst.midpoint, (roundTrip + open - 2 * middle) / (tripScale + scale));
    worst.second = Math.min(worst.second, second / (tripScale + scale));
  }

  it('stays so at the power of one half and huge sizes, where what is linear and what is not are far apart', () => {
    const terms = { ...randomTerms(3, randomStream(4)), power: 0.5 };
    const model: CertifiedModel = {
      K: zeros(3),
      decay: Float64Array.of(0.5),
      weights: Float64Array.of(1),
      concavity: 1,
      floors: new Float64Array(3),
      rho: 1,
      concave: terms,
    };
    const random = randomStream(5);
    for (const size of [1e-12, 1e-6, 1, 1e6, 1e12]) {
      const trip = closed(mapEntries(randomSchedule(9, 3, random), (flow) => size * flow));
      expect(costOfSchedule(propagatorOf(model), trip)).toBeGreaterThan(0);
    }
  });
});

describe('more than MODEL §2a asks for', () => {
  it('a power above one has convex potentials as well: nothing earns, and its cost is convex', () => {
    const random = randomStream(31);
    for (let k = 0; k < 2000; k++) {
      const terms = randomTerms(2, random, 1 + 2 * random.uniform());
      const [trip, open] = [closed(randomMatrix(8, 2, k + 1)), randomMatrix(8, 2, k + 2)];
      const [cost, other] = [concaveCost(terms, trip), concaveCost(terms, open)];
      const between = concaveCost(terms, combine(trip, 0.5, open, 0.5));
      const rounding = ROUNDING * (1 + cost + other);
      expect(cost).toBeGreaterThan(-rounding);
      expect(cost + other - 2 * between).toBeGreaterThan(-rounding);
    }
  });
});

describe('a basket worked evenly', () => {
  const evenly = (q: Float64Array, buckets: number): DenseMatrix =>
    mapEntries(zeros(buckets, q.length), (_, _t, i) => q[i] / buckets);

  it('costs what its schedule does', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomStream(seed);
        const n = 1 + random.integer(4);
        const terms = randomTerms(n, random);
        const q = Float64Array.from({ length: n }, () => (random.uniform() < 0.4 ? 0 : random.normal()));
        for (const buckets of [1, 2, 60, 900]) {
          const expected = concaveCost(terms, evenly(q, buckets));
          expect(Math.abs(evenlyWorkedCost(terms, q, buckets) - expected)).toBeLessThanOrEqual(1e-10 * expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('costs what the linear kernel says where c is 1, for any number of buckets', () => {
    const terms = { ...oneName({ power: 1, decay: 0.9, scale: 0.2, weight: 3 }) };
    for (const buckets of [1, 10, 3600]) {
      const [share] = workedShares(terms.decay, buckets);
      expect(evenlyWorkedCost(terms, Float64Array.of(-2), buckets)).toBeCloseTo(4 * 3 * share, 11);
    }
  });
});
