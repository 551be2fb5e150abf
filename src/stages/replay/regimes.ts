import type { BucketGrid } from '../../model/grid.js';
import type { RegimeCell } from '../../model/regimes.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { mean, median } from '../../numerics/statistics.js';
import { blank, type MarketStates, WINDOW_NS } from './marketStates.js';
import { inverseVariance, type PredictedMoves } from './replay.js';

export interface RegimeTable {
  readonly edges: { readonly spread: number; readonly volatility: number; readonly crowding: number };
  readonly cells: readonly RegimeCell[];
}

const BOUNDS: readonly [number, number] = [0.5, 2];
/** A cell seen in fewer stretches than this has no error to be judged by, and multiplier 1. */
const MIN_CLUSTERS = 3;

/** What one replayed day says, bucket by bucket: light enough to keep for several days. */
export interface RegimeSample {
  readonly spread: Float64Array;
  readonly volatility: Float64Array;
  readonly crowding: Float64Array;
  /** Σ over names of predicted·realised and of predicted², each name by its inverse variance. */
  readonly cross: Float64Array;
  readonly square: Float64Array;
  /** Σ over names of what the prediction leaves of the move, each name in units of its volatility. */
  readonly surplus: Float64Array;
  /** Stretch of five minutes. */
  readonly cluster: Int32Array;
}

/** The scored buckets of a day of which the state is known. States use what was known when the bucket opened. */
export function regimeSample(
  { buckets, bucketNs }: BucketGrid,
  states: MarketStates,
  replay: PredictedMoves,
  fromBucket: number,
): RegimeSample {
  const scored = Array.from({ length: buckets - fromBucket }, (_, k) => fromBucket + k).filter(
    (t) => !Number.isNaN(states.spread[t]),
  );
  const clusterBuckets = Math.max(1, Math.round(WINDOW_NS / bucketNs));
  const sums = { cross: blank(scored.length), square: blank(scored.length), surplus: blank(scored.length) };
  const scale = inverseVariance(replay);
  const roots = scale.map(Math.sqrt);
  for (let k = 0; k < scored.length; k++) fillSums(sums, k, replay, scored[k] * replay.names, scale, roots);
  const at = (values: Float64Array) => Float64Array.from(scored, (t) => values[t]);
  return {
    spread: at(states.spread),
    volatility: at(states.volatility),
    crowding: at(states.crowding),
    ...sums,
    cluster: Int32Array.from(scored, (t) => Math.floor(t / clusterBuckets)),
  };
}

/** Multipliers by spread × realised volatility × crowding, each above or below its median over all scored buckets. */
export function regimeTable(samples: readonly RegimeSample[]): RegimeTable {
  const edges = regimeEdges(samples);
  const tallies = new Map<string, CellTally>();
  samples.forEach((sample, d) => {
    sample.cross.forEach((cross, k) => {
      const state = { spread: sample.spread[k], volatility: sample.volatility[k], crowding: sample.crowding[k] };
      const cell = regimeCell(state, edges);
      const tally = tallies.get(cell) ?? { clusters: new Map(), buckets: 0 };
      tallies.set(cell, tally);
      const key = `${d}/${sample.cluster[k]}`;
      const sums = tally.clusters.get(key) ?? [0, 0];
      tally.clusters.set(key, [sums[0] + cross, sums[1] + sample.square[k]]);
      tally.buckets++;
    });
  });
  const cells = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cell, tally]) => ({ cell, ...slopeOf(tally) }));
  return { edges, cells: withMultipliers(cells) };
}

/** A state of the market by name: each of its three measures above or below its edge, or unknown where it has no number. */
export function regimeCell(state: RegimeTable['edges'], edges: RegimeTable['edges']): string {
  const levelOf = (value: number, edge: number) => (value > edge ? 'high' : 'low');
  const level = (of: keyof RegimeTable['edges']) =>
    `${of}:${Number.isFinite(state[of]) ? levelOf(state[of], edges[of]) : 'unknown'}`;
  return `${level('spread')}|${level('volatility')}|${level('crowding')}`;
}

/** Medians of the states over all scored buckets. */
export function regimeEdges(samples: readonly RegimeSample[]): RegimeTable['edges'] {
  const edge = (of: (sample: RegimeSample) => Float64Array) => stateEdge(samples.flatMap((sample) => [...of(sample)]));
  return {
    spread: edge((sample) => sample.spread),
    volatility: edge((sample) => sample.volatility),
    crowding: edge((sample) => sample.crowding),
  };
}

/** Median of what is known of a state; 0 where nothing is, which no state is then compared with. */
export function stateEdge(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? median(known) : 0;
}

interface CellTally {
  /** Σ predicted·realised and Σ predicted² by day and stretch. */
  readonly clusters: Map<string, readonly [number, number]>;
  buckets: number;
}

/** Entry k from the row of a bucket, which starts at `row`. */
function fillSums(
  sums: Pick<RegimeSample, 'cross' | 'square' | 'surplus'>,
  k: number,
  { names, residualBps, predictedBps }: PredictedMoves,
  row: number,
  scale: Float64Array,
  roots: Float64Array,
): void {
  let cross = 0;
  let square = 0;
  let surplus = 0;
  for (let i = 0; i < names; i++) {
    const move = residualBps[row + i];
    if (Number.isNaN(move)) continue;
    const predicted = predictedBps[row + i];
    cross += move * predicted * scale[i];
    square += predicted * predicted * scale[i];
    surplus += (move - predicted) * roots[i];
  }
  sums.cross[k] = cross;
  sums.square[k] = square;
  sums.surplus[k] = surplus;
}

function slopeOf({ clusters, buckets }: CellTally) {
  const sums = [...clusters.values()];
  const cross = sums.reduce((sum, [a]) => sum + a, 0);
  const square = sums.reduce((sum, [, b]) => sum + b, 0);
  if (!(square > 0)) return { slope: 1, standardError: 0, weight: 0, buckets, judged: false };
  const slope = cross / square;
  const spread = sums.reduce((sum, [a, b]) => sum + squared(a - slope * b), 0);
  const stretches = sums.length;
  const correction = stretches > 1 ? stretches / (stretches - 1) : 1;
  return {
    slope,
    standardError: Math.sqrt(correction * spread) / square,
    weight: square,
    buckets,
    judged: stretches >= MIN_CLUSTERS,
  };
}

interface JudgedCell extends Omit<RegimeCell, 'multiplier'> {
  readonly weight: number;
  readonly judged: boolean;
}

function withMultipliers(cells: readonly JudgedCell[]): RegimeCell[] {
  const weight = cells.reduce((sum, c) => sum + c.weight, 0);
  const centre = weight > 0 ? cells.reduce((sum, c) => sum + c.weight * c.slope, 0) / weight : 0;
  const multipliers = centre > 0 ? boundedMultipliers(cells, centre) : cells.map(() => 1);
  return cells.map(({ cell, slope, standardError, buckets }, k) => ({
    cell,
    slope,
    standardError,
    buckets,
    multiplier: multipliers[k],
  }));
}

function boundedMultipliers(cells: readonly JudgedCell[], centre: number): number[] {
  const judged = cells.filter((c) => c.judged);
  const square = (c: JudgedCell) => squared(c.standardError / centre);
  const between = Math.max(0, mean(judged.map((c) => squared(c.slope / centre - 1))) - mean(judged.map(square)));
  let multipliers = cells.map((c) => {
    const keep = c.judged && between > 0 ? between / (between + square(c)) : 0;
    return 1 + keep * (c.slope / centre - 1);
  });
  const weight = cells.reduce((sum, c) => sum + c.weight, 0);
  // Clipping moves the mean and rescaling moves the bounds: a few turns settle both, and the bounds have the last word.
  for (let turn = 0; turn < 20; turn++) {
    const average = cells.reduce((sum, c, k) => sum + c.weight * multipliers[k], 0) / weight;
    multipliers = multipliers.map((m) => Math.min(BOUNDS[1], Math.max(BOUNDS[0], m / average)));
  }
  return multipliers;
}
