import { hypot } from '../elementary/elementary.js';

/**
 * Lower triangular factor of a growing and shrinking matrix, `M = L Lᵀ`, its rows one after the other without the upper
 * half.
 */

/** Where row m starts, and so how many entries come before it. */
export const triangle = (m: number): number => (m * (m + 1)) / 2;

/** Removes row k of m from the factor, and turns what then sticks out of the triangle into it by Givens rotations. */
export function removeRow(factor: Float64Array, m: number, k: number): void {
  const cosines = new Float64Array(m);
  const sines = new Float64Array(m);
  for (let r = k + 1; r < m; r++) {
    const from = triangle(r);
    const to = triangle(r - 1);
    for (let j = 0; j < k; j++) factor[to + j] = factor[from + j];
    let carried = factor[from + k];
    for (let j = k; j < r - 1; j++) {
      const next = factor[from + j + 1];
      factor[to + j] = cosines[j] * carried + sines[j] * next;
      carried = cosines[j] * next - sines[j] * carried;
    }
    const last = factor[from + r];
    const norm = hypot(carried, last);
    [cosines[r - 1], sines[r - 1]] = [carried / norm, last / norm];
    factor[to + r - 1] = norm;
  }
}

/** `L x = x`, in place. */
export function solveForward(factor: Float64Array, x: Float64Array, size = x.length): void {
  for (let r = 0, at = 0; r < size; at += ++r) x[r] = (x[r] - dotOf(factor, at, x, r)) / factor[at + r];
}

/** `Lᵀ x = x`, in place. */
export function solveBackward(factor: Float64Array, x: Float64Array, size: number): void {
  for (let r = size - 1; r >= 0; r--) {
    const at = triangle(r);
    x[r] /= factor[at + r];
    for (let k = 0; k < r; k++) x[k] -= factor[at + k] * x[r];
  }
}

function dotOf(a: Float64Array, at: number, b: Float64Array, length: number): number {
  let [s, t] = [0, 0];
  let k = 0;
  for (; k + 2 <= length; k += 2) {
    s += a[at + k] * b[k];
    t += a[at + k + 1] * b[k + 1];
  }
  return k < length ? s + t + a[at + k] * b[k] : s + t;
}
