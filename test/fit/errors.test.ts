import { describe, expect, it } from 'vitest';
import { diagonalMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import type { Estimate } from '../../src/stages/fit/calibration.js';
import { effectiveBuckets } from '../../src/stages/fit/effectiveBuckets.js';
import type { RegressionMoments } from '../../src/stages/fit/impactProblem.js';
import { publishedErrors } from '../../src/stages/fit/publishedErrors.js';
import { classicalSelfImpacts } from '../../src/stages/fit/selfImpactErrors.js';

/** One name whose flow and residuals both last for `run` buckets, so that as many are worth one; moves are flow and noise. */
function laggards(groups: number, buckets: number, run: number, noise: number): RegressionMoments[] {
  const random = randomStream(5);
  return Array.from({ length: groups }, () => {
    let [gram, cross, square] = [0, 0, 0];
    for (let t = 0; t < buckets; t += run) {
      const [flow, error] = [random.normal(), noise * random.normal()];
      gram += run * flow ** 2;
      cross += run * flow * (flow + error);
      square += run * (flow + error) ** 2;
    }
    return {
      names: 1,
      buckets,
      observed: Float64Array.of(buckets),
      gram: fromRows([[gram]]),
      cross: fromRows([[cross]]),
      moveSquare: Float64Array.of(square),
    } as unknown as RegressionMoments;
  });
}

describe('how many buckets independent ones would be worth', () => {
  it.each([3, 1, 0.3])('does not depend on how much flow explains: noise %d', (noise) => {
    const found = effectiveBuckets(laggards(400, 800, 8, noise), fromRows([[1]]));
    expect(found / (400 * 100)).toBeGreaterThan(0.8);
    expect(found / (400 * 100)).toBeLessThan(1.25);
  });
});

describe('errors of published links', () => {
  it('do not go by a self impact that noise made tiny', () => {
    const links = mapEntries(zeros(10), (_, i, j) => (i === j ? 1 : 0.1));
    const shrunk = mapEntries(links, (value, i, j) => (i === j ? value : 0.05));
    const errorWith = (tiny: number) => {
      const raw = mapEntries(links, (value, i, j) => (i === j && i === 9 ? tiny : value));
      const sample = (K: typeof raw) => ({ whole: K, replicates: [K, K, K], ratios: [3, 3, 3] });
      const estimate = { rawK: sample(raw) } as unknown as Estimate;
      return publishedErrors(estimate, sample(shrunk), shrunk, new Float64Array(10).fill(1)).data[1];
    };
    expect(errorWith(1)).toBeCloseTo(0.05, 6);
    for (const tiny of [1e-2, 1e-4, -1e-4]) expect(errorWith(tiny)).toBeCloseTo(0.05, 6);
  });
});

describe('errors of self impact from independent residuals', () => {
  it('go by the moves that were seen', () => {
    const moments = (observed: number) =>
      ({
        names: 1,
        buckets: 1000,
        observed: Float64Array.of(observed),
        gram: diagonalMatrix(Float64Array.of(400)),
        cross: fromRows([[400]]),
        moveSquare: Float64Array.of(1400),
      }) as unknown as RegressionMoments;
    const errorOf = (observed: number) => classicalSelfImpacts(fromRows([[1]]), moments(observed)).errors[0];
    expect(errorOf(1000)).toBeCloseTo(1 / 20, 12);
    expect(errorOf(100)).toBeCloseTo(Math.sqrt(10) / 20, 12);
  });
});
