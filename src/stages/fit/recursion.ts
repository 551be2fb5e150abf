import type { FoldMoments } from '../../model/moments.js';
import { blas } from '../../numerics/blas/blas.js';
import type { Blas, EventsAt } from '../../numerics/blas/interface.js';
import { type DenseMatrix, multiply, transpose } from '../../numerics/dense.js';

/** Signed flow by bucket: entries `bucketStart[t] … bucketStart[t+1]−1` belong to bucket t. */
export interface NetFlow {
  readonly bucketStart: Int32Array;
  readonly name: Int32Array;
  /** h(u) at scale one. */
  readonly value: Float64Array;
  /** u, millions. */
  readonly linear: Float64Array;
}

/** Rows `[1, x (F), r (N)]` of consecutive buckets. */
export interface RunRows {
  /** Bucket of the first row. */
  readonly from: number;
  readonly count: number;
  readonly width: number;
  /**
   * Writes rows of the run, from the place given on; missing moves are zero and rows that are left out are all zero. A day
   * of rows never stands in memory as a whole.
   */
  readonly load: (first: number, count: number, into: Float64Array, place: number) => void;
  /** `[1, x]` of a row that is used. */
  readonly controls: (row: number) => Float64Array;
  /** 1 where no move is missing. */
  readonly complete: Uint8Array;
  /** count × N: 1 where the move is present; absent where all rows are complete. */
  readonly present?: Uint8Array | undefined;
  /** 1 where the bucket enters the sums. */
  readonly used: Uint8Array;
}

/** `s^p`, one vector of names per basis. */
export type FilterState = readonly Float64Array[];

export const newState = (bases: number, names: number): FilterState =>
  Array.from({ length: bases }, () => new Float64Array(names));

interface RunParams {
  readonly decay: Float64Array;
}

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
  { decay }: RunParams,
  fold: FoldMoments,
): void {
  countMoves(run, fold);
  addFlowSquares(flow, run, fold);
  const start = state.map((s) => s.slice());
  const work = workspace(flow, run, decay, fold);
  for (let from = 0; from < run.count; from += TILE) forwardTile(work, state, from);
  for (let from = TILE * Math.floor((run.count - 1) / TILE); from >= 0; from -= TILE) backwardTile(work, from);
  collectRowProducts(work, start);
  addFlowGram(flowProducts(work), start, state, decay, fold);
  subtractLeftOut(work);
}

/** Buckets that pass through the caches together. */
const TILE = 128;
/** Share of cells with flow above which flow is cheaper as a dense matrix. */
const DENSE_SHARE = 0.3;

/** Places in the kernels' memory and what a pass collects. */
interface Workspace {
  readonly flow: NetFlow;
  readonly run: RunRows;
  readonly decay: Float64Array;
  readonly fold: FoldMoments;
  readonly set: Blas;
  readonly memory: Float64Array;
  readonly isDense: boolean;
  readonly at: Places;
  /** Filtered flow of the buckets that are left out, NP numbers each. */
  readonly leftOut: Float64Array[];
}

interface Places {
  /** TILE × width: the rows, the rows or states filtered; TILE × N: flow where it is dense. */
  readonly rows: number;
  readonly filtered: number;
  readonly dense: number;
  /** Per basis: width numbers ahead of the tile, N of state. */
  readonly ahead: number;
  readonly state: number;
  /** Per basis: N × width and N × N. */
  readonly rowFlow: number;
  readonly lagged: number;
  /** N × N: C_0; controls × width; N × N, of which the blocks on and above the diagonal are filled. */
  readonly square: number;
  readonly controls: number;
  readonly moves: number;
  readonly byTime: EventsAt;
  readonly byName: EventsAt;
  readonly scratch: number;
}

function workspace(flow: NetFlow, run: RunRows, decay: Float64Array, fold: FoldMoments): Workspace {
  const { names: n } = fold;
  const { width } = run;
  const bases = decay.length;
  let events = 0;
  for (let t = 0; t < run.count; t += TILE)
    events = Math.max(
      events,
      flow.bucketStart[run.from + Math.min(t + TILE, run.count)] - flow.bucketStart[run.from + t],
    );
  const total = flow.bucketStart[run.from + run.count] - flow.bucketStart[run.from];
  const isDense = total > DENSE_SHARE * run.count * n;
  let next = 0;
  const place = (doubles: number) => {
    const here = next;
    next += doubles + (doubles % 2);
    return here;
  };
  const eventsAt = (groups: number): EventsAt => ({
    starts: place(groups + 1),
    index: place(events),
    value: place(events),
  });
  const at: Places = {
    rows: place(TILE * width),
    filtered: place(TILE * width),
    dense: place(isDense ? TILE * n : 0),
    byTime: eventsAt(TILE),
    byName: eventsAt(n),
    ahead: place(bases * width),
    state: place(bases * n),
    rowFlow: place(bases * n * width),
    lagged: place(bases * n * n),
    square: place(n * n),
    controls: place((width - n) * width),
    moves: place(n * n),
    scratch: next,
  };
  const set = blas();
  const memory = set.reserve(next + set.gemmScratch(Math.max(width, n)));
  memory.fill(0, at.ahead, next);
  return { flow, run, decay, fold, set, memory, isDense, at: { ...at, scratch: next }, leftOut: [] };
}

/** Events of a tile by bucket and by name, times and names from its start. */
function loadEvents({ flow, run, fold, memory, at, isDense }: Workspace, from: number, count: number): void {
  const { names: n } = fold;
  const first = flow.bucketStart[run.from + from];
  const last = flow.bucketStart[run.from + from + count];
  const { byTime, byName } = at;
  for (let t = 0; t <= count; t++) memory[byTime.starts + t] = flow.bucketStart[run.from + from + t] - first;
  for (let e = first; e < last; e++) {
    memory[byTime.index + e - first] = flow.name[e];
    memory[byTime.value + e - first] = flow.value[e];
  }
  if (isDense) {
    memory.fill(0, at.dense, at.dense + count * n);
    for (let t = 0; t < count; t++)
      for (let e = flow.bucketStart[run.from + from + t]; e < flow.bucketStart[run.from + from + t + 1]; e++)
        memory[at.dense + t * n + flow.name[e]] += flow.value[e];
    return;
  }
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
function addFlowProducts({ set, fold, at, isDense }: Workspace, count: number, width: number, x: number, out: number) {
  const { names: n } = fold;
  if (!isDense) {
    set.addSparseProducts(n, width, at.byName, x, out);
    return;
  }
  const flow = { at: at.dense, row: 1, column: n };
  set.gemm(n, width, count, 1, flow, { at: x, row: width, column: 1 }, { at: out, row: width }, at.scratch);
}

/** C_0 and C_p of a tile; the state moves to its end. */
function forwardTile(work: Workspace, state: FilterState, from: number): void {
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

interface SpecialBucket {
  /** From the start of the tile. */
  readonly t: number;
  /** Filtered flow, all bases one after the other. */
  readonly v: Float64Array;
}

/** Buckets that are left out, or lack a move: what they add to sums over flow has to come out again. */
function specialBuckets({ run, decay, fold }: Workspace, from: number, count: number): SpecialBucket[] {
  const { names: n } = fold;
  const special: SpecialBucket[] = [];
  for (let t = 0; t < count; t++) {
    if (run.used[from + t] && run.complete[from + t]) continue;
    special.push({ t, v: new Float64Array(decay.length * n) });
  }
  return special;
}

/** `v^p_t = u_t − (1−d) s_{t−1}`, from the states that the tile holds. */
function filterBucket(
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
function addSpecial({ run, fold, leftOut }: Workspace, t: number, v: Float64Array): void {
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

/** Products of a tile's rows among themselves and, filtered backwards, with its flow. */
function backwardTile(work: Workspace, from: number): void {
  const { run, decay, set, memory, at, fold } = work;
  const { width } = run;
  const n = fold.names;
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

/** Rows of `Σ r rᵀ` that are summed together, from the diagonal on. */
const MOVE_BLOCK = 96;

/** What the passes over the rows have summed goes into the fold. */
function collectRowProducts({ run, decay, fold, memory, at }: Workspace, start: FilterState): void {
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

function flowProducts({ decay, fold, memory, at }: Workspace): FlowProducts {
  const size = fold.names ** 2;
  return {
    square: memory.subarray(at.square, at.square + size),
    lagged: Array.from(decay, (_, p) => memory.subarray(at.lagged + p * size, at.lagged + (p + 1) * size)),
  };
}

/** Rows whose products are taken out together. */
const LEFT_OUT_BLOCK = 512;

/** The sums over flow ran over every bucket; those that are left out come out again. */
function subtractLeftOut({ leftOut, fold: { zz } }: Workspace): void {
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

/** How many moves there are, alone and in pairs, and the controls of those that are missing. */
function countMoves(run: RunRows, fold: FoldMoments): void {
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

/** `Σ u²` and `Σ |u|^{2c}` of the buckets that enter the sums. */
function addFlowSquares(flow: NetFlow, run: RunRows, { flowSquare, flowPower }: FoldMoments): void {
  for (let t = 0; t < run.count; t++) {
    if (!run.used[t]) continue;
    for (let e = flow.bucketStart[run.from + t]; e < flow.bucketStart[run.from + t + 1]; e++) {
      flowSquare[flow.name[e]] += flow.linear[e] * flow.linear[e];
      flowPower[flow.name[e]] += flow.value[e] * flow.value[e];
    }
  }
}

interface FlowProducts {
  /** C_0. */
  readonly square: Float64Array;
  /** C_p. */
  readonly lagged: readonly Float64Array[];
}

function countIncomplete(
  here: Uint8Array,
  controls: Float64Array,
  { names, observed, jointlyObserved, missingControls }: FoldMoments,
): void {
  const square = controls.length ** 2;
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

interface FlowProducts {
  /** C_0. */
  readonly square: Float64Array;
  /** C_p. */
  readonly lagged: readonly Float64Array[];
}

/** Blocks on and above the diagonal; the others are their transposes. */
function addFlowGram(
  { square, lagged }: FlowProducts,
  start: FilterState,
  end: FilterState,
  decay: Float64Array,
  { names: n, zz }: FoldMoments,
): void {
  const offset = zz.cols - n * decay.length;
  const turned = lagged.map((data) => transpose({ rows: n, cols: n, data }).data);
  for (let p = 0; p < decay.length; p++) {
    for (let q = p; q < decay.length; q++) {
      const [dp, dq] = [decay[p], decay[q]];
      // The permanent basis has no state to take products of.
      const states = dp < 1 && dq < 1 ? ((1 - dp) * (1 - dq)) / (1 - dp * dq) : 0;
      const ofLagged = states * dq - (1 - dq);
      const ofTurned = states * dp - (1 - dp);
      const [cq, cpT] = [lagged[q], turned[p]];
      for (let i = 0; i < n; i++) {
        const [before, after] = [start[p][i], end[p][i]];
        const row = (offset + p * n + i) * zz.cols + offset + q * n;
        for (let j = 0; j < n; j++) {
          const k = i * n + j;
          const value =
            (1 + states) * square[k] +
            (ofLagged * cq[k] + ofTurned * cpT[k]) +
            states * (before * start[q][j] - after * end[q][j]);
          zz.data[row + j] += value;
        }
      }
    }
  }
}
