import { expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import { emptyMoments, type FoldMoments, regressors } from '../../src/model/moments.js';
import {
  type DenseMatrix,
  fromRows,
  identity,
  isSymmetric,
  multiply,
  transpose,
  zeros,
} from '../../src/numerics/dense.js';
import { type RegressionMoments, squaredErrors } from '../../src/stages/fit/impactProblem.js';
import { largestDifference, randomMatrix } from '../support/matrices.js';

const BUCKETS = 30;

/** Sums over rows of regressors and moves, as they are defined. */
function summed(rows: DenseMatrix, moves: DenseMatrix, shape: Parameters<typeof regressors>[0]): FoldMoments {
  const out = emptyMoments('', shape);
  out.buckets = rows.rows;
  out.zz.data.set(multiply(transpose(rows), rows).data);
  out.zr.data.set(multiply(transpose(rows), moves).data);
  out.rr.data.set(multiply(transpose(moves), moves).data);
  return out;
}

it.each([
  [1, 1, 0],
  [1, 4, 2],
  [5, 3, 1],
  [13, 2, 0],
])(
  'bases that are merged are those of rows that were merged: %i names, %i bases, %i factors',
  (names, bases, factors) => {
    const shape = { names, bases, factors };
    const rows = randomMatrix(BUCKETS, regressors(shape), 3);
    const moves = randomMatrix(BUCKETS, names, 4);
    const weights = Float64Array.from({ length: bases }, (_, p) => (p === 1 ? 0 : 1 + p));
    const controls = 1 + factors;
    const one = { names, bases: 1, factors };
    const merged = zeros(BUCKETS, regressors(one));
    for (let t = 0; t < BUCKETS; t++)
      for (let k = 0; k < rows.cols; k++) {
        const [p, i] = [Math.floor((k - controls) / names), (k - controls) % names];
        const [to, weight] = k < controls ? [k, 1] : [controls + i, weights[p]];
        merged.data[t * merged.cols + to] += weight * rows.data[t * rows.cols + k];
      }
    const found = mergeBases(summed(rows, moves, shape), weights);
    const expected = summed(merged, moves, one);
    for (const field of ['zz', 'zr', 'rr'] as const)
      expect(largestDifference(found[field], expected[field])).toBeLessThan(1e-11 * BUCKETS);
    expect(isSymmetric(found.zz)).toBe(true);
  },
);

it('a matrix of another width than the flow it is scored on is refused, diagonal or not', () => {
  const apart = { gram: zeros(4), cross: zeros(2, 4), moveSquare: Float64Array.of(1, 1) } as RegressionMoments;
  for (const K of [
    identity(2),
    fromRows([
      [1, 0.5],
      [0.5, 1],
    ]),
  ])
    expect(() => squaredErrors(apart, K)).toThrow('K has 2 columns, flow 4');
});
