import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarserPropagator } from '../../src/model/coarserBuckets.js';
import { type ImpactState, restState, stateAfter, statePrice } from '../../src/model/impactState.js';
import { costOfSchedule, marginalCost } from '../../src/model/marginalCost.js';
import { concaveCost } from '../../src/model/potentials.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { randomTerms } from '../support/concaveModels.js';
import { randomGram, randomMatrix, seeds } from '../support/matrices.js';

/** Decays from gone at once to never, and every one that is no number of digits away from zero. */
const DECAYS = [0, 1e-300, 1e-20, 0.01, 0.3, 0.5, 0.9, 0.999, 1];

function aPropagator(n: number, seed: number, isShared: boolean): Propagator {
  const matrices = DECAYS.map((_, p) => randomGram(n, seed + p, 0));
  return {
    matrices: isShared ? [matrices[0]] : matrices,
    decay: Float64Array.from(DECAYS),
    weights: Float64Array.from(DECAYS, (_, p) => 0.1 + p),
  };
}

const inChildren = ({ rows, cols, data }: DenseMatrix, children: number): DenseMatrix =>
  mapEntries(zeros(rows * children, cols), (_, s, i) => data[Math.floor(s / children) * cols + i] / children);

describe('schedules in coarser buckets', () => {
  it.each([1, 2, 5, 60, 1200])('cost what their %i even children cost, term by term', (children) => {
    for (let seed = 1; seed <= 4; seed++)
      DECAYS.forEach((d, p) => {
        const all = aPropagator(3, seed, seed % 2 === 0);
        const one = {
          matrices: [all.matrices[Math.min(p, all.matrices.length - 1)]],
          decay: Float64Array.of(d),
          weights: Float64Array.of(0.7),
        };
        const schedule = randomMatrix(4, 3, seed);
        const fine = costOfSchedule(one, inChildren(schedule, children));
        expect(costOfSchedule(coarserPropagator(one, children), schedule) / fine).toBeCloseTo(1, 11);
      });
  });

  it('and all terms together', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, children) => {
        const propagator = aPropagator(3, seed, seed % 2 === 0);
        const schedule = randomMatrix(5, 3, seed);
        const fine = costOfSchedule(propagator, inChildren(schedule, children));
        expect(costOfSchedule(coarserPropagator(propagator, children), schedule) / fine).toBeCloseTo(1, 12);
      }),
      { numRuns: 100 },
    );
  });

  it('are those of the propagator where there is one child, whatever the symmetry of its matrices', () => {
    const skewed = {
      ...aPropagator(3, 5, true),
      matrices: [randomMatrix(3, 3, 8)],
    };
    const schedule = randomMatrix(6, 3, 2);
    const { data } = marginalCost(skewed, schedule);
    marginalCost(coarserPropagator(skewed, 1), schedule).data.forEach((value, k) => {
      expect(value).toBeCloseTo(data[k], 11);
    });
  });

  it('two buckets of two children by hand', () => {
    // u = (a, a, b, b)/2: ½a²(1 + d)/2 and the same of b, and ab (d + 2d² + d³)/4, with d = ½.
    const one = { matrices: [fromRows([[1]])], decay: Float64Array.of(0.5), weights: Float64Array.of(1) };
    const cost = (rows: number[][]) => costOfSchedule(coarserPropagator(one, 2), fromRows(rows));
    expect(cost([[1]])).toBeCloseTo(0.375, 15);
    const between = (0.5 + 0.5 + 0.125) / 4;
    expect(cost([[2], [3]])).toBeCloseTo(0.375 * 13 + 6 * between, 14);
    // A row that stands still in between: what is left fades by d².
    expect(cost([[2], [0], [3]])).toBeCloseTo(0.375 * 13 + (6 * between) / 4, 14);
  });
});

describe('the impact state', () => {
  it.each([1, 5])('makes two schedules in a row cost what they cost as one, %i children', (children) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomStream(seed);
        const terms = randomTerms(3, random);
        // Slower ones are worked in lumps.
        const concave = { ...terms, decay: terms.decay.map((d) => Math.min(d, 0.85)) };
        const propagator = { ...aPropagator(3, seed, seed % 2 === 0), concave };
        const [first, second] = [randomMatrix(4, 3, seed), randomMatrix(3, 3, seed + 1)];
        const both = { rows: 7, cols: 3, data: Float64Array.of(...first.data, ...second.data) };
        const cost = (schedule: DenseMatrix, state: ImpactState) => {
          const price = statePrice(propagator, state, schedule.rows, children);
          const earlier = schedule.data.reduce((sum, u, k) => sum + u * price.data[k], 0);
          const bent = concaveCost(concave, schedule, { start: state.concave, children });
          return costOfSchedule(coarserPropagator(propagator, children), schedule) + earlier + bent;
        };
        const rest = restState(propagator);
        const inTwo = cost(first, rest) + cost(second, stateAfter(propagator, rest, first, children));
        const atOnce = cost(both, rest);
        expect(Math.abs(inTwo - atOnce)).toBeLessThan(1e-11 * (Math.abs(atOnce) + 10));
        const after = stateAfter(propagator, stateAfter(propagator, rest, first, children), second, children);
        const whole = stateAfter(propagator, rest, both, children);
        after.linear.data.forEach((value, k) => {
          expect(value).toBeCloseTo(whole.linear.data[k], 12);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('of nobody costs nothing', () => {
    const propagator = aPropagator(2, 3, false);
    expect(statePrice(propagator, restState(propagator), 4).data.every((value) => value === 0)).toBe(true);
  });
});
