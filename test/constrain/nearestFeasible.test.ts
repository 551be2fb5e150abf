import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseMatrix, frobeniusDistance, fromRows, identity, mapEntries } from '../../src/numerics/dense.js';
import { nearestFeasible } from '../../src/numerics/nearestFeasible.js';
import { composeSpectrum, smallestEigenvalue, symmetricEigen } from '../../src/numerics/symmetricEigen.js';
import { randomSymmetric, seeds } from '../support/matrices.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const oracle = 'oracles/nearest-correlation';

/** Distances published with the matrices (MODEL §5), at bound 1 and at bound 0.8. */
const PUBLISHED = [
  ['tec03', 0.03741667, 0.24494897],
  ['bhwi01', 0.15055422, 0.17308138],
  ['fing97', 0.04907808, 0.17320508],
  ['beyu11', 0.00959112, 0.08188297],
] as const;

describe.skipIf(!hasShared(oracle))('nearestFeasible on invalid correlation matrices from the literature', () => {
  it.each(PUBLISHED)('%s', (name, unbounded, bounded) => {
    const text = readFileSync(sharedPath(`${oracle}/${name}.csv`), 'utf8').trim();
    const matrix = fromRows(text.split('\n').map((line) => line.split(',').map(Number)));
    expect(Math.abs(nearestFeasible(matrix, { bound: 1 }).distance - unbounded)).toBeLessThan(1e-6);
    expect(Math.abs(nearestFeasible(matrix, { bound: 0.8 }).distance - bounded)).toBeLessThan(1e-6);
  });
});

describe('nearestFeasible', () => {
  it('finds Higham’s 3×3 (2002)', () => {
    const { matrix, distance } = nearestFeasible(
      fromRows([
        [1, 1, 0],
        [1, 1, 1],
        [0, 1, 1],
      ]),
      { bound: 1 },
    );
    expect(distance).toBeCloseTo(0.52779, 5);
    expect(matrix.data[1]).toBeCloseTo(0.76068985, 6);
    expect(matrix.data[2]).toBeCloseTo(0.15729811, 6);
  });

  it('beats clipping and uniform shrinkage on the counter-example of MODEL §5', () => {
    const start = upperTriangle(4, [-0.9, 0.5, 0.5, -0.5, -0.4, -0.5]);
    const clipped = mapEntries(start, (v, i, j) => (i === j ? 1 : Math.max(-0.5, Math.min(0.5, v))));
    expect(smallestEigenvalue(clipped)).toBeCloseTo(-0.07703, 5);
    const { matrix, distance } = nearestFeasible(start, { bound: 0.5 });
    expect(distance).toBeCloseTo(0.57357, 5);
    expect(smallestEigenvalue(matrix)).toBeGreaterThanOrEqual(0);
  });

  it('holds every constraint at once, changes nothing the second time, and is never farther than uniform shrinkage', () => {
    const cases = fc.tuple(fc.integer({ min: 2, max: 16 }), seeds, fc.constantFrom(0.3, 0.6, 0.9, 1));
    fc.assert(
      fc.property(cases, ([n, seed, bound]) => {
        const start = mapEntries(randomSymmetric(n, seed), (v, i, j) => (i === j ? 1 : 0.6 * v));
        const isZero = mapEntries(randomSymmetric(n, seed + 1), (v, i, j) => (i !== j && v > 0.9 ? 1 : 0));
        const set = { bound, isZero: Uint8Array.from(isZero.data) };
        const { matrix, distance } = nearestFeasible(start, set);
        expectFeasible(matrix, bound, set.isZero);
        expect([...nearestFeasible(matrix, set).matrix.data]).toEqual([...matrix.data]);
        expect(distance).toBeLessThanOrEqual(shrunkDistance(start, bound, set.isZero) + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('does what the naive sequence of the playbook does not: clip eigenvalues, then bound entries', () => {
    let left = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const noisy = mapEntries(randomSymmetric(10, seed), (v, i, j) => (i === j ? 1 : 0.7 * v));
      if (smallestEigenvalue(naiveSequence(noisy, 0.5)) < -1e-10) left++;
      expect(smallestEigenvalue(nearestFeasible(noisy, { bound: 0.5 }).matrix)).toBeGreaterThanOrEqual(0);
    }
    expect(left).toBeGreaterThan(10);
  });
});

function upperTriangle(n: number, values: readonly number[]): DenseMatrix {
  const matrix = identity(n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++, at++) {
      matrix.data[i * n + j] = values[at];
      matrix.data[j * n + i] = values[at];
    }
  }
  return matrix;
}

function expectFeasible(matrix: DenseMatrix, bound: number, isZero: Uint8Array): void {
  const n = matrix.rows;
  expect(smallestEigenvalue(matrix)).toBeGreaterThanOrEqual(-1e-10);
  for (let i = 0; i < n; i++) {
    expect(matrix.data[i * n + i]).toBe(1);
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      expect(Math.abs(matrix.data[i * n + j])).toBeLessThanOrEqual(bound + 1e-10);
      expect(matrix.data[i * n + j]).toBe(matrix.data[j * n + i]);
      if (isZero[i * n + j]) expect(matrix.data[i * n + j]).toBe(0);
    }
  }
}

/** The nearest feasible point on the ray to the identity. */
function shrunkDistance(start: DenseMatrix, bound: number, isZero: Uint8Array): number {
  const boxed = mapEntries(start, (v, i, j) => (i === j ? 1 : isZero[i * start.cols + j] ? 0 : v));
  const largest = boxed.data.reduce((top, v, k) => (k % (start.cols + 1) === 0 ? top : Math.max(top, Math.abs(v))), 0);
  const smallest = smallestEigenvalue(boxed);
  const keep = Math.min(1, largest > 0 ? bound / largest : 1, smallest < 0 ? 1 / (1 - smallest) : 1);
  return frobeniusDistance(
    mapEntries(boxed, (v, i, j) => (i === j ? 1 : keep * v)),
    start,
  );
}

function naiveSequence(matrix: DenseMatrix, bound: number): DenseMatrix {
  const { values, vectors } = symmetricEigen(matrix);
  const psd = composeSpectrum(
    vectors,
    values.map((v) => Math.max(v, 0)),
  );
  return mapEntries(psd, (v, i, j) => {
    if (i === j) return v;
    const limit = bound * Math.sqrt(psd.data[i * psd.cols + i] * psd.data[j * psd.cols + j]);
    return Math.max(-limit, Math.min(limit, v));
  });
}
