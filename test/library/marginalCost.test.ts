import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOfSchedule, marginalCost } from '../../src/model/marginalCost.js';
import { type Propagator, scheduleCost } from '../../src/model/roundTrip.js';
import { type DenseMatrix, mapEntries } from '../../src/numerics/dense.js';
import { largestDifference, randomGram, randomMatrix, seeds, sizes } from '../support/matrices.js';

/** Finite memories and a permanent term. */
const decay = Float64Array.of(Math.exp(-1), Math.exp(-1 / 30), 1);
const forms = {
  scalar: (n: number, seed: number): Propagator => ({
    matrices: [randomGram(n, seed)],
    decay,
    weights: Float64Array.of(0.5, 0.3, 0.2),
  }),
  'a matrix per time constant': (n: number, seed: number): Propagator => ({
    matrices: [randomGram(n, seed), randomGram(n, seed + 1), randomGram(n, seed + 2)],
    decay,
    weights: Float64Array.of(1, 1, 1),
  }),
  'not symmetric': (n: number, seed: number): Propagator => ({
    matrices: [randomMatrix(n, n, seed)],
    decay,
    weights: Float64Array.of(0.5, 0.3, 0.2),
  }),
} as const;
type Form = keyof typeof forms;
const everyForm = Object.keys(forms) as Form[];

/** Sparse, as child orders are: the half spread has corners at zero. */
const sparseSchedule = (buckets: number, n: number, seed: number): DenseMatrix =>
  mapEntries(randomMatrix(buckets, n, seed), (value) => (Math.abs(value) < 0.5 ? 0 : value));
const spreads = (n: number) => ({ halfSpreadBps: Float64Array.from({ length: n }, (_, i) => 1 + i / 10) });

/** G(h) entry by entry. */
function kernelEntry({ matrices, weights }: Propagator, h: number, i: number, j: number): number {
  let sum = 0;
  decay.forEach((d, p) => {
    const { cols, data } = matrices[Math.min(p, matrices.length - 1)];
    sum += weights[p] * data[i * cols + j] * d ** h;
  });
  return sum;
}

/** MODEL §7 as it is written: every pair of buckets and every pair of names. */
function literalCost(propagator: Propagator, { rows, cols, data }: DenseMatrix, halfSpreadBps: Float64Array): number {
  let cost = 0;
  for (let t = 0; t < rows; t++)
    for (let i = 0; i < cols; i++) {
      cost += halfSpreadBps[i] * Math.abs(data[t * cols + i]);
      for (let s = 0; s <= t; s++)
        for (let j = 0; j < cols; j++)
          cost += (s === t ? 0.5 : 1) * data[t * cols + i] * kernelEntry(propagator, t - s, i, j) * data[s * cols + j];
    }
  return cost;
}

function literalGradient(propagator: Propagator, schedule: DenseMatrix, halfSpreadBps: Float64Array): DenseMatrix {
  const { rows, cols, data } = schedule;
  return mapEntries(schedule, (flow, t, i) => {
    let sum = halfSpreadBps[i] * Math.sign(flow);
    for (let s = 0; s < rows; s++)
      for (let j = 0; j < cols; j++) {
        const other = data[s * cols + j];
        const [ij, ji] = [
          kernelEntry(propagator, Math.abs(t - s), i, j),
          kernelEntry(propagator, Math.abs(t - s), j, i),
        ];
        sum += other * (s < t ? ij : s > t ? ji : (ij + ji) / 2);
      }
    return sum;
  });
}

const largest = ({ data }: DenseMatrix): number => data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);

describe.each(everyForm)('marginal cost, %s', (form) => {
  it('is the gradient of the literal double sum, to 1e-12', () => {
    fc.assert(
      fc.property(sizes(5), sizes(20), seeds, (n, buckets, seed) => {
        const propagator = forms[form](n, seed);
        const schedule = sparseSchedule(buckets, n, seed + 7);
        const frictions = spreads(n);
        const literal = literalGradient(propagator, schedule, frictions.halfSpreadBps);
        const gap = largestDifference(marginalCost(propagator, schedule, frictions), literal);
        expect(gap).toBeLessThanOrEqual(1e-12 * Math.max(1, largest(literal)));
        const cost = literalCost(propagator, schedule, frictions.halfSpreadBps);
        expect(Math.abs(costOfSchedule(propagator, schedule, frictions) - cost)).toBeLessThanOrEqual(
          1e-12 * Math.max(1, literalScale(propagator, schedule)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('is what finite differences of the cost say', () => {
    const [n, buckets] = [4, 12];
    const propagator = forms[form](n, 3);
    const schedule = randomMatrix(buckets, n, 5);
    const frictions = spreads(n);
    const gradient = marginalCost(propagator, schedule, frictions);
    const step = 1e-4;
    for (let k = 0; k < schedule.data.length; k++) {
      const moved = (by: number) => {
        const data = schedule.data.slice();
        data[k] += by;
        return costOfSchedule(propagator, { ...schedule, data }, frictions);
      };
      expect((moved(step) - moved(-step)) / (2 * step)).toBeCloseTo(gradient.data[k], 6);
    }
  });

  it('agrees with the cost by which certificates are checked', () => {
    const n = 3;
    const propagator = forms[form](n, 11);
    const schedule = sparseSchedule(15, n, 12);
    const trades = Array.from({ length: 15 }, (_, t) => ({
      bucket: t,
      millions: [...schedule.data.subarray(t * n, (t + 1) * n)],
    }));
    const cost = scheduleCost(propagator, [0, 1, 2], trades);
    expect(costOfSchedule(propagator, schedule)).toBeCloseTo(cost, 10);
  });
});

/** Sum of magnitudes: what rounding of the cost is relative to. */
function literalScale(propagator: Propagator, schedule: DenseMatrix): number {
  const sizesOf = (matrix: DenseMatrix) => mapEntries(matrix, Math.abs);
  return literalCost(
    { ...propagator, matrices: propagator.matrices.map(sizesOf) },
    sizesOf(schedule),
    new Float64Array(schedule.cols),
  );
}

describe('the shape of the arguments', () => {
  it('is checked', () => {
    const propagator = forms.scalar(3, 1);
    expect(() => marginalCost(propagator, randomMatrix(4, 2, 1))).toThrow(/2 columns, the matrix 3 names/);
    expect(() => marginalCost(propagator, randomMatrix(4, 3, 1), spreads(2))).toThrow(/2 half spreads for 3 names/);
  });
});
