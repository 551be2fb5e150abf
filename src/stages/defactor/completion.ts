import type { FoldMoments } from '../../model/moments.js';
import { type DenseMatrix, mapEntries, submatrix, transpose, zeros } from '../../numerics/dense.js';

/** What missing moves leave out of the sums, made up for. */

export const range = (length: number): number[] => Array.from({ length }, (_, k) => k);

export function controlProducts({ zz, factors }: FoldMoments): DenseMatrix {
  return submatrix(zz, range(1 + factors));
}

/**
 * Products of controls over the buckets in which each name's move is present, brought to the number of all buckets. A
 * name that misses none has no matrix of its own.
 */
export function completedControls(moments: FoldMoments): {
  square: (DenseMatrix | undefined)[];
  withMove: DenseMatrix[];
} {
  const { names, buckets, observed, missingControls, zr } = moments;
  const all = controlProducts(moments);
  const width = all.rows;
  const square = range(names).map((i) => {
    if (observed[i] === buckets || !(observed[i] > 0)) return undefined;
    return mapEntries(
      all,
      (v, a, b) => ((v - missingControls.data[(i * width + a) * width + b]) * buckets) / observed[i],
    );
  });
  const withMove = range(names).map((i) =>
    mapEntries(zeros(width, 1), (_, a) => (observed[i] > 0 ? (zr.data[a * names + i] * buckets) / observed[i] : 0)),
  );
  return { square, withMove };
}

/**
 * Σ v r with what missing moves leave out made up for: entry (k, i) is scaled by the flow of all buckets over the flow of
 * those in which the move is present. Scaling by counts would overstate the impact of a name that does not trade while
 * its move is missing, and zero filling would understate it.
 */
export function completedFlowProducts({ zz, zr, names, bases, factors, missingFlowSquare }: FoldMoments): DenseMatrix {
  const width = 1 + factors;
  const whole = Float64Array.from({ length: names * bases }, (_, k) => zz.data[(width + k) * (zz.cols + 1)]);
  const products = zr.data.subarray(width * names);
  const out = zeros(names * bases, names);
  completeProducts(out.data, products, whole, missingFlowSquare.data, names);
  return transpose(out);
}

function completeProducts(
  out: Float64Array,
  products: Float64Array,
  whole: Float64Array,
  missing: Float64Array,
  names: number,
): void {
  for (let k = 0, at = 0; k < whole.length; k++) {
    for (let i = 0; i < names; i++, at++) {
      const present = whole[k] - missing[at];
      out[at] = present > PRESENT_SHARE * whole[k] ? (products[at] * whole[k]) / present : 0;
    }
  }
}

/** Less of a flow than this coincides with the moves of a name: nothing can be said of the link. */
const PRESENT_SHARE = 1e-6;

export function completedProducts({ rr, jointlyObserved, buckets }: FoldMoments): DenseMatrix {
  const out = zeros(rr.rows, rr.cols);
  completeByCount(out.data, rr.data, jointlyObserved.data, buckets);
  return out;
}

function completeByCount(out: Float64Array, products: Float64Array, together: Float64Array, buckets: number): void {
  for (let k = 0; k < out.length; k++) out[k] = together[k] > 0 ? (products[k] * buckets) / together[k] : 0;
}
