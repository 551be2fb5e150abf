import { addFlowProducts, loadEvents } from './tileFlow.js';
import { type FlowWorkspace, TILE, type Workspace } from './workspace.js';

/** Products of a tile's rows among themselves and, filtered backwards, with its flow. */
export function backwardTile(work: Workspace, from: number): void {
  const { run, set, at, fold } = work;
  const { width } = run;
  const n = fold.names;
  const count = Math.min(TILE, run.count - from);
  rowFlowTile(work, from);
  const controls = width - n;
  const column = (first: number) => ({ at: at.rows + first, row: 1, column: width });
  const rows = (first: number) => ({ at: at.rows + first, row: width, column: 1 });
  set.gemm(controls, width, count, 1, column(0), rows(0), { at: at.controls, row: width }, at.scratch);
  for (let i = 0; i < n; i += MOVE_BLOCK) {
    const height = Math.min(MOVE_BLOCK, n - i);
    const target = { at: at.moves + i * n + i, row: n };
    set.gemm(height, n - i, count, 1, column(controls + i), rows(controls + i), target, at.scratch);
  }
}

/** Products of a tile's rows, filtered backwards, with its flow. */
export function rowFlowTile(work: FlowWorkspace, from: number): void {
  const { run, decay, set, memory, at, names: n } = work;
  const { width } = run;
  const count = Math.min(TILE, run.count - from);
  run.load(from, count, memory, at.rows);
  loadEvents(work, from, count);
  for (let p = 0; p < decay.length; p++) {
    const out = at.rowFlow + p * n * width;
    if (decay[p] === 1) addFlowProducts(work, count, width, at.rows, out);
    else {
      set.backwardRows(count, width, decay[p], at.ahead + p * width, at.rows, at.filtered);
      addFlowProducts(work, count, width, at.filtered, out);
    }
  }
}

/** Rows of `Σ r rᵀ` that are summed together, from the diagonal on. */
const MOVE_BLOCK = 96;
