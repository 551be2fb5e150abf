import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propagatorOf } from '../../src/model/certificate.js';
import { namesOf, secantMatrix } from '../../src/model/concave.js';
import { costOfSchedule } from '../../src/model/marginalCost.js';
import { toNormalised } from '../../src/model/normalise.js';
import { diagonalOf, mapEntries } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { concaveMarket } from '../support/concaveMarket.js';
import { closed, randomSchedule } from '../support/concaveModels.js';
import { smoothedPower } from '../support/concaveTruth.js';
import { calibrated, concaveWindowOf, constrainedOf, LIMITS } from '../support/concaveWindows.js';
import { randomGram, seeds } from '../support/matrices.js';

const kept = (tau: number) => Math.exp(-1 / tau);

/** What a market is and what a fit takes it for need not be alike. */
const cases = fc.record({
  seed: seeds,
  names: fc.integer({ min: 1, max: 5 }),
  buckets: fc.constantFrom(240, 500),
  tails: fc.constantFrom(undefined, 1.5, 3),
  density: fc.constantFrom(0.1, 0.5, 1),
  noise: fc.constantFrom(0.1, 2, 20),
  links: fc.constantFrom(-0.9, 0, 0.5, 0.98),
  power: fc.constantFrom(0.2, 0.5, 1),
  taken: fc.record({
    power: fc.constantFrom(0.2, 0.4, 0.8, 1),
    taus: fc.constantFrom([1, 5, 30, 100], [10]),
    /** Own terms beside a line, or own terms and modes without one. */
    links: fc.constantFrom('linear', 'concave'),
    estimator: fc.constantFrom('symmetric' as const, 'diagonal' as const, 'block' as const),
  }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function fitted({ seed, names, buckets, tails, density, noise, links, power, taken }: Case) {
  const each = <T>(of: (i: number) => T) => Array.from({ length: names }, (_, i) => of(i));
  const gram = randomGram(names, seed, 0.1);
  const K = mapEntries(gram, (value, i, j) => (i === j ? value : links * value));
  const { days } = concaveMarket({
    names,
    seed,
    sessionBuckets: [buckets],
    noise,
    flow: { density, ...(tails ? { tails } : {}) },
    linear: { K, decay: [kept(10), 1], weights: [0.5, 0.5] },
    concave: { power, scales: each((i) => 0.3 + i), decay: [kept(3)], own: [each((i) => 1 + i)] },
  });
  const modes = [
    { label: 'market', direction: Float64Array.from(each(() => 1)), scale: 1 },
    { label: 'pair', direction: Float64Array.from(each((i) => (i === 0 ? 1 : i === 1 ? -0.5 : 0))), scale: 0.7 },
  ].filter((mode) => namesOf(mode).length > 1);
  const window = concaveWindowOf(days, {
    decay: [0, kept(20), 1],
    shape: {
      power: taken.power,
      scales: each(() => 0.5),
      decay: taken.taus.map(kept),
      modes: taken.links === 'linear' ? [] : modes,
      hasLinear: taken.links !== 'concave',
    },
    blocks: each((i) => (i < 2 ? 'A' : 'B')),
    foldBuckets: 60,
    change: { estimator: taken.links === 'concave' ? 'symmetric' : taken.estimator },
  });
  const calibration = calibrated(window);
  const { weights } = calibration.estimate.kernel;
  return { calibration, constrained: constrainedOf(calibration, window), window, weights };
}

describe('models with concave terms from windows of any kind', () => {
  it('keep links of streams that move as one within the bound, at the self impact that was found', () => {
    const [N, taus] = [3, [2, 20]];
    const every = <T>(value: T): T[] => Array.from({ length: N }, () => value);
    const { days } = concaveMarket({
      names: N,
      seed: 3,
      sessionBuckets: [1500],
      noise: 0.5,
      concave: {
        power: 0.4,
        scales: every(0.3),
        decay: taus.map(kept),
        own: taus.map(() => every(0)),
        modes: [{ direction: every(1), scale: 0.6, lambda: [1, 0.5] }],
      },
    });
    const modes = [{ label: 'market', direction: Float64Array.from(every(1)), scale: 0.6 }];
    const shape = { power: 0.4, scales: every(0.3), decay: taus.map(kept), modes, hasLinear: false };
    const window = concaveWindowOf(days, { decay: [kept(5), 1], shape });
    const { full } = constrainedOf(calibrated(window), window);
    const links = toNormalised(full.K, diagonalOf(full.K)).data.filter((_, k) => k % (N + 1) !== 0);
    expect(Math.max(...links)).toBeCloseTo(LIMITS.rho, 9);
    expect(full.certificate.status).toBe('passed');
    // Secants of the truth at typical flow: 1.5 times h(m)/m of the market's volume.
    const size = Math.hypot(...window.params.concave!.typical);
    const secant = (1.5 * smoothedPower(size, 0.6, 0.4)) / size;
    for (const self of diagonalOf(full.K)) expect(Math.abs(self / secant - 1)).toBeLessThan(0.05);
  });

  it('pass, with floors under their secants, bounded links and a linear part without round trips', () => {
    fc.assert(
      fc.property(cases, (options) => {
        const { calibration, constrained } = fitted(options);
        const { full, blockDiagonal, diagonal } = constrained;
        // Of a market without any positive impact there is no model, concave or not.
        fc.pre(calibration.floors.every((floor) => floor > 0));
        for (const { certificate } of [full, blockDiagonal, diagonal])
          expect(certificate.checks.filter(({ passed }) => !passed)).toEqual([]);
        const secants = secantMatrix(full.linear!, full.concave!);
        expect([...full.K.data]).toEqual([...secants.data]);
        expect([...full.K.data].every(Number.isFinite)).toBe(true);
        const self = diagonalOf(full.K);
        calibration.floors.forEach((floor, i) => {
          expect(self[i]).toBeGreaterThanOrEqual(floor * (1 - 1e-9));
        });
        toNormalised(full.K, self).data.forEach((link, k) => {
          if (k % (self.length + 1) !== 0) expect(Math.abs(link)).toBeLessThanOrEqual(LIMITS.rho + 1e-9);
        });
        const linear = full.linear!;
        const size = Math.max(...self);
        expect(smallestEigenvalue(linear)).toBeGreaterThanOrEqual(-1e-10 * size);
        for (let i = 0; i < linear.rows; i++)
          for (let j = 0; j < i; j++) expect(linear.data[i * linear.rows + j]).toBe(linear.data[j * linear.rows + i]);
      }),
      { numRuns: 60 },
    );
  });

  it('pay for no round trip, and for no schedule at all', () => {
    fc.assert(
      fc.property(cases, (options) => {
        const { constrained, window, weights } = fitted(options);
        const random = randomStream(options.seed);
        for (const { K, linear, concave } of [constrained.full, constrained.blockDiagonal, constrained.diagonal]) {
          const propagator = propagatorOf({
            K: linear ?? K,
            decay: window.decay,
            weights,
            concave: concave!,
            concavity: 1,
            floors: new Float64Array(K.rows),
            rho: 1,
          });
          for (let k = 0; k < 8; k++) {
            const open = randomSchedule(2 + random.integer(12), K.rows, random);
            for (const schedule of [open, closed(open)]) {
              // What the same volume costs when all of it buys: rounding is relative to such sums.
              const gross = costOfSchedule(propagator, mapEntries(schedule, Math.abs));
              expect(costOfSchedule(propagator, schedule)).toBeGreaterThanOrEqual(-1e-9 * Math.max(1, Math.abs(gross)));
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
