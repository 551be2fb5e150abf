import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combine,
  type DenseMatrix,
  fromRows,
  identity,
  isSymmetric,
  mapEntries,
  multiply,
  transpose,
} from '../../src/numerics/dense.js';
import { betweenLower, choleskyRoot, lowerTimes, timesLower } from '../../src/numerics/triangular.js';
import { largestDifference, randomGram, randomMatrix, randomSymmetric, seeds } from '../support/matrices.js';

/** By plain loops, by halves of them, and past the blocks of a product, in odd sizes too. */
const sizes = fc.constantFrom(1, 2, 7, 40, 41, 83, 97, 193);
const isLower = ({ cols, data }: DenseMatrix) =>
  data.every((value, k) => value === 0 || k % cols <= Math.floor(k / cols));

describe('a Cholesky root', () => {
  it('gives the matrix back, and its inverse', () => {
    fc.assert(
      fc.property(sizes, seeds, (n, seed) => {
        const matrix = combine(randomGram(n, seed), 1, identity(n), 0.1);
        const { factor, inverseFactor, inverse } = choleskyRoot(matrix)!;
        expect([factor, inverseFactor].every(isLower)).toBe(true);
        expect(largestDifference(multiply(factor, transpose(factor)), matrix)).toBeLessThan(1e-11 * n);
        expect(largestDifference(multiply(factor, inverseFactor), identity(n))).toBeLessThan(1e-10 * n);
        expect(largestDifference(multiply(matrix, inverse), identity(n))).toBeLessThan(1e-9 * n);
        expect(isSymmetric(inverse)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('is none of a matrix that is indefinite, singular, or so nearly that nothing is left of its inverse', () => {
    for (const n of [2, 60]) {
      const apart = (last: number) => mapEntries(identity(n), (v, i) => (i === n - 1 ? v * last : v));
      expect(choleskyRoot(apart(-1))).toBeUndefined();
      expect(choleskyRoot(apart(0))).toBeUndefined();
      expect(choleskyRoot(apart(1e-12))).toBeUndefined();
      expect(choleskyRoot(apart(1e-4))).toBeDefined();
    }
    // Pivots alone do not tell: each of these is one, and the matrix is singular to 2⁻⁵⁹.
    const n = 60;
    const lower = mapEntries(identity(n), (v, i, j) => (i > j ? -1 : v));
    expect(choleskyRoot(multiply(lower, transpose(lower)))).toBeUndefined();
    expect(() => choleskyRoot(fromRows([[Number.NaN]]))).toThrow('non-finite');
  });
});

it('a Cholesky root is there for many names that one factor moves, however many they are', () => {
  // Condition 4e7, eigenvalues .99999 n and 1e-5: traces of C and of its inverse would make 2e10 of it.
  const matrix = mapEntries(identity(400), (v) => (v === 1 ? 1 : 0.99999));
  const { inverse } = choleskyRoot(matrix)!;
  expect(largestDifference(multiply(matrix, inverse), identity(400))).toBeLessThan(1e-6);
});

describe('products with a triangle', () => {
  it('are those of the whole matrix', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 5, 100), seeds, (n, m, seed) => {
        const lower = mapEntries(randomMatrix(n, n, seed), (v, i, j) => (i >= j ? v : 0));
        const [a, b, s] = [randomMatrix(m, n, seed + 1), randomMatrix(n, m, seed + 2), randomSymmetric(n, seed + 3)];
        const between = betweenLower(lower, s);
        expect(largestDifference(timesLower(a, lower), multiply(a, lower))).toBeLessThan(1e-11 * n);
        expect(largestDifference(lowerTimes(lower, b), multiply(lower, b))).toBeLessThan(1e-11 * n);
        expect(largestDifference(between, multiply(multiply(transpose(lower), s), lower))).toBeLessThan(1e-10 * n);
        expect(isSymmetric(between)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
