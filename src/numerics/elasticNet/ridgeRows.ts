import { type DenseMatrix, mapEntries, multiply, symmetricPart, transpose, zeros } from '../dense.js';
import { gramInverse } from '../leastSquares.js';
import type { SymmetricProblem } from '../symmetricQuadratic.js';

/**
 * Rows without lasso, masks apart, by one inverse for all: `M = S + ridge·1`, less what a row does not see and the
 * ridge that its diagonal does not bear, `M − UUᵀ`, has the inverse `G + GU(1 − UᵀGU)⁻¹UᵀG` (Woodbury). Right-hand
 * sides and solutions are the rows of n×n matrices.
 */
export function ridgeShifts({ gram, rowDowndates }: SymmetricProblem, ridge: number, rhs: DenseMatrix): DenseMatrix {
  const n = gram.rows;
  const { inverse } = gramInverse(mapEntries(gram, (v, i, j) => (i === j ? v + ridge : v)));
  const shifts = multiply(rhs, inverse);
  for (let i = 0; i < n; i++) {
    const factors = rowDowndates?.[i];
    const rank = (factors?.rows ?? 0) + (ridge > 0 ? 1 : 0);
    if (rank === 0) continue;
    const unseen = zeros(rank, n);
    if (factors) unseen.data.set(factors.data);
    if (ridge > 0) unseen.data[(rank - 1) * n + i] = Math.sqrt(ridge);
    correctRow(shifts.data.subarray(i * n, (i + 1) * n), inverse, unseen);
  }
  return shifts;
}

function correctRow(x: Float64Array, inverse: DenseMatrix, unseen: DenseMatrix): void {
  const images = multiply(unseen, inverse);
  const kept = mapEntries(multiply(images, transpose(unseen)), (v, a, b) => (a === b ? 1 : 0) - v);
  const seen = multiply(unseen, { rows: x.length, cols: 1, data: x });
  const shares = multiply(gramInverse(symmetricPart(kept)).inverse, seen);
  shares.data.forEach((share, f) => {
    for (let k = 0; k < x.length; k++) x[k] += share * images.data[f * x.length + k];
  });
}
