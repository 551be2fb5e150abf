import { type BucketGrid, sessionAt } from '../../model/grid.js';
import { type SampleTimes, sampleTimes } from './sampler.js';
import type { VenueBook } from './venueBook.js';

export interface EdgeSamplerParams {
  readonly grid: BucketGrid;
  readonly names: number;
  readonly maxStaleNs: number;
  /** Horizons that do not fall on the bucket grid, nanoseconds. */
  readonly offGridHorizonsNs: readonly number[];
  /** Further instants to sample, ascending nanoseconds by name. */
  readonly instantsNs?: readonly Float64Array[] | undefined;
}

/** The book as of every bucket edge; names × edges, name-major, NaN where no fresh quote stood. */
export interface SampledBook {
  readonly edges: SampleTimes;
  readonly mid: Float64Array;
  readonly spread: Float64Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
  readonly ageNs: Float64Array;
  /** 1 where a quote stood but was older than `maxStaleNs`. */
  readonly stale: Uint8Array;
  /** 1 where a fresh book stood that had no bid or no ask. */
  readonly oneSided: Uint8Array;
  /** Mid at edge + horizon, by off-grid horizon; names × that sampler's instants. */
  readonly offGridMids: readonly SampledMids[];
  /** The last book with both sides of the day at or before each further instant, however old; NaN before the first. */
  readonly instants: readonly { readonly mid: Float64Array; readonly spread: Float64Array }[];
}

interface SampledMids {
  readonly times: SampleTimes;
  readonly mid: Float64Array;
}

export interface EdgeSampler {
  readonly params: EdgeSamplerParams;
  /** The book as it stands; the sampler reads it only. */
  readonly book: Pick<VenueBook, 'best' | 'oneSided'>;
  readonly sampled: SampledBook;
  /** By name, the first edge and the first instants that are not sampled yet. */
  readonly edgeCursors: Int32Array;
  readonly offGridCursors: readonly Int32Array[];
  readonly instantCursors: Int32Array;
  /** By name, the earliest of what is not sampled yet; most quotes come before it and sample nothing. */
  readonly dueNs: Float64Array;
}

export function edgeSampler(params: EdgeSamplerParams, book: EdgeSampler['book']): EdgeSampler {
  const { names, offGridHorizonsNs } = params;
  return {
    params,
    book,
    sampled: emptySamples(params),
    edgeCursors: new Int32Array(names),
    offGridCursors: offGridHorizonsNs.map(() => new Int32Array(names)),
    instantCursors: new Int32Array(names),
    dueNs: new Float64Array(names).fill(Number.NEGATIVE_INFINITY),
  };
}

const unknown = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN);

function emptySamples({ grid, names, offGridHorizonsNs, instantsNs = [] }: EdgeSamplerParams): SampledBook {
  const edges = sampleTimes(grid);
  const cells = names * edges.timeNs.length;
  return {
    edges,
    mid: unknown(cells),
    spread: unknown(cells),
    bidSize: unknown(cells),
    askSize: unknown(cells),
    ageNs: unknown(cells),
    stale: new Uint8Array(cells),
    oneSided: new Uint8Array(cells),
    offGridMids: offGridHorizonsNs.map((horizon) => {
      const times = sampleTimes(grid, grid.bucketNs + horizon);
      return { times, mid: unknown(names * times.timeNs.length) };
    }),
    instants: instantsNs.map(({ length }) => ({ mid: unknown(length), spread: unknown(length) })),
  };
}

/** Fills every instant before `time` with the book that stands; a quote at an instant counts at that instant. */
export function sampleUntil(sampler: EdgeSampler, name: number, time: number): void {
  if (sampler.dueNs[name] < time) sampleDue(sampler, name, time);
}

function sampleDue(sampler: EdgeSampler, name: number, time: number): void {
  const { sampled, edgeCursors, offGridCursors, params } = sampler;
  const { timeNs } = sampled.edges;
  while (edgeCursors[name] < timeNs.length && timeNs[edgeCursors[name]] < time)
    sampleEdge(sampler, name, edgeCursors[name]++);
  for (let h = 0; h < offGridCursors.length; h++)
    sampleOffGrid(sampler, name, time, offGridCursors[h], sampled.offGridMids[h]);
  if (params.instantsNs) sampleInstants(sampler, name, time, params.instantsNs[name]);
  sampler.dueNs[name] = earliestDue(sampler, name);
}

function earliestDue(
  { sampled, edgeCursors, offGridCursors, instantCursors, params }: EdgeSampler,
  name: number,
): number {
  let due = instantAt(sampled.edges.timeNs, edgeCursors[name]);
  for (let h = 0; h < offGridCursors.length; h++)
    due = Math.min(due, instantAt(sampled.offGridMids[h].times.timeNs, offGridCursors[h][name]));
  if (params.instantsNs) due = Math.min(due, instantAt(params.instantsNs[name], instantCursors[name]));
  return due;
}

const instantAt = (timeNs: Float64Array, cursor: number): number =>
  cursor < timeNs.length ? timeNs[cursor] : Number.POSITIVE_INFINITY;

function sampleEdge({ params, book, sampled }: EdgeSampler, name: number, edge: number): void {
  const { best } = book;
  const { timeNs } = sampled.edges;
  const standing = stands(params, best.timeNs[name], timeNs[edge]);
  if (standing === 'none') return;
  const at = name * timeNs.length + edge;
  sampled.ageNs[at] = timeNs[edge] - best.timeNs[name];
  if (standing === 'stale') {
    sampled.stale[at] = 1;
    return;
  }
  if (book.oneSided[name]) {
    sampled.oneSided[at] = 1;
    return;
  }
  sampled.mid[at] = (best.bid[name] + best.ask[name]) / 2;
  sampled.spread[at] = best.ask[name] - best.bid[name];
  sampled.bidSize[at] = best.bidSize[name];
  sampled.askSize[at] = best.askSize[name];
}

function sampleOffGrid(
  { params, book: { best, oneSided } }: EdgeSampler,
  name: number,
  time: number,
  cursors: Int32Array,
  { times: { timeNs }, mid }: SampledMids,
): void {
  for (; cursors[name] < timeNs.length && timeNs[cursors[name]] < time; cursors[name]++) {
    if (!oneSided[name] && stands(params, best.timeNs[name], timeNs[cursors[name]]) === 'fresh')
      mid[name * timeNs.length + cursors[name]] = (best.bid[name] + best.ask[name]) / 2;
  }
}

function sampleInstants(
  { book: { best }, sampled, instantCursors }: EdgeSampler,
  name: number,
  time: number,
  instants: Float64Array,
): void {
  const { mid, spread } = sampled.instants[name];
  for (; instants[instantCursors[name]] < time; instantCursors[name]++) {
    mid[instantCursors[name]] = (best.bid[name] + best.ask[name]) / 2;
    spread[instantCursors[name]] = best.ask[name] - best.bid[name];
  }
}

/** Whether a quote of `quotedNs` says anything at `timeNs`: no book crosses a session edge. */
function stands({ grid, maxStaleNs }: EdgeSamplerParams, quotedNs: number, timeNs: number): 'none' | 'stale' | 'fresh' {
  if (Number.isNaN(quotedNs) || sessionAt(grid, quotedNs) !== sessionAt(grid, timeNs)) return 'none';
  return timeNs - quotedNs > maxStaleNs ? 'stale' : 'fresh';
}
