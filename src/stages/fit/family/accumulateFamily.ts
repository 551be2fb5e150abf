import type { DayMoves } from '../../../model/buckets.js';
import { concaveLevel } from '../../../model/concaveShape.js';
import {
  type FamilyMoments,
  type FamilySpec,
  type FlowShape,
  familyLayout,
  isPartOfCurve,
  rowWidth,
} from '../../../model/familyMoments.js';
import { concaveFlow } from '../../../model/kernel.js';
import { rowProducts } from '../../../numerics/rowProducts.js';
import { median } from '../../../numerics/statistics.js';
import { haltChanges } from '../accumulate.js';
import { bucketUse } from '../bucketUse.js';
import { netFlow } from '../netFlow.js';

/**
 * Family moments of one day by the folds of `accumulateDay`. Depth is measured against its median of the day, and the scale
 * of h against the typical flow of the day: what is compared is shapes, not sizes.
 */
export function accumulateFamily(day: DayMoves, spec: FamilySpec, foldBuckets: number | 'day'): FamilyMoments[] {
  const spans = foldSpans(day, foldBuckets);
  const { length } = familyLayout(spec);
  const folds = spans.map(({ label }) => ({ label, sums: new Float64Array(length) }));
  const { leftOut } = bucketUse(day);
  const halts = haltChanges(day);
  const controls = controlWindows(day, spec, spans);
  const moves = spec.names.map((name) => moveWindows(day, name, leftOut, spec, spans));
  spec.gammas.forEach((liquidity, gamma) => {
    const rows = flowOf(day, spec.names, liquidity);
    spec.names.forEach((name, position) => {
      const own = { spec, name, position, gamma, flow: rows[position], halts };
      const windows = { spans, controls, moves: moves[position] };
      spec.shapes.forEach((each, shape) => {
        if (!isPartOfCurve(spec, each)) addShape(own, shape, windows, folds);
      });
    });
  });
  return foldBuckets === 'day' ? [wholeDay(day.grid.date, folds)] : folds;
}

interface FoldSpan {
  readonly label: string;
  readonly isSessionStart: boolean;
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

function foldSpans({ grid }: DayMoves, foldBuckets: number | 'day'): FoldSpan[] {
  return grid.sessions.flatMap(({ firstBucket, buckets }, s) => {
    const length = foldBuckets === 'day' ? buckets : foldBuckets;
    return Array.from({ length: Math.ceil(buckets / length) }, (_, k) => ({
      label: `${grid.date}/${s}/${k * length}`,
      isSessionStart: k === 0,
      from: firstBucket + k * length,
      to: firstBucket + Math.min(buckets, (k + 1) * length),
    }));
  });
}

function wholeDay(label: string, folds: readonly FamilyMoments[]): FamilyMoments {
  const sums = new Float64Array(folds[0].sums.length);
  for (const fold of folds) for (let k = 0; k < sums.length; k++) sums[k] += fold.sums[k];
  return { label, sums };
}

/** Flow of some names by bucket, at the depth that is usual on the day. */
function flowOf(day: DayMoves, names: readonly number[], liquidity: number): Float64Array[] {
  const { bucketStart, name, value } = netFlow(day, { concavity: 1, liquidity });
  const position = new Map(names.map((index, k) => [index, k]));
  const rows = names.map(() => new Float64Array(day.grid.buckets));
  for (let t = 0; t < day.grid.buckets; t++)
    for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++) {
      const k = position.get(name[e]);
      if (k !== undefined) rows[k][t] = value[e];
    }
  return rows;
}

interface OwnFamily {
  readonly spec: FamilySpec;
  readonly name: number;
  readonly position: number;
  readonly gamma: number;
  readonly flow: Float64Array;
  readonly halts: ReadonlyMap<number, readonly number[]>;
}

/** Rows of one width, one after the other: a row per full window of some buckets. */
interface WindowRows {
  readonly width: number;
  readonly data: Float64Array;
}

/** By fold and horizon: what all shapes of a name have in common. */
type WindowsByFold = readonly (readonly WindowRows[])[];

/** `[1, x (F)]` of every bucket, the same for all names. */
function controlWindows({ factors }: DayMoves, spec: FamilySpec, spans: readonly FoldSpan[]): WindowsByFold {
  const width = 1 + spec.factors;
  return spans.map(({ from, to }) => {
    const rows = new Float64Array((to - from) * width);
    for (let t = from, at = 0; t < to; t++) {
      rows[at++] = 1;
      for (let f = 0; f < spec.factors; f++) rows[at++] = factors.moveBps[t * spec.factors + f];
    }
    return windowsOf({ width, data: rows }, spec.horizons);
  });
}

/** Moves of one name; NaN where one of a window is missing, or its bucket left out. */
function moveWindows(
  { grid, market }: DayMoves,
  name: number,
  leftOut: Uint8Array,
  { horizons }: FamilySpec,
  spans: readonly FoldSpan[],
): WindowsByFold {
  const moves = market.moveBps.subarray(name * grid.buckets, (name + 1) * grid.buckets);
  return spans.map(({ from, to }) => {
    const data = moves.slice(from, to);
    for (let t = from; t < to; t++) if (leftOut[t]) data[t - from] = Number.NaN;
    return windowsOf({ width: 1, data }, horizons);
  });
}

/** Buckets summed over every horizon: a longer window is a number of shorter ones. What does not fill a window is dropped. */
const windowsOf = (buckets: WindowRows, horizons: readonly number[]): WindowRows[] =>
  wider(summed(buckets, horizons[0]), horizons);

/** The windows of the first horizon, and those of the longer ones. */
function wider(first: WindowRows, horizons: readonly number[]): WindowRows[] {
  const all = [first];
  for (let h = 1; h < horizons.length; h++) all.push(summed(all[h - 1], Math.ceil(horizons[h] / horizons[h - 1])));
  return all;
}

/** Every so many rows, summed in their order. */
function summed({ width, data }: WindowRows, rows: number): WindowRows {
  const windows = Math.floor(data.length / width / rows);
  const out = new Float64Array(windows * width);
  for (let w = 0, from = 0; w < windows; w++)
    for (let k = 0; k < rows; k++) for (let a = w * width; a < (w + 1) * width; a++, from++) out[a] += data[from];
  return { width, data: out };
}

/** The sums of one shape: `[1, x, own terms, r]` of the windows that have all their moves. */
function addShape(
  own: OwnFamily,
  shape: number,
  { spans, controls, moves }: Readonly<{ spans: readonly FoldSpan[] } & Record<'controls' | 'moves', WindowsByFold>>,
  folds: readonly FamilyMoments[],
): void {
  const { spec } = own;
  const { block } = familyLayout(spec);
  const width = rowWidth(spec, spec.shapes[shape]);
  const row = new Float64Array(width);
  const terms = ownTerms(spec, spec.shapes[shape], own.flow);
  spans.forEach((span, k) => {
    if (span.isSessionStart) terms.clear();
    const byHorizon = wider(termWindows(own, terms, span), spec.horizons);
    byHorizon.forEach((those, h) => {
      const { at } = block(own.gamma, shape, h, own.position);
      const products = rowProducts(width, folds[k].sums.subarray(at, at + width * width));
      const [before, after] = [controls[k][h], moves[k][h].data];
      for (let w = 0; w < after.length; w++) {
        if (Number.isNaN(after[w])) continue;
        copyRow(before, w, row, 0);
        copyRow(those, w, row, before.width);
        row[width - 1] = after[w];
        products.push(row);
      }
      products.finish();
    });
  });
}

/** Entry by entry: a view of a few numbers costs more than they do. */
function copyRow({ width, data }: WindowRows, from: number, row: Float64Array, at: number): void {
  for (let a = 0, k = from * width; a < width; a++, k++) row[at + a] = data[k];
}

/** Own terms of a fold over windows of the first horizon. */
function termWindows({ spec, name, flow, halts }: OwnFamily, terms: OwnTerms, { from, to }: FoldSpan): WindowRows {
  const [buckets] = spec.horizons;
  const { width } = terms;
  const data = new Float64Array(Math.floor((to - from) / buckets) * width);
  const sum = new Float64Array(width);
  for (let t = from, seen = 0, at = 0; t < to; t++) {
    if (halts.get(t)?.includes(name)) terms.clear();
    terms.addTo(sum, flow[t]);
    if (++seen < buckets) continue;
    for (let a = 0; a < width; a++, at++) {
      data[at] = sum[a];
      sum[a] = 0;
    }
    seen = 0;
  }
  return { width, data };
}

/** Own regressors of one name, a bucket after the other. */
interface OwnTerms {
  readonly width: number;
  readonly clear: () => void;
  /** Adds those of the next bucket to a sum. */
  readonly addTo: (sum: Float64Array, flow: number) => void;
}

function ownTerms({ linearDecay, concaveDecay }: FamilySpec, shape: FlowShape, flow: Float64Array): OwnTerms {
  const linear = Float64Array.from(linearDecay);
  const states = new Float64Array(linear.length);
  const concave = Float64Array.from(shape.kind === 'after' ? concaveDecay : []);
  const decayed = new Float64Array(concave.length);
  const levels = new Float64Array(concave.length);
  const scale = shape.kind === 'after' ? shape.scale * typicalFlow(flow) : 1;
  const power = shape.kind === 'linear' ? 1 : shape.power;
  return {
    width: linear.length + concave.length,
    clear: () => {
      for (const array of [states, decayed, levels]) array.fill(0);
    },
    addTo: (sum, u) => {
      const felt = shape.kind === 'before' && u !== 0 ? concaveFlow(u, power) : u;
      for (let p = 0; p < states.length; p++) {
        sum[p] += felt - (1 - linear[p]) * states[p];
        states[p] = linear[p] * states[p] + felt;
      }
      for (let q = 0; q < decayed.length; q++) {
        decayed[q] = concave[q] * decayed[q] + u;
        const level = decayed[q] === 0 ? 0 : concaveLevel(decayed[q], scale, power);
        sum[states.length + q] += level - levels[q];
        levels[q] = level;
      }
    },
  };
}

/** Median size of the flow of buckets in which there is some; 1 where there is none. */
export function typicalFlow(flow: Float64Array): number {
  const sizes = flow.filter((u) => u !== 0).map(Math.abs);
  return sizes.length > 0 ? median([...sizes]) : 1;
}
