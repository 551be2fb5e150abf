import fc from 'fast-check';
import { EigenvalueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { blas, useBlas } from '../../src/numerics/blas/blas.js';
import { referenceBlas } from '../../src/numerics/blas/reference.js';
import {
  type DenseMatrix,
  fromRows,
  identity,
  largestMagnitude,
  mapEntries,
  multiply,
  transpose,
  zeros,
} from '../../src/numerics/dense.js';
import { NumericalError } from '../../src/numerics/failure.js';
import {
  composeSpectrum,
  eigenRows,
  smallestEigenvalue,
  symmetricEigen,
  symmetricEigenvalues,
  toMlMatrix,
} from '../../src/numerics/symmetricEigen.js';
import { largestDifference, randomSymmetric, seeds, sizes } from '../support/matrices.js';

describe('symmetricEigen', () => {
  it('rebuilds the matrix from orthonormal vectors, values ascending', () => {
    fc.assert(
      fc.property(sizes(20), seeds, (n, seed) => {
        const m = randomSymmetric(n, seed);
        const { values, vectors } = symmetricEigen(m);
        expect(largestDifference(composeSpectrum(vectors, values), m)).toBeLessThan(1e-12 * n);
        expect(largestDifference(multiply(transpose(vectors), vectors), identity(n))).toBeLessThan(1e-12);
        for (let k = 1; k < n; k++) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1]);
      }),
      { numRuns: 40 },
    );
  });

  const n = 150;
  const from = (f: (i: number, j: number) => number, size = n) => mapEntries(zeros(size), (_, i, j) => f(i, j));
  const noise = randomSymmetric(n, 5);
  const wilkinson = (i: number, j: number) => (i === j ? Math.abs(10 - (i % 21)) : 1);
  const hard: readonly (readonly [string, DenseMatrix])[] = [
    ['noise', noise],
    ['the identity', identity(n)],
    ['zero', zeros(n)],
    ['ones everywhere', from(() => 1)],
    ['one correlation', from((i, j) => (i === j ? 1 : 0.4))],
    ['blocks', from((i, j) => (i === j ? 1 : i % 5 === j % 5 ? 0.4 : 0.1))],
    ['a diagonal with repeats', from((i, j) => (i === j ? i % 7 : 0))],
    ['the second difference', from((i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0))],
    [
      'ten glued Wilkinson matrices',
      from(
        (i, j) =>
          Math.abs(i - j) > 1 ? 0 : Math.abs(i - j) === 1 && Math.max(i, j) % 21 === 0 ? 1e-8 : wilkinson(i, j),
        210,
      ),
    ],
    ['rank two', from((i, j) => Math.sin(i) * Math.sin(j) + Math.cos(i) * Math.cos(j))],
    ['a cluster at one', mapEntries(noise, (v, i, j) => (i === j ? 1 : 0) + 1e-12 * v)],
    ['many orders of magnitude', mapEntries(noise, (v, i, j) => v * 10 ** (-(i + j) / 10))],
    ['huge entries', mapEntries(noise, (v) => v * 1e300)],
    ['tiny entries', mapEntries(noise, (v) => v * 1e-300)],
    ['an odd size', randomSymmetric(97, 8)],
    ['just beyond the small ones', randomSymmetric(41, 9)],
    ['several panels and merges', randomSymmetric(333, 10)],
  ];

  it.each(hard)('is accurate to rounding on %s, with all vectors, some and none', (_, m) => {
    const { values, vectors } = symmetricEigen(m);
    const scale = largestMagnitude(values) || 1;
    const size = m.rows;
    const unit = mapEntries(m, (v) => v / scale);
    const image = multiply(unit, vectors);
    const expected = mapEntries(vectors, (v, _i, k) => v * (values[k] / scale));
    expect(largestDifference(image, expected)).toBeLessThan(1e-13);
    expect(largestDifference(multiply(transpose(vectors), vectors), identity(size))).toBeLessThan(1e-12);
    const alone = symmetricEigenvalues(m);
    for (let k = 0; k < size; k++) {
      expect(Math.abs(alone[k] - values[k]) / scale).toBeLessThan(1e-13);
      if (k > 0) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1]);
    }
    const some = eigenRows(m, () => [3, 10]);
    for (let r = 0; r < 7; r++)
      for (let i = 0; i < size; i++) expect(some.rows.data[r * size + i]).toBe(vectors.data[i * size + 3 + r]);
  });

  it('agrees with ml-matrix, and with itself on the reference kernels', () => {
    const m = randomSymmetric(120, 4);
    const { values } = symmetricEigen(m);
    const peer = new EigenvalueDecomposition(toMlMatrix(m), { assumeSymmetric: true }).realEigenvalues.sort(
      (a, b) => a - b,
    );
    peer.forEach((value, k) => {
      expect(Math.abs(value - values[k])).toBeLessThan(1e-12);
    });
    const compiled = blas();
    useBlas(referenceBlas());
    const other = symmetricEigen(m).values;
    useBlas(compiled);
    expect([...other]).toEqual([...values]);
  });

  it('knows the spectrum of the 3×3 second difference', () => {
    const values = symmetricEigen(
      fromRows([
        [2, -1, 0],
        [-1, 2, -1],
        [0, -1, 2],
      ]),
    ).values;
    [2 - Math.SQRT2, 2, 2 + Math.SQRT2].forEach((expected, k) => {
      expect(values[k]).toBeCloseTo(expected, 13);
    });
  });

  it('refuses a non-finite entry instead of looping', () => {
    const m = fromRows([
      [1, Number.NaN],
      [Number.NaN, 1],
    ]);
    expect(() => smallestEigenvalue(m)).toThrow(NumericalError);
  });
});
