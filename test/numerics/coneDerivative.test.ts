import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConeDerivative, coneDerivative, type EntryList } from '../../src/numerics/coneDerivative.js';
import { combine, type DenseMatrix, dot, identity, mapEntries, zeros } from '../../src/numerics/dense.js';
import { projectToCone } from '../../src/numerics/feasibleSet.js';
import { eigenRows } from '../../src/numerics/symmetricEigen.js';
import { largestDifference, randomMatrix, randomSymmetric, seeds } from '../support/matrices.js';

describe('coneDerivative', () => {
  it('is the slope of the projection, whichever side has fewer eigenvalues, from a list or from full matrices', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), seeds, shifts, shares, (n, seed, shift, share) => {
        const M = combine(randomSymmetric(n, seed), 1, identity(n), shift * Math.sqrt(n));
        const entries = someEntries(n, seed, share);
        const h = Float64Array.from(entries.i, (_, e) => Math.sin(1 + e));
        const H = spread(h, entries, n);
        const { whole, onEntries } = derivativeAt(M, entries);
        const step = 1e-6;
        const [ahead, behind] = [step, -step].map((t) => projectToCone(combine(M, 1, H, t)));
        const slope = combine(ahead, 0.5 / step, behind, -0.5 / step);
        // Across a kink the difference says nothing.
        fc.pre(eigenRows(M, () => [0, 0]).values.every((value) => Math.abs(value) > 1e-2));
        expect(largestDifference(whole(h), slope)).toBeLessThan(1e-4 * Math.max(1, ...h.map(Math.abs)) * n);
        const listed = onEntries(h);
        entries.i.forEach((i, e) => {
          expect(listed[e]).toBeCloseTo(whole(h).data[i * n + entries.j[e]], 10);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is symmetric, between nothing and the identity, and exactly symmetric as a matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), seeds, shifts, (n, seed, shift) => {
        const M = combine(randomSymmetric(n, seed), 1, identity(n), shift * Math.sqrt(n));
        const entries = someEntries(n, seed, 1);
        const { onEntries, whole } = derivativeAt(M, entries);
        const [x, y] = [1, 2].map((k) => randomMatrix(entries.i.length, 1, seed + k).data);
        const weigh = (v: Float64Array) => v.map((value, e) => (entries.i[e] === entries.j[e] ? value : 2 * value));
        expect(dot(weigh(x), onEntries(y))).toBeCloseTo(dot(weigh(y), onEntries(x)), 8);
        const along = dot(weigh(x), onEntries(x));
        expect(along).toBeGreaterThanOrEqual(-1e-9);
        expect(along).toBeLessThanOrEqual(dot(weigh(x), x) * (1 + 1e-12));
        const image = whole(x);
        expect(
          largestDifference(
            image,
            mapEntries(image, (_, i, j) => image.data[j * n + i]),
          ),
        ).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('is nothing where no eigenvalue is positive, the identity where all are, and finite at zero', () => {
    const entries = someEntries(5, 1, 1);
    const h = Float64Array.from(entries.i, (_, e) => 1 + e);
    expect(
      [
        ...derivativeAt(
          mapEntries(identity(5), (v) => -v),
          entries,
        ).onEntries(h),
      ].every((v) => v === 0),
    ).toBe(true);
    derivativeAt(identity(5), entries)
      .onEntries(h)
      .forEach((value, e) => {
        expect(value).toBeCloseTo(h[e], 12);
      });
    expect(derivativeAt(zeros(5), entries).onEntries(h).every(Number.isFinite)).toBe(true);
  });
});

const shifts = fc.constantFrom(-2, -0.8, -0.2, 0, 0.2, 0.8, 2);
const shares = fc.constantFrom(0, 0.02, 0.3, 1);

function derivativeAt(M: DenseMatrix, entries: EntryList): ConeDerivative {
  return coneDerivative(
    eigenRows(M, (all) => [0, all.length]),
    entries,
  );
}

/** The diagonal and about this share of the other entries. */
function someEntries(n: number, seed: number, share: number): EntryList {
  const chance = randomMatrix(n, n, seed + 77).data;
  const [rows, columns]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      if (i !== j && (Math.abs(chance[i * n + j]) * 7) % 1 >= share) continue;
      rows.push(i);
      columns.push(j);
    }
  }
  return { i: Int32Array.from(rows), j: Int32Array.from(columns) };
}

function spread(h: Float64Array, { i, j }: EntryList, n: number): DenseMatrix {
  const out = zeros(n);
  h.forEach((value, e) => {
    out.data[i[e] * n + j[e]] = value;
    out.data[j[e] * n + i[e]] = value;
  });
  return out;
}
