import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/numerics/random.js';
import { type SelfImpactSample, selfImpactPrior } from '../../src/stages/fit/selfImpactPrior.js';
import { seeds } from '../support/matrices.js';

interface Draw {
  readonly names: number;
  /** Ratio of the largest to the smallest self impact. */
  readonly spread: number;
  /** Errors relative to the truth. */
  readonly error: number;
  /** How far, in logs, the scale is from the truth; absent where it knows nothing. */
  readonly scaleError?: number;
  readonly seed: number;
}

function drawn({ names, spread, error, scaleError, seed }: Draw): SelfImpactSample & { readonly truth: Float64Array } {
  const random = randomStream(seed);
  const logs = Float64Array.from({ length: names }, () => Math.log(spread) * (random.uniform() - 0.5));
  const truth = logs.map(Math.exp);
  const errors = truth.map((k) => k * error * Math.exp(0.3 * random.normal()));
  return {
    truth,
    errors,
    estimates: truth.map((k, i) => k + errors[i] * random.normal()),
    logScales: logs.map((log) => (scaleError === undefined ? 0 : 3 + log + scaleError * random.normal())),
  };
}

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

/** Root mean square relative errors of estimates and posterior over many draws. */
function errorsOver(draw: Omit<Draw, 'seed'>, draws = 60) {
  const relative = (values: Float64Array, truth: Float64Array) => Array.from(values, (k, i) => k / truth[i] - 1);
  const samples = Array.from({ length: draws }, (_, seed) => drawn({ ...draw, seed: seed + 1 }));
  return {
    raw: rootMeanSquare(samples.flatMap(({ estimates, truth }) => relative(estimates, truth))),
    posterior: rootMeanSquare(samples.flatMap((s) => relative(selfImpactPrior(s).posterior, s.truth))),
  };
}

describe('selfImpactPrior', () => {
  it.each([
    [6, 1, 0.1],
    [6, 50, 0.1],
    [6, 50, 0.5],
    [12, 50, 0.2],
    [60, 1, 0.2],
    [60, 50, 0.05],
    [60, 50, 0.5],
  ])(
    '%i names, spread %i, errors of %f: the posterior errs no more than the estimates, whether or not scales help',
    (names, spread, error) => {
      for (const scaleError of [undefined, 0.1, 0.5]) {
        const { raw, posterior } = errorsOver({
          names,
          spread,
          error,
          ...(scaleError === undefined ? {} : { scaleError }),
        });
        expect(posterior).toBeLessThan(1.01 * raw);
      }
    },
  );

  it('many names of which volume tells much need a fraction of the data', () => {
    const { raw, posterior } = errorsOver({ names: 60, spread: 50, error: 0.3, scaleError: 0.05 }, 20);
    expect(posterior).toBeLessThan(raw / 3);
  });

  it('finds the slope and the dispersion that made the names', () => {
    const random = randomStream(5);
    const logScales = Float64Array.from({ length: 400 }, () => random.normal());
    const truth = logScales.map((x) => Math.exp(-1 + 0.6 * x + 0.3 * random.normal()));
    const errors = truth.map((k) => 0.2 * k);
    const estimates = truth.map((k, i) => k + errors[i] * random.normal());
    const { slope, dispersion, isDrawn } = selfImpactPrior({ estimates, errors, logScales });
    expect(isDrawn).toBe(true);
    // 16 pseudo-observations of slope 1 against 400 / (.3² + .2²).
    expect(Math.abs(slope - 0.6)).toBeLessThan(0.06);
    expect(Math.abs(dispersion - 0.3)).toBeLessThan(0.04);
  });

  it('leaves a well-measured name of another kind where it is', () => {
    const names = 60;
    const estimates = Float64Array.from({ length: names }, (_, i) => (i === 0 ? 0.04 : 2 + 0.02 * (i % 5)));
    const errors = estimates.map((k) => 0.1 * k);
    const { posterior, means } = selfImpactPrior({ estimates, errors, logScales: new Float64Array(names) });
    expect(means[0]).toBeGreaterThan(1.5);
    expect(Math.abs(posterior[0] - 0.04)).toBeLessThan(0.5 * errors[0]);
  });

  it('a name that nothing measures has the mean for its scale', () => {
    const sample = drawn({ names: 20, spread: 50, error: 0.02, scaleError: 0, seed: 1 });
    const { posterior, means } = selfImpactPrior({ ...sample, errors: sample.errors.map((e, i) => (i === 7 ? 0 : e)) });
    expect(posterior[7]).toBe(means[7]);
    expect(posterior[7] / sample.truth[7]).toBeCloseTo(1, 1);
  });

  it('a negative estimate within its error becomes positive; one far below zero stays and has no say', () => {
    const estimates = Float64Array.of(1, 1.1, 0.9, 1, 1.05, -0.5, -3);
    const errors = Float64Array.of(0.1, 0.1, 0.1, 0.1, 0.1, 1, 0.1);
    const logScales = new Float64Array(7);
    const { posterior, means } = selfImpactPrior({ estimates, errors, logScales });
    expect(posterior[5]).toBeGreaterThan(0.5);
    expect(posterior[6]).toBe(-3);
    expect(means[0]).toBeCloseTo(1, 1);
  });

  it.each([1, 2, 3])('%i names are too few to learn from each other: the estimates stand', (names) => {
    const sample = drawn({ names, spread: 4, error: 0.3, seed: 2 });
    const { posterior, means, isDrawn } = selfImpactPrior(sample);
    expect(isDrawn).toBe(false);
    expect([...posterior]).toEqual([...sample.estimates]);
    if (names === 1) expect(means[0]).toBeCloseTo(sample.estimates[0], 9);
  });

  it('without any positive estimate, or any that was measured, there is no prior', () => {
    const none = { errors: Float64Array.of(0.1, 0.1), logScales: Float64Array.of(0, 0) };
    expect([...selfImpactPrior({ ...none, estimates: Float64Array.of(-1, -2) }).means]).toEqual([0, 0]);
    const idle = selfImpactPrior({ ...none, estimates: new Float64Array(2), errors: new Float64Array(2) });
    expect([...idle.posterior]).toEqual([0, 0]);
  });

  it('goes with the units of impact and of volume, and with the order of the names', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const sample = drawn({ names: 9, spread: 10, error: 0.3, scaleError: 0.3, seed });
        const { posterior } = selfImpactPrior(sample);
        const scaled = selfImpactPrior({
          estimates: sample.estimates.map((k) => 1000 * k),
          errors: sample.errors.map((e) => 1000 * e),
          logScales: sample.logScales.map((x) => x - 7),
        });
        const reversed = selfImpactPrior({
          estimates: sample.estimates.toReversed(),
          errors: sample.errors.toReversed(),
          logScales: sample.logScales.toReversed(),
        });
        posterior.forEach((k, i) => {
          expect(Math.abs(scaled.posterior[i] / (1000 * k) - 1)).toBeLessThan(1e-6);
          expect(Math.abs(reversed.posterior[8 - i] / k - 1)).toBeLessThan(1e-6);
          expect(Number.isFinite(k)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('stays finite where estimates speak against any positive impact, and where nothing is left of the residuals', () => {
    const against = selfImpactPrior({
      estimates: Float64Array.of(8, -14, -32, 10),
      errors: Float64Array.of(15, 14, 32, 0),
      logScales: Float64Array.of(-19.5, -19.6, -19.1, -20),
    });
    const exact = selfImpactPrior({
      estimates: Float64Array.of(1, 2, 3, 4),
      errors: Float64Array.of(1e-200, 1e-200, 1e-200, 1),
      logScales: Float64Array.of(0, 0.7, 1.1, 1.4),
    });
    for (const { posterior, means } of [against, exact])
      for (const k of [...posterior, ...means]) expect(Number.isFinite(k)).toBe(true);
    expect(exact.posterior[0]).toBeCloseTo(1, 4);
  });
});
