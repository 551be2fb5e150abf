import type { DayBuckets } from '../../model/buckets.js';
import { total } from './moveSizes.js';

export interface PairLeadLag {
  readonly leader: string;
  readonly follower: string;
  /** Lag of the largest correlation, milliseconds; 0 when the pair moves together. */
  readonly lagMs: number;
  readonly correlation: number;
  readonly correlationAtZero: number;
}

export interface VenueLeadLag {
  readonly venue: string;
  /** Lag at which flow of this venue and moves of its own names correlate most; negative: the move comes first. */
  readonly lagMs: number;
  readonly correlation: number;
  readonly correlationAtZero: number;
  readonly cells: number;
}

export interface LeadLagDiagnostics {
  readonly maxLagMs: number;
  /** Names looked at: the most traded ones when there are too many for every pair. */
  readonly names: number;
  readonly pairs: readonly PairLeadLag[];
  readonly venues: readonly VenueLeadLag[];
}

const MAX_LAG_BUCKETS = 5;
const MAX_NAMES = 30;
const LAGS = Array.from({ length: 2 * MAX_LAG_BUCKETS + 1 }, (_, k) => k - MAX_LAG_BUCKETS);

/** Cross-correlations of moves by pair and of flow against moves by venue, at up to five buckets each way. */
export function leadLagDiagnostics(day: DayBuckets): LeadLagDiagnostics {
  const chosen = mostTraded(day, MAX_NAMES);
  const moves = chosen.map((i) => standardisedMoves(day, i));
  const bucketMs = day.grid.bucketNs / 1e6;
  const pairs: PairLeadLag[] = [];
  for (let a = 0; a < chosen.length; a++) {
    for (let b = a + 1; b < chosen.length; b++)
      pairs.push(pairLeadLag(day, [chosen[a], chosen[b]], laggedProducts(day, moves[a], moves[b]), bucketMs));
  }
  return { maxLagMs: MAX_LAG_BUCKETS * bucketMs, names: chosen.length, pairs, venues: venueLeadLags(day, bucketMs) };
}

function mostTraded(day: DayBuckets, limit: number): number[] {
  const { buckets } = day.grid;
  const volume = day.symbols.map((_, i) => total(day.market.volume.subarray(i * buckets, (i + 1) * buckets)));
  const order = Array.from(volume.keys()).sort((a, b) => volume[b] - volume[a] || a - b);
  return order.slice(0, limit).sort((a, b) => a - b);
}

/** Missing moves count as none here: a diagnostic, not an estimate. */
function standardisedMoves(day: DayBuckets, i: number): Float64Array {
  const { buckets } = day.grid;
  const moves = day.market.moveBps.slice(i * buckets, (i + 1) * buckets).map((r) => (Number.isNaN(r) ? 0 : r));
  const norm = Math.sqrt(moves.reduce((sum, r) => sum + r * r, 0));
  return norm > 0 ? moves.map((r) => r / norm) : moves;
}

/** @param values correlations of the first name's moves with those of the second, lag by lag */
function pairLeadLag(
  day: DayBuckets,
  [i, j]: readonly [number, number],
  values: Float64Array,
  bucketMs: number,
): PairLeadLag {
  const at = largest(values);
  const [leader, follower] = LAGS[at] >= 0 ? [i, j] : [j, i];
  return {
    leader: day.symbols[leader],
    follower: day.symbols[follower],
    lagMs: Math.abs(LAGS[at]) * bucketMs,
    correlation: values[at],
    correlationAtZero: values[MAX_LAG_BUCKETS],
  };
}

/** Place of the value of largest magnitude: at lag zero where nothing beats it, else the first. */
const largest = (values: Float64Array): number =>
  values.reduce((top, value, k) => (Math.abs(value) > Math.abs(values[top]) ? k : top), MAX_LAG_BUCKETS);

/** `Σ_t a_t b_{t+lag}` within sessions, by lag: positive lags say that a comes first. */
function laggedProducts({ grid }: DayBuckets, a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(LAGS.length);
  for (let lag = 0; lag <= MAX_LAG_BUCKETS; lag++) {
    // Two sums that do not wait for each other take the time of one.
    let [ahead, behind] = [0, 0];
    for (const { firstBucket, buckets } of grid.sessions) {
      for (let t = firstBucket; t < firstBucket + buckets - lag; t++) {
        ahead += a[t] * b[t + lag];
        behind += a[t + lag] * b[t];
      }
    }
    out[MAX_LAG_BUCKETS + lag] = ahead;
    out[MAX_LAG_BUCKETS - lag] = behind;
  }
  return out;
}

function venueLeadLags(day: DayBuckets, bucketMs: number): VenueLeadLag[] {
  const correlations = flowMoveCorrelations(day);
  const cells = new Int32Array(day.venues.length);
  for (const venue of day.flow.venue) cells[venue]++;
  return day.venues.map((venue, v) => {
    const values = correlations.subarray(v * LAGS.length, (v + 1) * LAGS.length);
    const at = largest(values);
    return {
      venue,
      lagMs: LAGS[at] * bucketMs,
      correlation: values[at],
      correlationAtZero: values[MAX_LAG_BUCKETS],
      cells: cells[v],
    };
  });
}

/** Venues × lags, of the sign of the flow with the move that many buckets later; all of them in one walk over the flow. */
function flowMoveCorrelations({ flow, grid, market, venues }: DayBuckets): Float64Array {
  const product = new Float64Array(venues.length * LAGS.length);
  const moveSquare = new Float64Array(product.length);
  const present = new Int32Array(product.length);
  for (let k = 0; k < flow.bucket.length; k++) {
    const sign = Math.sign(flow.signedNotional[k]);
    const first = Math.max(0, flow.bucket[k] - MAX_LAG_BUCKETS);
    const last = Math.min(grid.buckets - 1, flow.bucket[k] + MAX_LAG_BUCKETS);
    const atZero = flow.venue[k] * LAGS.length + MAX_LAG_BUCKETS - flow.bucket[k];
    for (let bucket = first; bucket <= last; bucket++) {
      const move = market.moveBps[flow.name[k] * grid.buckets + bucket];
      if (Number.isNaN(move)) continue;
      product[atZero + bucket] += sign * move;
      moveSquare[atZero + bucket] += move * move;
      present[atZero + bucket]++;
    }
  }
  return product.map((sum, at) =>
    present[at] > 0 && moveSquare[at] > 0 ? sum / Math.sqrt(present[at] * moveSquare[at]) : 0,
  );
}
