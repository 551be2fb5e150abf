import type { FlowWorkspace } from './workspace.js';

/** Flow of a tile: by bucket, and by name or as a matrix; times and names from its start. */
export function loadEvents(work: FlowWorkspace, from: number, count: number): void {
  loadByTime(work, from, count);
  if (work.isDense) loadDense(work, from, count);
  else loadByName(work, from, count);
}

function loadByTime({ flow, run, memory, at: { byTime } }: FlowWorkspace, from: number, count: number): void {
  const first = flow.bucketStart[run.from + from];
  const last = flow.bucketStart[run.from + from + count];
  for (let t = 0; t <= count; t++) memory[byTime.starts + t] = flow.bucketStart[run.from + from + t] - first;
  for (let e = first; e < last; e++) {
    memory[byTime.index + e - first] = flow.name[e];
    memory[byTime.value + e - first] = flow.value[e];
  }
}

function loadDense({ flow, run, names: n, memory, at }: FlowWorkspace, from: number, count: number): void {
  memory.fill(0, at.dense, at.dense + count * n);
  for (let t = 0; t < count; t++)
    for (let e = flow.bucketStart[run.from + from + t]; e < flow.bucketStart[run.from + from + t + 1]; e++)
      memory[at.dense + t * n + flow.name[e]] += flow.value[e];
}

/** Counting sort: within a name events stay in order of time. */
function loadByName({ flow, run, names: n, memory, at: { byName } }: FlowWorkspace, from: number, count: number): void {
  const first = flow.bucketStart[run.from + from];
  const last = flow.bucketStart[run.from + from + count];
  const fill = new Int32Array(n + 1);
  for (let e = first; e < last; e++) fill[flow.name[e] + 1]++;
  for (let j = 0; j < n; j++) fill[j + 1] += fill[j];
  for (let j = 0; j <= n; j++) memory[byName.starts + j] = fill[j];
  for (let t = 0; t < count; t++) {
    for (let e = flow.bucketStart[run.from + from + t]; e < flow.bucketStart[run.from + from + t + 1]; e++) {
      const slot = fill[flow.name[e]]++;
      memory[byName.index + slot] = t;
      memory[byName.value + slot] = flow.value[e];
    }
  }
}

/** `out += Uᵀ X` for the flow of the tile; rows of X and of the result are `width` long. */
export function addFlowProducts(
  { set, names: n, at, isDense }: FlowWorkspace,
  count: number,
  width: number,
  x: number,
  out: number,
) {
  if (!isDense) {
    set.addSparseProducts(n, width, at.byName, x, out);
    return;
  }
  const flow = { at: at.dense, row: 1, column: n };
  set.gemm(n, width, count, 1, flow, { at: x, row: width, column: 1 }, { at: out, row: width }, at.scratch);
}
