import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';

/** Standard error of every entry from its leave-one-group-out replicates. */
export function jackknife(replicates: readonly DenseMatrix[], names: number): DenseMatrix {
  return mapEntries(zeros(names), (_, i, j) =>
    jackknifeStandardError(replicates.map((replicate) => replicate.data[i * names + j])),
  );
}

/**
 * Analytic intensity `Σ Var(C_ij) / Σ (C_ij − C⁰_ij)²` over the off-diagonals (Ledoit and Wolf 2003, with variances by
 * fold), clipped to [0, 1].
 */
export function chooseIntensity(
  K: DenseMatrix,
  replicates: readonly DenseMatrix[],
  target: DenseMatrix,
  D: Float64Array,
  wanted: number | 'auto',
): number {
  if (wanted !== 'auto') return wanted;
  if (replicates.length < 2) return 0;
  const n = K.rows;
  const errors = jackknife(replicates, n);
  let variance = 0;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const k = i * n + j;
      variance += errors.data[k] ** 2 / (D[i] * D[j]);
      distance += (K.data[k] - target.data[k]) ** 2 / (D[i] * D[j]);
    }
  }
  return distance > 0 ? Math.min(1, variance / distance) : 1;
}

/** Share of folds whose pseudo-value `n θ − (n−1) θ_(−k)` has the sign of θ. */
export function signAgreement(K: DenseMatrix, replicates: readonly DenseMatrix[]): DenseMatrix {
  const n = replicates.length;
  if (n < 2) return mapEntries(K, () => 1);
  return mapEntries(K, (value, i, j) => {
    const agreeing = replicates.filter(
      (replicate) => (n * value - (n - 1) * replicate.data[i * K.cols + j]) * value > 0,
    );
    return agreeing.length / n;
  });
}

/**
 * A link that is weak, or whose sign folds do not agree on, takes the value that it is compatible with: its target when
 * it lies within `tMin` errors of it, else zero. Sending every weak link to its target would turn a well-measured absence
 * of a link into the mean of its block.
 */
export function cutTail(
  shrunk: DenseMatrix,
  target: DenseMatrix,
  rawK: DenseMatrix,
  errors: DenseMatrix,
  stability: DenseMatrix,
  tail: { readonly tMin: number; readonly signStability: number },
) {
  const n = shrunk.rows;
  const isZero = new Uint8Array(n * n);
  let tailLinks = 0;
  const K = mapEntries(shrunk, (value, i, j) => {
    const k = i * n + j;
    if (i === j) return value;
    const reach = tail.tMin * errors.data[k];
    const weak = Math.abs(rawK.data[k]) < reach || stability.data[k] < tail.signStability;
    if (!weak) return value;
    if (i < j) tailLinks++;
    const kept = Math.abs(rawK.data[k] - target.data[k]) <= reach ? target.data[k] : 0;
    if (kept === 0) isZero[k] = 1;
    return kept;
  });
  return { K, isZero, tailLinks };
}
