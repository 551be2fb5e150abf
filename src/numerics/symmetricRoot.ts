import type { DenseMatrix } from './dense.js';
import { pow } from './elementary/elementary.js';
import { composeSpectrum, symmetricEigen } from './symmetricEigen.js';

/** A positive definite matrix C by what it is made of; all n×n and symmetric. */
export interface SymmetricRoot {
  /** P with `P P = C`. */
  readonly root: DenseMatrix;
  /** P⁻¹. */
  readonly inverseRoot: DenseMatrix;
  /** C⁻¹. */
  readonly inverse: DenseMatrix;
}

/** An eigenvalue below this share of the largest is not told apart from zero. */
const SINGULAR_SHARE = 1e-10;

/**
 * One decomposition and three products; `undefined` where C is not positive definite.
 * @throws NumericalError on a non-finite entry.
 */
export function symmetricRoot(matrix: DenseMatrix): SymmetricRoot | undefined {
  const { values, vectors } = symmetricEigen(matrix);
  const largest = values[values.length - 1] ?? 0;
  if (!(values[0] > SINGULAR_SHARE * largest)) return undefined;
  const power = (exponent: number) =>
    composeSpectrum(
      vectors,
      values.map((value) => pow(value, exponent)),
    );
  return { root: power(0.5), inverseRoot: power(-0.5), inverse: power(-1) };
}
