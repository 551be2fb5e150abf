import type { FilterState } from './run.js';
import { addSpecial, filterBucket, specialBuckets } from './specialBuckets.js';
import { addFlowProducts, loadEvents } from './tileFlow.js';
import { TILE, type Workspace } from './workspace.js';

/** C_0 and C_p of a tile; the state moves to its end. */
export function forwardTile(work: Workspace, state: FilterState, from: number): void {
  const { run, decay, fold, set, memory, at, isDense } = work;
  const { names: n } = fold;
  const count = Math.min(TILE, run.count - from);
  loadEvents(work, from, count);
  const special = specialBuckets(work, from, count);
  for (let p = 0; p < decay.length; p++) {
    if (decay[p] !== 1) {
      const place = at.state + p * n;
      memory.set(state[p], place);
      set.forwardStates(count, n, decay[p], place, at.byTime, at.filtered);
      state[p].set(memory.subarray(place, place + n));
      addFlowProducts(work, count, n, at.filtered, at.lagged + p * n * n);
    }
    for (const { t, v } of special) filterBucket(work, from, t, p, v);
  }
  if (isDense) addFlowProducts(work, count, n, at.dense, at.square);
  else addSparseSquares(work, from, count);
  for (const { t, v } of special) addSpecial(work, from + t, v);
}

/** `Σ u uᵀ` bucket by bucket: few names trade at once. */
function addSparseSquares({ flow, run, fold, memory, at }: Workspace, from: number, count: number): void {
  for (let t = from; t < from + count; t++) {
    const [first, last] = [flow.bucketStart[run.from + t], flow.bucketStart[run.from + t + 1]];
    for (let e = first; e < last; e++) {
      const into = at.square + flow.name[e] * fold.names;
      for (let k = first; k < last; k++) memory[into + flow.name[k]] += flow.value[e] * flow.value[k];
    }
  }
}
