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
import { type RowProducts, rowProducts } from '../../../numerics/rowProducts.js';
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
  spec.gammas.forEach((liquidity, gamma) => {
    const rows = flowOf(day, spec.names, liquidity);
    spec.names.forEach((name, position) => {
      const own = { day, spec, name, position, gamma, flow: rows[position], leftOut, halts };
      spec.shapes.forEach((each, shape) => {
        if (!isPartOfCurve(spec, each)) addShape(own, shape, spans, folds);
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
  readonly day: DayMoves;
  readonly spec: FamilySpec;
  readonly name: number;
  readonly position: number;
  readonly gamma: number;
  readonly flow: Float64Array;
  readonly leftOut: Uint8Array;
  readonly halts: ReadonlyMap<number, readonly number[]>;
}

function addShape(own: OwnFamily, shape: number, spans: readonly FoldSpan[], folds: readonly FamilyMoments[]): void {
  const { day, spec, name, flow, leftOut, halts } = own;
  const { block } = familyLayout(spec);
  const width = rowWidth(spec, spec.shapes[shape]);
  const factors = spec.factors;
  const row = new Float64Array(width);
  const terms = ownTerms(spec, spec.shapes[shape], flow);
  spans.forEach(({ isSessionStart, from, to }, k) => {
    if (isSessionStart) terms.clear();
    const matrixOf = (h: number) => {
      const { at } = block(own.gamma, shape, h, own.position);
      return folds[k].sums.subarray(at, at + width * width);
    };
    const windows = spec.horizons.map((buckets, h) => ({
      buckets,
      sum: new Float64Array(width),
      seen: 0,
      products: rowProducts(width, matrixOf(h)),
    }));
    for (let t = from; t < to; t++) {
      if (halts.get(t)?.includes(name)) terms.clear();
      row[0] = 1;
      for (let f = 0; f < factors; f++) row[1 + f] = day.factors.moveBps[t * factors + f];
      terms.step(flow[t], row, 1 + factors);
      row[width - 1] = leftOut[t] ? Number.NaN : day.market.moveBps[name * day.grid.buckets + t];
      addRow(windows, row);
    }
    for (const { products } of windows) products.finish();
  });
}

interface Window {
  readonly buckets: number;
  readonly sum: Float64Array;
  seen: number;
  readonly products: RowProducts;
}

/** A bucket goes into the shortest window; a full one is summed and goes into the next, which is a number of them long. */
function addRow(windows: readonly Window[], row: Float64Array): void {
  const width = row.length;
  let part = row;
  let buckets = 1;
  for (const window of windows) {
    const { sum } = window;
    for (let a = 0; a < width; a++) sum[a] += part[a];
    if (part !== row) part.fill(0);
    window.seen += buckets;
    if (window.seen < window.buckets) return;
    if (!Number.isNaN(sum[width - 1])) window.products.push(sum);
    part = sum;
    buckets = window.buckets;
    window.seen = 0;
  }
  part.fill(0);
}

/** Own regressors of one name, a bucket after the other. */
interface OwnTerms {
  readonly clear: () => void;
  readonly step: (flow: number, row: Float64Array, at: number) => void;
}

function ownTerms({ linearDecay, concaveDecay }: FamilySpec, shape: FlowShape, flow: Float64Array): OwnTerms {
  const states = new Float64Array(linearDecay.length);
  const concave = shape.kind === 'after' ? concaveDecay : [];
  const decayed = new Float64Array(concave.length);
  const levels = new Float64Array(concave.length);
  const scale = shape.kind === 'after' ? shape.scale * typicalFlow(flow) : 1;
  const power = shape.kind === 'linear' ? 1 : shape.power;
  const levelOf = (x: number) => (x === 0 ? 0 : concaveLevel(x, scale, power));
  return {
    clear: () => {
      for (const array of [states, decayed, levels]) array.fill(0);
    },
    step: (u, row, at) => {
      const felt = shape.kind === 'before' && u !== 0 ? concaveFlow(u, power) : u;
      for (let p = 0; p < states.length; p++) {
        row[at + p] = felt - (1 - linearDecay[p]) * states[p];
        states[p] = linearDecay[p] * states[p] + felt;
      }
      for (let q = 0; q < decayed.length; q++) {
        decayed[q] = concave[q] * decayed[q] + u;
        const level = levelOf(decayed[q]);
        row[at + states.length + q] = level - levels[q];
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
