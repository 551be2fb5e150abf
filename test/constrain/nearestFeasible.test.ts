import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combine,
  type DenseMatrix,
  frobeniusDistance,
  fromRows,
  identity,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
} from '../../src/numerics/dense.js';
import { NumericalError } from '../../src/numerics/failure.js';
import { type FeasibleSet, withinRatio } from '../../src/numerics/feasibleSet.js';
import { nearestFeasible, nearestFeasibleSum } from '../../src/numerics/nearestFeasible.js';
import { nearestInWeightedNorm } from '../../src/numerics/nearestInWeightedNorm.js';
import { composeSpectrum, smallestEigenvalue, symmetricEigen } from '../../src/numerics/symmetricEigen.js';
import { largestDifference, randomGram, randomMatrix, randomSymmetric, seeds } from '../support/matrices.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const oracle = 'oracles/nearest-correlation';

/** Distances published with the matrices (MODEL §5), at bound 1 and at bound 0.8. */
const PUBLISHED = [
  ['tec03', 0.03741667, 0.24494897],
  ['bhwi01', 0.15055422, 0.17308138],
  ['fing97', 0.04907808, 0.17320508],
  ['beyu11', 0.00959112, 0.08188297],
] as const;

describe.skipIf(!hasShared(oracle))('nearestFeasible on invalid correlation matrices from the literature', () => {
  it.each(PUBLISHED)('%s', (name, unbounded, bounded) => {
    const text = readFileSync(sharedPath(`${oracle}/${name}.csv`), 'utf8').trim();
    const matrix = fromRows(text.split('\n').map((line) => line.split(',').map(Number)));
    expect(Math.abs(nearestFeasible(matrix, { bound: 1 }).distance - unbounded)).toBeLessThan(1e-6);
    expect(Math.abs(nearestFeasible(matrix, { bound: 0.8 }).distance - bounded)).toBeLessThan(1e-6);
  });
});

/**
 * What fast-check found against the naive sequence (clip eigenvalues, then bound entries), shrunk: size, upper triangle row
 * by row, bound. All of them leave the cone.
 */
const COUNTER_EXAMPLES: readonly (readonly [number, readonly number[], number])[] = [
  [4, [0.3, -1.8, -0.4, -1, 0.8, 0], 0.9],
  [4, [0, 1.2, 1.5, -0.5, 2, -0.4], 0.7],
  [4, [0.4, 0.4, 0, -0.7, 1.3, -1.1], 0.9],
  [4, [1.1, 0.1, -0.6, 0, -0.7, -0.9], 0.9],
  [4, [-0.1, 0, -0.4, -1.4, -0.9, 1.1], 0.9],
  [4, [-0.4, 1.7, 0.4, -0.4, 0.6, 0.9], 0.7],
  [4, [0.8, -1, -0.6, -0.2, 1.5, 0.5], 0.9],
  [4, [-0.8, 0, -1, 1, 0.4, -0.2], 0.9],
  [4, [0.3, 0.7, 0, -0.4, -0.7, 0.7], 0.7],
  [4, [-1.3, -1.4, 0.1, 0.2, 0.9, -0.4], 0.7],
  [4, [-1.6, -0.3, -1.7, 1.3, -1.6, -0.5], 0.5],
  [4, [-0.7, -0.8, 0.7, -0.2, 0, -1.2], 0.9],
  [5, [0.6, 0.4, -0.8, 0.3, 0, 0.2, 0, 0, 0.9, 0.1], 0.9],
  [5, [-1, 0, 0, -0.7, 2, -0.3, -1.9, 0.3, 1.6, 1.8], 0.5],
  [5, [0, 0, 0, 0.1, 1.5, -1.1, 0, -0.6, 0, 0.8], 0.9],
  [5, [0, -0.6, 0.4, -0.2, 0.1, -0.2, 0, 0.4, -1, -1.3], 0.7],
  [5, [0.4, -0.7, -1.4, 0, 0, -0.5, 0.2, 0, -0.6, 0.8], 0.7],
  [5, [0, 0, 0, -1, -0.4, -1.4, 0, -1.7, 1.2, 0.1], 0.7],
  [5, [1.2, 1.8, 0.9, 0, 0, -0.4, 0, 0, 1.6, 0], 0.7],
  [5, [-0.8, 0, 0.3, 0, 0, 0.4, 0, 0, -1.1, 0.1], 0.9],
  [5, [0, 0.3, -0.8, 0, 0, 1.2, 1.2, 1.7, -1.6, 1.6], 0.5],
  [5, [0, -0.4, -0.4, -1, 0, 0, 0, -0.8, -0.3, 1.4], 0.9],
  [5, [0, 0, -0.4, -1.3, 0, 1, 0, -1, 0, 0.5], 0.7],
  [5, [0, 0, 0, 0, 0, 0.2, -1.7, 1.6, 0, -1.4], 0.9],
];

describe('nearestFeasible', () => {
  it('finds Higham’s 3×3 (2002)', () => {
    const { matrix, distance } = nearestFeasible(
      fromRows([
        [1, 1, 0],
        [1, 1, 1],
        [0, 1, 1],
      ]),
      { bound: 1 },
    );
    expect(distance).toBeCloseTo(0.52779, 5);
    expect(matrix.data[1]).toBeCloseTo(0.76068985, 6);
    expect(matrix.data[2]).toBeCloseTo(0.15729811, 6);
  });

  it('beats clipping and uniform shrinkage on the counter-example of MODEL §5', () => {
    const start = upperTriangle(4, [-0.9, 0.5, 0.5, -0.5, -0.4, -0.5]);
    const clipped = mapEntries(start, (v, i, j) => (i === j ? 1 : Math.max(-0.5, Math.min(0.5, v))));
    expect(smallestEigenvalue(clipped)).toBeCloseTo(-0.07703, 5);
    const { matrix, distance } = nearestFeasible(start, { bound: 0.5 });
    expect(distance).toBeCloseTo(0.57357, 5);
    expect(smallestEigenvalue(matrix)).toBeGreaterThanOrEqual(0);
  });

  it.each(COUNTER_EXAMPLES)('holds where the naive sequence fails: %i %j bound %d', (n, upper, bound) => {
    const start = upperTriangle(n, upper);
    expect(smallestEigenvalue(naiveSequence(start, bound))).toBeLessThan(-1e-6);
    const { matrix, status } = nearestFeasible(start, { bound });
    expect(status).toBe('converged');
    expectFeasible(matrix, { bound });
  });

  it('holds every constraint at once, changes nothing the second time, and is never farther than uniform shrinkage', () => {
    fc.assert(
      fc.property(problems(16), ({ input, set }) => {
        const { matrix, distance, dualityGap } = nearestFeasible(input, set);
        expectFeasible(matrix, set);
        const again = nearestFeasible(matrix, set);
        expect(again.status).toBe('alreadyFeasible');
        expect([...again.matrix.data]).toEqual([...matrix.data]);
        expect(distance - dualityGap).toBeLessThanOrEqual(shrunkDistance(input, set) + 1e-9);
      }),
      { numRuns: 120 },
    );
  });

  it('closes the duality gap to 1e-8 of the distance, up to 60 names', () => {
    fc.assert(
      fc.property(problems(60), ({ input, set }) => {
        const { matrix, distance, dualityGap, status } = nearestFeasible(input, set);
        expect(status).not.toBe('maxIterations');
        expect(dualityGap).toBeLessThanOrEqual(1e-8 * Math.max(distance, 1e-3));
        expect(distance).toBeCloseTo(frobeniusDistance(matrix, input), 12);
      }),
      { numRuns: 60 },
    );
  });

  it('no feasible matrix is nearer: steps towards random ones only lead away', () => {
    fc.assert(
      fc.property(problems(8), seeds, ({ input, set }, seed) => {
        const { matrix } = nearestFeasible(input, set);
        const other = nearestFeasible(
          mapEntries(randomSymmetric(input.rows, seed), (v, i, j) => (i === j ? 1 : v)),
          set,
        ).matrix;
        const slope = innerProduct(combine(matrix, 1, input, -1), combine(other, 1, matrix, -1));
        expect(slope).toBeGreaterThanOrEqual(-1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('counts tens of decompositions, not hundreds, on an estimate of the usual kind', () => {
    const noise = randomSymmetric(80, 4);
    const estimate = mapEntries(noise, (v, i, j) => (i === j ? 1 : (i % 5 === j % 5 ? 0.4 : 0.15) + 0.15 * v));
    expect(smallestEigenvalue(estimate)).toBeLessThan(-0.3);
    expect(nearestFeasible(estimate, { bound: 0.9 }).iterations).toBeLessThan(30);
  });

  it('takes the worst of conditions: bound 0, one name, everything zero, identical names, a cap of 1', () => {
    const noisy = mapEntries(randomSymmetric(6, 3), (v, i, j) => (i === j ? 1 : v));
    const everyLink = Uint8Array.from(noisy.data, () => 1);
    for (const set of [{ bound: 0 }, { bound: 1, isZero: everyLink }, { bound: 1, conditionCap: 1 }])
      expect(largestDifference(nearestFeasible(noisy, set).matrix, identity(6))).toBeLessThan(1e-9);
    expect(nearestFeasible(identity(1), { bound: 0.5 }).status).toBe('alreadyFeasible');
    const identical = mapEntries(noisy, () => 1);
    expect(nearestFeasible(identical, { bound: 1 }).distance).toBeLessThan(1e-10);
    expect(nearestFeasible(identical, { bound: 0.9 }).distance).toBeCloseTo(Math.sqrt(30) * 0.1, 8);
  });

  it('refuses a cap where there is no such projection, and what is not finite', () => {
    expect(() => nearestFeasibleSum([identity(2), identity(2)], { bound: 1, conditionCap: 2 })).toThrow(RangeError);
    expect(() => nearestInWeightedNorm(identity(2), { bound: 1, conditionCap: 2 }, identity(2))).toThrow(RangeError);
    expect(() =>
      nearestFeasible(
        fromRows([
          [1, Number.NaN],
          [Number.NaN, 1],
        ]),
        { bound: 1 },
      ),
    ).toThrow(NumericalError);
  });

  it('leaves the cone in most noisy draws when done naively (MODEL §5), and never when done here', () => {
    let left = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const noisy = mapEntries(randomSymmetric(10, seed), (v, i, j) => (i === j ? 1 : 0.7 * v));
      if (smallestEigenvalue(naiveSequence(noisy, 0.5)) < -1e-10) left++;
      expect(smallestEigenvalue(nearestFeasible(noisy, { bound: 0.5 }).matrix)).toBeGreaterThanOrEqual(0);
    }
    expect(left).toBeGreaterThan(10);
  });
});

describe('nearestFeasibleSum', () => {
  it('every part in the cone, the sum in the box, the gap closed, and nothing to do the second time', () => {
    const count = fc.integer({ min: 2, max: 4 });
    fc.assert(
      fc.property(problems(12, false), count, seeds, ({ input, set }, parts, seed) => {
        const several = Array.from({ length: parts }, (_, p) =>
          mapEntries(randomSymmetric(input.rows, seed + p), (v, i, j) =>
            i === j ? 1 / parts + 0.1 * v : (input.data[i * input.cols + j] + 0.2 * v) / parts,
          ),
        );
        const found = nearestFeasibleSum(several, set);
        expect(found.status).not.toBe('maxIterations');
        expect(found.dualityGap).toBeLessThanOrEqual(1e-8 * Math.max(found.distance, 1e-3));
        for (const part of found.parts) expect(smallestEigenvalue(part)).toBeGreaterThanOrEqual(0);
        expectInBox(
          found.parts.reduce((total, part) => combine(total, 1, part, 1)),
          set,
        );
        expect(nearestFeasibleSum(found.parts, set).status).toBe('alreadyFeasible');
      }),
      { numRuns: 40 },
    );
  });
});

describe('nearestInWeightedNorm', () => {
  it('is the Frobenius projection where all directions weigh the same', () => {
    const input = mapEntries(randomSymmetric(20, 9), (v, i, j) => (i === j ? 1 : 0.5 * v));
    const plain = nearestFeasible(input, { bound: 0.6 });
    const weighed = nearestInWeightedNorm(input, { bound: 0.6 }, identity(20));
    expect(largestDifference(weighed.matrix, plain.matrix)).toBeLessThan(1e-6);
    expect(weighed.distance).toBeCloseTo(plain.distance, 7);
  });

  it('closes its gap, holds every constraint, and costs predictions no more than the Frobenius projection', () => {
    fc.assert(
      fc.property(problems(25, false), seeds, fc.constantFrom(0, 0.5, 3), ({ input, set }, seed, common) => {
        const S = mapEntries(randomGram(input.rows, seed), (v) => v + common);
        const { matrix, distance, dualityGap, status } = nearestInWeightedNorm(input, set, S);
        expect(status).not.toBe('maxIterations');
        expect(dualityGap).toBeLessThanOrEqual(1e-8 * Math.max(distance, 1e-3));
        expectFeasible(matrix, set);
        expect(distance).toBeCloseTo(inMetric(matrix, input, S), 8);
        expect(nearestInWeightedNorm(matrix, set, S).status).toBe('alreadyFeasible');
        const plain = nearestFeasible(input, set).matrix;
        expect(distance).toBeLessThanOrEqual(inMetric(plain, input, S) + 1e-7);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the diagonal it is given, and symmetrises in the metric', () => {
    const diagonal = Float64Array.from([4, 1, 0.25, 9, 0]);
    const input = mapEntries(randomMatrix(5, 5, 3), (v, i, j) => v * Math.sqrt(diagonal[i] * diagonal[j]));
    const S = randomGram(5, 8);
    const { matrix, distance } = nearestInWeightedNorm(input, { bound: 0.8, diagonal }, S);
    diagonal.forEach((d, i) => {
      expect(matrix.data[i * 6]).toBeCloseTo(d, 12);
    });
    expect(distance).toBeCloseTo(inMetric(matrix, input, S), 8);
    const halved = nearestInWeightedNorm(symmetricPart(input), { bound: 0.8, diagonal }, S).matrix;
    expect(distance).toBeLessThan(inMetric(halved, input, S));
  });
});

describe('withinRatio', () => {
  it('is the nearest point with a bounded ratio', () => {
    const sorted = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sorted, fc.constantFrom(1, 1.5, 4, 100), (numbers, cap) => {
        const values = Float64Array.from(numbers).sort();
        const near = withinRatio(values, cap);
        const smallest = Math.min(...near);
        expect(smallest).toBeGreaterThanOrEqual(0);
        expect(Math.max(...near)).toBeLessThanOrEqual(cap * smallest * (1 + 1e-12));
        const distance = (t: number) =>
          values.reduce((sum, v) => sum + (Math.min(cap * t, Math.max(t, v)) - v) ** 2, 0);
        for (let t = 0; t <= 3; t += 0.01) expect(distance(t)).toBeGreaterThanOrEqual(distance(smallest) - 1e-12);
      }),
    );
  });
});

/** `√tr((X−A) S (X−A)ᵀ)` by its definition. */
function inMetric(X: DenseMatrix, A: DenseMatrix, S: DenseMatrix): number {
  const moved = combine(X, 1, A, -1);
  return Math.sqrt(innerProduct(multiply(moved, S), moved));
}

interface Problem {
  readonly input: DenseMatrix;
  readonly set: FeasibleSet;
}

/** Estimates with unit diagonal, from nearly feasible to far from it; some with zeros, some with a cap. */
function problems(largest: number, withCap = true): fc.Arbitrary<Problem> {
  return fc
    .tuple(
      fc.integer({ min: 2, max: largest }),
      seeds,
      fc.constantFrom(0.05, 0.3, 0.6, 1.2),
      fc.constantFrom(0.3, 0.6, 0.9, 1),
      fc.boolean(),
      withCap ? fc.constantFrom(undefined, undefined, undefined, 10, 1000) : fc.constant(undefined),
    )
    .map(([n, seed, size, bound, hasZeros, conditionCap]) => {
      const input = mapEntries(randomSymmetric(n, seed), (v, i, j) => (i === j ? 1 : size * v));
      const zeros = mapEntries(randomSymmetric(n, seed + 1), (v, i, j) => (i !== j && v > 0.9 ? 1 : 0));
      const isZero = hasZeros ? { isZero: Uint8Array.from(zeros.data) } : {};
      return { input, set: { bound, ...isZero, ...(conditionCap === undefined ? {} : { conditionCap }) } };
    });
}

function upperTriangle(n: number, values: readonly number[]): DenseMatrix {
  const matrix = identity(n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++, at++) {
      matrix.data[i * n + j] = values[at];
      matrix.data[j * n + i] = values[at];
    }
  }
  return matrix;
}

function expectFeasible(matrix: DenseMatrix, set: FeasibleSet): void {
  const { conditionCap } = set;
  const n = matrix.rows;
  const { values } = symmetricEigen(matrix);
  expect(values[0]).toBeGreaterThanOrEqual(-1e-10);
  if (conditionCap !== undefined) expect(values[n - 1] / values[0]).toBeLessThanOrEqual(conditionCap * (1 + 1e-10));
  expectInBox(matrix, set);
}

function expectInBox(matrix: DenseMatrix, { bound, isZero }: FeasibleSet): void {
  const n = matrix.rows;
  for (let i = 0; i < n; i++) {
    expect(matrix.data[i * n + i]).toBeCloseTo(1, 13);
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      expect(Math.abs(matrix.data[i * n + j])).toBeLessThanOrEqual(bound + 1e-10);
      expect(matrix.data[i * n + j]).toBe(matrix.data[j * n + i]);
      if (isZero?.[i * n + j]) expect(matrix.data[i * n + j]).toBe(0);
    }
  }
}

/** The nearest point on the ray from the identity that keeps every constraint. */
function shrunkDistance(start: DenseMatrix, { bound, isZero, conditionCap }: FeasibleSet): number {
  const boxed = mapEntries(start, (v, i, j) => (i === j ? 1 : isZero?.[i * start.cols + j] ? 0 : v));
  const largest = boxed.data.reduce((top, v, k) => (k % (start.cols + 1) === 0 ? top : Math.max(top, Math.abs(v))), 0);
  const { values } = symmetricEigen(boxed);
  const [low, high] = [values[0], values[values.length - 1]];
  const toCap =
    conditionCap === undefined || high <= conditionCap * low
      ? 1
      : (conditionCap - 1) / (conditionCap - 1 + high - conditionCap * low);
  const keep = Math.min(1, largest > 0 ? bound / largest : 1, low < 0 ? 1 / (1 - low) : 1, toCap);
  return frobeniusDistance(
    mapEntries(boxed, (v, i, j) => (i === j ? 1 : keep * v)),
    start,
  );
}

function naiveSequence(matrix: DenseMatrix, bound: number): DenseMatrix {
  const { values, vectors } = symmetricEigen(matrix);
  const psd = composeSpectrum(
    vectors,
    values.map((v) => Math.max(v, 0)),
  );
  return mapEntries(psd, (v, i, j) => {
    if (i === j) return v;
    const limit = bound * Math.sqrt(psd.data[i * psd.cols + i] * psd.data[j * psd.cols + j]);
    return Math.max(-limit, Math.min(limit, v));
  });
}
