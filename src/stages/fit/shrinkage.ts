import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';

/** An estimate and what it is without each group of folds in turn. */
export interface Replicated {
  readonly estimate: DenseMatrix;
  readonly replicates: readonly DenseMatrix[];
  /** Buckets of all groups over those of each group, weighted as the folds are. */
  readonly ratios: readonly number[];
}

/** Standard error of every entry; zero with fewer than two groups. */
export function jackknife({ estimate, replicates, ratios }: Replicated): DenseMatrix {
  return mapEntries(estimate, (value, i, j) =>
    jackknifeStandardError(
      replicates.map((replicate) => replicate.data[i * estimate.cols + j]),
      value,
      ratios,
    ),
  );
}

/**
 * Analytic intensity `Σ Var(C_ij) / Σ (C_ij − C⁰_ij)²` over the off-diagonals (Ledoit and Wolf 2003, with variances by
 * fold), clipped to [0, 1]; zero without errors to go by.
 */
export function analyticIntensity(K: DenseMatrix, errors: DenseMatrix, target: DenseMatrix, D: Float64Array): number {
  const n = K.rows;
  let variance = 0;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j || !(D[i] * D[j] > 0)) continue;
      const k = i * n + j;
      variance += errors.data[k] ** 2 / (D[i] * D[j]);
      distance += (K.data[k] - target.data[k]) ** 2 / (D[i] * D[j]);
    }
  }
  return variance > 0 && distance > 0 ? Math.min(1, variance / distance) : 0;
}

/** Share of groups whose pseudo-value `h θ − (h−1) θ_(−k)` has the sign of θ. */
export function signAgreement({ estimate, replicates, ratios }: Replicated): DenseMatrix {
  const n = replicates.length;
  if (n < 2) return mapEntries(estimate, () => 1);
  return mapEntries(estimate, (value, i, j) => {
    const at = i * estimate.cols + j;
    const agreeing = replicates.filter((r, k) => (ratios[k] * value - (ratios[k] - 1) * r.data[at]) * value > 0);
    return agreeing.length / n;
  });
}

export interface TailCut {
  readonly K: DenseMatrix;
  readonly isZero: Uint8Array;
  readonly tailLinks: number;
}

/**
 * A link that is weak, or whose sign folds do not agree on, takes the value that it is compatible with: its target when
 * it lies within `tMin` errors of it, else zero. Sending every weak link to its target would turn a well-measured absence
 * of a link into the mean of its block. A link that nothing measures (two names without flow) takes its target.
 */
export function cutTail(
  shrunk: DenseMatrix,
  target: DenseMatrix,
  { rawK, errors, stability }: { rawK: DenseMatrix; errors: DenseMatrix; stability: DenseMatrix },
  tail: { readonly tMin: number; readonly signStability: number },
): TailCut {
  const n = shrunk.rows;
  const isZero = new Uint8Array(n * n);
  let tailLinks = 0;
  const K = mapEntries(shrunk, (value, i, j) => {
    const k = i * n + j;
    if (i === j) return value;
    const unmeasured = rawK.data[k] === 0 && errors.data[k] === 0;
    const reach = tail.tMin * errors.data[k];
    const weak = Math.abs(rawK.data[k]) < reach || stability.data[k] < tail.signStability;
    if (!weak && !unmeasured) return value;
    if (i < j) tailLinks++;
    const kept = unmeasured || Math.abs(rawK.data[k] - target.data[k]) <= reach ? target.data[k] : 0;
    if (kept === 0) isZero[k] = 1;
    return kept;
  });
  return { K, isZero, tailLinks };
}

/** The cut that changes nothing. */
export const uncut = (K: DenseMatrix): TailCut => ({ K, isZero: new Uint8Array(K.data.length), tailLinks: 0 });
