import type { Factors } from '../../model/buckets.js';
import type { FactorRows } from '../../model/events.js';
import { dataError } from '../../model/failure.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import { median } from '../../numerics/statistics.js';

const HOUR_NS = 3600e9;

/** @throws data error for a day most of whose buckets have no factor move, with the reason: a coarse grid, or other hours */
export function refuseSparseFactors(grid: BucketGrid, rows: FactorRows, { names, moveBps }: Factors): void {
  const isMissing = (t: number) => moveBps.subarray(t * names.length, (t + 1) * names.length).some(Number.isNaN);
  const missing = Array.from({ length: grid.buckets }, (_, t) => t).filter(isMissing).length;
  if (missing <= grid.buckets / 2) return;
  const what = `factors of ${grid.date}: ${missing} of ${grid.buckets} buckets have no factor move`;
  const stamps = [...new Set(rows.timeNs.filter((time) => bucketAt(grid, time) >= 0))].sort((a, b) => a - b);
  const stepNs = stamps.length > 1 ? median(stamps.slice(1).map((time, k) => time - stamps[k])) : Infinity;
  if (!(stepNs <= grid.bucketNs)) throw dataError(what, 'factors must be on a grid at least as fine as align.bucket');
  const hours = grid.sessions.map(({ startNs, endNs }) => `${clock(startNs)}–${clock(endNs)}`).join(', ');
  throw dataError(
    `${what}: the sessions are ${hours} at the venue, and the factors in them go from ${clock(stamps[0])} to ${clock(stamps[stamps.length - 1])}`,
    'set calendar.sessions to the hours that the data is of, or give factors for all of them',
  );
}

/** Time after midnight at the venue. */
function clock(timeNs: number): string {
  const minutes = Math.floor(timeNs / (HOUR_NS / 60));
  const [hour, minute] = [Math.floor(minutes / 60), ((minutes % 60) + 60) % 60];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
