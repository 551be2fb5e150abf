import type { GuardrailValues } from '../../model/guardrails.js';
import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import { symmetricEigen } from '../../numerics/symmetricEigen.js';

/** `flowGram` is Σ u uᵀ (N×N) of the filtered flow. */
export function guardrailValues(K: DenseMatrix, flowGram?: DenseMatrix): GuardrailValues {
  const C = toNormalised(K, diagonalOf(K));
  const { values } = symmetricEigen(C);
  const off = symmetricEigen(mapEntries(C, (value, i, j) => (i === j ? 0 : value))).values;
  const basketNorm = off.length > 0 ? Math.max(Math.abs(off[0]), Math.abs(off[off.length - 1])) : 0;
  const condition = values[0] > 0 ? { conditionNumber: values[values.length - 1] / values[0] } : {};
  const share = flowGram ? { crossShare: crossShare(K, flowGram) } : {};
  return { ...condition, ...share, basketNorm, spectrum: [...values] };
}

function crossShare(K: DenseMatrix, flowGram: DenseMatrix): number {
  let self = 0;
  let cross = 0;
  for (let i = 0; i < K.rows; i++) {
    for (let j = 0; j < K.cols; j++) {
      const money = K.data[i * K.cols + j] * flowGram.data[i * K.cols + j];
      if (i === j) self += money;
      else cross += money;
    }
  }
  const whole = self + Math.abs(cross);
  return whole > 0 ? Math.abs(cross) / whole : 0;
}
