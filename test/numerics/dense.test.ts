import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapEntries, multiply, zeros } from '../../src/numerics/dense.js';
import { randomMatrix, seeds } from '../support/matrices.js';

describe('multiply', () => {
  it('is the sum over k, for any shape including empty ones', () => {
    const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 63, 64, 65, 130);
    fc.assert(
      fc.property(size, size, size, seeds, (m, k, n, seed) => {
        const [a, b] = [randomMatrix(m, k, seed), randomMatrix(k, n, seed + 1)];
        const plain = mapEntries(zeros(m, n), (_, i, j) => {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += a.data[i * k + l] * b.data[l * n + j];
          return sum;
        });
        multiply(a, b).data.forEach((value, at) => {
          expect(Math.abs(value - plain.data[at])).toBeLessThan(1e-13 * (k + 1));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses shapes that do not fit', () => {
    expect(() => multiply(zeros(2, 3), zeros(2, 3))).toThrow(/2×3 times 2×3/);
  });
});
