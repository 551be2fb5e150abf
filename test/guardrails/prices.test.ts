import { describe, expect, it } from 'vitest';
import { type CertifiedModel, certify } from '../../src/model/certificate.js';
import { pinchedConcave } from '../../src/model/concave.js';
import { linearised } from '../../src/model/concaveWitness.js';
import { keptLinks, pinched, scaledLinks } from '../../src/model/fallback.js';
import { costOfSchedule, marginalCost } from '../../src/model/marginalCost.js';
import { mapEntries } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import type { Action } from '../../src/stages/guardrails/machine.js';
import { type PricedModels, pricesAt } from '../../src/stages/guardrails/prices.js';
import { closed, randomConcaveModel, randomSchedule, randomTerms } from '../support/concaveModels.js';
import { largestDifference, randomGram } from '../support/matrices.js';

const NAMES = ['a', 'b', 'c', 'd'];
const BLOCKS = ['x', 'x', 'y', 'y'];

/** The model and its fallbacks, as a version holds them. */
function priced(full: CertifiedModel, canary: readonly string[] = []): PricedModels {
  const fallback = (which: 'blockDiagonal' | 'diagonal'): CertifiedModel => {
    const keeps = keptLinks(which, BLOCKS);
    const { parts, concave } = full;
    return {
      ...full,
      K: pinched(full.K, keeps),
      ...(parts ? { parts: parts.map((part) => pinched(part, keeps)) } : {}),
      ...(concave ? { concave: pinchedConcave(concave, keeps) } : {}),
    };
  };
  const models = { full, blockDiagonal: fallback('blockDiagonal'), diagonal: fallback('diagonal') };
  return { symbols: NAMES, canary, models };
}

const action = (change: Partial<Action> = {}): Action => ({
  prices: 'full',
  selfMultiplier: 1.5,
  linkMultiplier: 0.8,
  refreshesLinks: true,
  ...change,
});

const scalar: CertifiedModel = {
  K: randomGram(4, 7),
  decay: Float64Array.of(0.3, 0.95, 1),
  weights: Float64Array.of(0.5, 0.3, 0.2),
  concavity: 1,
  floors: new Float64Array(4),
  rho: 1,
};

describe('permanent impact', () => {
  it('has no multiplier: one matrix a term where there is one, and the matrix itself for what lasts', () => {
    const { matrices, weights, decay } = pricesAt(priced(scalar), action());
    const scaled = scaledLinks(scalar.K, 1.5, 0.8);
    expect(matrices.map(({ data }) => data)).toEqual([scaled.data, scaled.data, scalar.K.data]);
    expect([weights, decay]).toEqual([scalar.weights, scalar.decay]);
  });

  it('leaves one matrix where nothing is multiplied, or nothing lasts', () => {
    const still = pricesAt(priced(scalar), action({ selfMultiplier: 1, linkMultiplier: 1 }));
    expect(still.matrices.map(({ data }) => data)).toEqual([scalar.K.data]);
    const passing = { ...scalar, decay: Float64Array.of(0.3, 0.9, 0.95) };
    expect(pricesAt(priced(passing), action()).matrices).toHaveLength(1);
  });

  it('is pinched with the rest', () => {
    const alone = pricesAt(priced(scalar, ['a', 'b']), action());
    for (const { data } of alone.matrices) expect([data[2], data[7], data[11]]).toEqual([0, 0, 0]);
    expect(alone.matrices[2].data[1]).toBe(scalar.K.data[1]);
  });
});

describe('concave terms', () => {
  const bent = randomConcaveModel(4, 3);
  const actions = (['full', 'blockDiagonal', 'diagonal'] as const).flatMap((prices) => [
    action({ prices }),
    action({ prices, linkMultiplier: 0 }),
    action({ prices, selfMultiplier: 0.7, linkMultiplier: 0.7 }),
    action({ prices, selfMultiplier: 1, linkMultiplier: 1 }),
  ]);

  it('never pay for a round trip, at any level and multipliers, and each level is certified', () => {
    const random = randomStream(9);
    for (const canary of [[], ['b', 'c']]) {
      const models = priced(bent, canary);
      for (const model of Object.values(models.models)) expect(certify(model).status).toBe('passed');
      for (const now of actions)
        for (let k = 0; k < 200; k++) {
          const trip = closed(randomSchedule(8, 4, random));
          const size = trip.data.reduce((sum, flow) => sum + flow * flow, 0);
          expect(costOfSchedule(pricesAt(models, now), trip)).toBeGreaterThanOrEqual(-1e-10 * size);
        }
    }
  });

  it('are priced as the linear matrices that they are for c = 1', () => {
    const concave = randomTerms(4, randomStream(2), 1);
    const straight = linearised({ matrices: [scalar.K], decay: scalar.decay, weights: scalar.weights }, concave, 1);
    const parts = straight.matrices.map((matrix, p) => mapEntries(matrix, (value) => straight.weights[p] * value));
    const asParts = { ...scalar, parts, decay: straight.decay, weights: straight.weights };
    const schedule = randomSchedule(10, 4, randomStream(1));
    for (const now of actions) {
      const one = marginalCost(pricesAt(priced({ ...scalar, concave }, ['a', 'c', 'd']), now), schedule);
      const other = marginalCost(pricesAt(priced(asParts, ['a', 'c', 'd']), now), schedule);
      const size = other.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largestDifference(one, other)).toBeLessThan(1e-12 * size);
    }
  });
});
