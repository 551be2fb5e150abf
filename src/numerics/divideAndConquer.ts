import type { Blas } from './blas/interface.js';
import { deflate, FIRST, type Merging, SECOND } from './deflation.js';
import { qlIterations } from './implicitQl.js';
import { secularVectors } from './secularEquation.js';

/** Tridiagonal matrices up to this size are solved by QL iterations. */
const LEAF = 24;

/** Doubles of scratch that `tridiagonalEigen` needs. */
export const divideScratch = (n: number, kernels: Blas): number => 3 * n * n + kernels.gemmScratch(n) + 64;

/** A symmetric tridiagonal n×n matrix, and places for its eigenvectors in the kernels' memory. */
export interface TridiagonalProblem {
  readonly n: number;
  /** n: the diagonal; the eigenvalues afterwards, ascending. */
  readonly d: Float64Array;
  /** n, of which n − 1 count: the subdiagonal. */
  readonly e: Float64Array;
  /** n×n: the eigenvectors, one per row. */
  readonly z: number;
  /** `divideScratch(n)` doubles. */
  readonly scratch: number;
  readonly kernels: Blas;
}

/**
 * Eigenvalues and eigenvectors in place: Cuppen's divide and conquer with deflation and the vectors of Gu and Eisenstat
 * (1995), which are orthogonal however close the eigenvalues are.
 */
export function tridiagonalEigen(problem: TridiagonalProblem): void {
  const { n, z, kernels } = problem;
  kernels.memory().fill(0, z, z + n * n);
  solve(problem, 0, n);
}

/** Solves rows and columns [from, to). */
function solve(problem: TridiagonalProblem, from: number, to: number): void {
  const size = to - from;
  if (size <= LEAF) {
    leaf(problem, from, to);
    return;
  }
  const { d, e } = problem;
  const cut = from + (size >> 1);
  const coupling = e[cut - 1];
  d[cut - 1] -= Math.abs(coupling);
  d[cut] -= Math.abs(coupling);
  solve(problem, from, cut);
  solve(problem, cut, to);
  merge(problem, { from, cut, to }, coupling);
}

function leaf(problem: TridiagonalProblem, from: number, to: number): void {
  const { n, d, e, z, kernels } = problem;
  const data = kernels.memory();
  for (let i = from; i < to; i++) data[z + i * n + i] = 1;
  const off = Float64Array.from({ length: to - from }, (_, i) => (from + i + 1 < to ? e[from + i] : 0));
  qlIterations(d, off, from, to, (i, c, s) => {
    const [upper, lower] = [z + i * n, z + (i + 1) * n];
    for (let k = from; k < to; k++) {
      const h = data[lower + k];
      data[lower + k] = s * data[upper + k] + c * h;
      data[upper + k] = c * data[upper + k] - s * h;
    }
  });
  for (let i = from; i < to; i++) {
    let smallest = i;
    for (let k = i + 1; k < to; k++) if (d[k] < d[smallest]) smallest = k;
    if (smallest !== i) swap(problem, i, smallest, from, to);
  }
}

/** Swaps two eigenvalues and their vectors, which have entries in [from, to). */
function swap({ n, d, z, kernels }: TridiagonalProblem, i: number, j: number, from: number, to: number): void {
  const data = kernels.memory();
  [d[i], d[j]] = [d[j], d[i]];
  for (let k = from; k < to; k++) {
    const value = data[z + i * n + k];
    data[z + i * n + k] = data[z + j * n + k];
    data[z + j * n + k] = value;
  }
}

/** Rows and columns [from, to) in two halves. */
interface Span {
  readonly from: number;
  readonly cut: number;
  readonly to: number;
}

/** `diag(T₁, T₂) + |β| u uᵀ` from the eigenvectors of its halves. */
function merge(problem: TridiagonalProblem, span: Span, coupling: number): void {
  const { scratch, kernels } = problem;
  const data = kernels.memory();
  const merging = mergingOf(problem, span, coupling);
  const { values, u, rho, kind } = merging;
  const { kept, deflated } = deflate(merging, (i, j, c, s) => rotateRows(problem, span, [i, j], [c, s]));
  // Kept vectors, those of the first half first, so that each half of the product is dense.
  const byKind = [...kept.keys()].sort((a, b) => kind[kept[a]] - kind[kept[b]] || a - b);
  const poles = Float64Array.from(kept, (i) => values[i]);
  const weights = Float64Array.from(kept, (i) => u[i]);
  const roots = secularVectors({ poles, weights, rho }, data, scratch);
  permuteColumns(data, scratch, roots.length, byKind);
  assemble(problem, span, { kept, deflated, byKind, kind, roots, values });
}

/** u = (last row of the first vectors, ± first row of the second ones) / √2. */
function mergingOf({ n, d, z, kernels }: TridiagonalProblem, { from, cut, to }: Span, coupling: number): Merging {
  const data = kernels.memory();
  const values = d.slice(from, to);
  const sign = coupling < 0 ? -1 : 1;
  const u = values.map((_, i) =>
    from + i < cut
      ? data[z + (from + i) * n + cut - 1] * Math.SQRT1_2
      : sign * data[z + (from + i) * n + cut] * Math.SQRT1_2,
  );
  const kind = Int8Array.from(values, (_, i) => (from + i < cut ? FIRST : SECOND));
  return { values, u, rho: 2 * Math.abs(coupling), kind, order: ascendingOrder(values, cut - from) };
}

/** Both halves are ascending already. */
function ascendingOrder(values: Float64Array, cut: number): Int32Array {
  const order = new Int32Array(values.length);
  let [a, b] = [0, cut];
  for (let k = 0; k < order.length; k++) {
    const takeFirst = b >= values.length || (a < cut && values[a] <= values[b]);
    order[k] = takeFirst ? a++ : b++;
  }
  return order;
}

function rotateRows(
  { n, z, kernels }: TridiagonalProblem,
  { from, to }: Span,
  [i, j]: readonly [number, number],
  [c, s]: readonly [number, number],
): void {
  const data = kernels.memory();
  const [p, q] = [z + (from + i) * n, z + (from + j) * n];
  for (let k = from; k < to; k++) {
    const [a, b] = [data[p + k], data[q + k]];
    data[p + k] = c * a + s * b;
    data[q + k] = c * b - s * a;
  }
}

/** Columns of the k×k matrix in the order given. */
function permuteColumns(data: Float64Array, at: number, k: number, order: readonly number[]): void {
  if (order.every((from, to) => from === to)) return;
  const row = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    const start = at + i * k;
    for (let j = 0; j < k; j++) row[j] = data[start + order[j]];
    data.set(row, start);
  }
}

interface Pieces {
  readonly kept: readonly number[];
  readonly deflated: readonly number[];
  readonly byKind: readonly number[];
  readonly kind: Int8Array;
  readonly roots: Float64Array;
  readonly values: Float64Array;
}

/** Products of the new vectors with the old ones, and everything in ascending order back to its place. */
function assemble(problem: TridiagonalProblem, span: Span, pieces: Pieces): void {
  const { n, d, z, scratch, kernels } = problem;
  const { kept, deflated, byKind, roots, values } = pieces;
  const data = kernels.memory();
  const { from } = span;
  const size = span.to - from;
  const k = kept.length;
  const old = scratch + k * k;
  const result = old + size * size;
  // Old vectors in the order of the columns of the new ones, then the deflated ones.
  [...byKind.map((column) => kept[column]), ...deflated].forEach((i, r) => {
    const start = z + (from + i) * n + from;
    data.copyWithin(old + r * size, start, start + size);
  });
  data.fill(0, result, result + k * size);
  multiplyHalves(kernels, span, pieces, { inner: scratch, old, result });
  const untouched = Float64Array.from(deflated, (i) => values[i]);
  mergedOrder(roots, untouched).forEach((item, row) => {
    const start = item < k ? result + item * size : old + item * size;
    data.copyWithin(z + (from + row) * n + from, start, start + size);
    d[from + row] = item < k ? roots[item] : untouched[item - k];
  });
}

/** Places of the new vectors (k×k), of the old ones (size×size, the kept ones first) and of their product (k×size). */
interface ProductSpace {
  readonly inner: number;
  readonly old: number;
  readonly result: number;
}

/** The product, half by half of its columns: a vector of the one half has no entries in the other. */
function multiplyHalves(
  kernels: Blas,
  { from, cut, to }: Span,
  { kept, byKind, kind }: Pieces,
  { inner, old, result }: ProductSpace,
): void {
  const [k, size, half] = [kept.length, to - from, cut - from];
  const firsts = byKind.filter((column) => kind[kept[column]] === FIRST).length;
  const seconds = byKind.filter((column) => kind[kept[column]] === SECOND).length;
  const gemmSpace = result + k * size + ((result + k * size) % 2);
  const multiplyHalf = (column: number, width: number, first: number, count: number) => {
    if (k === 0 || width === 0 || count === 0) return;
    const left = { at: inner + first, row: k, column: 1 };
    const right = { at: old + first * size + column, row: size, column: 1 };
    kernels.gemm(k, width, count, 1, left, right, { at: result + column, row: size }, gemmSpace);
  };
  multiplyHalf(0, half, 0, k - seconds);
  multiplyHalf(half, size - half, firsts, k - firsts);
}

/** Indices of `roots` followed by those of `others`, in ascending order of value; the roots are sorted. */
function mergedOrder(roots: Float64Array, others: Float64Array): number[] {
  const rest = Array.from(others.keys()).sort((a, b) => others[a] - others[b] || a - b);
  const order: number[] = [];
  let [a, b] = [0, 0];
  while (a < roots.length || b < rest.length) {
    if (b >= rest.length || (a < roots.length && roots[a] <= others[rest[b]])) order.push(a++);
    else order.push(roots.length + rest[b++]);
  }
  return order;
}
