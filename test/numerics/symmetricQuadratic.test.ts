import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine, innerProduct, mapEntries } from '../../src/numerics/dense.js';
import {
  curvatureAlong,
  gramEntry,
  quadraticValue,
  rowProducts,
  smoothGradient,
} from '../../src/numerics/symmetricQuadratic.js';
import { randomGram, randomMatrix, seeds, sizes } from '../support/matrices.js';

/** With downdates on some rows. */
function problemOf(n: number, seed: number) {
  const rowDowndates = Array.from({ length: n }, (_, i) =>
    i % 3 === 2 ? undefined : mapEntries(randomMatrix(2, n, seed + 9 + i), (v) => (0.2 * v) / n),
  );
  return { gram: randomGram(n, seed), cross: randomMatrix(n, n, seed + 1), rowDowndates };
}

describe('the quadratic in the rows', () => {
  it('is its own Taylor series: value, gradient and Hessian belong together', () => {
    fc.assert(
      fc.property(sizes(9), seeds, (n, seed) => {
        const problem = problemOf(n, seed);
        const [y, step] = [randomMatrix(n, n, seed + 2), randomMatrix(n, n, seed + 3)];
        const moved = quadraticValue(problem, combine(y, 1, step, 1));
        const first = innerProduct(smoothGradient(problem, y), step);
        const second = innerProduct(rowProducts(problem, step), step) / 2;
        expect(moved).toBeCloseTo(quadraticValue(problem, y) + first + second, 9);
      }),
    );
  });

  it('sees of a row what its downdates leave', () => {
    const problem = problemOf(5, 3);
    const unit = mapEntries(problem.gram, (_, i, j) => (i === 1 && j === 2 ? 1 : 0));
    const image = rowProducts(problem, unit);
    for (let k = 0; k < 5; k++) expect(image.data[5 + k]).toBeCloseTo(gramEntry(problem, 1, 2, k), 14);
  });

  it('has the curvature of its Hessian along a tie, and none where only rounding is left', () => {
    const problem = problemOf(5, 4);
    const tie = [
      { row: 0, col: 1, coefficient: 1 },
      { row: 0, col: 3, coefficient: -0.5 },
      { row: 2, col: 4, coefficient: 2 },
    ];
    const direction = mapEntries(
      problem.gram,
      (_, i, j) => tie.find((e) => e.row === i && e.col === j)?.coefficient ?? 0,
    );
    const curvature = innerProduct(direction, rowProducts(problem, direction));
    expect(curvatureAlong(problem, tie)).toBeCloseTo(curvature, 12);
    const ones = { gram: mapEntries(problem.gram, () => 0.1), cross: problem.cross };
    const cancelling = [tie[0], { row: 0, col: 3, coefficient: -1 }];
    expect(curvatureAlong(ones, cancelling)).toBe(0);
  });
});
