import fc from 'fast-check';
import { type DenseMatrix, fromRows, mapEntries, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';

/** Matrix with independent standard normal entries. */
export function randomMatrix(rows: number, cols: number, seed: number): DenseMatrix {
  const random = randomStream(seed);
  return mapEntries(zeros(rows, cols), () => random.normal());
}

export function randomSymmetric(n: number, seed: number): DenseMatrix {
  const m = randomMatrix(n, n, seed);
  return mapEntries(m, (value, i, j) => (value + m.data[j * n + i]) / 2);
}

/** `X Xᵀ / cols + ridge·1`: well conditioned for cols ≥ n. */
export function randomGram(n: number, seed: number, ridge = 0.1): DenseMatrix {
  const x = randomMatrix(n, 2 * n + 2, seed);
  return mapEntries(multiply(x, transpose(x)), (value, i, j) => value / x.cols + (i === j ? ridge : 0));
}

export const seeds = fc.integer({ min: 1, max: 1_000_000 });
export const sizes = (max: number) => fc.integer({ min: 1, max });

export function permuted(matrix: DenseMatrix, order: readonly number[]): DenseMatrix {
  return fromRows(order.map((i) => order.map((j) => matrix.data[i * matrix.cols + j])));
}

export function largestDifference(a: DenseMatrix, b: DenseMatrix): number {
  return a.data.reduce((largest, value, k) => Math.max(largest, Math.abs(value - b.data[k])), 0);
}

export function shuffledOrder(n: number, seed: number): number[] {
  const random = randomStream(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
