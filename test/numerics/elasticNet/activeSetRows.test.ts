import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseMatrix, mapEntries, multiply, transpose, zeros } from '../../../src/numerics/dense.js';
import { coordinateDescent } from '../../../src/numerics/elasticNet/coordinateDescent.js';
import { elasticNet } from '../../../src/numerics/elasticNet/elasticNet.js';
import { type LinkPattern, unknownsOf } from '../../../src/numerics/elasticNet/unknowns.js';
import { largestDifference, randomGram, randomMatrix, seeds } from '../../support/matrices.js';
import { cases } from './cases.js';
import { residualAt } from './residual.js';

const rowwise: LinkPattern = { symmetric: false };
const symmetric: LinkPattern = { symmetric: true };

/** A problem of rows with masks, downdates of their own, and targets of lasso and ridge that differ. */
function rowProblem(n: number, seed: number, hasDowndates: boolean, masked: number) {
  const chance = randomMatrix(n, n, seed + 5);
  const isZero = Uint8Array.from(chance.data, (v, k) => Number(k % (n + 1) !== 0 && v < masked));
  const rowDowndates = Array.from({ length: n }, (_, i) =>
    i % 3 === 2 ? undefined : mapEntries(randomMatrix(2, n, seed + 50 + i), (v) => (0.2 * v) / n),
  );
  const problem = { gram: randomGram(n, seed, 0.5), cross: randomMatrix(n, n, seed + 1) };
  return {
    problem: hasDowndates ? { ...problem, rowDowndates } : problem,
    pattern: { symmetric: false, isZero },
    target: mapEntries(randomMatrix(n, n, seed + 2), (v, i, j) => ((i + j) % 2 ? 0.2 * v : 0)),
    ridgeTarget: mapEntries(randomMatrix(n, n, seed + 3), (v) => 0.2 * v),
  };
}

/** Moments of flow whose names come twice, with the moves that they explain in part. */
function twins(names: number, seed: number) {
  const n = 2 * names;
  const flow = randomMatrix(names, 4 * names, seed);
  const doubled = mapEntries(zeros(n, flow.cols), (_, i, t) => flow.data[(i % names) * flow.cols + t]);
  const moves = randomMatrix(n, flow.cols, seed + 1);
  const per = (matrix: DenseMatrix) => mapEntries(matrix, (v) => v / flow.cols);
  return { gram: per(multiply(doubled, transpose(doubled))), cross: per(multiply(moves, transpose(doubled))) };
}

describe('elasticNet row by row', () => {
  it('agrees with coordinate descent under masks, downdates, targets and any start', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), fc.constantFrom(-9, -0.5, 0.5), (drawn, hasDowndates, masked) => {
        const { n, seed, ridge, lasso } = drawn;
        const { problem, pattern, target, ridgeTarget } = rowProblem(n, seed, hasDowndates, masked);
        const penalty = { ridge, lasso };
        const cold = elasticNet(problem, penalty, { target, ridgeTarget }, pattern);
        const warm = elasticNet(
          problem,
          penalty,
          { target, ridgeTarget, start: randomMatrix(n, n, seed + 9) },
          pattern,
        );
        const other = coordinateDescent(problem, penalty, { target, ridgeTarget }, unknownsOf(problem, pattern));
        expect([cold.status, warm.status]).toEqual(['converged', 'converged']);
        expect(Math.max(cold.optimalityResidual, warm.optimalityResidual)).toBeLessThan(1e-10);
        for (const { solution } of [cold, warm])
          expect(residualAt(solution, problem, penalty, { target, ridgeTarget }, pattern)).toBeLessThan(1e-10);
        expect(largestDifference(cold.solution, other.solution)).toBeLessThan(1e-9);
        expect(largestDifference(warm.solution, other.solution)).toBeLessThan(1e-9);
        pattern.isZero.forEach((fixed, k) => {
          if (fixed) expect(cold.solution.data[k]).toBe(0);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('takes no step from the solution', () => {
    const { problem, pattern, target } = rowProblem(9, 71, true, -0.5);
    const penalty = { ridge: 0.1, lasso: 0.1 };
    const cold = elasticNet(problem, penalty, { target }, pattern);
    const warm = elasticNet(problem, penalty, { target, start: cold.solution }, pattern);
    expect(cold.iterations).toBeGreaterThan(0);
    expect(warm.iterations).toBe(0);
    expect(largestDifference(warm.solution, cold.solution)).toBeLessThan(1e-12);
  });

  it('solves names that come twice, with and without a lasso, ridge or masks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        seeds,
        fc.constantFrom(0, 0.05),
        fc.constantFrom(0, 0.02, 0.1),
        fc.boolean(),
        (names, seed, ridge, lasso, isMasked) => {
          const problem = twins(names, seed);
          const n = 2 * names;
          const isZero = Uint8Array.from({ length: n * n }, (_, k) =>
            Number(isMasked && k % 7 === 3 && k % (n + 1) > 0),
          );
          const start = randomMatrix(n, n, seed + 3);
          for (const from of [undefined, start]) {
            const found = elasticNet(
              problem,
              { ridge, lasso },
              { target: zeros(n), start: from },
              { symmetric: false, isZero },
            );
            expect(found.status).toBe('converged');
            expect(found.optimalityResidual).toBeLessThan(1e-10);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says that it has not converged where there is no minimum, and leaves numbers', () => {
    const gram = mapEntries(zeros(2), () => 1);
    const cross = mapEntries(zeros(2), (_, i, j) => (i === j ? 1 : -1));
    for (const lasso of [0, 0.1]) {
      const found = elasticNet({ gram, cross }, { ridge: 0, lasso }, { target: zeros(2) }, rowwise);
      expect(found.status).toBe('maxIterations');
      expect([...found.solution.data].every(Number.isFinite)).toBe(true);
    }
  });

  it('leaves a name without flow at its target', () => {
    const gram = mapEntries(randomGram(4, 8), (v, i, j) => (i === 2 || j === 2 ? 0 : v));
    const cross = mapEntries(randomMatrix(4, 4, 9), (v, _, j) => (j === 2 ? 0 : v));
    const found = elasticNet({ gram, cross }, { ridge: 0, lasso: 0.01 }, { target: zeros(4) }, rowwise);
    expect(found.status).toBe('converged');
    expect([2, 6, 10, 14].map((k) => found.solution.data[k])).toEqual([0, 0, 0, 0]);
  });

  it('is a division for one name', () => {
    const one = (v: number) => mapEntries(zeros(1), () => v);
    for (const pattern of [rowwise, symmetric]) {
      const found = elasticNet({ gram: one(2), cross: one(3) }, { ridge: 1, lasso: 9 }, { target: one(5) }, pattern);
      expect(found.solution.data[0]).toBeCloseTo(1.5, 14);
    }
  });
});
