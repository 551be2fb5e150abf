import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseMatrix, mapEntries, multiply, transpose, zeros } from '../../../src/numerics/dense.js';
import { elasticNet, largestLasso } from '../../../src/numerics/elasticNet/elasticNet.js';
import type { LinkPattern } from '../../../src/numerics/elasticNet/unknowns.js';
import { gramInverse } from '../../../src/numerics/leastSquares.js';
import { ACCEPTED_RESIDUAL } from '../../../src/numerics/optimality.js';
import { symmetricSolver } from '../../../src/numerics/symmetricLeastSquares.js';
import { largestDifference, randomGram, randomMatrix, randomSymmetric, seeds, sizes } from '../../support/matrices.js';
import { cases } from './cases.js';
import { residualAt } from './residual.js';

const symmetric: LinkPattern = { symmetric: true };
const rowwise: LinkPattern = { symmetric: false };

/** The objective, written down plainly. */
function objective(
  gram: DenseMatrix,
  cross: DenseMatrix,
  y: DenseMatrix,
  target: DenseMatrix,
  penalty: { ridge: number; lasso: number },
): number {
  const quadratic = multiply(multiply(y, gram), transpose(y));
  let value = 0;
  for (let i = 0; i < y.rows; i++) value += quadratic.data[i * (y.rows + 1)] / 2;
  y.data.forEach((v, k) => {
    value -= v * cross.data[k];
    if (k % (y.rows + 1) === 0) return;
    value += (penalty.ridge / 2) * (v - target.data[k]) ** 2 + penalty.lasso * Math.abs(v - target.data[k]);
  });
  return value;
}

describe('elasticNet', () => {
  it('meets its optimality conditions, symmetric and row by row', () => {
    fc.assert(
      fc.property(cases, ({ n, seed, ridge, lasso, tied }) => {
        const problem = { gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) };
        const target = randomSymmetric(n, seed + 2);
        const pattern = tied ? symmetric : rowwise;
        const found = elasticNet(problem, { ridge, lasso }, { target }, pattern);
        expect(found.status).toBe('converged');
        expect(found.optimalityResidual).toBeLessThan(ACCEPTED_RESIDUAL);
        const residual = residualAt(found.solution, problem, { ridge, lasso }, { target }, pattern);
        expect(residual).toBeLessThan(ACCEPTED_RESIDUAL);
      }),
      { numRuns: 80 },
    );
  });

  it('is not improved upon by any change that the pattern allows', () => {
    fc.assert(
      fc.property(cases, ({ n, seed, ridge, lasso, tied }) => {
        const [gram, cross] = [randomGram(n, seed), randomMatrix(n, n, seed + 1)];
        const target = randomSymmetric(n, seed + 2);
        const penalty = { ridge, lasso };
        const { solution } = elasticNet({ gram, cross }, penalty, { target }, tied ? symmetric : rowwise);
        const best = objective(gram, cross, solution, target, penalty);
        for (let trial = 0; trial < 5; trial++) {
          const change = (tied ? randomSymmetric : (m: number, s: number) => randomMatrix(m, m, s))(
            n,
            seed + 10 + trial,
          );
          const moved = mapEntries(solution, (v, i, j) => v + 1e-3 * change.data[i * n + j]);
          expect(objective(gram, cross, moved, target, penalty)).toBeGreaterThanOrEqual(best - 1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the symmetric ridge without a lasso', () => {
    fc.assert(
      fc.property(sizes(8), seeds, fc.constantFrom(0, 0.1, 3), (n, seed, ridge) => {
        const problem = { gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) };
        const target = randomSymmetric(n, seed + 2);
        const { solution } = elasticNet(problem, { ridge, lasso: 0 }, { target }, symmetric);
        expect(largestDifference(solution, symmetricSolver(problem).solve(ridge, target).solution)).toBeLessThan(1e-7);
      }),
      { numRuns: 30 },
    );
  });

  it('is ordinary least squares row by row without any penalty', () => {
    const [gram, cross] = [randomGram(6, 3), randomMatrix(6, 6, 4)];
    const { solution } = elasticNet({ gram, cross }, { ridge: 0, lasso: 0 }, { target: zeros(6) }, rowwise);
    expect(largestDifference(solution, multiply(cross, gramInverse(gram).inverse))).toBeLessThan(1e-8);
  });

  it('meets the conditions with row downdates too, and equals conjugate gradients there', () => {
    const n = 7;
    const rowDowndates = Array.from({ length: n }, (_, i) =>
      mapEntries(randomMatrix(2, n, 50 + i), (v) => (0.2 * v) / n),
    );
    const problem = { gram: randomGram(n, 5, 1), cross: randomMatrix(n, n, 6), rowDowndates };
    const { solution } = elasticNet(problem, { ridge: 0.2, lasso: 0 }, { target: zeros(n) }, symmetric);
    expect(largestDifference(solution, symmetricSolver(problem).solve(0.2, zeros(n)).solution)).toBeLessThan(1e-7);
  });

  it('holds every link at its target from the largest lasso on, and not below it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), seeds, fc.boolean(), (n, seed, tied) => {
        const problem = { gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) };
        const pattern = tied ? symmetric : rowwise;
        const edge = largestLasso(problem, pattern);
        const links = (lasso: number) =>
          elasticNet(problem, { ridge: 0, lasso }, { target: zeros(n) }, pattern).solution.data.filter(
            (v, k) => k % (n + 1) !== 0 && Math.abs(v) > 0,
          ).length;
        expect(links(edge * (1 + 1e-6))).toBe(0);
        expect(links(edge * 0.98)).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps masks and ties, and beats every other matrix that does', () => {
    const n = 6;
    const [gram, cross] = [randomGram(n, 21), randomMatrix(n, n, 22)];
    const isZero = new Uint8Array(n * n);
    for (const [i, j] of [
      [0, 1],
      [2, 5],
    ])
      isZero[i * n + j] = isZero[j * n + i] = 1;
    const tie = [
      [0, 2, 1],
      [2, 0, 1],
      [3, 4, 0.5],
      [4, 3, 0.5],
    ].map(([row, col, coefficient]) => ({ row, col, coefficient }));
    const penalty = { ridge: 0.1, lasso: 0.02 };
    const pattern = { symmetric: true, isZero, ties: [tie] };
    const found = elasticNet({ gram, cross }, penalty, { target: zeros(n) }, pattern);
    const y = found.solution;
    expect(found.optimalityResidual).toBeLessThan(ACCEPTED_RESIDUAL);
    expect(residualAt(y, { gram, cross }, penalty, { target: zeros(n) }, pattern)).toBeLessThan(ACCEPTED_RESIDUAL);
    expect([y.data[1], y.data[6], y.data[17]]).toEqual([0, 0, 0]);
    expect(y.data[3 * n + 4]).toBeCloseTo(0.5 * y.data[2], 12);
    const best = objective(gram, cross, y, zeros(n), penalty);
    for (let trial = 0; trial < 50; trial++) {
      const change = randomSymmetric(n, 400 + trial);
      const moved = mapEntries(y, (v, i, j) => {
        if (isZero[i * n + j]) return v;
        const on = tie.find((e) => e.row === i && e.col === j);
        return v + 1e-3 * (on ? on.coefficient * change.data[0] : change.data[i * n + j]);
      });
      expect(objective(gram, cross, moved, zeros(n), penalty)).toBeGreaterThanOrEqual(best - 1e-10);
    }
  });

  it('ends where it started when it starts at the solution', () => {
    const problem = { gram: randomGram(8, 31), cross: randomMatrix(8, 8, 32) };
    const cold = elasticNet(problem, { ridge: 0, lasso: 0.1 }, { target: zeros(8) }, symmetric);
    const warm = elasticNet(problem, { ridge: 0, lasso: 0.1 }, { target: zeros(8), start: cold.solution }, symmetric);
    expect(warm.iterations).toBeLessThanOrEqual(2);
    expect(largestDifference(warm.solution, cold.solution)).toBeLessThan(1e-9);
  });
});

const links = (y: DenseMatrix) => [...y.data].filter((_, k) => k % (y.rows + 1) !== 0);

describe('links at their target', () => {
  it('have its very value, symmetric and row by row', () => {
    fc.assert(
      fc.property(cases, ({ n, seed, ridge, tied }) => {
        const problem = { gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) };
        const target = randomSymmetric(n, seed + 2);
        const pattern = tied ? symmetric : rowwise;
        const found = elasticNet(problem, { ridge, lasso: 0.4 }, { target }, pattern).solution;
        const beyond = links(found).map((v, k) => Math.abs(v - links(target)[k]));
        expect(beyond.filter((v) => v !== 0 && v < 1e-10)).toEqual([]);
        const all = elasticNet(problem, { ridge, lasso: 1e3 }, { target }, pattern).solution;
        expect(links(all)).toEqual(links(target));
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what is not a number', () => {
    const gram = mapEntries(zeros(2), () => Number.NaN);
    expect(() => elasticNet({ gram, cross: zeros(2) }, { ridge: 1, lasso: 0 }, { target: zeros(2) }, rowwise)).toThrow(
      /non-finite/,
    );
  });
});
