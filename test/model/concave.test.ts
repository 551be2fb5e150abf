import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConcaveTerms,
  namesOf,
  pinchedConcave,
  scaledConcave,
  secantMatrix,
  secants,
} from '../../src/model/concave.js';
import { ConcaveLevels, concaveIncrements } from '../../src/model/concaveLevels.js';
import { concaveLevel, concavePotential, concaveSecant, concaveSlope } from '../../src/model/concaveShape.js';
import { keptLinks, pinched, scaledLinks } from '../../src/model/fallback.js';
import { filterIncrements } from '../../src/model/kernel.js';
import { concaveCost } from '../../src/model/potentials.js';
import { mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { randomSchedule, randomTerms } from '../support/concaveModels.js';
import { largestDifference, randomGram, seeds } from '../support/matrices.js';

const powers = fc.double({ min: 0.05, max: 1, noNaN: true });
const scales = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
/** Sizes over thirty decades, of either sign. */
const volumes = fc
  .tuple(fc.double({ min: -18, max: 12, noNaN: true }), fc.boolean())
  .map(([exponent, buys]) => (buys ? 1 : -1) * 10 ** exponent);

describe('the concave function', () => {
  it('has slope one at zero, its power far out, and is odd', () => {
    expect(concaveLevel(1e-20, 0.3, 0.5)).toBe(1e-20);
    expect(concaveLevel(0, 0.3, 0.5)).toBe(0);
    expect(concaveLevel(4e20, 1, 0.5) / concaveLevel(1e20, 1, 0.5)).toBeCloseTo(2, 9);
    expect(concaveLevel(-2, 0.3, 0.5)).toBe(-concaveLevel(2, 0.3, 0.5));
    expect(concaveLevel(3, 1, 0.5)).toBeCloseTo(2, 14);
  });

  it('is exactly x and x²/2 for c = 1', () => {
    fc.assert(
      fc.property(volumes, scales, (x, s) => {
        expect(concaveLevel(x, s, 1)).toBe(x);
        expect(concavePotential(x, s, 1)).toBe((x * x) / 2);
        expect([concaveSlope(x, s, 1), concaveSecant(x, s, 1)]).toEqual([1, 1]);
      }),
    );
  });

  it('lies between the slope at x and the one at zero, and its integral between their parabolas', () => {
    fc.assert(
      fc.property(volumes, scales, powers, (x, s, c) => {
        const rounding = 1 + 1e-14;
        const secant = concaveSecant(x, s, c);
        expect(secant).toBeLessThanOrEqual(rounding);
        expect(secant).toBeGreaterThanOrEqual(concaveSlope(x, s, c) / rounding);
        const potential = concavePotential(x, s, c);
        // (1+c) H ≤ x h ≤ 2 H: what the growth of multipliers rests on.
        const product = x * concaveLevel(x, s, c);
        expect((1 + c) * potential).toBeLessThanOrEqual(product * (1 + 1e-13));
        expect(product).toBeLessThanOrEqual(2 * potential * (1 + 1e-13));
      }),
      { numRuns: 2000 },
    );
  });

  it('is the derivative of its integral and has its slope, by differences', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), powers, (x, c) => {
        const step = 1e-5;
        const slopeOf = (f: (x: number, s: number, c: number) => number) =>
          (f(x + step, 0.7, c) - f(x - step, 0.7, c)) / (2 * step);
        expect(slopeOf(concavePotential)).toBeCloseTo(concaveLevel(x, 0.7, c), 8);
        if (Math.abs(x) > step) expect(slopeOf(concaveLevel)).toBeCloseTo(concaveSlope(x, 0.7, c), 7);
      }),
    );
  });

  it('has an integral without a seam where the series ends, against sums of h', () => {
    for (const y of [1e-9, 1e-4, 0.0999999999, 0.1000000001, 0.5, 30]) {
      const steps = 2000;
      const weights = (k: number) => (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2);
      let simpson = 0;
      for (let k = 0; k <= steps; k++)
        simpson += (weights(k) * concaveLevel((y * k) / steps, 1, 0.4) * y) / (3 * steps);
      expect(concavePotential(y, 1, 0.4) / simpson).toBeCloseTo(1, 11);
    }
  });
});

/** A block for every pair of names. */
const blocksOf = (n: number) => Array.from({ length: n }, (_, i) => `block ${i >> 1}`);
const linearTerms = (n: number, seed: number): ConcaveTerms => randomTerms(n, randomStream(seed), 1);

/** Σ_q of diag(g_q) and λ_q q qᵀ: what the terms are for c = 1. */
const linearMatrix = ({ own, modes }: ConcaveTerms, q: number) =>
  mapEntries(zeros(own.cols), (_, i, j) =>
    modes.reduce(
      (sum, { direction, weights }) => sum + weights[q] * direction[i] * direction[j],
      i === j ? own.data[q * own.cols + i] : 0,
    ),
  );

describe('secants', () => {
  it('are h(m)/m of the summed weights, and the weight itself at m = 0', () => {
    const terms = { ...linearTerms(3, 5), power: 0.5, typical: Float64Array.of(0, 2, 0.1) };
    const weight = (i: number) => [...terms.decay.keys()].reduce((sum, q) => sum + terms.own.data[q * 3 + i], 0);
    expect(secants(terms)[0]).toBe(weight(0));
    expect(secants(terms)[1]).toBeCloseTo((weight(1) * concaveLevel(2, terms.scales[1], 0.5)) / 2, 14);
  });

  it('add positive semidefinite matrices to the linear one, which are all of it for c = 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), seeds, (n, seed) => {
        const K = randomGram(n, seed, 0);
        const terms = randomTerms(n, randomStream(seed));
        const added = (more: ConcaveTerms) => {
          const whole = secantMatrix(K, more);
          return mapEntries(whole, (value, i, j) => value - K.data[i * n + j]);
        };
        expect(smallestEigenvalue(added(terms))).toBeGreaterThan(-1e-12);
        const linear = { ...terms, power: 1 };
        const sum = [...terms.decay.keys()]
          .map((q) => linearMatrix(linear, q))
          .reduce((all, one) => mapEntries(all, (value, i, j) => value + one.data[i * n + j]), zeros(n));
        expect(largestDifference(added(linear), sum)).toBeLessThan(1e-12);
      }),
    );
  });
});

describe('links that are dropped', () => {
  it('leave one mode a block, and self impact: λ q_i h_s(q_i x) = λ q_i² h_{s/|q_i|}(x)', () => {
    const terms: ConcaveTerms = {
      power: 0.5,
      decay: Float64Array.of(0.5),
      scales: Float64Array.of(0.1, 0.2, 0.3),
      own: { rows: 1, cols: 3, data: Float64Array.of(1, 1, 1) },
      typical: new Float64Array(3),
      modes: [{ label: 'market', direction: Float64Array.of(2, -1, 0.5), scale: 0.2, weights: Float64Array.of(3) }],
    };
    const blocks = pinchedConcave(terms, keptLinks('blockDiagonal', ['a', 'a', 'b']));
    expect(blocks.modes.map(({ label, direction }) => [label, [...direction]])).toEqual([
      ['market/1', [2, -1, 0]],
      ['market/2', [0, 0, 0.5]],
    ]);
    const alone = pinchedConcave(terms, keptLinks('diagonal', []));
    // 0.2/2 = 0.1 and 0.2/1 = 0.2 are where the own terms bend, 0.2/0.5 is not.
    expect([...alone.own.data]).toEqual([1 + 3 * 4, 1 + 3 * 1, 1]);
    expect(alone.modes.map(namesOf)).toEqual([[2]]);
    expect(pinchedConcave(terms, keptLinks('full', []))).toEqual(terms);
    expect(pinchedConcave(alone, keptLinks('diagonal', []))).toEqual(alone);
  });

  it('cost a name alone the same, and are the pinched matrix for c = 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seeds, (n, seed) => {
        const random = randomStream(seed);
        const terms = randomTerms(n, random);
        const schedule = randomSchedule(6, n, random);
        const name = random.integer(n);
        const single = mapEntries(schedule, (flow, _, i) => (i === name ? flow : 0));
        const cost = concaveCost(terms, single);
        for (const fallback of ['blockDiagonal', 'diagonal'] as const) {
          const keeps = keptLinks(fallback, blocksOf(n));
          const left = pinchedConcave(terms, keeps);
          expect(concaveCost(left, single) / (cost || 1)).toBeCloseTo(cost === 0 ? 0 : 1, 10);
          terms.decay.forEach((_, q) => {
            const expected = pinched(linearMatrix(terms, q), keeps);
            expect(largestDifference(linearMatrix(left, q), expected)).toBeLessThan(1e-12);
          });
        }
      }),
    );
  });

  it('and multipliers are those of a matrix for c = 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), seeds, (n, seed) => {
        const terms = randomTerms(n, randomStream(seed));
        for (const [self, link] of [
          [1.7, 0.6],
          [0.8, 0.8],
          [1, 1],
          [2, 0],
        ]) {
          const scaled = scaledConcave(terms, self, link);
          terms.decay.forEach((_, q) => {
            const expected = scaledLinks(linearMatrix(terms, q), self, link);
            expect(largestDifference(linearMatrix(scaled, q), expected)).toBeLessThan(1e-12);
          });
          for (const { weights } of scaled.modes) expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        }
        expect(scaledConcave(terms, 1, 1)).toBe(terms);
      }),
    );
  });
});

describe('increments', () => {
  const terms = { ...randomTerms(3, randomStream(8)), power: 0.4 };
  const flow = randomSchedule(40, 3, randomStream(9));
  const row = (t: number) => flow.data.subarray(3 * t, 3 * t + 3);

  it('sum to the level of the decayed volume, name by name and mode by mode', () => {
    const levels = new ConcaveLevels(terms);
    const steps = Array.from({ length: 40 }, (_, t) => levels.next(row(t)));
    terms.decay.forEach((d, q) => {
      const volume = [0, 1, 2].map((i) => [...flow.data].reduce((J, u, k) => (k % 3 === i ? d * J + u : J), 0));
      for (let i = 0; i < 3; i++) {
        const level = steps.reduce((sum, { own }) => sum + own.data[q * 3 + i], 0);
        expect(level).toBeCloseTo(concaveLevel(volume[i], terms.scales[i], 0.4), 8);
        const column = Float64Array.from({ length: 40 }, (_, t) => flow.data[3 * t + i]);
        const alone = concaveIncrements(column, { decay: d, scale: terms.scales[i], power: 0.4 });
        for (let t = 0; t < 40; t++) expect(alone[t]).toBe(steps[t].own.data[q * 3 + i]);
      }
      terms.modes.forEach(({ direction, scale }, m) => {
        const level = steps.reduce((sum, { modes }) => sum + modes.data[q * terms.modes.length + m], 0);
        const together = volume.reduce((sum, J, i) => sum + direction[i] * J, 0);
        expect(level).toBeCloseTo(concaveLevel(together, scale, 0.4), 8);
      });
    });
  });

  it('are those of the linear filter for c = 1', () => {
    const column = Float64Array.from({ length: 40 }, (_, t) => flow.data[3 * t]);
    const linear = filterIncrements(column, 0.7);
    const concave = concaveIncrements(column, { decay: 0.7, scale: 2, power: 1 });
    const size = Math.max(...column.map(Math.abs));
    for (let t = 0; t < 40; t++) expect(Math.abs(concave[t] - linear[t])).toBeLessThan(1e-13 * size);
  });

  it('forget a name, or all, without a move', () => {
    const levels = new ConcaveLevels(terms);
    const quiet = new Float64Array(3);
    levels.next(row(0));
    levels.next(row(1));
    levels.reset(1);
    const after = levels.next(quiet);
    terms.decay.forEach((_, q) => {
      expect(after.own.data[q * 3 + 1]).toBe(0);
    });
    expect(after.own.data.some((step) => step !== 0)).toBe(true);
    levels.reset();
    const { own, modes } = levels.next(quiet);
    expect([...own.data, ...modes.data].every((step) => step === 0)).toBe(true);
    const fresh = new ConcaveLevels(terms).next(row(2));
    expect(levels.next(row(2))).toEqual(fresh);
  });
});
