import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/numerics/dense.js';
import { nonNegativeLeastSquares } from '../../src/numerics/nonNegativeLeastSquares.js';
import { randomGram, randomMatrix, seeds, sizes } from '../support/matrices.js';

describe('nonNegativeLeastSquares', () => {
  it('meets the optimality conditions', () => {
    fc.assert(
      fc.property(sizes(8), seeds, (n, seed) => {
        const { x, status, kktResidual } = nonNegativeLeastSquares(
          randomGram(n, seed),
          randomMatrix(n, 1, seed + 1).data,
        );
        expect(status).toBe('converged');
        expect(kktResidual).toBeLessThan(1e-9);
        expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  it('is the plain solution when that is positive, and zero when every gradient points down', () => {
    const H = fromRows([
      [2, 1],
      [1, 2],
    ]);
    expect([...nonNegativeLeastSquares(H, Float64Array.of(3, 3)).x]).toEqual([
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
    ]);
    expect([...nonNegativeLeastSquares(H, Float64Array.of(-1, -2)).x]).toEqual([0, 0]);
  });

  it('ends on collinear columns', () => {
    const H = fromRows([
      [1, 1],
      [1, 1],
    ]);
    const { x, kktResidual } = nonNegativeLeastSquares(H, Float64Array.of(1, 1));
    expect(x[0] + x[1]).toBeCloseTo(1, 10);
    expect(kktResidual).toBeLessThan(1e-9);
  });
});
