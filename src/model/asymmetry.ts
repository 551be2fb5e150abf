import { combine, type DenseMatrix, diagonalOf, multiply, symmetricPart, transpose } from '../numerics/dense.js';
import { composeSpectrum, symmetricEigen, symmetricEigenvalues } from '../numerics/symmetricEigen.js';
import { basisPhase, basisSpectrum } from './kernel.js';
import { toNormalised } from './normalise.js';

/** How asymmetric an impact matrix is, and how much of that a decaying kernel could bear. */
export interface Asymmetry {
  /** `‖S^−½ W S^−½‖` of the symmetric part S and the antisymmetric part W; absent where S is not positive definite. */
  readonly ratio?: number;
  /** Above this some round trip is paid: `min_ω` of the kernel's spectrum over twice its phase, `(1−q²)/(2q)` for one decay q. */
  readonly bound: number;
}

/** MODEL §5: symmetry is not assumed for convenience; what memory a kernel has decides how much asymmetry it can bear. */
export function asymmetryOf(K: DenseMatrix, decay: Float64Array, weights: Float64Array): Asymmetry {
  const bound = asymmetryBound(decay, weights);
  const D = diagonalOf(K);
  if (D.some((k) => !(k > 0))) return { bound };
  const C = toNormalised(K, D);
  const { values, vectors } = symmetricEigen(symmetricPart(C));
  if (!(values[0] > 1e-12 * values[values.length - 1])) return { bound };
  const root = composeSpectrum(
    vectors,
    values.map((value) => 1 / Math.sqrt(value)),
  );
  return { ratio: skewNorm(multiply(multiply(root, C), root)), bound };
}

/** Frequencies that are looked at in (0, π); π/2, where one exponential is worst, is among them. */
const STEPS = 520;

/** A permanent term has no spectrum away from ω = 0, but a phase: with one, slow enough round trips exploit any asymmetry. */
function asymmetryBound(decay: Float64Array, weights: Float64Array): number {
  if (weights.some((weight, p) => weight > 0 && decay[p] === 1)) return 0;
  const ratio = (omega: number) => {
    const total = (f: (d: number, omega: number) => number) =>
      weights.reduce((sum, weight, p) => sum + weight * f(decay[p], omega), 0);
    return total(basisSpectrum) / (2 * Math.abs(total(basisPhase)));
  };
  return Array.from({ length: STEPS - 1 }, (_, k) => ratio((Math.PI * (k + 1)) / STEPS)).reduce((a, b) =>
    Math.min(a, b),
  );
}

/** Spectral norm of `(M − Mᵀ)/2`. */
export function skewNorm(matrix: DenseMatrix): number {
  const skew = combine(matrix, 0.5, transpose(matrix), -0.5);
  const values = symmetricEigenvalues(symmetricPart(multiply(transpose(skew), skew)));
  return Math.sqrt(Math.max(0, values[values.length - 1]));
}
