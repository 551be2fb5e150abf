import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine, type DenseMatrix, mapEntries, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { nearestFeasible, nearestFeasibleSum } from '../../src/numerics/nearestFeasible.js';
import { psdLeastSquares, stacked } from '../../src/numerics/psdLeastSquares.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { symmetricSolver } from '../../src/numerics/symmetricLeastSquares.js';
import { largestDifference, randomGram, randomMatrix, randomSymmetric, seeds } from '../support/matrices.js';

const cases = fc.record({
  n: fc.integer({ min: 1, max: 6 }),
  count: fc.integer({ min: 1, max: 3 }),
  seed: seeds,
  ridge: fc.constantFrom(0, 0.1, 10),
});

const targetsOf = (n: number, count: number, seed: number) =>
  Array.from({ length: count }, (_, p) => randomSymmetric(n, seed + p));

describe('psdLeastSquares', () => {
  it('is PSD and optimal: no step along the cone improves it', () => {
    fc.assert(
      fc.property(cases, ({ n, count, seed, ridge }) => {
        const problem = { gram: randomGram(n * count, seed), cross: randomMatrix(n, n * count, seed + 1) };
        const targets = targetsOf(n, count, seed + 2);
        const { parts, status, optimalityResidual } = psdLeastSquares(problem, { ridge, targets });
        expect(status).toBe('converged');
        expect(optimalityResidual).toBeLessThan(1e-8);
        for (const part of parts) expect(smallestEigenvalue(part)).toBeGreaterThan(-1e-12);
        const best = objective(problem, parts, ridge, targets);
        for (let trial = 0; trial < 5; trial++) {
          const other = targets.map((_, p) => {
            const x = randomMatrix(n, n, seed + 100 + 10 * trial + p);
            return multiply(x, transpose(x));
          });
          const mixed = parts.map((part, p) => combine(part, 0.99, other[p], 0.01));
          expect(objective(problem, mixed, ridge, targets)).toBeGreaterThanOrEqual(best - 1e-9 * (1 + Math.abs(best)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the symmetric least squares where that is PSD already', () => {
    const n = 5;
    const truth = randomGram(n, 3, 1);
    const gram = randomGram(n, 4);
    const { parts } = psdLeastSquares({ gram, cross: multiply(truth, gram) }, { ridge: 0, targets: [zeros(n)] });
    expect(largestDifference(parts[0], truth)).toBeLessThan(1e-7);
    const free = symmetricSolver({ gram, cross: multiply(truth, gram) }).solve(0, zeros(n)).solution;
    expect(largestDifference(parts[0], free)).toBeLessThan(1e-7);
  });

  it('goes to targets in the cone as the ridge grows', () => {
    const targets = [randomGram(4, 8), randomGram(4, 9)];
    const problem = { gram: randomGram(8, 5), cross: randomMatrix(4, 8, 6) };
    const { parts } = psdLeastSquares(problem, { ridge: 1e8, targets });
    parts.forEach((part, p) => {
      expect(largestDifference(part, targets[p])).toBeLessThan(1e-6);
    });
  });
});

describe('nearestFeasibleSum', () => {
  it('is the single projection for one part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 7 }), seeds, fc.constantFrom(0.4, 0.9), (n, seed, bound) => {
        const noisy = mapEntries(randomSymmetric(n, seed), (v, i, j) => (i === j ? 1 : v));
        const sum = nearestFeasibleSum([noisy], { bound });
        expect(largestDifference(sum.parts[0], nearestFeasible(noisy, { bound }).matrix)).toBeLessThan(1e-6);
      }),
      { numRuns: 30 },
    );
  });

  it('makes every part PSD and the sum admissible, never farther than any admissible point, and twice is once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), seeds, (n, seed) => {
        const parts = targetsOf(n, 3, seed).map((part) => mapEntries(part, (v, i, j) => (i === j ? 0.4 : 0.5 * v)));
        const isZero = new Uint8Array(n * n);
        isZero[1] = isZero[n] = 1;
        const set = { bound: 0.7, isZero };
        const found = nearestFeasibleSum(parts, set);
        const sum = found.parts.reduce((total, part) => combine(total, 1, part, 1), zeros(n));
        for (const part of found.parts) expect(smallestEigenvalue(part)).toBeGreaterThan(-1e-14);
        sum.data.forEach((v, k) => {
          if (k % (n + 1) === 0) expect(Math.abs(v - 1)).toBeLessThan(1e-10);
          else expect(Math.abs(v)).toBeLessThan(0.7 + 1e-10);
        });
        expect(sum.data[1]).toBe(0);
        const thirds = parts.map(() => mapEntries(zeros(n), (_, i, j) => (i === j ? 1 / 3 : 0)));
        const away = Math.hypot(...parts.map((part, p) => Math.hypot(...combine(part, 1, thirds[p], -1).data)));
        expect(found.distance).toBeLessThanOrEqual(away + 1e-9);
        const again = nearestFeasibleSum(found.parts, set);
        expect(largestDifference(stacked(again.parts), stacked(found.parts))).toBeLessThan(1e-8);
      }),
      { numRuns: 30 },
    );
  });
});

function objective(
  { gram, cross }: { gram: DenseMatrix; cross: DenseMatrix },
  parts: readonly DenseMatrix[],
  ridge: number,
  targets: readonly DenseMatrix[],
): number {
  const y = stacked(parts);
  const quadratic = multiply(multiply(y, gram), transpose(y));
  let value = 0;
  for (let i = 0; i < y.rows; i++) value += quadratic.data[i * (y.rows + 1)] / 2;
  y.data.forEach((v, k) => {
    value -= v * cross.data[k];
  });
  const off = combine(y, 1, stacked(targets), -1);
  return value + off.data.reduce((sum, v) => sum + (ridge / 2) * v * v, 0);
}
