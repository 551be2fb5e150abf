import type { FoldMoments } from '../../../model/moments.js';
import { backwardTile } from './backwardTile.js';
import { addFlowSquares, countMoves } from './counts.js';
import { addFlowGram } from './flowGram.js';
import { forwardTile } from './forwardTile.js';
import { collectRowProducts } from './rowProducts.js';
import type { FilterState, NetFlow, RunRows } from './run.js';
import { subtractLeftOut } from './specialBuckets.js';
import { TILE, workspace } from './workspace.js';

/**
 * Adds a run of buckets to a fold and moves the filter state to its end. The N² work per bucket is `P` products with the
 * sparse flow on one side (MODEL §3):
 *
 *     C_0 = Σ u uᵀ,   C_p = Σ u_t (s^p_{t−1})ᵀ,   B_pq = Σ s^p_{t−1} (s^q_{t−1})ᵀ
 *     (1 − d_p d_q) B_pq = d_p C_pᵀ + d_q C_q + C_0 + s^p_0 (s^q_0)ᵀ − s^p_T (s^q_T)ᵀ
 *     Σ v^p (v^q)ᵀ = C_0 − (1−d_q) C_q − (1−d_p) C_pᵀ + (1−d_p)(1−d_q) B_pq
 *
 * and, by filtering the rows backwards, with `R̃_t = Σ_{k>t} d^{k−t−1} R_k` and R = [1, x, r],
 *
 *     Σ R_t (v^p_t)ᵀ = Σ (R_t − (1−d) R̃_t) u_tᵀ − (1−d) R̃_{−1} s_0ᵀ
 *
 * Tiles of buckets pass through the kernels' memory; sums over buckets run in a fixed order.
 */
export function accumulateRun(
  flow: NetFlow,
  run: RunRows,
  state: FilterState,
  decay: Float64Array,
  fold: FoldMoments,
): void {
  countMoves(run, fold);
  addFlowSquares(flow, run, fold);
  const start = state.map((s) => s.slice());
  const work = workspace(flow, run, decay, fold);
  for (let from = 0; from < run.count; from += TILE) forwardTile(work, state, from);
  for (let from = TILE * Math.floor((run.count - 1) / TILE); from >= 0; from -= TILE) backwardTile(work, from);
  collectRowProducts(work, start);
  addFlowGram(work, start, state);
  subtractLeftOut(work);
}
