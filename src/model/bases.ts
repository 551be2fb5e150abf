import { type DenseMatrix, plusTranspose, zeros } from '../numerics/dense.js';
import { squared } from '../numerics/elementary/elementary.js';
import { emptyMoments, type FoldMoments } from './moments.js';

/** The same fold with some of its bases, or none: moves and factors alone. */
export function selectBases(fold: FoldMoments, bases: readonly number[]): FoldMoments {
  const { names, factors } = fold;
  const controls = 1 + factors;
  const out = emptyMoments(fold.label, { names, factors, bases: bases.length });
  out.buckets = fold.buckets;
  for (const field of ['observed', 'flowSquare', 'flowPower'] as const) out[field].set(fold[field]);
  for (const field of ['rr', 'jointlyObserved', 'missingControls'] as const) out[field].data.set(fold[field].data);
  const flow = bases.flatMap((p) => Array.from({ length: names }, (_, j) => p * names + j));
  const kept = [...Array.from({ length: controls }, (_, a) => a), ...flow.map((k) => controls + k)];
  kept.forEach((from, a) => {
    kept.forEach((col, b) => {
      out.zz.data[a * kept.length + b] = fold.zz.data[from * fold.zz.cols + col];
    });
    out.zr.data.set(fold.zr.data.subarray(from * names, (from + 1) * names), a * names);
  });
  flow.forEach((from, k) => {
    out.missingFlowSquare.data.set(fold.missingFlowSquare.data.subarray(from * names, (from + 1) * names), k * names);
  });
  return out;
}

/**
 * The same fold with its P bases merged into one by the kernel weights, `v̄ = Σ_p a_p v^p`: N² numbers instead of (NP)².
 * Everything that follows the choice of a kernel works on these.
 */
export function mergeBases(fold: FoldMoments, weights: Float64Array): FoldMoments {
  const { names, factors, bases } = fold;
  const controls = 1 + factors;
  const out = emptyMoments(fold.label, { names, factors, bases: 1 });
  out.buckets = fold.buckets;
  for (const field of ['observed', 'flowSquare', 'flowPower'] as const) out[field].set(fold[field]);
  for (const field of ['rr', 'jointlyObserved', 'missingControls'] as const) out[field].data.set(fold[field].data);
  const heads = { from: 0, to: 0, size: controls };
  const moves = { from: 0, to: 0, size: names };
  addBlock(out.zz, fold.zz, heads, heads, 1);
  addBlock(out.zr, fold.zr, heads, moves, 1);
  for (let p = 0; p < bases; p++) {
    const basis = { from: controls + p * names, to: controls, size: names };
    addBlock(out.zz, fold.zz, heads, basis, weights[p]);
    addBlock(out.zr, fold.zr, basis, moves, weights[p]);
  }
  setFlowBlock(out.zz, mergeBoth(fold.zz, names, weights.subarray(0, bases), controls));
  mergeMissing(fold, weights, out);
  return out;
}

/** The last rows and columns of a symmetric matrix; below the diagonal, what stands to the left of them is the image of what is above. */
function setFlowBlock({ cols: width, data }: DenseMatrix, flow: DenseMatrix): void {
  const controls = width - flow.cols;
  for (let i = 0; i < flow.rows; i++) {
    const row = (controls + i) * width;
    for (let a = 0; a < controls; a++) data[row + a] = data[a * width + controls + i];
    data.set(flow.data.subarray(i * flow.cols, (i + 1) * flow.cols), row + controls);
  }
}

/**
 * `Σ_pq a_p a_q M_pq` of a symmetric matrix that has P×P blocks of names from a place on the diagonal on, exactly symmetric: what
 * two bases say of each other stands in it twice, and is read once.
 */
export function mergeBoth(matrix: DenseMatrix, names: number, weights: Float64Array, from = 0): DenseMatrix {
  const half = zeros(names);
  const basis = (p: number): Stretch => ({ from: from + p * names, to: 0, size: names });
  weights.forEach((a, p) => {
    addBlock(half, matrix, basis(p), basis(p), 0.5 * a * a);
    for (let q = p + 1; q < weights.length; q++) addBlock(half, matrix, basis(p), basis(q), a * weights[q]);
  });
  return plusTranspose(half);
}

/**
 * `Σ_p a_p M_p` of a matrix whose columns are P blocks of names.
 * @param from the row and the column from which these stand in a larger matrix
 */
export function mergeColumns(
  matrix: DenseMatrix,
  names: number,
  weights: Float64Array,
  from: { readonly row: number; readonly col: number } = { row: 0, col: 0 },
): DenseMatrix {
  const out = zeros(matrix.rows - from.row, names);
  const rows = { from: from.row, to: 0, size: out.rows };
  weights.forEach((weight, p) => {
    addBlock(out, matrix, rows, { from: from.col + p * names, to: 0, size: names }, weight);
  });
  return out;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** `target += weight · source` over a block of rows and columns. */
function addBlock(target: DenseMatrix, source: DenseMatrix, rows: Stretch, cols: Stretch, weight: number): void {
  if (weight === 0) return;
  const [into, values] = [target.data, source.data];
  for (let i = 0; i < rows.size; i++) {
    const to = (rows.to + i) * target.cols + cols.to;
    const from = (rows.from + i) * source.cols + cols.from;
    for (let j = 0; j < cols.size; j++) into[to + j] += weight * values[from + j];
  }
}

/** Missing Σ v̄² from those of the bases: their missing share, weighted by `a_p² Σ (v^p)²`. Exact for one basis. */
function mergeMissing(
  { names, factors, bases, zz, missingFlowSquare }: FoldMoments,
  weights: Float64Array,
  out: FoldMoments,
): void {
  const controls = 1 + factors;
  const shares = weights.map(squared);
  for (let j = 0; j < names; j++) {
    const merged = out.zz.data[(controls + j) * (out.zz.cols + 1)];
    const missing = out.missingFlowSquare.data.subarray(j * names, (j + 1) * names);
    let all = 0;
    for (let p = 0; p < bases; p++) {
      const k = p * names + j;
      addScaled(missing, shares[p], missingFlowSquare.data.subarray(k * names, (k + 1) * names));
      all += shares[p] * zz.data[(controls + k) * (zz.cols + 1)];
    }
    for (let i = 0; i < names; i++) missing[i] = all > 0 ? (merged * missing[i]) / all : 0;
  }
}

function addScaled(to: Float64Array, scale: number, values: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] += scale * values[i];
}
