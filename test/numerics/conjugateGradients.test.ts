import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conjugateGradients,
  diagonalPreconditioner,
  preconditionedStart,
  residualOf,
} from '../../src/numerics/conjugateGradients.js';
import { diagonalMatrix, diagonalOf, dot, multiply } from '../../src/numerics/dense.js';
import { randomGram, randomMatrix, seeds, sizes } from '../support/matrices.js';

const imageUnder = (matrix: ReturnType<typeof randomGram>) => (x: Float64Array) =>
  multiply(matrix, { rows: x.length, cols: 1, data: x }).data;

describe('conjugateGradients', () => {
  it('leaves a residual below the tolerance, from any start', () => {
    fc.assert(
      fc.property(sizes(12), seeds, (n, seed) => {
        const matrix = randomGram(n, seed);
        const system = {
          operator: imageUnder(matrix),
          precondition: diagonalPreconditioner(diagonalOf(matrix).map((v) => 1 / v)),
        };
        const rhs = randomMatrix(n, 1, seed + 1).data;
        const limits = { tolerance: 1e-10, maxIterations: 500 };
        for (const start of [
          preconditionedStart(system, rhs),
          { solution: new Float64Array(n), residual: rhs.slice() },
        ]) {
          const { solution } = conjugateGradients(system, start, limits);
          const residual = residualOf(system.operator, rhs, solution);
          expect(Math.sqrt(dot(residual, residual))).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it('takes one step for the inverse itself as preconditioner, and none from the solution', () => {
    const system = {
      operator: imageUnder(diagonalMatrix([1, 2, 4])),
      precondition: diagonalPreconditioner(Float64Array.of(1, 0.5, 0.25)),
    };
    const rhs = Float64Array.of(1, 1, 1);
    const limits = { tolerance: 1e-14, maxIterations: 9 };
    const fromZero = conjugateGradients(system, { solution: new Float64Array(3), residual: rhs.slice() }, limits);
    expect([fromZero.iterations, ...fromZero.solution]).toEqual([1, 1, 0.5, 0.25]);
    expect(conjugateGradients(system, preconditionedStart(system, rhs), limits).products).toBe(0);
  });

  it('ends where the direction is flat', () => {
    const system = {
      operator: (x: Float64Array) => x.map(() => 0),
      precondition: diagonalPreconditioner(Float64Array.of(1)),
    };
    const start = { solution: Float64Array.of(0), residual: Float64Array.of(1) };
    const { solution, iterations, products } = conjugateGradients(system, start, { tolerance: 0, maxIterations: 9 });
    expect([solution[0], iterations, products]).toEqual([0, 0, 1]);
  });
});
