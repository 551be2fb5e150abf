import type { FoldMoments } from '../../../model/moments.js';
import type { FilterState } from './run.js';
import type { FlowWorkspace, Workspace } from './workspace.js';

/** What the passes over the rows have summed goes into the fold. */
export function collectRowProducts(work: Workspace, start: FilterState): void {
  const { run, decay, fold, memory, at } = work;
  const { width } = run;
  const { names: n, zz, zr, rr } = fold;
  const controls = width - n;
  for (let a = 0; a < controls; a++) {
    const row = at.controls + a * width;
    for (let b = 0; b < controls; b++) zz.data[a * zz.cols + b] += memory[row + b];
    for (let i = 0; i < n; i++) zr.data[a * n + i] += memory[row + controls + i];
  }
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) rr.data[i * n + j] += memory[at.moves + i * n + j];
  for (let p = 0; p < decay.length; p++) scatterRowFlow(rowFlowProducts(work, p, start), width, p, fold);
}

/** N×width: `Σ v_t^p R_tᵀ` of a run once the backward pass is done, `start` being the state before it. */
export function rowFlowProducts(
  { run: { width }, decay, names: n, memory, at }: FlowWorkspace,
  p: number,
  start: FilterState,
): Float64Array {
  const products = memory.subarray(at.rowFlow + p * n * width, at.rowFlow + (p + 1) * n * width);
  const ahead = at.ahead + p * width;
  if (decay[p] !== 1)
    for (let j = 0; j < n; j++) {
      const scale = (1 - decay[p]) * start[p][j];
      if (scale !== 0) for (let w = 0; w < width; w++) products[j * width + w] -= scale * memory[ahead + w];
    }
  return products;
}

function scatterRowFlow(products: Float64Array, width: number, p: number, { names, zz, zr }: FoldMoments): void {
  const controls = width - names;
  for (let j = 0; j < names; j++) {
    const column = controls + p * names + j;
    for (let a = 0; a < controls; a++) {
      zz.data[a * zz.cols + column] += products[j * width + a];
    }
    for (let i = 0; i < names; i++) zr.data[column * names + i] += products[j * width + controls + i];
  }
}
