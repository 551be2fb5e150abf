import type { DayFlow, SparseFlow } from '../../model/buckets.js';
import type { ConcaveTerms } from '../../model/concave.js';
import type { ConcaveMove } from '../../model/concaveResponse.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { eachFilteredBucket } from '../replay/filteredFlow.js';
import type { Fill } from './orders.js';

/** The stored model by the names of today; a name that the version does not know has rows and columns of zeros. */
export interface PriceModel {
  /**
   * `Σ_p K_p v^p` as terms: a matrix (N×N, bps per million) on the bases merged by `weights`. A scalar kernel has one. All that
   * is linear.
   */
  readonly terms: readonly { readonly matrix: DenseMatrix; readonly weights: Float64Array }[];
  readonly decay: Float64Array;
  /** On flow as `transform` has it, which is linear then. */
  readonly concave?: ConcaveTerms | undefined;
  readonly transform: FlowTransform;
  /** N, multiplies concave flow. */
  readonly flowScale: Float64Array;
  /** Loadings N×F, bps per bps; absent where the version has no given factors. */
  readonly factors?: { readonly names: readonly string[]; readonly loadings: DenseMatrix };
}

/** A name and a number of buckets of the day that have ended. */
export interface LevelQuery {
  readonly name: number;
  readonly bucketsEnded: number;
}

/**
 * By query: what own flow of the name, of other names, and the factors have moved its mid since the day began, bps. Of concave
 * modes own flow has what it does alone, and other names the rest, in which both act together.
 */
export interface ImpactLevels {
  readonly self: Float64Array;
  readonly cross: Float64Array;
  readonly exogenous: Float64Array;
}

/** Buckets of the day whose end is at or before the time. */
export function bucketsEndedBy(grid: BucketGrid, timeNs: number): number {
  let ended = 0;
  for (const { startNs, buckets } of grid.sessions)
    ended += Math.max(0, Math.min(buckets, Math.floor((timeNs - startNs) / grid.bucketNs)));
  return ended;
}

/** Buckets that have ended when the one that holds a fill opens: the fill's own bucket has not moved what it paid. */
export function bucketsEndedBefore(grid: BucketGrid, timeNs: number): number {
  const bucket = bucketAt(grid, timeNs);
  return bucket < 0 ? bucketsEndedBy(grid, timeNs) : bucket;
}

/** Flow of fills in buckets, millions at the price that `valuedAt` gives; fills outside the sessions are left out. */
export function fillsFlow(
  fills: readonly Fill[],
  grid: BucketGrid,
  valuedAt: (fill: Fill) => number,
  unitValues: Float64Array,
): SparseFlow {
  const inside = fills
    .map((fill) => ({ fill, bucket: bucketAt(grid, fill.timeNs) }))
    .filter(({ bucket }) => bucket >= 0)
    .sort((a, b) => a.bucket - b.bucket || a.fill.name - b.fill.name);
  const signedQty = Float64Array.from(inside, ({ fill }) => fill.side * fill.qty);
  return {
    bucket: Int32Array.from(inside, ({ bucket }) => bucket),
    name: Int32Array.from(inside, ({ fill }) => fill.name),
    venue: Int32Array.from(inside, ({ fill }) => fill.venue),
    signedQty,
    signedNotional: signedQty.map((qty, k) => qty * valuedAt(inside[k].fill) * unitValues[inside[k].fill.name]),
    count: new Int32Array(inside.length).fill(1),
  };
}

/**
 * Impact and factor levels of a day at the queries (MODEL §2, §7). Increments add up through the propagator's filter, so
 * that a state that a session's end or a halt clears leaves the level where it was. Of `day`, flow, flags, factors and depth
 * are read. A factor move that is missing counts as zero.
 */
export function impactLevels(day: DayFlow, model: PriceModel, queries: readonly LevelQuery[]): ImpactLevels {
  const n = day.symbols.length;
  const levels = {
    self: new Float64Array(queries.length),
    cross: new Float64Array(queries.length),
    exogenous: new Float64Array(queries.length),
  };
  const due = queriesByBucket(queries, day.grid.buckets);
  const merged = model.terms.map(() => new Float64Array(n));
  const columns = factorColumns(day, model);
  const moved = new Float64Array(columns.length);
  const concave = { all: new Float64Array(n), own: new Float64Array(n) };
  eachFilteredBucket(day, model, (t, bases, move) => {
    model.terms.forEach(({ weights }, k) => {
      addMerged(merged[k], bases, weights, model.flowScale);
    });
    if (move) {
      add(concave.all, move.all);
      add(concave.own, move.own);
    }
    columns.forEach((column, f) => {
      const shock = day.factors.moveBps[t * day.factors.names.length + column];
      if (!Number.isNaN(shock)) moved[f] += shock;
    });
    for (const q of due[t + 1] ?? []) answer(levels, { q, name: queries[q].name }, model, { merged, moved, concave });
  });
  return levels;
}

function queriesByBucket(queries: readonly LevelQuery[], buckets: number): (number[] | undefined)[] {
  const due: (number[] | undefined)[] = new Array(buckets + 1);
  queries.forEach(({ bucketsEnded }, q) => {
    const list = due[bucketsEnded];
    if (list) list.push(q);
    else due[bucketsEnded] = [q];
  });
  return due;
}

/** Where the day has each factor of the model; none at all when it lacks one. */
function factorColumns({ factors }: DayFlow, model: PriceModel): number[] {
  return hasFactors(factors.names, model) ? model.factors!.names.map((name) => factors.names.indexOf(name)) : [];
}

/** Whether factor moves can be told apart on a day with these factors. */
export const hasFactors = (names: readonly string[], { factors }: PriceModel): boolean =>
  factors !== undefined && factors.names.length > 0 && factors.names.every((name) => names.includes(name));

function addMerged(
  sum: Float64Array,
  bases: readonly Float64Array[],
  weights: Float64Array,
  scale: Float64Array,
): void {
  for (let p = 0; p < bases.length; p++) {
    if (weights[p] === 0) continue;
    for (let j = 0; j < sum.length; j++) sum[j] += weights[p] * scale[j] * bases[p][j];
  }
}

function add(sum: Float64Array, step: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += step[i];
}

/** State of the day so far: flow merged by each term's decay, how far each factor has moved, and what concave terms did. */
interface LevelState {
  readonly merged: readonly Float64Array[];
  readonly moved: Float64Array;
  readonly concave: ConcaveMove;
}

function answer(
  levels: ImpactLevels,
  { q, name }: { readonly q: number; readonly name: number },
  { terms, factors }: PriceModel,
  { merged, moved, concave }: LevelState,
): void {
  terms.forEach(({ matrix }, k) => {
    const row = matrix.data.subarray(name * matrix.cols, (name + 1) * matrix.cols);
    for (let j = 0; j < row.length; j++) levels[j === name ? 'self' : 'cross'][q] += row[j] * merged[k][j];
  });
  levels.self[q] += concave.own[name];
  levels.cross[q] += concave.all[name] - concave.own[name];
  for (let f = 0; f < moved.length; f++)
    levels.exogenous[q] += factors!.loadings.data[name * moved.length + f] * moved[f];
}
