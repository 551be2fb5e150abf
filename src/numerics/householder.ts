import type { Blas } from './blas/interface.js';

/** Columns that are reduced before the rest of the matrix is brought up to date, in one product. */
const PANEL = 32;
/** Both factors of a panel side by side. */
const WIDTH = 2 * PANEL;

/** Places in the kernels' memory that the reduction works with, as indices of doubles. */
export interface ReductionSpace {
  /** n×n, symmetric, both triangles; overwritten. */
  readonly a: number;
  /** n×n: row j holds reflector j, zero up to and including column j. */
  readonly reflectors: number;
  /** n: the factor of each reflector. */
  readonly tau: number;
  /** n and n: diagonal and subdiagonal of the tridiagonal matrix. */
  readonly diagonal: number;
  readonly subdiagonal: number;
  /** `reductionScratch(n)` doubles. */
  readonly scratch: number;
}

/** Doubles of scratch that `tridiagonalise` needs for n×n. */
export const reductionScratch = (n: number, kernels: Blas): number =>
  2 * n * WIDTH + 4 * n + WIDTH + kernels.gemmScratch(n) + 64;

/**
 * `QᵀAQ = T` tridiagonal, by Householder reflectors `H_j = 1 − τ v vᵀ` in panels (Dongarra, Sorensen and Hammarling
 * 1989): within a panel only matrix–vector products with what the panels before left, then one product of rank 64. Q =
 * H_0 H_1 ….
 */
export function tridiagonalise(n: number, space: ReductionSpace, kernels: Blas): void {
  const data = kernels.memory();
  const { a, reflectors, tau, diagonal, subdiagonal, scratch } = space;
  // left = [V W] and right = [W V], one row per row of A, so that the update is left · rightᵀ.
  const left = scratch;
  const right = left + n * WIDTH;
  const x = right + n * WIDTH;
  const y = x + n + (n % 2);
  const coefficients = y + n + (n % 2);
  const gemmSpace = coefficients + WIDTH;
  data.fill(0, reflectors, reflectors + n * n);
  for (let from = 0; from < n; from += PANEL) {
    const width = Math.min(PANEL, n - from);
    data.fill(0, left, right + n * WIDTH);
    for (let c = 0; c < width; c++) {
      const j = from + c;
      kernels.matvec(n - j, WIDTH, left + j * WIDTH, WIDTH, right + j * WIDTH, x + j);
      for (let i = j; i < n; i++) data[x + i] = data[a + j * n + i] - data[x + i];
      data[diagonal + j] = data[x + j];
      const rest = n - j - 1;
      if (rest === 0) {
        data[subdiagonal + j] = 0;
        data[tau + j] = 0;
        continue;
      }
      reflect(data, x, j, n, space);
      const scale = data[tau + j];
      const v = reflectors + j * n + j + 1;
      const rows = left + (j + 1) * WIDTH;
      // w = τ (A v − V Wᵀv − W Vᵀv), then the part along v taken out.
      kernels.matvec(rest, rest, a + (j + 1) * n + j + 1, n, v, y);
      kernels.matvecTransposed(rest, WIDTH, right + (j + 1) * WIDTH, WIDTH, v, coefficients);
      kernels.matvec(rest, WIDTH, rows, WIDTH, coefficients, x + j + 1);
      let along = 0;
      for (let i = 0; i < rest; i++) {
        const value = (data[y + i] - data[x + j + 1 + i]) * scale;
        data[y + i] = value;
        along += value * data[v + i];
      }
      const half = (-scale * along) / 2;
      for (let i = 0; i < rest; i++) {
        const w = data[y + i] + half * data[v + i];
        const [li, ri] = [rows + i * WIDTH + c, right + (j + 1 + i) * WIDTH + c];
        data[li] = data[v + i];
        data[li + PANEL] = w;
        data[ri] = w;
        data[ri + PANEL] = data[v + i];
      }
    }
    const next = from + width;
    const rest = n - next;
    if (rest > 0) {
      kernels.gemm(
        rest,
        rest,
        WIDTH,
        -1,
        { at: left + next * WIDTH, row: WIDTH, column: 1 },
        { at: right + next * WIDTH, row: 1, column: WIDTH },
        { at: a + next * n + next, row: n },
        gemmSpace,
      );
    }
  }
}

/** Reflector j of the column in x: everything below the subdiagonal goes to zero. */
function reflect(
  data: Float64Array,
  x: number,
  j: number,
  n: number,
  { reflectors, tau, subdiagonal }: ReductionSpace,
): void {
  const v = reflectors + j * n;
  const alpha = data[x + j + 1];
  let below = 0;
  for (let i = j + 2; i < n; i++) below += data[x + i] * data[x + i];
  if (below === 0) {
    data[subdiagonal + j] = alpha;
    data[tau + j] = 0;
    data[v + j + 1] = 1;
    return;
  }
  const beta = -Math.sign(alpha || 1) * Math.sqrt(alpha * alpha + below);
  data[subdiagonal + j] = beta;
  data[tau + j] = (beta - alpha) / beta;
  data[v + j + 1] = 1;
  const inverse = 1 / (alpha - beta);
  for (let i = j + 2; i < n; i++) data[v + i] = data[x + i] * inverse;
}

/** Rows one after the other in the kernels' memory. */
export interface RowsAt {
  readonly at: number;
  readonly count: number;
  readonly length: number;
}

/** Doubles of scratch that `backTransform` needs for so many rows of n. */
export const backTransformScratch = (n: number, rows: number, kernels: Blas): number =>
  rows * PANEL * 2 + 2 * PANEL * PANEL + kernels.gemmScratch(Math.max(n, PANEL)) + 64;

/**
 * Rows of Z (`count`×n), eigenvectors of T, become those of A: `Z ← Z Qᵀ`, panel by panel with the compact form
 * `H_from … H_to = 1 − Vᵀ S V` of the reflectors (Schreiber and Van Loan 1989), V one per row.
 */
export function backTransform(
  { at: z, count, length: n }: RowsAt,
  { reflectors, tau }: Pick<ReductionSpace, 'reflectors' | 'tau'>,
  scratch: number,
  kernels: Blas,
): void {
  const data = kernels.memory();
  const projected = scratch;
  const weighed = projected + count * PANEL;
  const triangle = weighed + count * PANEL;
  const gram = triangle + PANEL * PANEL;
  const gemmSpace = gram + PANEL * PANEL;
  const last = n - 1;
  const starts = Array.from({ length: Math.ceil(last / PANEL) }, (_, k) => k * PANEL).reverse();
  for (const from of starts) {
    const width = Math.min(PANEL, last - from);
    const v = reflectors + from * n + from;
    const length = n - from;
    data.fill(0, gram, gram + PANEL * PANEL);
    kernels.gemm(
      width,
      width,
      length,
      1,
      { at: v, row: n, column: 1 },
      { at: v, row: 1, column: n },
      { at: gram, row: PANEL },
      gemmSpace,
    );
    compactFactor(data, gram, tau + from, width, triangle);
    // z ← z − (z Vᵀ) Sᵀ V with S the triangle: rows of z are transformed by Q.
    data.fill(0, projected, triangle);
    kernels.gemm(
      count,
      width,
      length,
      1,
      { at: z + from, row: n, column: 1 },
      { at: v, row: 1, column: n },
      { at: projected, row: PANEL },
      gemmSpace,
    );
    kernels.gemm(
      count,
      width,
      width,
      1,
      { at: projected, row: PANEL, column: 1 },
      { at: triangle, row: 1, column: PANEL },
      { at: weighed, row: PANEL },
      gemmSpace,
    );
    kernels.gemm(
      count,
      length,
      width,
      -1,
      { at: weighed, row: PANEL, column: 1 },
      { at: v, row: n, column: 1 },
      { at: z + from, row: n },
      gemmSpace,
    );
  }
}

/** Upper triangular S with `H_0 … H_k = 1 − Vᵀ S V`, column by column, from `V Vᵀ`. */
function compactFactor(data: Float64Array, gram: number, tau: number, width: number, s: number): void {
  data.fill(0, s, s + PANEL * PANEL);
  for (let k = 0; k < width; k++) {
    const scale = data[tau + k];
    for (let p = 0; p < k; p++) {
      let sum = 0;
      for (let q = p; q < k; q++) sum += data[s + p * PANEL + q] * data[gram + q * PANEL + k];
      data[s + p * PANEL + k] = -scale * sum;
    }
    data[s + k * PANEL + k] = scale;
  }
}
