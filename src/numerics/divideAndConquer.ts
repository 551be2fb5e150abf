import type { Blas } from './blas/interface.js';
import { qlIterations } from './implicitQl.js';

/** Tridiagonal matrices up to this size are solved by QL iterations. */
const LEAF = 24;
const EPSILON = Number.EPSILON / 2;

export const divideScratch = (n: number, kernels: Blas): number => 3 * n * n + kernels.gemmScratch(n) + 64;

/**
 * Eigenvalues (ascending, in place of `d`) and eigenvectors (rows of the n×n matrix at `z`) of the symmetric tridiagonal
 * matrix with diagonal `d` and subdiagonal `e`: Cuppen's divide and conquer with deflation and the vectors of Gu and Eisenstat
 * (1995), which are orthogonal however close the eigenvalues are.
 */
export function tridiagonalEigen(
  n: number,
  d: Float64Array,
  e: Float64Array,
  z: number,
  scratch: number,
  kernels: Blas,
): void {
  kernels.memory().fill(0, z, z + n * n);
  solve({ n, d, e, z, scratch, kernels }, 0, n);
}

interface Problem {
  readonly n: number;
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly z: number;
  readonly scratch: number;
  readonly kernels: Blas;
}

/** Solves rows and columns [from, to). */
function solve(problem: Problem, from: number, to: number): void {
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
  merge(problem, from, cut, to, coupling);
}

function leaf({ n, d, e, z, kernels }: Problem, from: number, to: number): void {
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
    if (smallest !== i) swapRows(data, d, z, n, i, smallest, from, to);
  }
}

function swapRows(
  data: Float64Array,
  d: Float64Array,
  z: number,
  n: number,
  i: number,
  j: number,
  from: number,
  to: number,
): void {
  [d[i], d[j]] = [d[j], d[i]];
  for (let k = from; k < to; k++) {
    const value = data[z + i * n + k];
    data[z + i * n + k] = data[z + j * n + k];
    data[z + j * n + k] = value;
  }
}

/** Where an eigenvector has entries: in the first half, in both, in the second. */
const FIRST = 0;
const BOTH = 1;
const SECOND = 2;

/** `diag(T₁, T₂) + |β| u uᵀ` from the eigenvectors of its halves. */
function merge(problem: Problem, from: number, cut: number, to: number, coupling: number): void {
  const { n, d, z, kernels } = problem;
  const data = kernels.memory();
  const size = to - from;
  const values = d.slice(from, to);
  // u = (last row of the first vectors, ± first row of the second ones) / √2.
  const sign = coupling < 0 ? -1 : 1;
  const u = Float64Array.from({ length: size }, (_, i) =>
    from + i < cut
      ? data[z + (from + i) * n + cut - 1] * Math.SQRT1_2
      : sign * data[z + (from + i) * n + cut] * Math.SQRT1_2,
  );
  const rho = 2 * Math.abs(coupling);
  const kind = Int8Array.from({ length: size }, (_, i) => (from + i < cut ? FIRST : SECOND));
  const order = ascendingOrder(values, cut - from);
  const { kept, deflated } = deflate(problem, from, to, { values, u, rho, kind, order });
  // Kept vectors, those of the first half first, so that each half of the product is dense.
  const byKind = [...kept.keys()].sort((a, b) => kind[kept[a]] - kind[kept[b]] || a - b);
  const k = kept.length;
  const roots = new Float64Array(k);
  const { scratch } = problem;
  if (k > 0) {
    const poles = Float64Array.from(kept, (i) => values[i]);
    const weights = Float64Array.from(kept, (i) => u[i]);
    secularVectors(poles, weights, rho, data, scratch, k, roots);
    permuteColumns(data, scratch, k, byKind);
  }
  assemble(problem, from, cut, to, { kept, deflated, byKind, kind, roots, values });
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

interface Update {
  readonly values: Float64Array;
  readonly u: Float64Array;
  readonly rho: number;
  readonly kind: Int8Array;
  readonly order: Int32Array;
}

/**
 * Eigenvalues that the update does not move: their entry of u is negligible, or two poles are so close that a rotation
 * makes one negligible. Both lists ascend in their values.
 */
function deflate({ n, z, kernels }: Problem, from: number, to: number, update: Update) {
  const { values, u, rho, kind, order } = update;
  const data = kernels.memory();
  const largest = (list: Float64Array) => list.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
  const tolerance = 8 * EPSILON * Math.max(largest(values), largest(u));
  const kept: number[] = [];
  const deflated: number[] = [];
  if (rho * largest(u) <= tolerance) return { kept, deflated: Array.from(order) };
  let held = -1;
  for (const next of order) {
    if (rho * Math.abs(u[next]) <= tolerance) {
      deflated.push(next);
      continue;
    }
    if (held >= 0) {
      const radius = Math.hypot(u[next], u[held]);
      const [c, s] = [u[next] / radius, -u[held] / radius];
      const gap = values[next] - values[held];
      if (Math.abs(gap * c * s) <= tolerance) {
        u[next] = radius;
        u[held] = 0;
        if (kind[next] !== kind[held]) kind[next] = BOTH;
        if (kind[next] === BOTH) kind[held] = BOTH;
        const [p, q] = [z + (from + held) * n, z + (from + next) * n];
        for (let j = from; j < to; j++) {
          const [a, b] = [data[p + j], data[q + j]];
          data[p + j] = c * a + s * b;
          data[q + j] = c * b - s * a;
        }
        const [lower, upper] = [values[held], values[next]];
        values[held] = lower * c * c + upper * s * s;
        values[next] = lower * s * s + upper * c * c;
        deflated.push(held);
      } else kept.push(held);
    }
    held = next;
  }
  if (held >= 0) kept.push(held);
  return { kept, deflated };
}

/**
 * Roots of `1 + ρ Σ u_i² / (d_i − λ)` and the eigenvectors of `diag(d) + ρ u uᵀ` as rows of the k×k matrix at `at`. The vectors
 * are those of a nearby update that has the computed roots exactly (Löwner's formula), so they are orthogonal to rounding.
 */
function secularVectors(
  d: Float64Array,
  u: Float64Array,
  rho: number,
  data: Float64Array,
  at: number,
  k: number,
  roots: Float64Array,
): void {
  const squares = u.map((v) => v * v);
  for (let i = 0; i < k; i++) roots[i] = secularRoot(d, squares, rho, i, data, at + i * k);
  const fitted = new Float64Array(k).fill(1);
  for (let j = 0; j < k; j++) {
    let product = -data[at + j * k + j];
    for (let i = 0; i < k; i++) if (i !== j) product *= data[at + i * k + j] / (d[j] - d[i]);
    fitted[j] = Math.sqrt(Math.max(0, product)) * (u[j] < 0 ? -1 : 1);
  }
  for (let i = 0; i < k; i++) {
    const row = at + i * k;
    let square = 0;
    for (let j = 0; j < k; j++) {
      const entry = fitted[j] / data[row + j];
      data[row + j] = entry;
      square += entry * entry;
    }
    const norm = 1 / Math.sqrt(square);
    for (let j = 0; j < k; j++) data[row + j] *= norm;
  }
}

const MAX_STEPS = 100;

/**
 * Root i, between d_i and d_{i+1} (the last one beyond d_k). Works with the distance μ to the nearer pole, so that the
 * differences d_j − λ, written to `data`, keep all their digits. Steps by the middle way (Li 1994) inside a bracket.
 */
function secularRoot(
  d: Float64Array,
  squares: Float64Array,
  rho: number,
  i: number,
  data: Float64Array,
  at: number,
): number {
  const k = d.length;
  const isLast = i === k - 1;
  const width = isLast ? rho * squares.reduce((sum, v) => sum + v, 0) : d[i + 1] - d[i];
  const valueAt = (shift: number, origin: number) => {
    let sum = 1 / rho;
    for (let j = 0; j < k; j++) sum += squares[j] / (d[j] - origin - shift);
    return sum;
  };
  const nearLower = isLast || valueAt(width / 2, d[i]) >= 0;
  const origin = nearLower ? d[i] : d[i + 1];
  // f rises from −∞ to +∞ (or to 1/ρ) over the interval.
  let low = nearLower ? 0 : -width / 2;
  let high = nearLower ? (isLast ? width : width / 2) : 0;
  for (let j = 0; j < k; j++) data[at + j] = d[j] - origin;
  const [p, q] = isLast ? [k - 2, k - 1] : [i, i + 1];
  let shift = (low + high) / 2;
  if (k === 1) shift = width;
  for (let step = 0; step < MAX_STEPS && k > 1; step++) {
    let psi = 0;
    let psiSlope = 0;
    let phi = 0;
    let phiSlope = 0;
    for (let j = 0; j <= p; j++) {
      const ratio = 1 / (data[at + j] - shift);
      const term = squares[j] * ratio;
      psi += term;
      psiSlope += term * ratio;
    }
    for (let j = p + 1; j < k; j++) {
      const ratio = 1 / (data[at + j] - shift);
      const term = squares[j] * ratio;
      phi += term;
      phiSlope += term * ratio;
    }
    const value = 1 / rho + psi + phi;
    const slope = psiSlope + phiSlope;
    const noise = EPSILON * k * (1 / rho + Math.abs(psi) + Math.abs(phi));
    if (Math.abs(value) <= noise) break;
    if (value < 0) low = Math.max(low, shift);
    else high = Math.min(high, shift);
    // c + s/(δ_p − μ) + S/(δ_q − μ) through value and slopes of both sums.
    const dp = data[at + p] - shift;
    const dq = data[at + q] - shift;
    const c = value - dp * psiSlope - dq * phiSlope;
    const a = (dp + dq) * value - dp * dq * slope;
    const b = dp * dq * value;
    const root = Math.sqrt(Math.max(0, a * a - 4 * b * c));
    const rises = isLast ? a >= 0 : a > 0;
    let change = isLast
      ? rises
        ? (a + root) / (2 * Math.abs(c))
        : (2 * b) / (a - root)
      : rises
        ? (2 * b) / (a + root)
        : (a - root) / (2 * c);
    if (!Number.isFinite(change) || value * change >= 0) change = -value / slope;
    let next = shift + change;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next === shift || high - low <= EPSILON * Math.max(Math.abs(low), Math.abs(high))) break;
    shift = next;
  }
  for (let j = 0; j < k; j++) data[at + j] -= shift;
  return origin + shift;
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
function assemble(problem: Problem, from: number, cut: number, to: number, pieces: Pieces): void {
  const { n, d, z, scratch, kernels } = problem;
  const { kept, deflated, byKind, kind, roots, values } = pieces;
  const data = kernels.memory();
  const size = to - from;
  const k = kept.length;
  const inner = scratch;
  const old = inner + k * k;
  const source = (i: number) => z + (from + i) * n + from;
  // Old vectors in the order of the columns of the new ones, then the deflated ones.
  byKind.forEach((column, r) => {
    const start = source(kept[column]);
    data.copyWithin(old + r * size, start, start + size);
  });
  deflated.forEach((i, r) => {
    const start = source(i);
    data.copyWithin(old + (k + r) * size, start, start + size);
  });
  const firsts = byKind.filter((column) => kind[kept[column]] === FIRST).length;
  const seconds = byKind.filter((column) => kind[kept[column]] === SECOND).length;
  const half = cut - from;
  const result = old + size * size;
  const gemmSpace = result + k * size + ((result + k * size) % 2);
  data.fill(0, result, result + k * size);
  product(kernels, k, half, k - seconds, inner, k, old, size, result, size, gemmSpace);
  product(
    kernels,
    k,
    size - half,
    k - firsts,
    inner + firsts,
    k,
    old + firsts * size + half,
    size,
    result + half,
    size,
    gemmSpace,
  );
  const sorted = mergedOrder(
    roots,
    Float64Array.from(deflated, (i) => values[i]),
  );
  sorted.forEach((item, row) => {
    const start = item < k ? result + item * size : old + item * size;
    data.copyWithin(z + (from + row) * n + from, start, start + size);
    d[from + row] = item < k ? roots[item] : values[deflated[item - k]];
  });
}

function product(
  kernels: Blas,
  m: number,
  n: number,
  k: number,
  a: number,
  rowA: number,
  b: number,
  rowB: number,
  c: number,
  rowC: number,
  scratch: number,
): void {
  if (m === 0 || n === 0 || k === 0) return;
  kernels.gemm(
    m,
    n,
    k,
    1,
    { at: a, row: rowA, column: 1 },
    { at: b, row: rowB, column: 1 },
    { at: c, row: rowC },
    scratch,
  );
}

/** Indices of `roots` followed by those of `others`, in ascending order of value; both lists may be taken as sorted. */
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
