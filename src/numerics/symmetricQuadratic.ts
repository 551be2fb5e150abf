import { combine, type DenseMatrix, innerProduct, multiply } from './dense.js';
import { squared } from './elementary/elementary.js';

/**
 * The quadratic `Σ_i ½ Y_i S_i Y_iᵀ − A_i Y_iᵀ` in the rows of Y (n×n), with `S_i = S − F_iᵀF_i`: what the data say,
 * before any penalty. The downdates F_i (k×n) are what row i must not see: its own derived factors, for instance.
 */
export interface SymmetricProblem {
  /** S, n×n and symmetric. */
  readonly gram: DenseMatrix;
  /** A, n×n. */
  readonly cross: DenseMatrix;
  readonly rowDowndates?: RowDowndates;
}

/** `F_i` by row, k×n each; `undefined` where a row sees everything. */
export type RowDowndates = readonly (DenseMatrix | undefined)[];

/** An entry of a sparse n×n matrix. */
export interface MatrixEntry {
  readonly row: number;
  readonly col: number;
  readonly coefficient: number;
}

/** A curvature below this share of its parts is rounding. */
export const FLAT = 1e-13;

/** Its value at Y. */
export const quadraticValue = (problem: SymmetricProblem, y: DenseMatrix): number =>
  (innerProduct(y, smoothGradient(problem, y)) - innerProduct(y, problem.cross)) / 2;

/** Its gradient at Y, n×n: row i is `Y_i S_i − A_i`. */
export const smoothGradient = (problem: SymmetricProblem, y: DenseMatrix): DenseMatrix =>
  combine(rowProducts(problem, y), 1, problem.cross, -1);

/** Its Hessian on Y, n×n: row i is `Y_i S_i`. */
export function rowProducts({ gram, rowDowndates }: SymmetricProblem, y: DenseMatrix): DenseMatrix {
  const product = multiply(y, gram);
  if (rowDowndates) subtractDowndates(rowDowndates, y, product);
  return product;
}

/** Takes `Y_i F_iᵀF_i` from row i of the result, for every i. */
export function subtractDowndates(rowDowndates: RowDowndates, y: DenseMatrix, out: DenseMatrix): void {
  const n = y.cols;
  rowDowndates.forEach((factors, i) => {
    const [from, to] = [i * n, (i + 1) * n];
    if (factors) subtractDowndate(factors, y.data.subarray(from, to), out.data.subarray(from, to));
  });
}

/** Takes `x FᵀF` from a row. */
export function subtractDowndate({ rows, cols: n, data }: DenseMatrix, x: Float64Array, out: Float64Array): void {
  for (let f = 0; f < rows; f++) {
    let projection = 0;
    for (let j = 0; j < n; j++) projection += x[j] * data[f * n + j];
    for (let j = 0; j < n; j++) out[j] -= projection * data[f * n + j];
  }
}

/** `S_i` at (j, k), i = row. */
export function gramEntry({ gram, rowDowndates }: SymmetricProblem, row: number, j: number, k: number): number {
  const factors = rowDowndates?.[row];
  let value = gram.data[j * gram.cols + k];
  for (let f = 0; f < (factors?.rows ?? 0); f++)
    value -= factors!.data[f * factors!.cols + j] * factors!.data[f * factors!.cols + k];
  return value;
}

/**
 * `cᵀ H c` along a sparse direction: entries of one row meet in the Gram matrix. 0 where only rounding is left of it.
 */
export function curvatureAlong(problem: SymmetricProblem, direction: readonly MatrixEntry[]): number {
  let [curvature, parts] = [0, 0];
  for (const a of direction) {
    parts += squared(a.coefficient) * problem.gram.data[a.col * (problem.gram.cols + 1)];
    for (const b of direction)
      if (a.row === b.row) curvature += a.coefficient * b.coefficient * gramEntry(problem, a.row, a.col, b.col);
  }
  return curvature > FLAT * parts ? curvature : 0;
}
