import type { DenseMatrix } from './dense.js';

const MOST_SWEEPS = 2000;
const TOLERANCE = 1e-10;

/**
 * Minimises `½ xᵀHx − gᵀx` over `x ≥ 0` (H symmetric PSD, n×n) by cyclic coordinate descent, which needs no factorisation: for
 * hundreds of unknowns of which few are positive. Ends when no coordinate moves by more than a share of the largest.
 */
export function coordinateNnls(H: DenseMatrix, g: Float64Array): Float64Array {
  const n = g.length;
  const x = new Float64Array(n);
  const left = g.slice();
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let [moved, largest] = [0, 0];
    for (let i = 0; i < n; i++) {
      const square = H.data[i * (n + 1)];
      if (!(square > 0)) continue;
      const next = Math.max(0, x[i] + left[i] / square);
      const step = next - x[i];
      if (step !== 0) {
        x[i] = next;
        for (let j = 0; j < n; j++) left[j] -= step * H.data[i * n + j];
      }
      moved = Math.max(moved, Math.abs(step));
      largest = Math.max(largest, next);
    }
    if (moved <= TOLERANCE * largest) break;
  }
  return x;
}
