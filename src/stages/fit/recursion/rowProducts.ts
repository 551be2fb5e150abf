import type { FoldMoments } from '../../../model/moments.js';
import type { FilterState } from './run.js';
import type { Workspace } from './workspace.js';

/** What the passes over the rows have summed goes into the fold. */
export function collectRowProducts({ run, decay, fold, memory, at }: Workspace, start: FilterState): void {
  const { width } = run;
  const { names: n, zz, zr, rr } = fold;
  const controls = width - n;
  for (let a = 0; a < controls; a++) {
    const row = at.controls + a * width;
    for (let b = 0; b < controls; b++) zz.data[a * zz.cols + b] += memory[row + b];
    for (let i = 0; i < n; i++) zr.data[a * n + i] += memory[row + controls + i];
  }
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) rr.data[i * n + j] += memory[at.moves + i * n + j];
  decay.forEach((d, p) => {
    const products = memory.subarray(at.rowFlow + p * n * width, at.rowFlow + (p + 1) * n * width);
    const ahead = at.ahead + p * width;
    if (d !== 1)
      for (let j = 0; j < n; j++) {
        const scale = (1 - d) * start[p][j];
        if (scale !== 0) for (let w = 0; w < width; w++) products[j * width + w] -= scale * memory[ahead + w];
      }
    scatterRowFlow(products, width, p, fold);
  });
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
