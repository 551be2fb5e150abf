import type { DayBuckets } from '../../model/buckets.js';

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

/** Cross-correlations of moves by pair and of flow against moves by venue, at up to five buckets each way. */
export function leadLagDiagnostics(day: DayBuckets): LeadLagDiagnostics {
  const chosen = mostTraded(day, MAX_NAMES);
  const moves = chosen.map((i) => standardisedMoves(day, i));
  const bucketMs = day.grid.bucketNs / 1e6;
  const pairs: PairLeadLag[] = [];
  for (let a = 0; a < chosen.length; a++) {
    for (let b = a + 1; b < chosen.length; b++)
      pairs.push(pairLeadLag(day, chosen[a], chosen[b], moves[a], moves[b], bucketMs));
  }
  return { maxLagMs: MAX_LAG_BUCKETS * bucketMs, names: chosen.length, pairs, venues: venueLeadLags(day, bucketMs) };
}

function mostTraded(day: DayBuckets, limit: number): number[] {
  const { buckets } = day.grid;
  const volume = day.symbols.map((_, i) =>
    day.market.volume.subarray(i * buckets, (i + 1) * buckets).reduce((sum, v) => sum + v, 0),
  );
  const order = Array.from(volume.keys()).sort((a, b) => volume[b] - volume[a] || a - b);
  return order.slice(0, limit).sort((a, b) => a - b);
}

/** Missing moves count as none here: a diagnostic, not an estimate. */
function standardisedMoves(day: DayBuckets, i: number): Float64Array {
  const { buckets } = day.grid;
  const moves = day.market.retBps.slice(i * buckets, (i + 1) * buckets).map((r) => (Number.isNaN(r) ? 0 : r));
  const norm = Math.sqrt(moves.reduce((sum, r) => sum + r * r, 0));
  return norm > 0 ? moves.map((r) => r / norm) : moves;
}

function pairLeadLag(
  day: DayBuckets,
  i: number,
  j: number,
  a: Float64Array,
  b: Float64Array,
  bucketMs: number,
): PairLeadLag {
  let bestLag = 0;
  let best = laggedProduct(day, a, b, 0);
  const atZero = best;
  for (let lag = -MAX_LAG_BUCKETS; lag <= MAX_LAG_BUCKETS; lag++) {
    const value = laggedProduct(day, a, b, lag);
    if (Math.abs(value) > Math.abs(best)) {
      best = value;
      bestLag = lag;
    }
  }
  const [leader, follower] = bestLag >= 0 ? [i, j] : [j, i];
  return {
    leader: day.symbols[leader],
    follower: day.symbols[follower],
    lagMs: Math.abs(bestLag) * bucketMs,
    correlation: best,
    correlationAtZero: atZero,
  };
}

/** `Σ_t a_t b_{t+lag}` within sessions: positive lags say that a comes first. */
function laggedProduct(day: DayBuckets, a: Float64Array, b: Float64Array, lag: number): number {
  let sum = 0;
  for (const { firstBucket, buckets } of day.grid.sessions) {
    const from = Math.max(0, -lag);
    const to = Math.min(buckets, buckets - lag);
    for (let k = from; k < to; k++) sum += a[firstBucket + k] * b[firstBucket + k + lag];
  }
  return sum;
}

function venueLeadLags(day: DayBuckets, bucketMs: number): VenueLeadLag[] {
  return day.venues.map((venue, v) => {
    const lags = Array.from({ length: 2 * MAX_LAG_BUCKETS + 1 }, (_, k) => k - MAX_LAG_BUCKETS);
    const values = lags.map((lag) => flowMoveCorrelation(day, v, lag));
    const atZero = values[MAX_LAG_BUCKETS];
    const best = values.reduce((top, value, k) => (Math.abs(value) > Math.abs(values[top]) ? k : top), MAX_LAG_BUCKETS);
    const cells = day.flow.venue.reduce((sum, w) => sum + (w === v ? 1 : 0), 0);
    return { venue, lagMs: lags[best] * bucketMs, correlation: values[best], correlationAtZero: atZero, cells };
  });
}

function flowMoveCorrelation(day: DayBuckets, venue: number, lag: number): number {
  const { flow, grid, market } = day;
  let product = 0;
  let flowSquare = 0;
  let moveSquare = 0;
  for (let k = 0; k < flow.bucket.length; k++) {
    const bucket = flow.bucket[k] + lag;
    if (flow.venue[k] !== venue || bucket < 0 || bucket >= grid.buckets) continue;
    const move = market.retBps[flow.name[k] * grid.buckets + bucket];
    if (Number.isNaN(move)) continue;
    product += Math.sign(flow.signedNotional[k]) * move;
    flowSquare += 1;
    moveSquare += move * move;
  }
  return flowSquare > 0 && moveSquare > 0 ? product / Math.sqrt(flowSquare * moveSquare) : 0;
}
