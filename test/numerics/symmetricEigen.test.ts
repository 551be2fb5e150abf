import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, identity, multiply, transpose } from '../../src/numerics/dense.js';
import { NumericalError } from '../../src/numerics/failure.js';
import { composeSpectrum, smallestEigenvalue, symmetricEigen } from '../../src/numerics/symmetricEigen.js';
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
