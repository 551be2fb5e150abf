import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { blas, useBlas } from '../../src/numerics/blas/blas.js';
import { referenceBlas } from '../../src/numerics/blas/reference.js';
import { combine, type DenseMatrix, frobeniusNorm, innerProduct, mapEntries } from '../../src/numerics/dense.js';
import { NumericalError } from '../../src/numerics/failure.js';
import type { FeasibleSet } from '../../src/numerics/feasibleSet.js';
import { nearestFeasible } from '../../src/numerics/nearestFeasible.js';
import type { Projection } from '../../src/numerics/projection.js';
import { smallestEigenvalue, symmetricEigen } from '../../src/numerics/symmetricEigen.js';
import { largestDifference, permuted, randomSymmetric, seeds, shuffledOrder } from '../support/matrices.js';

/** Alternating projections alone, and Newton's method before them. */
const both = (input: DenseMatrix, set: FeasibleSet): readonly [Projection, Projection] => [
  nearestFeasible(input, set, { newtonBudget: 0 }),
  nearestFeasible(input, set),
];

/** What a matrix may be like, from a random symmetric one. */
const KINDS: Readonly<Record<string, (noise: DenseMatrix, size: number) => DenseMatrix>> = {
  estimate: (noise, size) => withUnitDiagonal(noise, (v) => 0.2 + size * v),
  noise: (noise, size) => withUnitDiagonal(noise, (v) => 3 * size * v),
  'nearly feasible': (noise) => withUnitDiagonal(noise, (v) => (0.5 * v) / noise.rows),
  feasible: (noise) => withUnitDiagonal(noise, (v) => (0.1 * v) / noise.rows),
  singular: (noise) => withUnitDiagonal(noise, () => 1),
  'nearly singular': (noise) => withUnitDiagonal(noise, (v) => 1 + 1e-7 * v),
  'all links negative': (noise, size) => withUnitDiagonal(noise, (v) => -0.3 - size * Math.abs(v)),
  'all eigenvalues negative': (noise, size) => mapEntries(noise, (v, i, j) => (i === j ? -3 * noise.rows : size * v)),
  blocks: (noise, size) => withUnitDiagonal(noise, (_, i, j) => (i % 3 === j % 3 ? 0.95 : -0.4 * size)),
  'a name without links': (noise, size) => withUnitDiagonal(noise, (v, i, j) => (i * j === 0 ? 0 : size * v)),
  'names twice': (noise, size) =>
    withUnitDiagonal(noise, (_, i, j) => {
      const half = Math.ceil(noise.rows / 2);
      return i % half === j % half ? 1 : size * noise.data[(i % half) * noise.cols + (j % half)];
    }),
  'another diagonal': (noise, size) => mapEntries(noise, (v, i, j) => (i === j ? 0.3 + i : size * v)),
  'not symmetric': (noise, size) => withUnitDiagonal(noise, (v, i, j) => size * v + (i < j ? 0.1 : 0)),
};

function withUnitDiagonal(noise: DenseMatrix, link: (v: number, i: number, j: number) => number): DenseMatrix {
  return mapEntries(noise, (v, i, j) => (i === j ? 1 : link(v, i, j)));
}

const kinds = fc.constantFrom(...Object.keys(KINDS));
const bounds = fc.constantFrom(0, 0.2, 0.5, 0.9, 1);
const sizes = fc.constantFrom(0.1, 0.4, 1);

describe('nearestFeasible by Newton’s method', () => {
  it('finds what alternating projections find, with a gap as small, whatever the matrix is like', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 60 }), seeds, kinds, bounds, sizes, (n, seed, kind, bound, size) => {
        const input = KINDS[kind](randomSymmetric(n, seed), size);
        const [old, found] = both(input, { bound });
        const scale = frobeniusNorm(input);
        expect(found.status).toBe(old.status);
        expect(found.dualityGap).toBeLessThanOrEqual(1e-9 * found.distance + 5e-12 * scale);
        // Both are within their gaps of the least distance there is.
        expect(Math.abs(found.distance - old.distance)).toBeLessThanOrEqual(
          Math.max(found.dualityGap, old.dualityGap) + 5e-12 * scale,
        );
        expect(largestDifference(found.matrix, old.matrix)).toBeLessThan(1e-4 * scale);
        expectFeasible(found.matrix, { bound });
        expect(nearestFeasible(found.matrix, { bound }).status).toBe('alreadyFeasible');
      }),
      { numRuns: 150 },
    );
  });

  it('with zeros in the pattern, and diagonals that differ', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), seeds, bounds, fc.boolean(), (n, seed, bound, isScaled) => {
        const noise = randomSymmetric(n, seed);
        const diagonal = Float64Array.from({ length: n }, (_, i) => (isScaled ? 0.2 + (i % 7) : 1));
        const isZero = Uint8Array.from(noise.data, (v, k) => (k % (n + 1) !== 0 && v > 0.5 ? 1 : 0));
        const input = mapEntries(noise, (v, i, j) => (i === j ? 1 : 0.4 * v) * Math.sqrt(diagonal[i] * diagonal[j]));
        const set = { bound, isZero, diagonal };
        const [old, found] = both(input, set);
        expect(found.status).toBe(old.status);
        expect(Math.abs(found.distance - old.distance)).toBeLessThanOrEqual(
          Math.max(found.dualityGap, old.dualityGap) + 1e-12 * frobeniusNorm(input),
        );
        expectFeasible(found.matrix, set);
      }),
      { numRuns: 60 },
    );
  });

  it('is optimal: no step towards another admissible matrix is downhill', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 25 }), seeds, bounds, sizes, (n, seed, bound, size) => {
        const input = KINDS.estimate(randomSymmetric(n, seed), size);
        const { matrix, distance } = nearestFeasible(input, { bound });
        for (const [k, kind] of ['noise', 'blocks', 'all links negative', 'singular'].entries()) {
          const other = nearestFeasible(KINDS[kind](randomSymmetric(n, seed + k + 1), size), { bound }).matrix;
          const towards = combine(other, 1, matrix, -1);
          const slope = innerProduct(combine(matrix, 1, input, -1), towards);
          expect(slope).toBeGreaterThanOrEqual(-1e-8 * Math.max(1, distance) * Math.max(1, frobeniusNorm(towards)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('takes a handful of decompositions where alternating projections take tens', () => {
    const estimate = KINDS.estimate(randomSymmetric(150, 5), 0.2);
    const [old, found] = both(estimate, { bound: 0.9 });
    expect(old.iterations).toBeGreaterThan(12);
    expect(old.newton).toBeUndefined();
    expect(found.newton?.status).toBe('converged');
    expect(found.iterations).toBeLessThanOrEqual(5);
    expect(found.iterations).toBe(found.newton?.decompositions);
    expect(found.newton?.products).toBeLessThan(25);
  });

  it('needs nothing beyond cutting where that is all there is to do', () => {
    const input = withUnitDiagonal(randomSymmetric(30, 2), () => 0.97);
    const { matrix, newton } = nearestFeasible(input, { bound: 0.6 });
    expect(newton).toEqual({ status: 'converged', decompositions: 2, products: 0 });
    expect([...matrix.data]).toEqual([...withUnitDiagonal(input, () => 0.6).data]);
  });

  it.each([45, 150])('is done at once with %i names that are all the same, rounding as it is', (n) => {
    const { status, iterations, distance } = nearestFeasible(
      withUnitDiagonal(randomSymmetric(n, 1), () => 1),
      { bound: 1 },
    );
    expect(status).not.toBe('maxIterations');
    expect(iterations).toBeLessThan(5);
    expect(distance).toBeLessThan(1e-11 * n);
  });

  it('renames names with the answer', () => {
    const input = KINDS.estimate(randomSymmetric(30, 8), 0.4);
    const order = shuffledOrder(30, 4);
    const [found, other] = [input, permuted(input, order)].map((each) => nearestFeasible(each, { bound: 0.5 }).matrix);
    expect(largestDifference(permuted(found, order), other)).toBeLessThan(1e-8);
  });

  it.each([
    [1e100, 'huge'],
    [1e200, 'too large to square'],
  ])('no number that is not finite leaves it: links of %d (%s)', (size) => {
    const input = withUnitDiagonal(randomSymmetric(12, 3), (v) => size * v);
    try {
      const { matrix, distance, dualityGap } = nearestFeasible(input, { bound: 0.9 });
      expect([...matrix.data, distance, dualityGap].every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(NumericalError);
    }
  });

  it('a name without self impact has no links, whatever the bound', () => {
    const diagonal = Float64Array.of(1, 0, 2, 3);
    const input = mapEntries(randomSymmetric(4, 6), (v, i, j) => (i === j ? diagonal[i] : 2 * v));
    for (const bound of [0.5, 1]) {
      const { matrix, status } = nearestFeasible(input, { bound, diagonal });
      expect(status).toBe('converged');
      expect([0, 1, 2, 3].map((j) => matrix.data[4 + j])).toEqual([0, 0, 0, 0]);
      expect(matrix.data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('the same bits', () => {
  const plain = blas();
  afterEach(() => useBlas(plain));

  it.each([
    ['estimate', 0.9],
    ['noise', 0.5],
    ['blocks', 0.9],
  ])('run for run, and from either set of kernels: %s, bound %d', (kind, bound) => {
    const input = KINDS[kind](randomSymmetric(64, 9), 0.4);
    const [first, second] = [1, 2].map(() => nearestFeasible(input, { bound }));
    useBlas(referenceBlas());
    const third = nearestFeasible(input, { bound });
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });
});

describe('where Newton’s method gives way', () => {
  it.each([1, 2, 3, 6])(
    'a budget of %i decompositions: alternating projections finish from where it stopped',
    (budget) => {
      const input = KINDS.noise(randomSymmetric(30, 7), 0.4);
      const [old] = both(input, { bound: 0.5 });
      const found = nearestFeasible(input, { bound: 0.5 }, { newtonBudget: budget });
      expect(found.newton?.status).toBe('gaveWay');
      expect(found.status).toBe('converged');
      expect(found.iterations).toBeGreaterThan(found.newton?.decompositions ?? 0);
      expect(Math.abs(found.distance - old.distance)).toBeLessThanOrEqual(1e-9 * old.distance);
      expectFeasible(found.matrix, { bound: 0.5 });
    },
  );

  it('of itself, on links that are noise many times as large as their bound', () => {
    const input = withUnitDiagonal(randomSymmetric(60, 21), (v) => 5 * v);
    const [old, found] = both(input, { bound: 0.3 });
    expect(found.newton?.status).toBe('gaveWay');
    expect(found.status).toBe('converged');
    expect(Math.abs(found.distance - old.distance)).toBeLessThanOrEqual(1e-9 * old.distance);
  });

  it('several matrices, and a cap on the condition number, are not for it', () => {
    const input = KINDS.estimate(randomSymmetric(12, 7), 0.4);
    expect(nearestFeasible(input, { bound: 0.9, conditionCap: 50 }).newton).toBeUndefined();
  });
});

function expectFeasible(matrix: DenseMatrix, { bound, isZero, diagonal }: FeasibleSet): void {
  const n = matrix.rows;
  const size = (i: number) => diagonal?.[i] ?? 1;
  expect(matrix.data.every(Number.isFinite)).toBe(true);
  expect(smallestEigenvalue(matrix)).toBeGreaterThanOrEqual(-1e-14 * Math.abs(symmetricEigen(matrix).values[n - 1]));
  for (let i = 0; i < n; i++) {
    expect(matrix.data[i * (n + 1)]).toBeCloseTo(size(i), 13);
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      expect(Math.abs(matrix.data[i * n + j])).toBeLessThanOrEqual(bound * Math.sqrt(size(i) * size(j)) + 1e-10);
      expect(matrix.data[i * n + j]).toBe(matrix.data[j * n + i]);
      if (isZero?.[i * n + j]) expect(matrix.data[i * n + j]).toBe(0);
    }
  }
}
