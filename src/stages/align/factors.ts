import type { Factors } from '../../model/buckets.js';
import type { FactorRows } from '../../model/events.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import { emptyQuarantine, infiniteReason, type Quarantine, setAside } from './quarantine.js';

export interface BucketedFactors {
  readonly factors: Factors;
  readonly quarantine: Quarantine;
  /** Buckets for which some factor has no row. */
  readonly missingBuckets: number;
}

/** Sums factor moves into buckets: a row stamped at t is the move of the interval that ends at t, which a factor moves in once. */
export function bucketFactors(grid: BucketGrid, rows: FactorRows): BucketedFactors {
  const width = rows.names.length;
  const moveBps = new Float64Array(grid.buckets * width).fill(Number.NaN);
  const quarantine = emptyQuarantine();
  quarantine.rows = rows.timeNs.length;
  const seen = rows.names.map(() => new Set<number>());
  for (let k = 0; k < rows.timeNs.length; k++) {
    const bucket = bucketAt(grid, rows.timeNs[k]);
    if (!Number.isFinite(rows.moveBps[k] + rows.timeNs[k]) || rows.factor[k] < 0)
      setAside(quarantine, infiniteReason([rows.moveBps[k]]) ?? 'non_finite', 0, k);
    else if (bucket < 0) setAside(quarantine, 'out_of_session', 0, k);
    else if (seen[rows.factor[k]].has(rows.timeNs[k])) setAside(quarantine, 'duplicate', 0, k);
    else {
      seen[rows.factor[k]].add(rows.timeNs[k]);
      const at = bucket * width + rows.factor[k];
      moveBps[at] = (Number.isNaN(moveBps[at]) ? 0 : moveBps[at]) + rows.moveBps[k];
    }
  }
  let missingBuckets = 0;
  for (let t = 0; t < grid.buckets; t++) {
    if (moveBps.subarray(t * width, (t + 1) * width).some(Number.isNaN)) missingBuckets++;
  }
  return { factors: { names: rows.names, moveBps }, quarantine, missingBuckets };
}

export function noFactors(): Factors {
  return { names: [], moveBps: new Float64Array(0) };
}
