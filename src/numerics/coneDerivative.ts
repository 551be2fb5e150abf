import { blas } from './blas/blas.js';
import { combine, type DenseMatrix, dotOfRuns, multiply, plusTranspose, transpose, zeros } from './dense.js';

/** Of a symmetric n×n matrix. */
export interface Spectrum {
  /** Ascending. */
  readonly values: Float64Array;
  /** n×n, one eigenvector per row. */
  readonly rows: DenseMatrix;
}

/** Entries of symmetric n×n matrices, each once: row i at most column j. */
export interface EntryList {
  readonly i: Int32Array;
  readonly j: Int32Array;
}

/** The derivative on symmetric H that are zero outside a list of entries, each given by its entries in that order. */
export interface ConeDerivative {
  /** Listed entries of the image. */
  readonly onEntries: (h: Float64Array) => Float64Array;
  /** The whole image, n×n. */
  readonly whole: (h: Float64Array) => DenseMatrix;
}

/** From this share of all entries on, products with full matrices are faster than going through a list. */
const DENSE_SHARE = 1 / 24;

/**
 * Derivative of the projection onto the positive semidefinite cone at a matrix `V Λ Vᵀ`: `H ↦ V (Ω ∘ VᵀHV) Vᵀ`, where
 * Ω is one between positive eigenvalues, `λ_j / (λ_j − λ_k)` between a positive and another one, zero between others
 * (Löwner; Qi and Sun 2006). An image takes two products of n×n with n×s, s being the smaller of the numbers of
 * positive and of other eigenvalues: where the others are fewer, what they take away from H is computed instead.
 */
export function coneDerivative({ values, rows }: Spectrum, entries: EntryList): ConeDerivative {
  const n = values.length;
  const first = firstPositive(values);
  const isPositive = 2 * first >= n;
  const [from, to] = isPositive ? [first, n] : [0, first];
  const side = { rows: to - from, cols: n, data: rows.data.subarray(from * n, to * n) };
  const columns = transpose(side);
  const weights = lownerWeights(values, first, isPositive);
  const isDense = entries.i.length > DENSE_SHARE * n * n;
  const half = (h: Float64Array) => {
    const product = isDense ? multiply(fromEntries(h, entries, n), columns).data : undefined;
    return weighedBetween(rows, weights, (out) => {
      if (product) out.set(product);
      else addTimesEntries(out, columns, h, entries);
    });
  };
  const whole = (h: Float64Array) => {
    const image = plusTranspose(multiply({ ...columns, data: half(h).slice() }, side));
    return isPositive ? image : combine(fromEntries(h, entries, n), 1, image, -1);
  };
  const onEntries = (h: Float64Array) => {
    if (isDense) return entriesOf(whole(h), entries);
    const image = isPositive ? new Float64Array(h.length) : h.slice();
    addDots(image, half(h), columns, entries, isPositive ? 1 : -1);
    return image;
  };
  return { onEntries, whole };
}

/** Zero counts as not positive: the projection has a kink there, and either side is one of its derivatives. */
function firstPositive(values: Float64Array): number {
  const first = values.findIndex((value) => value > 0);
  return first < 0 ? values.length : first;
}

/** Ω or 1 − Ω between all eigenvalues and those of one side, n×s; halves between the side's own, as both triangles count. */
function lownerWeights(values: Float64Array, first: number, isPositive: boolean): Float64Array {
  const n = values.length;
  const [from, to] = isPositive ? [first, n] : [0, first];
  const out = new Float64Array(n * (to - from));
  for (let a = 0, k = 0; a < n; a++) {
    for (let b = from; b < to; b++, k++) {
      const size = Math.abs(values[b]);
      out[k] = a >= from && a < to ? 0.5 : size === 0 ? 0 : size / (size + Math.abs(values[a]));
    }
  }
  return out;
}

/**
 * `Vᵀ (weights ∘ V X)` for the n×n V of rows and the n×s X that `addTo` adds to zeros: in the kernels' memory, until
 * they are used again.
 */
function weighedBetween(
  { rows: n, data }: DenseMatrix,
  weights: Float64Array,
  addTo: (X: Float64Array) => void,
): Float64Array {
  const set = blas();
  const s = weights.length / n;
  const even = (size: number) => size + (size % 2);
  const atX = even(n * n);
  const atZ = atX + even(n * s);
  const scratch = atZ + even(n * s);
  const memory = set.reserve(scratch + set.gemmScratch(s));
  memory.set(data, 0);
  memory.fill(0, atX, atZ + n * s);
  addTo(memory.subarray(atX, atX + n * s));
  const wide = (at: number) => ({ at, row: s, column: 1 });
  set.gemm(n, s, n, 1, { at: 0, row: n, column: 1 }, wide(atX), wide(atZ), scratch);
  scaleBy(memory, atZ, weights);
  memory.fill(0, atX, atX + n * s);
  set.gemm(n, s, n, 1, { at: 0, row: 1, column: n }, wide(atZ), wide(atX), scratch);
  return memory.subarray(atX, atX + n * s);
}

function scaleBy(memory: Float64Array, at: number, weights: Float64Array): void {
  for (let k = 0; k < weights.length; k++) memory[at + k] *= weights[k];
}

/** `out += H X`. */
function addTimesEntries(out: Float64Array, X: DenseMatrix, h: Float64Array, { i, j }: EntryList): void {
  for (let e = 0; e < h.length; e++) {
    addRow(out, i[e], X.data, j[e], h[e], X.cols);
    if (i[e] !== j[e]) addRow(out, j[e], X.data, i[e], h[e], X.cols);
  }
}

function addRow(out: Float64Array, to: number, data: Float64Array, from: number, scale: number, length: number): void {
  for (let c = 0, a = to * length, b = from * length; c < length; c++, a++, b++) out[a] += scale * data[b];
}

function fromEntries(h: Float64Array, { i, j }: EntryList, n: number): DenseMatrix {
  const out = zeros(n);
  for (let e = 0; e < h.length; e++) out.data[i[e] * n + j[e]] = out.data[j[e] * n + i[e]] = h[e];
  return out;
}

function entriesOf({ cols, data }: DenseMatrix, { i, j }: EntryList): Float64Array {
  const out = new Float64Array(i.length);
  for (let e = 0; e < out.length; e++) out[e] = data[i[e] * cols + j[e]];
  return out;
}

/** `out_e += sign (⟨a_i, b_j⟩ + ⟨a_j, b_i⟩)` over the entries (i, j), with rows of a and of b, which are as long. */
function addDots(
  out: Float64Array,
  a: Float64Array,
  { cols, data: b }: DenseMatrix,
  { i, j }: EntryList,
  sign: number,
): void {
  for (let e = 0; e < out.length; e++) {
    const one = dotOfRuns(a, i[e] * cols, b, j[e] * cols, cols);
    const other = i[e] === j[e] ? one : dotOfRuns(a, j[e] * cols, b, i[e] * cols, cols);
    out[e] += sign * (one + other);
  }
}
