import {
  type DenseMatrix,
  dot,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  zeros,
} from '../../numerics/dense.js';
import { nonNegativeLeastSquares } from '../../numerics/nonNegativeLeastSquares.js';
import type { Mode } from './modeShapes.js';

/**
 * Weights of K and of every mode on every basis, K first: `min ½ xᵀHx − gᵀx, x ≥ 0` with `H = tr(M_c S_pq M_d)`. A mode is of
 * rank one, so all but K's own entries are products of vectors.
 */
export function weightsOf(
  K: DenseMatrix,
  modes: readonly Mode[],
  gram: readonly (readonly DenseMatrix[])[],
  cross: DenseMatrix,
  bases: number,
): { weights: Float64Array<ArrayBuffer>; objective: number } {
  const size = (1 + modes.length) * bases;
  const H = zeros(size);
  const vectors = modes.map(({ vector }) => vector);
  const moved = vectors.map((f) => apply(K, f));
  const responses = partition(cross, bases)[0];
  const g = Float64Array.from({ length: size }, (_, k) => {
    const [c, p] = [Math.floor(k / bases), k % bases];
    return c === 0 ? innerProduct(K, responses[p]) : dot(vectors[c - 1], apply(responses[p], vectors[c - 1]));
  });
  const put = (c: number, p: number, d: number, q: number, value: number) => {
    H.data[(c * bases + p) * size + d * bases + q] = value;
  };
  for (let p = 0; p < bases; p++) {
    for (let q = 0; q < bases; q++) {
      put(0, p, 0, q, innerProduct(multiply(K, gram[p][q]), K));
      vectors.forEach((f, d) => {
        const image = apply(gram[p][q], f);
        put(0, p, d + 1, q, dot(moved[d], image));
        put(d + 1, q, 0, p, dot(moved[d], image));
        vectors.forEach((other, c) => {
          put(c + 1, p, d + 1, q, dot(other, image) * dot(other, f));
        });
      });
    }
  }
  const { x } = nonNegativeLeastSquares(symmetricPart(H), g);
  const image = apply(H, x);
  const objective = x.reduce((sum, value, k) => sum + value * (image[k] / 2 - g[k]), 0);
  return { weights: Float64Array.from(x), objective };
}

function apply(matrix: DenseMatrix, vector: Float64Array): Float64Array {
  return multiply(matrix, { rows: vector.length, cols: 1, data: vector }).data;
}

/** Blocks of a matrix whose columns (and rows, unless it has one block row) fall into P groups of equal size. */
export function partition(matrix: DenseMatrix, bases: number): DenseMatrix[][] {
  const n = matrix.cols / bases;
  return Array.from({ length: matrix.rows / n }, (_, p) =>
    Array.from({ length: bases }, (_unused, q) =>
      mapEntries(zeros(n), (_none, i, j) => matrix.data[(p * n + i) * matrix.cols + q * n + j]),
    ),
  );
}
