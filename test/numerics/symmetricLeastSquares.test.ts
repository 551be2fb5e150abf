import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagonalMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { gramInverse } from '../../src/numerics/leastSquares.js';
import { ACCEPTED_RESIDUAL } from '../../src/numerics/optimality.js';
import { symmetricSolver } from '../../src/numerics/symmetricLeastSquares.js';
import {
  largestDifference,
  permuted,
  randomGram,
  randomMatrix,
  randomSymmetric,
  seeds,
  shuffledOrder,
  sizes,
} from '../support/matrices.js';

describe('symmetricSolver', () => {
  it('meets the optimality condition for any ridge', () => {
    fc.assert(
      fc.property(sizes(12), seeds, fc.constantFrom(0, 0.01, 1, 100), (n, seed, ridge) => {
        const solver = symmetricSolver({ gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) });
        const { status, optimalityResidual, solution } = solver.solve(ridge, randomSymmetric(n, seed + 2));
        expect(status).toBe('converged');
        expect(optimalityResidual).toBeLessThan(ACCEPTED_RESIDUAL);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) expect(solution.data[i * n + j]).toBe(solution.data[j * n + i]);
      }),
      { numRuns: 60 },
    );
  });

  it('meets it with row downdates too', () => {
    fc.assert(
      fc.property(sizes(8), seeds, (n, seed) => {
        const rowDowndates = Array.from({ length: n }, (_, i) =>
          mapEntries(randomMatrix(1, n, seed + i), (v) => (0.2 * v) / n),
        );
        const problem = { gram: randomGram(n, seed, 1), cross: randomMatrix(n, n, seed + 1), rowDowndates };
        expect(symmetricSolver(problem).solve(0.1, zeros(n)).optimalityResidual).toBeLessThan(ACCEPTED_RESIDUAL);
      }),
      { numRuns: 30 },
    );
  });

  it('equals generic least squares on the free entries of K when nothing is penalised', () => {
    const n = 5;
    const gram = randomGram(n, 3);
    const cross = randomMatrix(n, n, 4);
    const { solution } = symmetricSolver({ gram, cross }).solve(0, zeros(n));
    expect(largestDifference(solution, vecSolution(gram, cross))).toBeLessThan(1e-9);
  });

  it('goes to its target off the diagonal as the ridge grows', () => {
    const n = 6;
    const target = randomSymmetric(n, 9);
    const { solution } = symmetricSolver({ gram: randomGram(n, 7), cross: randomMatrix(n, n, 8) }).solve(1e9, target);
    const off = (m: typeof target) => mapEntries(m, (v, i, j) => (i === j ? 0 : v));
    expect(largestDifference(off(solution), off(target))).toBeLessThan(1e-7);
  });

  it('permutes with the names', () => {
    fc.assert(
      fc.property(sizes(10), seeds, (n, seed) => {
        const gram = randomGram(n, seed);
        const cross = randomMatrix(n, n, seed + 1);
        const target = randomSymmetric(n, seed + 2);
        const order = shuffledOrder(n, seed + 3);
        const direct = permuted(symmetricSolver({ gram, cross }).solve(0.3, target).solution, order);
        const moved = symmetricSolver({ gram: permuted(gram, order), cross: permuted(cross, order) });
        expect(largestDifference(moved.solve(0.3, permuted(target, order)).solution, direct)).toBeLessThan(1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the smallest solution where there is no data', () => {
    const solver = symmetricSolver({ gram: diagonalMatrix([2, 0]), cross: diagonalMatrix([3, 0]) });
    expect([...solver.solve(0, zeros(2)).solution.data]).toEqual([1.5, 0, 0, 0]);
  });
});

/** Least squares over the n(n+1)/2 free entries, by the normal equations of their basis matrices. */
function vecSolution(gram: ReturnType<typeof zeros>, cross: ReturnType<typeof zeros>) {
  const n = gram.rows;
  const pairs = Array.from({ length: n }, (_, i) => Array.from({ length: i + 1 }, (_unused, j) => [i, j])).flat();
  const basis = pairs.map(([i, j]) =>
    mapEntries(zeros(n), (_, a, b) => ((a === i && b === j) || (a === j && b === i) ? 1 : 0)),
  );
  const quadratic = (x: typeof gram, y: typeof gram) => {
    let sum = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++) sum += x.data[i * n + j] * gram.data[j * n + k] * y.data[i * n + k];
    return sum;
  };
  const H = mapEntries(zeros(basis.length), (_, a, b) => quadratic(basis[a], basis[b]));
  const g = basis.map((e) => e.data.reduce((sum, v, k) => sum + v * cross.data[k], 0));
  const { inverse } = gramInverse(H);
  const x = g.map((_, a) => g.reduce((sum, value, b) => sum + inverse.data[a * g.length + b] * value, 0));
  return basis.reduce((sum, e, a) => mapEntries(sum, (v, i, j) => v + x[a] * e.data[i * n + j]), zeros(n));
}
