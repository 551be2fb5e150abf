import { combine, type DenseMatrix, zeros } from '../numerics/dense.js';

/** Each part's share of all self impact, names alike: what a scalar kernel calls a_p. */
export function traceShares(parts: readonly DenseMatrix[]): Float64Array {
  const n = parts[0].rows;
  const self = (part: DenseMatrix, i: number) => part.data[i * (n + 1)];
  return Float64Array.from(parts, (part) => {
    let share = 0;
    for (let i = 0; i < n; i++) {
      const whole = parts.reduce((sum, other) => sum + self(other, i), 0);
      share += whole > 0 ? self(part, i) / whole / n : 1 / parts.length / n;
    }
    return share;
  });
}

export const sumOfParts = (parts: readonly DenseMatrix[]): DenseMatrix =>
  parts.reduce((sum, part) => combine(sum, 1, part, 1), zeros(parts[0].rows));
