import { solveQP } from 'quadprog';
import type { DenseMatrix } from '../../src/numerics/dense.js';

/** `coefficients · x = bound`, or no less than it. */
export interface Row {
  readonly coefficients: readonly number[];
  readonly bound: number;
}

/** `min ½xᵀHx + bᵀx` under rows, H positive definite, by the method of Goldfarb and Idnani as R has it. */
export function quadraticProgram(
  H: DenseMatrix,
  b: ArrayLike<number>,
  equal: readonly Row[],
  atLeast: readonly Row[],
): Float64Array {
  const n = H.rows;
  // Rows of length one, and a Hessian of size one: the solver's tolerances are absolute.
  const size = Math.max(...H.data.map(Math.abs)) || 1;
  const rows = [...equal, ...atLeast].map(({ coefficients, bound }) => {
    const norm = Math.hypot(...coefficients);
    return { coefficients: coefficients.map((c) => c / norm), bound: bound / norm };
  });
  const fromOne = <T>(values: readonly T[], first: T): T[] => [first, ...values];
  const indices = Array.from({ length: n }, (_, i) => i);
  const D = indices.map((i) =>
    fromOne(
      indices.map((j) => H.data[i * n + j] / size),
      0,
    ),
  );
  const A = indices.map((i) =>
    fromOne(
      rows.map(({ coefficients }) => coefficients[i]),
      0,
    ),
  );
  const { solution, message } = solveQP(
    fromOne(D, []),
    fromOne(
      indices.map((i) => -b[i] / size),
      0,
    ),
    fromOne(A, []),
    fromOne(
      rows.map(({ bound }) => bound),
      0,
    ),
    equal.length,
  );
  if (message) throw new Error(message);
  return Float64Array.from(solution.slice(1));
}
