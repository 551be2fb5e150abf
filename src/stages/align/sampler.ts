import type { BucketGrid } from '../../model/grid.js';

/**
 * Instants at which a state is sampled as of: for each session `start + offset, start + offset + Δ, …` up to its end.
 * `edges` (offset 0) holds buckets + 1 instants a session; a markout horizon off the grid has a sampler of its own.
 */
export interface SampleTimes {
  readonly timeNs: Float64Array;
  /** First instant of each session; one more entry than sessions. */
  readonly sessionStart: Int32Array;
}

export function sampleTimes(grid: BucketGrid, offsetNs = 0): SampleTimes {
  const times: number[] = [];
  const starts: number[] = [];
  for (const { startNs, endNs } of grid.sessions) {
    starts.push(times.length);
    for (let t = startNs + offsetNs; t <= endNs; t += grid.bucketNs) times.push(t);
  }
  starts.push(times.length);
  return { timeNs: Float64Array.from(times), sessionStart: Int32Array.from(starts) };
}
