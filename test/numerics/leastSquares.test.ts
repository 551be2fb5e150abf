import { describe, expect, it } from 'vitest';
import {
  type DenseMatrix,
  identity,
  isSymmetric,
  multiply,
  scaleBoth,
  transpose,
  zeros,
} from '../../src/numerics/dense.js';
import { gramInverse, solveGram } from '../../src/numerics/leastSquares.js';
import { positiveInverse } from '../../src/numerics/positiveInverse.js';
import { composeSpectrum, symmetricEigen } from '../../src/numerics/symmetricEigen.js';
import { largestDifference, randomMatrix } from '../support/matrices.js';

const SIZES = [1, 2, 3, 7, 20, 40, 41, 77, 120, 200];

/** `XᵀX` of so many rows, on a unit diagonal. */
function unitGram(n: number, rows: number, seed: number): DenseMatrix {
  const x = randomMatrix(rows, n, seed);
  return onUnitDiagonal(multiply(transpose(x), x));
}

function onUnitDiagonal(gram: DenseMatrix): DenseMatrix {
  const n = gram.rows;
  const scale = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(gram.data[i * n + i]));
  const scaled = scaleBoth(gram, scale);
  for (let i = 0; i < n; i++) {
    scaled.data[i * n + i] = 1;
    for (let j = 0; j < i; j++) scaled.data[i * n + j] = scaled.data[j * n + i];
  }
  return scaled;
}

describe('positiveInverse', () => {
  it.each(SIZES)('of %i rows is symmetric to the bit, and the inverse to rounding', (n) => {
    const gram = unitGram(n, 3 * n + 5, n);
    const inverse = positiveInverse(gram)!;
    expect(isSymmetric(inverse)).toBe(true);
    expect(largestDifference(multiply(inverse, gram), identity(n))).toBeLessThan(1e-12);
  });

  it.each(SIZES.slice(1))('of %i rows is not there where rows are too few', (n) => {
    expect(positiveInverse(unitGram(n, n - 1, n))).toBeUndefined();
  });

  it('keeps eight digits of near collinear columns, or is not there', () => {
    const found: string[] = [];
    for (const n of [7, 30, 120, 200]) {
      for (const apart of [1e-2, 1e-3, 2e-4, 1e-4]) {
        const x = randomMatrix(4 * n + 50, n, n);
        for (let t = 0; t < x.rows; t++) x.data[t * n + n - 1] = x.data[t * n] + apart * x.data[t * n + n - 1];
        const gram = onUnitDiagonal(multiply(transpose(x), x));
        const inverse = positiveInverse(gram);
        if (!inverse) continue;
        const exact = solveGram(gram, identity(n), inverse);
        const largest = exact.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        expect(largestDifference(inverse, exact) / largest).toBeLessThan(5e-9);
        found.push(`${n} ${apart}`);
      }
    }
    expect(found).toEqual(expect.arrayContaining(['7 0.01', '30 0.01', '120 0.01', '200 0.01']));
    expect(found).not.toContain('120 0.0002');
  });

  it('is not there where an eigenvalue is below the bound and no pivot is', () => {
    // Kahan's matrix: pivots hardly fall, the least eigenvalue does.
    const n = 60;
    const [c, s] = [Math.cos(1.2), Math.sin(1.2)];
    const upper = zeros(n);
    for (let i = 0, power = 1; i < n; i++, power *= s)
      for (let j = i; j < n; j++) upper.data[i * n + j] = power * (i === j ? 1 : -c);
    expect(positiveInverse(onUnitDiagonal(multiply(transpose(upper), upper)))).toBeUndefined();
  });
});

describe('gramInverse', () => {
  it.each(SIZES)('of %i rows is that of the spectrum', (n) => {
    const gram = unitGram(n, 2 * n + 5, 100 + n);
    const { values, vectors } = symmetricEigen(gram);
    const { inverse, rank } = gramInverse(gram);
    expect(rank).toBe(n);
    expect(
      largestDifference(
        inverse,
        composeSpectrum(
          vectors,
          values.map((v) => 1 / v),
        ),
      ),
    ).toBeLessThan(1e-10 / values[0]);
  });

  it('counts directions that the data determine, and is the pseudo-inverse there', () => {
    for (const n of [5, 50]) {
      const gram = unitGram(n, n - 2, n);
      const { inverse, rank } = gramInverse(gram);
      expect(rank).toBe(n - 2);
      expect(largestDifference(multiply(multiply(gram, inverse), gram), gram)).toBeLessThan(1e-9);
    }
  });

  it('does not depend on the units of columns', () => {
    const gram = unitGram(12, 40, 3);
    const units = Float64Array.from({ length: 12 }, (_, i) => 2 ** (3 * i - 18));
    const { inverse, rank } = gramInverse(scaleBoth(gram, units));
    const back = scaleBoth(inverse, units);
    expect(rank).toBe(12);
    expect(largestDifference(back, gramInverse(gram).inverse)).toBeLessThan(1e-12);
  });
});

describe('solveGram', () => {
  it('gains the digits that a bad inverse has lost', () => {
    const n = 30;
    const gram = unitGram(n, 60, 8);
    const truth = randomMatrix(n, 3, 9);
    const { inverse } = gramInverse(gram);
    const spoiled = { ...inverse, data: inverse.data.map((v, k) => v * (1 + 1e-5 * Math.sin(k))) };
    const found = solveGram(gram, multiply(gram, truth), spoiled);
    expect(largestDifference(found, truth)).toBeLessThan(1e-11);
  });
});
