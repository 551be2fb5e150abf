import { describe, expect, it } from 'vitest';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { concaveCost, concaveCostAndGradient, concavePricesMet } from '../../src/model/potentials.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';

const CHILDREN = 120;

const termOf = (tau: number, power: number): ConcaveTerms => ({
  power,
  decay: Float64Array.of(tau === 0 ? 0 : Math.exp(-1 / tau)),
  scales: Float64Array.of(0.01, 0.02),
  own: { rows: 1, cols: 2, data: Float64Array.of(1, 2) },
  typical: Float64Array.of(0, 0),
  modes: [{ label: 'both', direction: Float64Array.of(1, -0.5), scale: 0.02, weights: Float64Array.of(0.5) }],
});

/** One side a name: the cost of a round trip is a small difference, and no measure of an error. */
function aSchedule(seed: number): DenseMatrix {
  const random = randomStream(seed);
  return mapEntries(zeros(6, 2), (_, t, i) => (t === 3 ? 0 : (i === 0 ? 1 : -1) * random.uniform()));
}

const inChildren = ({ rows, cols, data }: DenseMatrix): DenseMatrix =>
  mapEntries(zeros(rows * CHILDREN, cols), (_, s, i) => data[Math.floor(s / CHILDREN) * cols + i] / CHILDREN);

describe('rows that are worked in many children', () => {
  it.each([0, 0.3, 2, 8, 15, 60, 400, 5000])('cost what the children cost, to .2 %%: time constant of %d', (tau) => {
    for (const power of [0.2, 0.5, 1])
      for (let seed = 1; seed <= 5; seed++) {
        const [terms, schedule] = [termOf(tau, power), aSchedule(seed)];
        const start = { rows: 1, cols: 2, data: Float64Array.of(0.3, -0.2) };
        const exact = concaveCost(terms, inChildren(schedule), { start });
        const joined = concaveCost(terms, schedule, { start, children: CHILDREN });
        expect(Math.abs(joined / exact - 1)).toBeLessThan(tau <= 8 ? 1e-12 : 2e-3);
      }
  });

  it.each([0.3, 8, 60, 400])('have the gradient and the prices of that cost: time constant of %d', (tau) => {
    const [terms, schedule] = [termOf(tau, 0.4), aSchedule(9)];
    const worked = { children: CHILDREN };
    const { cost, gradient } = concaveCostAndGradient(terms, schedule, worked);
    expect(cost / concaveCost(terms, schedule, worked)).toBeCloseTo(1, 11);
    schedule.data.forEach((u, k) => {
      const at = (step: number) =>
        concaveCost(terms, { ...schedule, data: schedule.data.map((v, j) => (j === k ? u + step : v)) }, worked);
      expect(gradient.data[k]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 5);
    });
    const met = concavePricesMet(terms, schedule, worked);
    expect(schedule.data.reduce((sum, u, k) => sum + u * met.data[k], 0) / cost).toBeCloseTo(1, 9);
  });
});
