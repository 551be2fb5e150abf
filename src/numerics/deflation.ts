import { hypot } from './elementary/elementary.js';

const EPSILON = Number.EPSILON / 2;

/** An eigenvector has entries in the first half alone. */
export const FIRST = 0;
/** In both. */
export const BOTH = 1;
/** In the second. */
export const SECOND = 2;

/** `diag(values) + ρ u uᵀ` in the eigenvectors of two halves; `values`, `u` and `kind` change with a rotation. */
export interface Merging {
  readonly values: Float64Array;
  readonly u: Float64Array;
  readonly rho: number;
  /** FIRST, BOTH or SECOND, by eigenvector. */
  readonly kind: Int8Array;
  /** Indices of the values, ascending. */
  readonly order: Int32Array;
}

/** Turns rows i and j of the eigenvectors: `(c i + s j, c j − s i)`. */
export type RotateRows = (i: number, j: number, c: number, s: number) => void;

/**
 * Eigenvalues that the update does not move: their entry of u is negligible, or two poles are so close that a rotation
 * makes one negligible (Dongarra and Sorensen 1987). Both lists hold indices and ascend in their values.
 */
export function deflate(merging: Merging, rotate: RotateRows): { kept: number[]; deflated: number[] } {
  const { values, u, rho, order } = merging;
  const tolerance = 8 * EPSILON * Math.max(largest(values), largest(u));
  const kept: number[] = [];
  const deflated: number[] = [];
  if (rho * largest(u) <= tolerance) return { kept, deflated: Array.from(order) };
  let held = -1;
  for (const next of order) {
    if (rho * Math.abs(u[next]) <= tolerance) {
      deflated.push(next);
      continue;
    }
    if (held >= 0) (turnedOut(merging, held, next, tolerance, rotate) ? deflated : kept).push(held);
    held = next;
  }
  if (held >= 0) kept.push(held);
  return { kept, deflated };
}

const largest = (list: Float64Array): number => list.reduce((top, v) => Math.max(top, Math.abs(v)), 0);

/** Rotates the entry of u at `held` into that at `next`, if their values are close enough to stay diagonal. */
function turnedOut(merging: Merging, held: number, next: number, tolerance: number, rotate: RotateRows): boolean {
  const { values, u, kind } = merging;
  const radius = hypot(u[next], u[held]);
  const [c, s] = [u[next] / radius, -u[held] / radius];
  const gap = values[next] - values[held];
  if (Math.abs(gap * c * s) > tolerance) return false;
  u[next] = radius;
  u[held] = 0;
  if (kind[next] !== kind[held]) kind[next] = BOTH;
  if (kind[next] === BOTH) kind[held] = BOTH;
  rotate(held, next, c, s);
  const [lower, upper] = [values[held], values[next]];
  values[held] = lower * c * c + upper * s * s;
  values[next] = lower * s * s + upper * c * c;
  return true;
}
