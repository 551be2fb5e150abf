import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combine,
  type DenseMatrix,
  diagonalMatrix,
  frobeniusNorm,
  identity,
  innerProduct,
  mapEntries,
  multiply,
  zeros,
} from '../../src/numerics/dense.js';
import { gramInverse } from '../../src/numerics/leastSquares.js';
import { ACCEPTED_RESIDUAL } from '../../src/numerics/optimality.js';
import { symmetricSolver } from '../../src/numerics/symmetricLeastSquares.js';
import { choleskyRoot } from '../../src/numerics/triangular.js';
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

  describe('with a covariance of the residuals', () => {
    const problemOf = (n: number, seed: number) => ({ gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1) });
    const rootOf = (n: number, seed: number) => choleskyRoot(randomGram(n, seed + 4, 0.5))!;
    const plus = (m: DenseMatrix) => mapEntries(m, (v, i, j) => v + m.data[j * m.cols + i]);

    it('meets its optimality conditions: zero gradient, and none along any diagonal', () => {
      fc.assert(
        fc.property(sizes(10), seeds, fc.constantFrom(0, 0.01, 1, 100), (n, seed, ridge) => {
          const { gram, cross } = problemOf(n, seed);
          const covariance = rootOf(n, seed);
          const target = mapEntries(randomSymmetric(n, seed + 2), (v, i, j) => (i === j ? 0 : v));
          const { solution, status } = symmetricSolver({ gram, cross }, covariance).solve(ridge, target);
          expect(status).toBe('converged');
          const W = covariance.inverse;
          const pull = plus(multiply(W, combine(multiply(solution, gram), 1, cross, -1)));
          const scale = frobeniusNorm(plus(multiply(W, cross))) + 2 * ridge * frobeniusNorm(target);
          // What the penalty pulls with is −pull; it must be W (Y − Y⁰ − diag t) W for some t, and blind to diagonals.
          if (ridge === 0) {
            expect(frobeniusNorm(pull)).toBeLessThan(1e-8 * scale);
            return;
          }
          const { inverse: C } = choleskyRoot(W)!;
          const off = multiply(multiply(C, pull), C);
          for (let i = 0; i < n; i++) {
            expect(Math.abs(pull.data[i * n + i])).toBeLessThan(1e-7 * scale);
            for (let j = 0; j < n; j++) {
              if (i === j) continue;
              const k = i * n + j;
              const wanted = -2 * ridge * (solution.data[k] - target.data[k]);
              expect(Math.abs(off.data[k] - wanted)).toBeLessThan(1e-7 * scale * Math.max(1, ridge));
            }
          }
        }),
        { numRuns: 60 },
      );
    });

    it('is the plain solver where residuals do not correlate', () => {
      const [problem, target] = [problemOf(7, 5), randomSymmetric(7, 6)];
      const unit = choleskyRoot(identity(7));
      for (const ridge of [0, 0.3]) {
        const plain = symmetricSolver(problem).solve(ridge, target).solution;
        expect(largestDifference(symmetricSolver(problem, unit).solve(ridge, target).solution, plain)).toBeLessThan(
          1e-9,
        );
      }
    });

    it('scores its uniform solutions on another sample as forming them would', () => {
      const n = 6;
      const covariance = rootOf(n, 9);
      const solver = symmetricSolver(problemOf(n, 1), covariance);
      const [target, gram, cross] = [randomSymmetric(n, 2), randomGram(n, 3), randomMatrix(n, n, 4)];
      const errors = solver.uniformErrors([0.1, 2], target, { gram, cross, rowWeights: new Float64Array(n).fill(1) });
      [0.1, 2].forEach((ridge, k) => {
        const y = solver.solveUniform(ridge, target);
        const weighted = multiply(covariance.inverse, y);
        expect(errors[k]).toBeCloseTo(innerProduct(multiply(weighted, gram), y) - 2 * innerProduct(weighted, cross), 9);
      });
    });
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
