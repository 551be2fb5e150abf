import type { FoldMoments } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';

/** Signed flow by bucket: entries `bucketStart[t] … bucketStart[t+1]−1` belong to bucket t. */
export interface NetFlow {
  readonly bucketStart: Int32Array;
  readonly name: Int32Array;
  /** h(u) at scale one. */
  readonly value: Float64Array;
  /** u, millions. */
  readonly linear: Float64Array;
}

/** Rows `[1, x (F), r (N)]` of consecutive buckets, time-major. */
export interface RunRows {
  /** Bucket of the first row. */
  readonly from: number;
  readonly count: number;
  readonly width: number;
  readonly rows: Float64Array;
  /** count × N: 1 where the move is present. */
  readonly present: Uint8Array;
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
 */
export function accumulateRun(
  flow: NetFlow,
  run: RunRows,
  state: FilterState,
  params: RunParams,
  fold: FoldMoments,
): void {
  addRowProducts(run, fold);
  params.decay.forEach((decay, p) => {
    addRowFlowProducts(flow, run, state[p], decay, p, fold);
  });
  const start = state.map((s) => s.slice());
  const products = flowProducts(flow, run, state, params.decay, fold);
  addFlowGram(products, start, state, params.decay, fold);
}

/** `Σ [1,x][1,x]ᵀ`, `Σ [1,x] rᵀ`, the upper triangle of `Σ r rᵀ`, the counts, and the controls of missing moves. */
function addRowProducts(run: RunRows, fold: FoldMoments): void {
  const { rows, count, width, present, used } = run;
  const { names, zz, zr } = fold;
  const controls = width - names;
  let complete = 0;
  for (let t = 0; t < count; t++) {
    if (!used[t]) continue;
    fold.buckets++;
    const row = rows.subarray(t * width, (t + 1) * width);
    const here = present.subarray(t * names, (t + 1) * names);
    for (let a = 0; a < controls; a++) {
      for (let b = 0; b < controls; b++) zz.data[a * zz.cols + b] += row[a] * row[b];
      for (let i = 0; i < names; i++) zr.data[a * names + i] += row[a] * row[controls + i];
    }
    if (here.includes(0)) countIncomplete(here, row, controls, fold);
    else complete++;
  }
  countComplete(complete, fold);
  addMoveProducts(run, fold);
}

function countIncomplete(
  here: Uint8Array,
  row: Float64Array,
  controls: number,
  { names, observed, jointlyObserved, missingControls }: FoldMoments,
): void {
  const square = controls * controls;
  for (let i = 0; i < names; i++) {
    if (!here[i]) {
      addControls(missingControls.data.subarray(i * square, (i + 1) * square), row, controls);
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

/** Upper triangle of `Σ r rᵀ`, four buckets at a time; moves that are missing or left out are zero in the rows. */
function addMoveProducts({ rows, count, width }: RunRows, { names, rr }: FoldMoments): void {
  const first = width - names;
  const whole = count - (count % 4);
  for (let t = 0; t < whole; t += 4) {
    const r0 = t * width + first;
    const r1 = r0 + width;
    const r2 = r1 + width;
    const r3 = r2 + width;
    for (let i = 0; i < names; i++) {
      const [m0, m1, m2, m3] = [rows[r0 + i], rows[r1 + i], rows[r2 + i], rows[r3 + i]];
      const into = i * names;
      for (let j = i; j < names; j++) {
        rr.data[into + j] += m0 * rows[r0 + j] + m1 * rows[r1 + j] + m2 * rows[r2 + j] + m3 * rows[r3 + j];
      }
    }
  }
  for (let t = whole; t < count; t++) {
    const r = t * width + first;
    for (let i = 0; i < names; i++) for (let j = i; j < names; j++) rr.data[i * names + j] += rows[r + i] * rows[r + j];
  }
}

function addControls(into: Float64Array, row: Float64Array, controls: number): void {
  for (let a = 0; a < controls; a++) for (let b = 0; b < controls; b++) into[a * controls + b] += row[a] * row[b];
}

/**
 * `Σ_t [1,x,r]_t (v^p_t)ᵀ` by filtering the rows backwards: with `R̃_t = Σ_{k>t} d^{k−t−1} R_k` it equals
 * `Σ_t (R_t − (1−d) R̃_t) u_tᵀ − (1−d) R̃_{−1} s_0ᵀ`.
 */
function addRowFlowProducts(
  flow: NetFlow,
  run: RunRows,
  start: Float64Array,
  decay: number,
  p: number,
  fold: FoldMoments,
): void {
  const { rows, count, width, from } = run;
  const { names } = fold;
  const ahead = new Float64Array(width);
  const products = new Float64Array(names * width);
  for (let t = count - 1; t >= 0; t--) {
    for (let e = flow.bucketStart[from + t]; e < flow.bucketStart[from + t + 1]; e++) {
      const u = flow.value[e];
      const into = flow.name[e] * width;
      for (let w = 0; w < width; w++) products[into + w] += u * (rows[t * width + w] - (1 - decay) * ahead[w]);
    }
    for (let w = 0; w < width; w++) ahead[w] = decay * ahead[w] + rows[t * width + w];
  }
  for (let j = 0; j < names; j++) {
    for (let w = 0; w < width; w++) products[j * width + w] -= (1 - decay) * ahead[w] * start[j];
  }
  scatterRowFlow(products, width, p, fold);
}

function scatterRowFlow(products: Float64Array, width: number, p: number, { names, zz, zr }: FoldMoments): void {
  const controls = width - names;
  for (let j = 0; j < names; j++) {
    const column = controls + p * names + j;
    for (let a = 0; a < controls; a++) {
      zz.data[a * zz.cols + column] += products[j * width + a];
      zz.data[column * zz.cols + a] += products[j * width + a];
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

/** One forward pass: C_0, C_p, the state, and the buckets that are left out taken from the Gram matrix again. */
function flowProducts(
  flow: NetFlow,
  run: RunRows,
  state: FilterState,
  decay: Float64Array,
  fold: FoldMoments,
): FlowProducts {
  const { names } = fold;
  const square = new Float64Array(names * names);
  const lagged = state.map(() => new Float64Array(names * names));
  for (let t = 0; t < run.count; t++) {
    const [first, last] = [flow.bucketStart[run.from + t], flow.bucketStart[run.from + t + 1]];
    for (let e = first; e < last; e++) {
      const u = flow.value[e];
      const row = flow.name[e] * names;
      for (let k = first; k < last; k++) square[row + flow.name[k]] += u * flow.value[k];
      for (let p = 0; p < state.length; p++) {
        if (decay[p] === 1) continue;
        const [target, s] = [lagged[p], state[p]];
        for (let j = 0; j < names; j++) target[row + j] += u * s[j];
      }
      if (run.used[t]) {
        fold.flowSquare[flow.name[e]] += flow.linear[e] * flow.linear[e];
        fold.flowPower[flow.name[e]] += u * u;
      }
    }
    if (!run.used[t]) subtractBucket(filteredFlow(flow, first, last, state, decay, names), fold);
    else addMissing(run, t, () => filteredFlow(flow, first, last, state, decay, names), fold);
    advance(flow, first, last, state, decay);
  }
  return { square, lagged };
}

function advance(flow: NetFlow, first: number, last: number, state: FilterState, decay: Float64Array): void {
  for (let p = 0; p < state.length; p++) {
    if (decay[p] === 1) continue;
    const s = state[p];
    for (let j = 0; j < s.length; j++) s[j] *= decay[p];
    for (let e = first; e < last; e++) s[flow.name[e]] += flow.value[e];
  }
}

/** `v_t`, all bases one after the other. */
function filteredFlow(
  flow: NetFlow,
  first: number,
  last: number,
  state: FilterState,
  decay: Float64Array,
  names: number,
): Float64Array {
  const v = new Float64Array(names * state.length);
  state.forEach((s, p) => {
    for (let j = 0; j < names; j++) v[p * names + j] = -(1 - decay[p]) * s[j];
    for (let e = first; e < last; e++) v[p * names + flow.name[e]] += flow.value[e];
  });
  return v;
}

function subtractBucket(v: Float64Array, { zz }: FoldMoments): void {
  const offset = zz.cols - v.length;
  for (let a = 0; a < v.length; a++) {
    if (v[a] === 0) continue;
    for (let b = 0; b < v.length; b++) zz.data[(offset + a) * zz.cols + offset + b] -= v[a] * v[b];
  }
}

/** `Σ v²` of the buckets in which a name's move is missing: what its products with flow lack. */
function addMissing(
  { present }: RunRows,
  t: number,
  flowOf: () => Float64Array,
  { names, missingFlowSquare }: FoldMoments,
): void {
  const here = present.subarray(t * names, (t + 1) * names);
  if (!here.includes(0)) return;
  const v = flowOf();
  for (let i = 0; i < names; i++) {
    if (here[i]) continue;
    for (let k = 0; k < v.length; k++) missingFlowSquare.data[k * names + i] += v[k] * v[k];
  }
}

function addFlowGram(
  { square, lagged }: FlowProducts,
  start: FilterState,
  end: FilterState,
  decay: Float64Array,
  fold: FoldMoments,
): void {
  const { names, zz } = fold;
  const offset = zz.cols - names * decay.length;
  for (let p = 0; p < decay.length; p++) {
    for (let q = 0; q < decay.length; q++) {
      const [dp, dq] = [decay[p], decay[q]];
      for (let i = 0; i < names; i++) {
        for (let j = 0; j < names; j++) {
          const [c0, cq, cpT] = [square[i * names + j], lagged[q][i * names + j], lagged[p][j * names + i]];
          let value = c0 - (1 - dq) * cq - (1 - dp) * cpT;
          if (dp < 1 && dq < 1) {
            const states =
              (dp * cpT + dq * cq + c0 + start[p][i] * start[q][j] - end[p][i] * end[q][j]) / (1 - dp * dq);
            value += (1 - dp) * (1 - dq) * states;
          }
          add(zz, offset + p * names + i, offset + q * names + j, value);
        }
      }
    }
  }
}

function add(matrix: DenseMatrix, i: number, j: number, value: number): void {
  matrix.data[i * matrix.cols + j] += value;
}
