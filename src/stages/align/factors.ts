import type { Factors } from '../../model/buckets.js';
import type { FactorRows } from '../../model/events.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';

export interface BucketedFactors {
  readonly factors: Factors;
  readonly rows: number;
  readonly outOfSession: number;
  readonly nonFinite: number;
  /** Buckets for which some factor has no row. */
  readonly missingBuckets: number;
}

/** Sums factor moves into buckets: a row stamped at t is the move of an interval that ends at t. */
export function bucketFactors(grid: BucketGrid, rows: FactorRows): BucketedFactors {
  const width = rows.names.length;
  const moveBps = new Float64Array(grid.buckets * width).fill(Number.NaN);
  let outOfSession = 0;
  let nonFinite = 0;
  for (let k = 0; k < rows.timeNs.length; k++) {
    const bucket = bucketAt(grid, rows.timeNs[k]);
    if (!Number.isFinite(rows.moveBps[k]) || !Number.isFinite(rows.timeNs[k])) nonFinite++;
    else if (bucket < 0) outOfSession++;
    else {
      const at = bucket * width + rows.factor[k];
      moveBps[at] = (Number.isNaN(moveBps[at]) ? 0 : moveBps[at]) + rows.moveBps[k];
    }
  }
  let missingBuckets = 0;
  for (let t = 0; t < grid.buckets; t++) {
    if (moveBps.subarray(t * width, (t + 1) * width).some(Number.isNaN)) missingBuckets++;
  }
  return { factors: { names: rows.names, moveBps }, rows: rows.timeNs.length, outOfSession, nonFinite, missingBuckets };
}

export function noFactors(): Factors {
  return { names: [], moveBps: new Float64Array(0) };
}
