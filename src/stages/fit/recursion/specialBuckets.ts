import { type DenseMatrix, multiply, transpose } from '../../../numerics/dense.js';
import type { Workspace } from './workspace.js';

export interface SpecialBucket {
  /** From the start of the tile. */
  readonly t: number;
  /** Filtered flow, all bases one after the other. */
  readonly v: Float64Array;
}

/** Buckets that are left out, or lack a move: what they add to sums over flow has to come out again. */
export function specialBuckets({ run, decay, fold }: Workspace, from: number, count: number): SpecialBucket[] {
  const { names: n } = fold;
  const special: SpecialBucket[] = [];
  for (let t = 0; t < count; t++) {
    if (run.used[from + t] && run.complete[from + t]) continue;
    special.push({ t, v: new Float64Array(decay.length * n) });
  }
  return special;
}

/** `v^p_t = u_t − (1−d) s_{t−1}`, from the states that the tile holds. */
export function filterBucket(
  { flow, run, decay, fold, memory, at }: Workspace,
  from: number,
  t: number,
  p: number,
  v: Float64Array,
) {
  const { names: n } = fold;
  if (decay[p] !== 1) for (let j = 0; j < n; j++) v[p * n + j] = -(1 - decay[p]) * memory[at.filtered + t * n + j];
  const bucket = run.from + from + t;
  for (let e = flow.bucketStart[bucket]; e < flow.bucketStart[bucket + 1]; e++)
    v[p * n + flow.name[e]] += flow.value[e];
}

/** A bucket that is left out is remembered; `Σ v²` of one in which a move is missing is what its products with flow lack. */
export function addSpecial({ run, fold, leftOut }: Workspace, t: number, v: Float64Array): void {
  if (!run.used[t]) {
    leftOut.push(v);
    return;
  }
  const { names: n, missingFlowSquare } = fold;
  for (let i = 0; i < n; i++) {
    if (run.present![t * n + i]) continue;
    for (let k = 0; k < v.length; k++) missingFlowSquare.data[k * n + i] += v[k] * v[k];
  }
}

/** Rows whose products are taken out together. */
const LEFT_OUT_BLOCK = 512;

/** The sums over flow ran over every bucket; those that are left out come out again. */
export function subtractLeftOut({ leftOut, fold: { zz } }: Workspace): void {
  for (let from = 0; from < leftOut.length; from += LEFT_OUT_BLOCK) {
    const block = leftOut.slice(from, from + LEFT_OUT_BLOCK);
    const width = block[0].length;
    const v: DenseMatrix = { rows: block.length, cols: width, data: new Float64Array(block.length * width) };
    block.forEach((row, t) => {
      v.data.set(row, t * width);
    });
    const { data } = multiply(transpose(v), v);
    const offset = zz.cols - width;
    for (let a = 0; a < width; a++)
      for (let b = a; b < width; b++) zz.data[(offset + a) * zz.cols + offset + b] -= data[a * width + b];
  }
}
