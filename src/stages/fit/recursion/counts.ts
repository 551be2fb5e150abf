import type { FoldMoments } from '../../../model/moments.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import type { NetFlow, RunRows } from './run.js';

/** How many moves there are, alone and in pairs, and the controls of those that are missing. */
export function countMoves(run: RunRows, fold: FoldMoments): void {
  const { count, present, used } = run;
  const { names } = fold;
  let complete = 0;
  for (let t = 0; t < count; t++) {
    if (!used[t]) continue;
    fold.buckets++;
    if (run.complete[t]) complete++;
    else countIncomplete(present!.subarray(t * names, (t + 1) * names), run.controls(t), fold);
  }
  countComplete(complete, fold);
}

function countIncomplete(
  here: Uint8Array,
  controls: Float64Array,
  { names, observed, jointlyObserved, missingControls }: FoldMoments,
): void {
  const square = squared(controls.length);
  for (let i = 0; i < names; i++) {
    if (!here[i]) {
      addControls(missingControls.data.subarray(i * square, (i + 1) * square), controls);
      continue;
    }
    observed[i]++;
    for (let j = i; j < names; j++) jointlyObserved.data[i * names + j] += here[j];
  }
}

/** Buckets in which every move is present count for every pair: most buckets, counted once. */
function countComplete(complete: number, { names, observed, jointlyObserved }: FoldMoments): void {
  for (let i = 0; i < names; i++) {
    observed[i] += complete;
    for (let j = i; j < names; j++) jointlyObserved.data[i * names + j] += complete;
  }
}

function addControls(into: Float64Array, row: Float64Array): void {
  const width = row.length;
  for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) into[a * width + b] += row[a] * row[b];
}

/** `Σ u²` and `Σ |u|^{2c}` of the buckets that enter the sums. */
export function addFlowSquares(flow: NetFlow, run: RunRows, { flowSquare, flowPower }: FoldMoments): void {
  for (let t = 0; t < run.count; t++) {
    if (!run.used[t]) continue;
    for (let e = flow.bucketStart[run.from + t]; e < flow.bucketStart[run.from + t + 1]; e++) {
      flowSquare[flow.name[e]] += flow.linear[e] * flow.linear[e];
      flowPower[flow.name[e]] += flow.value[e] * flow.value[e];
    }
  }
}
