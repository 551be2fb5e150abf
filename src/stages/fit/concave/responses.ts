import { rowFlowTile } from '../recursion/backwardTile.js';
import { rowFlowProducts } from '../recursion/rowProducts.js';
import type { FilterState, NetFlow } from '../recursion/run.js';
import { flowWorkspace, type Rows, TILE } from '../recursion/workspace.js';

/**
 * `Σ_t R_t (v_t^p)ᵀ` of a run of buckets for rows R of any width, by filtering them backwards as moves are (MODEL §3): dense
 * rows, sparse flow. Gives each basis' N×width products to `take`, who must not keep them; moves the state to the run's end.
 */
export function addResponses(
  { flow, rows, names, decay }: ResponseRun,
  state: FilterState,
  take: (p: number, products: Float64Array) => void,
): void {
  const start = state.map((s) => s.slice());
  const work = flowWorkspace(flow, rows, decay, { names });
  for (let from = TILE * Math.floor((rows.count - 1) / TILE); from >= 0; from -= TILE) rowFlowTile(work, from);
  for (let p = 0; p < decay.length; p++) take(p, rowFlowProducts(work, p, start));
  advance(flow, rows, decay, state);
}

export interface ResponseRun {
  readonly flow: NetFlow;
  readonly rows: Rows;
  readonly names: number;
  readonly decay: Float64Array;
}

/** A permanent basis has no state. */
function advance(flow: NetFlow, { from, count }: Rows, decay: Float64Array, state: FilterState): void {
  for (let p = 0; p < decay.length; p++) {
    if (decay[p] === 1) continue;
    const s = state[p];
    for (let t = from; t < from + count; t++) {
      for (let i = 0; i < s.length; i++) s[i] *= decay[p];
      for (let e = flow.bucketStart[t]; e < flow.bucketStart[t + 1]; e++) s[flow.name[e]] += flow.value[e];
    }
  }
}
